/* From a checkpoint to a file of samples: open, make latents, generate, write. Everything that can
 * be checked is checked before samples are generated, which can take long. */
#include "gantrain/sample/sample.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/npy.h"
#include "sampler.h"

enum { DEFAULT_IMAGES = 64, DEFAULT_QUERIES = 10 };

/* ---- opening --------------------------------------------------------------------------------- */

static Status hint_data(const Sampler *s, Error *e)
{
    if (!s->request->data)
        checkpoint_hint_data(&s->checkpoint, e);
    if (s->range || s->request->data)
        return e->code;
    return fail(e, e->code, "%s; or write a .csv or .npy file, which needs no data", e->text[0]);
}

static Status open_data(Sampler *s, Error *e)
{
    const Config *c = &s->checkpoint.config;
    const char *path = s->request->checkpoint;
    const Shape want = s->checkpoint.shape;
    if (s->request->data && !dataset_set_path(&c->data, s->request->data))
        return fail(e, GT_EUSAGE, "%s: its data are generated, not read: leave out --data", path);
    dataset_set_progress(&c->data, s->request->data_progress, s->request->progress);
    if (dataset_open(&s->data, &c->data, (uint64_t)c->seed, e) != GT_OK)
        return !s->data_path ? error_add_prefix(e, path) : hint_data(s, e);
    const Shape found = s->data.shape;
    if (!s->range && shape_size(found) != shape_size(want))
        return fail(e, GT_ECHECKPOINT, "%s: points of %d values, its data have %d", path,
                    shape_size(want), shape_size(found));
    if (s->range && (found.c != want.c || found.h != want.h || found.w != want.w))
        return fail(e, GT_EDATA,
                    "%s: makes images of %dx%dx%d values, the data have %dx%dx%d: name the folder "
                    "it was trained on with --data",
                    path, want.c, want.h, want.w, found.c, found.h, found.w);
    return dataset_use_units(&s->data, &s->checkpoint.units, e);
}

static Status check_request(const Sampler *s, Error *e)
{
    const char *path = s->request->checkpoint;
    if (!s->range && !s->form->write_points)
        return fail(e, GT_EUSAGE, "%s: makes points, not images: write a%s .png, .csv or .npy file",
                    path, s->form->layout == LAYOUT_PLAIN ? "" : " plain");
    if (s->range && !s->form->write)
        return fail(e, GT_EUSAGE,
                    "%s: makes images: a .csv file holds points; write a .png, .idx or .npy file",
                    path);
    return GT_OK;
}

/* Pictures of points show the data, too. Units of generated points come from the options of the
 * data, those of points of files from the checkpoint. */
static bool needs_data(const Sampler *s)
{
    return s->form->needs_data || (!s->range && (s->form->set_grid || !s->data_path));
}

static Status open_model(Sampler *s, Error *e)
{
    Checkpoint *k = &s->checkpoint;
    const SampleRequest *q = s->request;
    TRY(sample_find_form(q, &s->form, e));
    TRY(checkpoint_open_edited(k, q->checkpoint, &(Log){ false }, e));
    s->range = dataset_range(&k->config.data);
    s->data_path = dataset_path(&k->config.data);
    s->seed = (uint64_t)(q->seed < 0 ? k->config.seed : q->seed);
    TRY(check_request(s, e));
    if (needs_data(s))
        TRY(open_data(s, e));
    s->units = k->units.n > 0 ? &k->units : &s->data.units;
    TRY(gan_build(&s->gan, &k->config.gan, NULL, k->shape, k->classes,
                  (int)k->config.train.batch_size, (uint64_t)k->config.seed, e));
    TRY(sample_check_inputs(s, e));
    return checkpoint_load(k, q->checkpoint, &s->gan, e);
}

/* Without a count or a grid, a picture shows every value of --vary, or every class. */
static void choose_grid(Sampler *s)
{
    SampleRequest *q = &s->own;
    const char *name = q->vary ? q->vary : "class";
    if (q->source == LATENTS_WALK || q->cols || (q->count && !q->vary) ||
        q->source == LATENTS_FROM_SEEDS || q->source == LATENTS_FROM_FILE ||
        q->layout != LAYOUT_PLAIN)
        return;
    for (int k = 0; k < s->gan.inputs; k++)
        if (s->gan.input[k].of > 0 && strcmp(s->gan.input[k].name, name) == 0) {
            q->rows = q->vary ? 8 : s->gan.input[k].of;
            q->cols = q->vary ? s->gan.input[k].of : 8;
        }
}

/* ---- how many -------------------------------------------------------------------------------- */

/* Number of samples, where no file determines it. */
static int64_t default_count(const Sampler *s)
{
    const SampleRequest *q = s->request;
    const int places = q->rows * q->cols;
    if (q->source == LATENTS_FROM_SEEDS)
        return q->n_seeds;
    if (q->source == LATENTS_WALK)
        return (int64_t)places * q->frames;
    if (q->count || places)
        return q->count ? q->count : places;
    if (q->layout == LAYOUT_NEIGHBOURS)
        return s->data.count < DEFAULT_QUERIES ? s->data.count : DEFAULT_QUERIES;
    return s->range ? DEFAULT_IMAGES : s->checkpoint.config.evaluate.samples;
}

