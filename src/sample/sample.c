/* From a checkpoint to samples: open, count, make latents, run the generator, write. What is written
 * is settled before anything is made, which can take long. */
#include "gantrain/sample/sample.h"

#include <limits.h>
#include <stdlib.h>

#include "gantrain/io/npy.h"

enum { IMAGES = 64, SEARCHED = 10 };

/* ---- opening -------------------------------------------------------------------------------------- */

static Status open_data(Sampler *s, Error *e)
{
    const Config *c = &s->checkpoint.config;
    const char *path = s->ask->checkpoint;
    const Shape want = s->checkpoint.shape;
    if (s->ask->data && !dataset_set_folder(&c->data, s->ask->data))
        return fail(e, GT_EUSAGE, "%s: its data are made from the seed: leave out --data", path);
    if (dataset_open(&s->data, &c->data, (uint64_t)c->seed, e) != GT_OK)
        return !s->range      ? fail_at(e, path)
               : s->ask->data ? e->code
                              : checkpoint_hint_data(&s->checkpoint, e);
    const Shape there = s->data.shape;
    if (!s->range && shape_size(there) != shape_size(want))
        return fail(e, GT_ECHECKPOINT, "%s: points of %d values, its data have %d", path,
                    shape_size(want), shape_size(there));
    if (s->range && (there.c != want.c || there.h != want.h || there.w != want.w))
        return fail(e, GT_EDATA,
                    "%s: makes images of %dx%dx%d values, the data have %dx%dx%d: name the folder "
                    "it was trained on with --data",
                    path, want.c, want.h, want.w, there.c, there.h, there.w);
    return GT_OK;
}

static Status check_kind(const Sampler *s, Error *e)
{
    const char *path = s->ask->checkpoint;
    if (s->range || s->form->write_points)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%s: makes points, not images: write a%s .png or .npy file", path,
                s->form->layout == LAYOUT_PLAIN ? "" : " plain");
}

static Status load(Sampler *s, Error *e)
{
    Checkpoint *k = &s->checkpoint;
    const char *path = s->ask->checkpoint;
    s->range = dataset_range(&k->config.data);
    s->seed = (uint64_t)(s->ask->seed < 0 ? k->config.seed : s->ask->seed);
    TRY(check_kind(s, e));
    if (!s->range || s->form->looks)
        TRY(open_data(s, e));
    TRY(gan_build(&s->gan, &k->config.gan, NULL, k->shape, (int)k->config.train.batch_size,
                  (uint64_t)k->config.seed, e));
    return checkpoint_load(k, path, &s->gan, e);
}

/* ---- latents -------------------------------------------------------------------------------------- */

/* The latents of a file, [n, Z], malloc'ed. */
static Status read_latents(Sampler *s, float **at, Error *e)
{
    const char *path = s->ask->latents;
    int rows, cols;
    TRY(npy_read(path, at, &rows, &cols, e));
    if (cols == shape_size(s->gan.G.in) && rows <= SAMPLE_MAX) {
        s->n = rows;
        return GT_OK;
    }
    free(*at);
    *at = NULL;
    return fail(e, GT_EDATA, "%s: [%d, %d]: this generator takes [N, %d]", path, rows, cols,
                shape_size(s->gan.G.in));
}

static void draw(Sampler *s)
{
    latents_draw(s->seed, s->ask->truncation, s->z, s->again);
}

static void draw_of_seeds(Sampler *s)
{
    latents_from_seeds(s->ask->seeds, s->ask->truncation, s->z, s->again);
}

static void draw_between(Sampler *s)
{
    draw(s);
    latents_interpolate(s->ask->interpolation, s->ask->cols, s->z);
}

static void draw_walk(Sampler *s)
{
    latents_draw(s->seed, s->ask->truncation, s->stops, s->again);
    latents_walk(s->ask->interpolation, view(s->stops), s->ask->stops, s->ask->frames, s->z);
}

/* NULL: they were read. */
static void (*const fill[LATENT_SOURCES])(Sampler *) = {
    [LATENTS_DRAWN] = draw,
    [LATENTS_FROM_SEEDS] = draw_of_seeds,
    [LATENTS_INTERPOLATED] = draw_between,
    [LATENTS_WALK] = draw_walk,
};

