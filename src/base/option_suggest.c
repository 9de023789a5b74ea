/* An unknown key is looked for in its object, by spelling and by meaning, then in the whole table,
 * then among typing errors. Of several keys in the whole table, those below a section of the same
 * name count first, then those that are nested least: "lr" in "optimizer" is a key of both players'
 * optimizers. */
#include "option_suggest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Shorter words are near to too many keys of the whole table. */
enum { PATH_SIZE = 256, SHOWN = 4, NAMES = 64, LONG = 6 };

/* What other programs and papers call a key. */
static const struct {
    const char *word;
    const char *key;  /* the last words of its path; NULL: there is none, */
    const char *note; /* because of this                                  */
} synonyms[] = {
    { "learning_rate", "lr", NULL },
    { "lr_g", "optimizer.generator.lr", NULL },
    { "g_lr", "optimizer.generator.lr", NULL },
    { "lr_d", "optimizer.discriminator.lr", NULL },
    { "d_lr", "optimizer.discriminator.lr", NULL },
    { "b1", "beta1", NULL },
    { "b2", "beta2", NULL },
    { "betas", "beta1", NULL },
    { "eps", "epsilon", NULL },
    { "weight_decay", "decay", NULL },
    { "lr_scheduler", "schedule", NULL },
    { "scheduler", "schedule", NULL },
    { "warmup_steps", "warmup", NULL },
    { "grad_clip", "clip_norm", NULL },
    { "max_grad_norm", "clip_norm", NULL },
    { "epoch", "train.epochs", NULL },
    { "n_epochs", "train.epochs", NULL },
    { "num_epochs", "train.epochs", NULL },
    { "max_epochs", "train.epochs", NULL },
    { "nb_epoch", "train.epochs", NULL },
    { "iterations", "train.steps", NULL },
    { "iters", "train.steps", NULL },
    { "n_iter", "train.steps", NULL },
    { "num_steps", "train.steps", NULL },
    { "max_steps", "train.steps", NULL },
    { "batch", "train.batch_size", NULL },
    { "bs", "train.batch_size", NULL },
    { "gradient_accumulation", "train.accumulate", NULL },
    { "latent_dim", "generator.latent", NULL },
    { "latent_size", "generator.latent", NULL },
    { "z_dim", "generator.latent", NULL },
    { "dim_z", "generator.latent", NULL },
    { "nz", "generator.latent", NULL },
    { "noise_dim", "generator.latent", NULL },
    { "hidden", "units", NULL },
    { "hidden_size", "units", NULL },
    { "hidden_dim", "units", NULL },
    { "hidden_units", "units", NULL },
    { "features", "units", NULL },
    { "neurons", "units", NULL },
    { "ngf", "units", NULL },
    { "ndf", "units", NULL },
    { "negative_slope", "slope", NULL },
    { "dropout", "rate", NULL },
    { "ema_decay", "generator.ema", NULL },
    { "n_critic", "discriminator.steps", NULL },
    { "critic_iters", "discriminator.steps", NULL },
    { "d_steps", "discriminator.steps", NULL },
    { "g_steps", "generator.steps", NULL },
    { "loss", "objective", NULL },
    { "gan_mode", "objective", NULL },
    { "criterion", "objective", NULL },
    { "gp", "penalty", NULL },
    { "gradient_penalty", "penalty", NULL },
    { "lambda_gp", "penalty.lambda", NULL },
    { "gp_weight", "penalty.lambda", NULL },
    { "r1_gamma", "penalty.gamma", NULL },
    { "critic", "discriminator", NULL },
    { "optim", "optimizer", NULL },
    { "dataset", "data", NULL },
    { "dataroot", "data.dir", NULL },
    { "data_dir", "data.dir", NULL },
    { "data_path", "data.dir", NULL },
    { "image_size", "data.size", NULL },
    { "img_size", "data.size", NULL },
    { "resolution", "data.size", NULL },
    { "flip", "data.mirror", NULL },
    { "hflip", "data.mirror", NULL },
    { "horizontal_flip", "data.mirror", NULL },
    { "test_size", "data.split", NULL },
    { "val_split", "data.split", NULL },
    { "validation_split", "data.split", NULL },
    { "pretrained", "init_from", NULL },
    { "init_weights", "init_from", NULL },
    { "random_seed", "seed", NULL },
    { "manual_seed", "seed", NULL },
    { "save_every", "checkpoint.every_steps", NULL },
    { "save_interval", "checkpoint.every_steps", NULL },
    { "checkpoint_interval", "checkpoint.every_steps", NULL },
    { "sample_interval", "sample.every_epochs", NULL },
    { "log_interval", "log.every_steps", NULL },
    { "eval_interval", "evaluate.every_epochs", NULL },
    { "early_stopping", "evaluate.patience", NULL },
    { "device", NULL, "training runs on the processor; remove it" },
    { "gpu", NULL, "training runs on the processor; remove it" },
    { "ngpu", NULL, "training runs on the processor; remove it" },
    { "cuda", NULL, "training runs on the processor; remove it" },
    { "threads", NULL, "it is an option of the command line: --threads" },
    { "workers", NULL, "data are held in memory; remove it, or use the option --threads" },
    { "num_workers", NULL, "data are held in memory; remove it, or use the option --threads" },
    { "out", NULL, "it is an option of the command line: --out" },
    { "out_dir", NULL, "it is an option of the command line: --out" },
    { "output_dir", NULL, "it is an option of the command line: --out" },
    { "input_dim", NULL, "layers take their inputs from the layer before; remove it" },
    { "in_features", NULL, "layers take their inputs from the layer before; remove it" },
};
enum { SYNONYMS = sizeof synonyms / sizeof *synonyms };