static int64_t count_waypoints(const SampleRequest *q, int64_t n)
{
    return q->source == LATENTS_WALK ? n / q->frames * q->waypoints : 0;
}

static void plan(Arena *a, void *plan_me)
{
    Sampler *s = plan_me;
    const int latent = s->gan.input[0].cols, W = gan_input_cols(&s->gan);
    s->z = mat_take(a, s->n, latent);
    s->inputs = W > latent ? mat_take(a, s->n, W) : s->z;
    s->scratch = mat_take(a, 1, latent);
    s->waypoints = mat_take(a, (int)count_waypoints(s->request, s->n), latent);
    s->x = mat_take(a, s->n, shape_size(s->gan.data));
    if (s->range)
        s->pixels = arena_take(a, mat_size(s->x));
    else
        s->canvas = plot_take(a, &s->data);
}

static Status allocate(Sampler *s, Error *e)
{
    const int64_t n = s->n ? s->n : default_count(s);
    const int64_t waypoints = count_waypoints(s->request, n), most = n > waypoints ? n : waypoints;
    s->n = n < INT_MAX ? (int)n : INT_MAX;
    if (s->range && s->form->set_grid)
        TRY(s->form->set_grid(s, e));
    if (most > SAMPLE_MAX)
        return fail(e, GT_EUSAGE, "%lld samples: at most %d are possible", (long long)most,
                    SAMPLE_MAX);
    return arena_build(&s->arena, plan, s, e);
}

/* ---- latents --------------------------------------------------------------------------------- */

static Status check_finite(const char *path, const float *at, int rows, int cols, Error *e)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++) {
            const float x = at[(size_t)i * (size_t)cols + (size_t)j];
            if (!isfinite(x))
                return fail(e, GT_EDATA,
                            "%s: row %d, column %d (from 0) is %g: expected finite numbers", path,
                            i, j, (double)x);
        }
    return GT_OK;
}

/* Reads [n, Z] and sets s->n. The caller frees *at. */
static Status read_latents(Sampler *s, float **at, Error *e)
{
    const char *path = s->request->latents;
    int rows, cols;
    TRY(npy_read(path, at, &rows, &cols, e));
    s->n = rows;
    if (cols == s->gan.input[0].cols && rows <= SAMPLE_MAX)
        return check_finite(path, *at, rows, cols, e);
    return fail(e, GT_EDATA, "%s: [%d, %d]: this generator takes [N, %d], N at most %d", path, rows,
                cols, s->gan.input[0].cols, SAMPLE_MAX);
}

static void fill_latents(Sampler *s, const float *file)
{
    const SampleRequest *q = s->request;
    switch (q->source) {
    case LATENTS_FROM_FILE:
        for (size_t i = 0; i < mat_size(s->z); i++)
            s->z.at[i] = (real)file[i];
        break;
    case LATENTS_FROM_SEEDS:
        for (int i = 0; i < s->n; i++)
            latents_draw(q->seeds[i], q->truncation, mat_rows(s->z, i, 1), s->scratch);
        break;
    case LATENTS_WALK:
        latents_draw(s->seed, q->truncation, s->waypoints, s->scratch);
        latents_walk(q->interpolation, view(s->waypoints), q->waypoints, q->frames, s->z);
        break;
    case LATENTS_DRAWN:
    case LATENTS_INTERPOLATED:
        latents_draw(s->seed, q->truncation, s->z, s->scratch);
        if (q->source == LATENTS_INTERPOLATED)
            latents_interpolate(q->interpolation, q->cols, s->z);
        break;
    }
}

static Status make_latents(Sampler *s, Error *e)
{
    float *file = NULL;
    Status status = s->request->source == LATENTS_FROM_FILE ? read_latents(s, &file, e) : GT_OK;
    if (status == GT_OK)
        status = allocate(s, e);
    if (status == GT_OK)
        fill_latents(s, file);
    free(file);
    if (status != GT_OK || !s->request->latents_out)
        return status;
    return npy_write(s->request->latents_out, view(s->z), 1, e);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static Status generate(Sampler *s, Text *out, Error *e)
{
    choose_grid(s);
    TRY(make_latents(s, e));
    sample_join_inputs(s);
    if (s->request->labels_out)
        TRY(sample_write_labels(s, e));
    gan_sample(&s->gan, view(s->inputs), s->x);
    if (s->range)
        pixels_to_bytes(s->range, view(s->x), s->pixels);
    TRY((s->range ? s->form->write : s->form->write_points)(s, e));
    text_add(out, "%s\n%s", s->request->out, s->report.at ? s->report.at : "");
    return GT_OK;
}

Status sample_run(const SampleRequest *q, Text *out, Error *e)
{
    Sampler *s = calloc(1, sizeof *s);
    if (!s)
        return fail(e, GT_ERESOURCE, "no memory");
    s->own = *q;
    s->request = &s->own;
    Status status = open_model(s, e);
    if (status == GT_OK)
        status = generate(s, out, e);
    text_free(&s->report);
    arena_close(&s->arena);
    gan_close(&s->gan);
    dataset_close(&s->data);
    checkpoint_close(&s->checkpoint);
    free(s);
    return status;
}
