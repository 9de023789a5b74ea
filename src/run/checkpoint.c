/* Checkpoint files: saved, compared with a run, loaded. Tensors: those of gan_tensors. Metadata
 * (strings): the resolved config, the counters, and what else decides the bits of the following
 * steps. */
#include "gantrain/run/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/vec.h"

/* ---- saving ---------------------------------------------------------------------------------- */

static const TensorType real_tensor = sizeof(real) == 4 ? TENSOR_F32 : TENSOR_F64;

typedef struct Saving {
    TensorWriter *writer;
    char nonfinite[TENSOR_NAME]; /* the first tensor with a value that is not finite */
} Saving;

static void save_tensor(void *args, const char *name, int rank, Mat m)
{
    Saving *s = args;
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };
    if (!*s->nonfinite && !mat_finite(view(m)))
        snprintf(s->nonfinite, sizeof s->nonfinite, "%s", name);
    tensors_add(s->writer, name, real_tensor, rank, shape, m.at);
}

static void add_number(TensorWriter *w, const char *key, uint64_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, n);
    tensors_add_text(w, key, text);
}

/* What decides the bits of a run besides its config and state. */
typedef struct Provenance {
    char data[64], rng[64], kernel[32];
} Provenance;

static Provenance describe_provenance(const Dataset *data, uint64_t seed)
{
    Provenance p;
    snprintf(p.data, sizeof p.data, "%d %s, crc32 %08x", data->count, dataset_things(data),
             (unsigned)data->crc32);
    snprintf(p.rng, sizeof p.rng, "philox4x32-10 version %d key %016" PRIx64, RNG_VERSION, seed);
    snprintf(p.kernel, sizeof p.kernel, "%s", gemm_kernel()->name);
    return p;
}

static void add_metadata(TensorWriter *w, const Gan *g, const Dataset *data)
{
    const Provenance p = describe_provenance(data, g->seed);
    char shape[96];
    add_number(w, "gantrain.format", CHECKPOINT_FORMAT);
    tensors_add_text(w, "gantrain.version", GANTRAIN_VERSION);
    add_number(w, "gantrain.step", g->step);
    add_number(w, "gantrain.updates", g->updates);
    const uint64_t t_g = (uint64_t)g->player[GENERATOR].optim.t;
    const uint64_t t_d = (uint64_t)g->player[DISCRIMINATOR].optim.t;
    if (t_g != g->step * (uint64_t)g->options->generator.steps)
        add_number(w, "gantrain.t_generator", t_g); /* after a warm start */
    if (t_d != g->updates)
        add_number(w, "gantrain.t_discriminator", t_d);
    add_number(w, "gantrain.recoveries", (uint64_t)g->recoveries);
    add_number(w, "gantrain.recovered_at", g->recovered_at);
    snprintf(shape, sizeof shape, "%dx%dx%d", g->data.c, g->data.h, g->data.w);
    tensors_add_text(w, "gantrain.shape", shape);
    if (g->game.label)
        add_number(w, "gantrain.classes", (uint64_t)g->classes);
    tensors_add_text(w, "gantrain.data", p.data);
    tensors_add_text(w, "gantrain.rng", p.rng);
    tensors_add_text(w, "gantrain.kernel", p.kernel);
    checkpoint_add_units(w, data);
}

static void add_best(TensorWriter *w, const Best *b)
{
    char value[32];
    if (!*b->score_id)
        return;
    snprintf(value, sizeof value, "%.17g", b->value);
    tensors_add_text(w, "gantrain.best", b->score_id);
    tensors_add_text(w, "gantrain.best_value", value);
    add_number(w, "gantrain.best_step", b->step);
    add_number(w, "gantrain.best_since", b->stale_evaluations);
}