/* Whether two keys differ in case and separators only: "batchSize", "batch-size". */
static bool is_spelling(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_' || *a == '-')
            a++;
        while (*b == '_' || *b == '-')
            b++;
        const int x = *a >= 'A' && *a <= 'Z' ? *a - 'A' + 'a' : *a;
        if (x != *b)
            return false;
        if (!x)
            return true;
    }
}

/* Index of the synonym, or -1. */
static int find_synonym(const char *key)
{
    for (int i = 0; i < SYNONYMS; i++)
        if (is_spelling(key, synonyms[i].word))
            return i;
    return -1;
}

/* ---- in one table ---------------------------------------------------------------------------- */

static const char *find_spelling(const Option *rows, const char *key)
{
    for (const Option *o = rows; o->name; o++)
        if (is_spelling(key, o->name))
            return o->name;
    return NULL;
}

/* The only key that begins with this one: "every" is every_steps. */
static const char *find_longer(const Option *rows, const char *key)
{
    const size_t n = strlen(key);
    const char *found = NULL;
    for (const Option *o = rows; o->name; o++)
        if (strncmp(o->name, key, n) == 0 && o->name[n] == '_') {
            if (found)
                return NULL;
            found = o->name;
        }
    return found;
}

static const char *find_near(const Option *rows, const char *key)
{
    const char *names[NAMES + 1] = { NULL };
    int n = 0;
    for (const Option *o = rows; o->name; o++) {
        assert(n < NAMES);
        names[n++] = o->name;
    }
    return nearest_name(key, names);
}