/* How many samples, where no file says it. */
static int64_t count(const Sampler *s)
{
    const SampleRequest *q = s->ask;
    const int places = q->rows * q->cols;
    if (q->source == LATENTS_FROM_SEEDS)
        return q->n_seeds;
    if (q->source == LATENTS_WALK)
        return (int64_t)places * q->frames;
    if (q->count || places)
        return q->count ? q->count : places;
    if (q->layout == LAYOUT_NEIGHBOURS)
        return SEARCHED;
    return s->range ? IMAGES : s->checkpoint.config.evaluate.samples;
}

static void plan(Arena *a, void *plan_me)
{
    Sampler *s = plan_me;
    const SampleRequest *q = s->ask;
    const int latent = shape_size(s->gan.G.in);
    const int stops = q->source == LATENTS_WALK ? s->n / q->frames * q->stops : 0;
    s->z = mat_take(a, s->n, latent);
    s->again = mat_take(a, 1, latent);
    s->stops = mat_take(a, stops, latent);
    s->x = mat_take(a, s->n, shape_size(s->gan.data));
    if (s->range)
        s->pixels = arena_take(a, mat_size(s->x));
    else
        s->canvas = plot_take(a);
}

/* GT_EUSAGE: more samples, or more latents for them to walk through, than one call makes. */
static Status check_number(const Sampler *s, int64_t n, Error *e)
{
    const SampleRequest *q = s->ask;
    const int64_t stops = q->source == LATENTS_WALK ? n / q->frames * q->stops : 0;
    const int64_t most = n > stops ? n : stops;
    if (most <= SAMPLE_MAX)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%lld samples: at most %d are possible", (long long)most, SAMPLE_MAX);
}

static Status settle(Sampler *s, Error *e)
{
    const int64_t n = s->n ? s->n : count(s);
    s->n = n < INT_MAX ? (int)n : INT_MAX;
    if (s->range && s->form->settle)
        TRY(s->form->settle(s, e));
    TRY(check_number(s, n, e));
    return arena_build(&s->arena, plan, s, e);
}

static Status make_latents(Sampler *s, Error *e)
{
    float *given = NULL;
    if (s->ask->source == LATENTS_FROM_FILE)
        TRY(read_latents(s, &given, e));
    const Status settled = settle(s, e);
    if (settled == GT_OK && fill[s->ask->source])
        fill[s->ask->source](s);
    if (settled == GT_OK && given)
        for (size_t i = 0; i < mat_size(s->z); i++)
            s->z.at[i] = (real)given[i];
    free(given);
    TRY(settled);
    return s->ask->latents_out ? npy_write_view(s->ask->latents_out, view(s->z), 1, e) : GT_OK;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static Status make(Sampler *s, Text *out, Error *e)
{
    TRY(make_latents(s, e));
    gan_sample(&s->gan, view(s->z), s->x);
    if (s->range)
        pixels_to_bytes(s->range, view(s->x), s->pixels);
    TRY((s->range ? s->form->write : s->form->write_points)(s, e));
    text_add(out, "%s\n%s", s->ask->out, s->told.at ? s->told.at : "");
    return GT_OK;
}

static Status prepare(Sampler *s, Error *e)
{
    const char *path = s->ask->checkpoint;
    TRY(sample_find_form(s->ask, &s->form, e));
    TRY(checkpoint_open(&s->checkpoint, path, e));
    if (s->ask->classes)
        return fail(e, GT_EUSAGE,
                    "%s: the model has no classes: --class and --labels-out need a "
                    "conditional one",
                    path);
    return load(s, e);
}

Status sample_run(const SampleRequest *q, Text *out, Error *e)
{
    Sampler *s = calloc(1, sizeof *s);
    if (!s)
        return fail(e, GT_ERESOURCE, "no memory");
    s->ask = q;
    Status status = prepare(s, e);
    if (status == GT_OK)
        status = make(s, out, e);
    text_free(&s->told);
    arena_close(&s->arena);
    gan_close(&s->gan);
    dataset_close(&s->data);
    checkpoint_close(&s->checkpoint);
    free(s);
    return status;
}
