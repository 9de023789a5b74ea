/* Reading and writing configs. The table below is the only place that knows what a config holds. */
#include "gantrain/run/config.h"

#include <string.h>

static const Option train_options[] = {
    OPT_INT(TrainOptions, epochs, "20", 0, 1e9, "passes over the data; 0: go by steps"),
    OPT_INT(TrainOptions, steps, "0", 0, 1e12, "generator updates; 0: go by epochs"),
    OPT_INT(TrainOptions, batch_size, "128", 1, 65536, "samples a step"),
    OPT_INT(TrainOptions, accumulate, "1", 1, 10000,
            "batches whose gradients make one update: a larger batch in the same memory"),
    OPT_INT(TrainOptions, recoveries, "3", 0, 100,
            "times that a divergence leads back to the last checkpoint, with half the rates"),
    OPT_END,
};

static const Entry usr1_save = { "save", "a checkpoint now, and on", "-", NULL, 0 };
static const Entry usr1_stop = { "stop", "a checkpoint, and exit 75: requeue", "-", NULL, 0 };
static const Entry *const usr1_rows[] = { &usr1_save, &usr1_stop, NULL };

const Registry usr1_actions = { "answers", "answer", usr1_rows };

static const Option checkpoint_options[] = {
    OPT_INT(CheckpointOptions, every_steps, "0", 0, 1e12, "0: at the end of every epoch"),
    OPT_INT(CheckpointOptions, keep, "3", 1, 1e9,
            "how many of the newest are kept; an extra one besides"),
    OPT_INT(CheckpointOptions, keep_every, "0", 0, 1e12,
            "those of steps that are a multiple of n are never removed; 0: none"),
    OPT_CHOICE(CheckpointOptions, on_usr1, "save", &usr1_actions,
               "at SIGUSR1: save and go on, or stop with exit 75"),
    OPT_END,
};

static const Option sample_options[] = {
    OPT_INT(SampleOptions, every_epochs, "1", 0, 1e9, "a grid every n epochs; 0: only at the end"),
    OPT_INT(SampleOptions, rows, "8", 1, 128, "rows of the grid"),
    OPT_INT(SampleOptions, cols, "16", 1, 128, "columns of the grid"),
    OPT_INT(SampleOptions, zoom, "1", 1, 16, "screen pixels a pixel, each way"),
    OPT_END,
};

static const Option log_options[] = {
    OPT_INT(LogOptions, every_steps, "100", 1, 1e12, "a line of metrics.jsonl every n steps"),
    OPT_END,
};

/* As many as MNIST has test images: scores of samples compare with those of real ones. */
static const char *initial_samples(const void *field)
{
    const EvaluateOptions *o =
        (const void *)((const char *)field - offsetof(EvaluateOptions, samples));
    return o->classifier ? "10000" : NULL;
}

static const char *initial_best(const void *field)
{
    const EvaluateOptions *o =
        (const void *)((const char *)field - offsetof(EvaluateOptions, best));
    return o->classifier ? "fcd" : NULL;
}

static const Option evaluate_options[] = {
    OPT_INT(EvaluateOptions, every_epochs, "1", 0, 1e9,
            "scores are measured every n epochs; 0: only at the end"),
    OPT_BOOL(EvaluateOptions, classifier, "false",
             "labelled images: score samples by a classifier, which is trained once"),
    { .name = "samples",
      .type = OPTION_INT,
      .offset = offsetof(EvaluateOptions, samples),
      .least = 1,
      .most = 1e6,
      .initial = "2500",
      .help = "how many samples are scored; 10000 with a classifier",
      .initial_for = initial_samples },
    OPT_REAL(EvaluateOptions, bin, "0.5", 1e-9, 1e9, "width of a bin of a histogram of numbers"),
    { .name = "best",
      .type = OPTION_TEXT,
      .offset = offsetof(EvaluateOptions, best),
      .initial = "",
      .help = "the score by which best.safetensors is kept; \"\": none; fcd with a classifier",
      .initial_for = initial_best },
    OPT_INT(EvaluateOptions, patience, "0", 0, 1e9,
            "stop after n evaluations in which that score got no better; 0: never"),
    OPT_END,
};

#define SECTION(key, field, table, text)                                                           \
    {                                                                                              \
        key, OPTION_SECTION, offsetof(Config, field), 0, 0, NULL, NULL, table, text, NULL          \
    }
#define SPEC(key, field, init, reg, text)                                                          \
    {                                                                                              \
        key, OPTION_SPEC, offsetof(Config, field), 0, 0, init, reg, NULL, text, NULL               \
    }