static const char *last_word(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* ---- in the whole table ---------------------------------------------------------------------- */

typedef struct Search {
    const char *word;    /* the last words of the paths that are searched              */
    const char *section; /* paths with this part count more                            */
    bool near;           /* paths whose last word is near to `word` are searched       */
    int cost;            /* of the paths found; the fewer the better                   */
    int n;               /* paths found; the first SHOWN are kept                      */
    char found[SHOWN][PATH_SIZE];
} Search;

/* Whether `part` is among the dotted words of `path`, in this order; at its end, if asked. */
static bool has_part(const char *path, const char *part, bool at_end)
{
    const size_t n = strlen(part);
    for (const char *at = path; n > 0 && (at = strstr(at, part)) != NULL; at++) {
        const bool begins = at == path || at[-1] == '.';
        if (begins && (at[n] == '\0' || (!at_end && (at[n] == '.' || at[n] == '['))))
            return true;
    }
    return n == 0;
}

static bool is_meant(const Search *s, const char *path)
{
    const char *names[] = { last_word(path), NULL };
    if (s->near)
        return nearest_name(s->word, names) != NULL;
    return strchr(s->word, '.') ? has_part(path, s->word, true) : is_spelling(s->word, names[0]);
}

/* A path `depth` keys long. */
static void try_path(Search *s, const char *path, int depth)
{
    enum { ELSEWHERE = 100 };
    if (!is_meant(s, path))
        return;
    const int cost = depth + (has_part(path, s->section, false) ? 0 : ELSEWHERE);
    if (s->n == 0 || cost < s->cost) {
        s->n = 0;
        s->cost = cost;
    }
    if (cost > s->cost)
        return;
    for (int i = 0; i < s->n && i < SHOWN; i++)
        if (strcmp(s->found[i], path) == 0)
            return; /* several rows of a registry have it */
    if (s->n < SHOWN)
        snprintf(s->found[s->n], PATH_SIZE, "%s", path);
    s->n++;
}

static void search_rows(Search *s, const Option *rows, const char *path, int depth);

static void search_registry(Search *s, const Registry *r, const char *path, int depth)
{
    char kind[PATH_SIZE];
    snprintf(kind, sizeof kind, "%.240s.kind", path);
    try_path(s, kind, depth + 1);
    for (const Entry *const *row = r->entry; *row; row++)
        search_rows(s, (*row)->options, path, depth);
}

static void search_rows(Search *s, const Option *rows, const char *path, int depth)
{
    enum { DEEPEST = 6 };
    char inner[PATH_SIZE];
    for (const Option *o = rows; depth < DEEPEST && o && o->name; o++) {
        snprintf(inner, sizeof inner, "%.120s%s%.120s", path, *path ? "." : "", o->name);
        try_path(s, inner, depth + 1);
        if (o->type == OPTION_LIST)
            strcat(inner, "[0]");
        if (o->type == OPTION_SECTION)
            search_rows(s, o->rows, inner, depth + 1);
        else if (o->type == OPTION_SPEC || o->type == OPTION_LIST)
            search_registry(s, o->registry, inner, depth + 1);
    }
}

/* False: nothing was found. */
static bool search(const Option *root, const char *section, const char *word, bool near,
                   char out[OPTION_SUGGESTION])
{
    Search s = { .word = word, .section = section, .near = near };
    search_rows(&s, root, "", 0);
    if (s.n == 0 || s.n > SHOWN)
        return false;
    const size_t room = OPTION_SUGGESTION;
    size_t used = (size_t)snprintf(out, room, "did you mean ");
    for (int i = 0; i < s.n && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s\"%s\"",
                                 i == 0         ? ""
                                 : i + 1 == s.n ? " or "
                                                : ", ",
                                 s.found[i]);
    if (used < room)
        snprintf(out + used, room - used, "?");
    return true;
}

/* ---- both ------------------------------------------------------------------------------------ */

void option_suggest(const Option *rows, const Option *root, const char *path, const char *key,
                    char out[OPTION_SUGGESTION])
{
    const int i = find_synonym(key);
    const char *meant = i >= 0 ? synonyms[i].key : NULL;
    const char *own = find_spelling(rows, key);
    if (!own && meant)
        own = find_spelling(rows, last_word(meant));
    if (!own)
        own = find_longer(rows, key);
    *out = '\0';
    if (!own &&
        (search(root, path, key, false, out) || (meant && search(root, path, meant, false, out))))
        return;
    if (!own && i < 0)
        own = find_near(rows, key);
    if (own)
        snprintf(out, OPTION_SUGGESTION, "did you mean \"%.200s%s%s\"?", path, *path ? "." : "",
                 own);
    else if (i >= 0 && !meant)
        snprintf(out, OPTION_SUGGESTION, "%s", synonyms[i].note);
    else if (strlen(key) >= LONG)
        search(root, path, key, true, out);
}
