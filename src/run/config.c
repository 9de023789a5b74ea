/* Reading and writing configs. */
#include "gantrain/run/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_data.h"

enum { CONFIG_BYTES = 1 << 20, SPARE_BYTES = 1 << 18, CONFIG_NAME = 200, CONFIG_PATH = 4096 };

/* The default nets: the article's GAN, whose last layer has the size of a sample. */
static const char nets_for_images[] =
    "{\"generator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 256, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"activation\": \"tanh\"}]},"
    "\"discriminator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 256, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 1}]}}";

/* Points are not bounded: no tanh at the end. */
static const char nets_for_points[] =
    "{\"generator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\"}]},"
    "\"discriminator\": {\"layers\": ["
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 128, \"activation\": \"leaky_relu\"},"
    "{\"kind\": \"dense\", \"units\": 1}]}}";

/* ---- before the options are read ------------------------------------------------------------- */

/* Adds `key` of `player` from the default tree if the file lacks it. */
static void add_default(Config *c, const char *player, const char *key)
{
    Value *to = value_member(c->file.root, player);
    Value *from = value_member(value_member(c->defaults.root, player), key);

    if (!to)
        to = value_add(&c->file.arena, c->file.root, player, VALUE_OBJECT, NULL);
    if (!to || to->kind != VALUE_OBJECT || value_member(to, key))
        return;
    Value *copy = value_add(&c->file.arena, to, key, from->kind, NULL);
    if (copy) {
        copy->child = from->child;
        copy->last = from->last;
        copy->location.origin = from->location.origin;
    }
}

/* After the data are known, before the overrides that may change default layers. */
static Status add_default_nets(Config *c, Error *e)
{
    const char *nets = config_wants_points(c) ? nets_for_points : nets_for_images;
    TRY(json_parse(&c->defaults, nets, strlen(nets), "built-in default", 0, e));
    add_default(c, "generator", "layers");
    add_default(c, "discriminator", "layers");
    return GT_OK;
}

/* A length of 0 leaves it to the other key. */
static bool is_zero(const Value *v)
{
    return v->kind == VALUE_NUMBER && strtod(v->text, NULL) == 0;
}

static bool sets_zero(const Override *o)
{
    char *end;
    if (o->value)
        return is_zero(o->value);
    return *o->word && strtod(o->word, &end) == 0 && !*end;
}

/* A config that sets only train.steps turns the default of train.epochs off. */
static void choose_length(Config *c)
{
    Value *train = value_member(c->file.root, "train");
    const Value *steps = value_member(train, "steps");
    if (steps && !is_zero(steps) && !value_member(train, "epochs"))
        value_add(&c->file.arena, train, "epochs", VALUE_NUMBER, "0");
}

static bool is_length(const char *path)
{
    return strcmp(path, "train.epochs") == 0 || strcmp(path, "train.steps") == 0;
}

/* What an earlier run recorded in its config.json does not hold for a file or a length that is
 * given now. */
static void drop_records(Config *c, const char *path)
{
    const bool file = strcmp(path, "init_from.file") == 0;
    if (file)
        value_remove(value_member(c->file.root, "init_from"), "crc32");
    if (file || is_length(path))
        value_remove(value_member(c->file.root, "train"), "earlier_lengths");
}

static Status apply_override(Config *c, const Override *o, Error *e)
{
    Value *train = value_member(c->file.root, "train");
    if (strcmp(o->path, CONFIG_DATA) == 0)
        return config_set_data(c, o->word, e);
    if (strcmp(o->path, "train.epochs") == 0 && !sets_zero(o))
        value_remove(train, "steps");
    if (strcmp(o->path, "train.steps") == 0 && !sets_zero(o))
        value_remove(train, "epochs");
    drop_records(c, o->path);
    return o->value ? option_set_value(&c->file.arena, c->file.root, o->path, o->value, e)
                    : option_set(&c->file.arena, c->file.root, o->path, o->word, e);
}

/* ---- afterwards ------------------------------------------------------------------------------ */

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

/* What the model refuses; one error a key. */
static void check_settings(const Config *c, Error *e)
{
    const char *reported = "";
    for (int i = 0; i < SETTINGS && settings_known(&c->gan); i++) {
        const Setting *s = &gan_settings[i];
        const Value *v = value_find(c->file.root, s->key);
        const char *refused = settings_refusal(&c->gan, (SettingId)i);
        const char *conflict = settings_conflict(&c->gan, (SettingId)i);
        if (strcmp(s->key, reported) == 0 || !(refused || conflict))
            continue;
        reported = s->key;
        if (refused)
            option_report(e, v, s->key, "model \"%s\" does not support %s: %s",
                          c->gan.model.is->name, s->words, refused);
        else
            option_report(e, v, s->key, "%s", conflict);
    }
}