const Option config_options[] = {
    OPT_TEXT(Config, name, "", "names the run folder: runs/<name>; empty: the file's name"),
    OPT_INT(Config, seed, "1", 0, RNG_MOST_SEED, "where all random numbers come from"),
    SPEC("data", data, "idx", &datasets, "what is learnt from"),
    SECTION("generator", gan.generator, generator_options, "G, from latents to images"),
    SECTION("discriminator", gan.discriminator, discriminator_options, "D, from images to a logit"),
    SPEC("objective", gan.objective, "non_saturating", &objectives, "what the players minimise"),
    SPEC("penalty", gan.penalty, "none", &penalties, "what is added to the discriminator's loss"),
    SECTION("optimizer", gan.optimizer, players_options, "how the players move"),
    SECTION("train", train, train_options, "how long"),
    SECTION("checkpoint", checkpoint, checkpoint_options, "what is saved"),
    SECTION("sample", sample, sample_options, "what is drawn"),
    SECTION("log", log, log_options, "what is written down"),
    SECTION("evaluate", evaluate, evaluate_options, "what is measured"),
    OPT_END,
};

enum { CONFIG_BYTES = 1 << 20, SPARE_BYTES = 1 << 18, CONFIG_NAME = 200 };

/* What a config without nets gets: the article's GAN, ending at the size of a sample. */
static const char nets_for_images[] =
    "{\"generator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 256, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"activation\": \"tanh\"}]},"
    "\"discriminator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 256, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 1}]}}";

/* Points may lie anywhere: no tanh at the end. */
static const char nets_for_points[] =
    "{\"generator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\"}]},"
    "\"discriminator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 1}]}}";

/* ---- before the table is read ----------------------------------------------------------------------- */

/* Of `{"kind": "ring", ...}` or "ring". */
static const char *name_of_kind(const Value *v)
{
    const Value *kind = v && v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    return kind && kind->kind == VALUE_STRING ? kind->text : NULL;
}

/* Whether the data will be points, as far as the words of the file and the overrides tell. */
static bool wants_points(const Config *c, const Override *o, int n)
{
    const Value *data = value_member(c->file.root, "data");
    const char *name = name_of_kind(data);
    for (int i = 0; i < n; i++)
        if (strcmp(o[i].path, "data") == 0 || strcmp(o[i].path, "data.kind") == 0)
            name = o[i].value ? name_of_kind(o[i].value) : o[i].word;
    const Entry *row = name ? registry_find(&datasets, name) : NULL;
    return row && !((const DatasetKind *)row)->range;
}

/* Hands `key` of `player` over from the default tree when the file does not have it. */
static void lend(Config *c, const char *player, const char *key)
{
    Value *to = value_member(c->file.root, player);
    Value *from = value_member(value_member(c->defaults.root, player), key);

    if (!to)
        to = value_add(&c->file.arena, c->file.root, player, VALUE_OBJECT);
    if (!to || to->kind != VALUE_OBJECT || value_member(to, key))
        return;
    Value *copy = value_add(&c->file.arena, to, key, from->kind);
    if (copy) {
        copy->child = from->child;
        copy->last = from->last;
        copy->origin = from->origin;
    }
}

/* Before the overrides, which may change the layers that are lent. */
static Status lend_nets(Config *c, const Override *o, int n, Error *e)
{
    const char *nets = wants_points(c, o, n) ? nets_for_points : nets_for_images;
    TRY(json_parse(&c->defaults, nets, strlen(nets), "built-in default", 0, e));
    if (c->file.root->kind != VALUE_OBJECT)
        return option_report(e, c->file.root, "", "expected an object at the top");
    lend(c, "generator", "layers");
    lend(c, "discriminator", "layers");
    return GT_OK;
}

static bool is_zero(const Value *v)
{
    return v->kind == VALUE_NUMBER && strcmp(v->text, "0") == 0;
}

/* A run goes by steps or by epochs: who names steps alone turns the default of epochs off. */
static void choose_length(Config *c)
{
    Value *train = value_member(c->file.root, "train");
    const Value *steps = value_member(train, "steps");
    if (steps && !is_zero(steps) && !value_member(train, "epochs"))
        value_add_text(&c->file.arena, train, "epochs", VALUE_NUMBER, "0");
}

static Status apply(Config *c, const Override *o, Error *e)
{
    Value *train = value_member(c->file.root, "train");
    if (strcmp(o->path, "train.epochs") == 0)
        value_remove(train, "steps");
    if (strcmp(o->path, "train.steps") == 0)
        value_remove(train, "epochs");
    return o->value ? option_put(&c->file.arena, c->file.root, o->path, o->value, e)
                    : option_set(&c->file.arena, c->file.root, o->path, o->word, e);
}

/* ---- after --------------------------------------------------------------------------------------- */

