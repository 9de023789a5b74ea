/* Samples, out of a checkpoint or an IDX file. */
#include "evaluate_parts.h"

#include <limits.h>
#include <stdlib.h>

#include "gantrain/data/idx.h"

/* ---- opening ------------------------------------------------------------------------------------------ */

static Status open_checkpoint(Samples *s, int64_t seed, Error *e)
{
    TRY(checkpoint_open(&s->file, s->from->path, e));
    s->there = EVALUATE_MAX_SAMPLES;
    s->shape = s->file.shape;
    s->seed = (uint64_t)(seed < 0 ? s->file.config.seed : seed);
    return GT_OK;
}

static Status open_images(Samples *s, Error *e)
{
    Idx x = { 0 };
    TRY(idx_read(&x, s->from->path, 3, e));
    s->images = x.data;
    s->in_file = x.at[0];
    s->there = x.at[0] < EVALUATE_MAX_SAMPLES ? (int)x.at[0] : EVALUATE_MAX_SAMPLES;
    const uint64_t pixels = (uint64_t)x.at[x.rank - 2] * x.at[x.rank - 1];
    if (pixels > INT_MAX || (x.rank == 4 && pixels * x.at[1] > INT_MAX))
        return fail(e, GT_EDATA, "%s: its images are too large", s->from->path);
    s->shape =
        (Shape){ x.rank == 4 ? (int)x.at[1] : 1, (int)x.at[x.rank - 2], (int)x.at[x.rank - 1] };
    return GT_OK;
}

static Status open_labels(Samples *s, Error *e)
{
    Idx x = { 0 };
    if (!s->from->labels)
        return GT_OK;
    TRY(idx_read(&x, s->from->labels, 1, e));
    s->labels = x.data;
    if (x.at[0] == s->in_file)
        return GT_OK;
    return fail(e, GT_EDATA, "%s: %u labels for the %u images of %s: expected one each",
                s->from->labels, x.at[0], s->in_file, s->from->path);
}

Status samples_open(Samples *s, const SampleSource *from, int64_t seed, Error *e)
{
    *s = (Samples){ .from = from };
    if (from->drawn)
        return open_checkpoint(s, seed, e);
    TRY(open_images(s, e));
    return open_labels(s, e);
}

void samples_close(Samples *s)
{
    if (s->from && s->from->drawn)
        checkpoint_close(&s->file);
    free(s->images);
    free(s->labels);
    *s = (Samples){ 0 };
}

/* ---- taking ------------------------------------------------------------------------------------------- */

typedef struct Drawing {
    const Samples *s;
    Gan gan;
    Mat z; /* [n,Z]       */
    Arena arena;
} Drawing;

static void plan(Arena *a, void *plan_me)
{
    Drawing *d = plan_me;
    d->z = mat_take(a, d->z.rows, shape_size(d->gan.G.in));
}

static Status draw(Drawing *d, Mat out, Error *e)
{
    const Checkpoint *k = &d->s->file;
    d->z.rows = out.rows;
    TRY(gan_build(&d->gan, &k->config.gan, NULL, k->shape, (int)k->config.train.batch_size,
                  (uint64_t)k->config.seed, e));
    TRY(checkpoint_load(k, d->s->from->path, &d->gan, e));
    TRY(arena_build(&d->arena, plan, d, e));
    gan_latents(d->s->seed, d->z);
    gan_sample(&d->gan, view(d->z), out);
    return GT_OK;
}

/* What a file of 8 bits a pixel would hold of it. */
static Status round_to_bytes(const PixelRange *range, Mat x, Error *e)
{
    uint8_t *bytes = malloc(mat_size(x));
    if (!bytes)
        return fail(e, GT_ERESOURCE, "no memory for the bytes of %d images", x.rows);
    pixels_to_bytes(range, view(x), bytes);
    pixels_from_bytes(range, bytes, x);
    free(bytes);
    return GT_OK;
}

Status samples_take(const Samples *s, const PixelRange *range, Mat out, Error *e)
{
    if (s->images) {
        pixels_from_bytes(range, s->images, out);
        return GT_OK;
    }
    Drawing *d = calloc(1, sizeof *d);
    if (!d)
        return fail(e, GT_ERESOURCE, "no memory");
    d->s = s;
    Status status = draw(d, out, e);
    arena_close(&d->arena);
    gan_close(&d->gan);
    free(d);
    if (status == GT_OK && range)
        status = round_to_bytes(range, out, e);
    return status;
}