static Status check_earlier_lengths(const Config *c, Error *e)
{
    const Numbers *pairs = &c->train.earlier_lengths;
    bool valid = pairs->n % 2 == 0;
    for (int i = 0; i < pairs->n; i++)
        valid &= pairs->at[i] == floor(pairs->at[i]);
    for (int i = 3; i < pairs->n; i += 2)
        valid &= pairs->at[i] > pairs->at[i - 2];
    if (valid)
        return GT_OK;
    const Value *train = value_member(c->file.root, "train");
    return option_report(e, value_member(train, "earlier_lengths"), "train.earlier_lengths",
                         "expected integers in pairs, [length, until step, ...], steps ascending");
}

static Status resolve(Config *c, Error *e)
{
    TRY(arena_open(&c->arena, CONFIG_BYTES, e));
    choose_length(c);
    option_read(&c->arena, config_options, c->file.root, "", c, e);
    if (e->code == GT_OK)
        check_length(c, e);
    if (e->code == GT_OK)
        check_earlier_lengths(c, e);
    check_settings(c, e);
    return e->code;
}

const char *config_name_of_file(Arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = arena_strdup(a, slash ? slash + 1 : path);
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

Status config_check_overrides(const Override *o, int n, Error *e)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            if (o[i].value || o[j].value)
                continue; /* the later one counts */
            if (strcmp(o[i].path, o[j].path) == 0 && strcmp(o[i].word, o[j].word) != 0)
                return fail(e, GT_EUSAGE, "%s is given twice: \"%s\" and \"%s\"", o[i].path,
                            o[j].word, o[i].word);
            if (is_length(o[i].path) && is_length(o[j].path) && strcmp(o[i].path, o[j].path) != 0 &&
                !sets_zero(&o[i]) && !sets_zero(&o[j]))
                return fail(e, GT_EUSAGE, "train.epochs and train.steps exclude each other");
        }
    return GT_OK;
}

static bool is_of_data(const Override *o)
{
    return strcmp(o->path, CONFIG_DATA) == 0 || strcmp(o->path, "data") == 0 ||
           strncmp(o->path, "data.", 5) == 0;
}

static Status apply_overrides(Config *c, const Override *o, int n, bool of_data, Error *e)
{
    for (int i = 0; i < n; i++)
        if (is_of_data(&o[i]) == of_data)
            TRY(apply_override(c, &o[i], e));
    return GT_OK;
}

/* After c->file was read. */
static Status finish(Config *c, const Override *overrides, int n, Error *e)
{
    if (c->file.root->kind != VALUE_OBJECT)
        return option_report(e, c->file.root, "", "expected an object at the top");
    TRY(apply_overrides(c, overrides, n, true, e));
    TRY(config_resolve_data(c, e));
    TRY(add_default_nets(c, e));
    TRY(apply_overrides(c, overrides, n, false, e));
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

/* The folder of a run holds the config with which it was trained. */
static Status check_path(const char *path, Error *e)
{
    char inside[CONFIG_PATH];
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return GT_OK;
    const int n = snprintf(inside, sizeof inside, "%s/config.json", path);
    const bool found = n < CONFIG_PATH && access(inside, F_OK) == 0;
    return fail(e, GT_ECONFIG, "%s: is a folder: expected a config file%s%s", path,
                found ? ", such as " : "", found ? inside : "");
}

Status config_read(Config *c, const char *path, const Override *overrides, int n, Error *e)
{
    *c = (Config){ 0 };
    TRY(config_check_overrides(overrides, n, e));
    TRY(check_path(path, e));
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
    return finish(c, NULL, 0, e);
}

Status config_of_data(Config *c, const char *path, const PixelRange *range, Error *e)
{
    static const Value empty = { .kind = VALUE_OBJECT };
    const Override set[] = { { CONFIG_DATA, path, NULL },
                             { "data.range", range ? range->is.name : "", NULL } };
    return config_make(c, &empty, set, range ? 2 : 1, e);
}

Status config_text(const Config *c, int indent, Text *out, Error *e)
{
    Arena a = { 0 };
    TRY(arena_open(&a, CONFIG_BYTES, e));
    const Value *root = option_to_value(&a, NULL, NULL, config_options, c);
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