static Status check_length(const Config *c, Error *e)
{
    const Value *train = value_member(c->file.root, "train");
    if (c->train.epochs > 0 && c->train.steps > 0)
        return option_report(e, value_member(train, "steps"), "train.steps",
                             "train.epochs is given too: keep one of them");
    if (c->train.epochs == 0 && c->train.steps == 0)
        return option_report(e, value_member(train, "epochs"), "train.epochs",
                             "0 epochs and 0 steps: nothing to do; give one of them");
    return GT_OK;
}

static Status resolve(Config *c, Error *e)
{
    TRY(arena_open(&c->arena, CONFIG_BYTES, e));
    choose_length(c);
    option_read(&c->arena, config_options, c->file.root, "", c, e);
    if (e->code == GT_OK)
        check_length(c, e);
    return e->code;
}

bool config_usr1_stops(const Config *c)
{
    return c->checkpoint.on_usr1 == &usr1_stop;
}

const char *config_name_of_file(Arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = arena_copy_text(a, slash ? slash + 1 : path);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot > name)
        *dot = '\0';
    return name;
}

static Status check_name(const Config *c, Error *e)
{
    const Value *v = value_member(c->file.root, "name");
    if (strchr(c->name, '/') || strcmp(c->name, "..") == 0 || strcmp(c->name, ".") == 0)
        return option_report(e, v, "name", "\"%s\" is not the name of one folder", c->name);
    if (strlen(c->name) > CONFIG_NAME)
        return option_report(e, v, "name", "%zu bytes, the name of a folder has at most %d",
                             strlen(c->name), CONFIG_NAME);
    return GT_OK;
}

static bool is_length(const char *path)
{
    return strcmp(path, "train.epochs") == 0 || strcmp(path, "train.steps") == 0;
}

/* Two words for one key, or for the two that replace each other, would make one of them vanish. */
Status config_check_overrides(const Override *o, int n, Error *e)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            if (o[i].value || o[j].value)
                continue; /* of those the later one counts */
            if (strcmp(o[i].path, o[j].path) == 0 && strcmp(o[i].word, o[j].word) != 0)
                return fail(e, GT_EUSAGE, "%s is given twice: \"%s\" and \"%s\"", o[i].path,
                            o[j].word, o[i].word);
            if (is_length(o[i].path) && is_length(o[j].path) && strcmp(o[i].path, o[j].path) != 0)
                return fail(e, GT_EUSAGE, "train.epochs and train.steps exclude each other");
        }
    return GT_OK;
}

/* c->file is there. */
static Status finish(Config *c, const Override *overrides, int n, Error *e)
{
    TRY(lend_nets(c, overrides, n, e));
    for (int i = 0; i < n; i++)
        TRY(apply(c, &overrides[i], e));
    return resolve(c, e);
}

Status config_make(Config *c, const Value *root, const Override *overrides, int n, Error *e)
{
    enum { NODE_BYTES = 256 }; /* with its key */
    *c = (Config){ 0 };
    TRY(config_check_overrides(overrides, n, e));
    TRY(arena_open(&c->file.arena, (size_t)value_count(root) * NODE_BYTES + SPARE_BYTES, e));
    c->file.root = value_copy(&c->file.arena, NULL, NULL, root);
    if (!c->file.root)
        return fail(e, GT_ERESOURCE, "no memory for a copy of the config");
    TRY(finish(c, overrides, n, e));
    return check_name(c, e);
}

Status config_read(Config *c, const char *path, const Override *overrides, int n, Error *e)
{
    *c = (Config){ 0 };
    TRY(config_check_overrides(overrides, n, e));
    TRY(json_read(&c->file, path, SPARE_BYTES, e));
    TRY(finish(c, overrides, n, e));
    if (!*c->name)
        c->name = config_name_of_file(&c->arena, path);
    return c->name ? check_name(c, e) : fail(e, GT_ERESOURCE, "%s: no room for its name", path);
}

Status config_parse(Config *c, const char *text, size_t bytes, const char *origin, Error *e)
{
    *c = (Config){ 0 };
    TRY(json_parse(&c->file, text, bytes, origin, SPARE_BYTES, e));
    TRY(lend_nets(c, NULL, 0, e));
    return resolve(c, e);
}

Status config_text(const Config *c, int indent, Text *out, Error *e)
{
    Arena a = { 0 };
    TRY(arena_open(&a, CONFIG_BYTES, e));
    const Value *root = option_value(&a, NULL, NULL, config_options, c);
    if (root)
        json_write(out, root, indent);
    arena_close(&a);
    return root && !out->failed ? GT_OK : fail(e, GT_ERESOURCE, "no memory to print the config");
}

void config_free(Config *c)
{
    if (!c)
        return;
    arena_close(&c->arena);
    json_free(&c->file);
    json_free(&c->defaults);
}