Status checkpoint_save(const char *path, const Gan *g, const Config *c, const Dataset *data,
                       const Best *best, Error *e)
{
    TensorWriter w;
    Saving saving = { &w, "" };
    Text config = { 0 };
    Status s = config_text(c, 0, &config, e);
    if (s != GT_OK) {
        text_free(&config);
        return fail(e, s, "%s: not written: no memory for its config", path);
    }
    tensors_begin(&w);
    add_metadata(&w, g, data);
    add_best(&w, best);
    tensors_add_text(&w, "gantrain.config", config.at);
    gan_tensors(g, save_tensor, &saving);
    if (*saving.nonfinite)
        s = fail(e, GT_EDIVERGED,
                 "%s: not saved, training diverged: %s holds a value that is not finite; the "
                 "checkpoints before it are good: try a lower optimizer.*.lr, or a penalty",
                 path, saving.nonfinite);
    else
        s = tensors_save(&w, path, e);
    tensors_free(&w);
    text_free(&config);
    return s;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static Status compare_configs(const Checkpoint *k, const char *path, const Config *c, Error *e)
{
    Arena a = { 0 };
    Text diff = { 0 };
    int n = 0;
    TRY(arena_open(&a, 1 << 20, e));
    const Value *there = option_to_value(&a, NULL, NULL, config_options, &k->config);
    Status s = config_diff(c, there, &config_diff_resume, &diff, &n, e);
    if (s == GT_OK && n > 0)
        s = fail(e, GT_ECHECKPOINT, "%s: belongs to another config (%d key%s): %s", path, n,
                 n == 1 ? " differs" : "s differ", diff.at);
    text_free(&diff);
    arena_close(&a);
    return s;
}

/* The value of `key` in the file if it differs from `now`, else NULL. */
static const char *find_difference(const Checkpoint *k, const char *key, const char *now)
{
    const char *then = tensors_text(&k->file, key);
    if (!then)
        return "unknown";
    return strcmp(then, now) == 0 ? NULL : then;
}

Status checkpoint_check_compatible(const Checkpoint *k, const char *path, const Config *c,
                                   const Dataset *data, Text *warning, Error *e)
{
    const Provenance now = describe_provenance(data, (uint64_t)c->seed);
    TRY(compare_configs(k, path, c, e));
    const char *then = find_difference(k, "gantrain.data", now.data);
    if (then)
        return fail(e, GT_ECHECKPOINT, "%s: was trained on other data (%.60s; now %s)", path, then,
                    now.data);
    then = find_difference(k, "gantrain.rng", now.rng);
    if (then)
        return fail(e, GT_ECHECKPOINT,
                    "%s: was trained with other random numbers (%.60s; now %s): resume with the "
                    "version of gantrain that wrote it",
                    path, then, now.rng);
    then = find_difference(k, "gantrain.kernel", now.kernel);
    if (then)
        text_add(warning,
                 "%s: made with the kernels for %s; now %s: the last bits may differ from an "
                 "uninterrupted run",
                 path, then, now.kernel);
    return GT_OK;
}

/* ---- loading --------------------------------------------------------------------------------- */

typedef struct Loading {
    const Checkpoint *k;
    const char *path;
    bool copy; /* false: only check */
    int expected;
    int other_types; /* tensors of another type than real */
    Error *e;
} Loading;

static void load_tensor(void *args, const char *name, int rank, Mat m)
{
    Loading *l = args;
    const Tensor *t = tensors_find(&l->k->file, name);
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };
    char found[TENSOR_SHAPE_TEXT], expected[TENSOR_SHAPE_TEXT];

    l->expected++;
    if (!t)
        also_fail(l->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is missing", l->path, name);
    else if (t->type != real_tensor && l->other_types++ == 0)
        also_fail(l->e, GT_ECHECKPOINT,
                  "%s: tensor \"%s\" is %s, expected %s: it was written by a build with another "
                  "GANTRAIN_REAL",
                  l->path, name, tensor_type_name(t->type), tensor_type_name(real_tensor));
    else if (t->type != real_tensor)
        return; /* one message for all tensors */
    else if (!tensor_has_shape(t, rank, shape))
        also_fail(l->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is %s, expected %s", l->path, name,
                  tensor_shape_text(t->rank, t->shape, found),
                  tensor_shape_text(rank, shape, expected));
    else if (l->copy)
        memcpy(m.at, t->at, t->bytes);
}

Status checkpoint_load(const Checkpoint *k, const char *path, Gan *g, Error *e)
{
    Loading l = { k, path, false, 0, 0, e };
    gan_tensors(g, load_tensor, &l);
    if (e->code == GT_OK && l.expected != k->file.n)
        fail(e, GT_ECHECKPOINT, "%s: holds %d tensors, its config needs %d", path, k->file.n,
             l.expected);
    if (e->code != GT_OK)
        return e->code;
    l.copy = true;
    gan_tensors(g, load_tensor, &l);
    gan_refresh_weights(g);
    g->step = k->step;
    g->updates = k->updates;
    g->player[GENERATOR].optim.t = (int64_t)k->t_generator;
    g->player[DISCRIMINATOR].optim.t = (int64_t)k->t_discriminator;
    g->recovered_at = k->recovered_at;
    gan_scale_lr(g, (int)(k->recoveries < 1000 ? k->recoveries : 1000));
    return GT_OK;
}
