/* Samples of a checkpoint or of an IDX file. */
#include "evaluate_parts.h"

#include <limits.h>
#include <stdlib.h>

#include "gantrain/data/idx.h"

static Status open_checkpoint(Samples *s, int64_t seed, Error *e)
{
    TRY(checkpoint_open_edited(&s->file, s->source->path, &(Log){ false }, e));
    s->max = EVALUATE_MAX_SAMPLES;
    s->shape = s->file.shape;
    s->seed = (uint64_t)(seed < 0 ? s->file.config.seed : seed);
    return GT_OK;
}

static Status open_images(Samples *s, Error *e)
{
    Idx x = { 0 };
    TRY(idx_read(&x, s->source->path, 3, e));
    s->images = x.data;
    s->in_file = x.extent[0];
    s->max = x.extent[0] < EVALUATE_MAX_SAMPLES ? (int)x.extent[0] : EVALUATE_MAX_SAMPLES;
    const uint64_t pixels = (uint64_t)x.extent[x.rank - 2] * x.extent[x.rank - 1];
    if (pixels > INT_MAX || (x.rank == 4 && pixels * x.extent[1] > INT_MAX))
        return fail(e, GT_EDATA, "%s: its images are too large", s->source->path);
    s->shape = (Shape){ x.rank == 4 ? (int)x.extent[1] : 1, (int)x.extent[x.rank - 2],
                        (int)x.extent[x.rank - 1] };
    return GT_OK;
}

static Status open_labels(Samples *s, Error *e)
{
    Idx x = { 0 };
    if (!s->source->labels)
        return GT_OK;
    TRY(idx_read(&x, s->source->labels, 1, e));
    s->labels = x.data;
    if (x.extent[0] == s->in_file)
        return GT_OK;
    return fail(e, GT_EDATA, "%s: %u labels for the %u images of %s: expected one each",
                s->source->labels, x.extent[0], s->in_file, s->source->path);
}

Status samples_open(Samples *s, const SampleSource *source, int64_t seed, Error *e)
{
    *s = (Samples){ .source = source };
    if (source->is_checkpoint)
        return open_checkpoint(s, seed, e);
    TRY(open_images(s, e));
    return open_labels(s, e);
}

void samples_close(Samples *s)
{
    if (s->source && s->source->is_checkpoint)
        checkpoint_close(&s->file);
    free(s->images);
    free(s->labels);
    *s = (Samples){ 0 };
}

typedef struct Generation {
    Gan gan;
    Mat z; /* [n,W] */
    Arena arena;
} Generation;

static void plan(Arena *a, void *context)
{
    Generation *g = context;
    g->z = mat_take(a, g->z.rows, gan_input_cols(&g->gan));
}

/* The classes that the samples are asked to be of, where the model has classes. */
static Status label_samples(const Generation *g, Samples *s, Error *e)
{
    const int col = gan_find_input(&g->gan, "class");
    if (col < 0)
        return GT_OK;
    free(s->labels);
    s->labels = malloc((size_t)g->z.rows);
    if (!s->labels)
        return fail(e, GT_ERESOURCE, "no memory for %d labels", g->z.rows);
    for (int i = 0; i < g->z.rows; i++)
        s->labels[i] = (uint8_t)mat_rows(g->z, i, 1).at[col];
    return GT_OK;
}

static Status generate_with(Generation *g, Samples *s, Mat out, Error *e)
{
    const Checkpoint *k = &s->file;
    g->z.rows = out.rows;
    TRY(gan_build(&g->gan, &k->config.gan, NULL, k->shape, k->classes,
                  (int)k->config.train.batch_size, (uint64_t)k->config.seed, e));
    TRY(checkpoint_load(k, s->source->path, &g->gan, e));
    TRY(arena_build(&g->arena, plan, g, e));
    gan_inputs(&g->gan, s->seed, g->z);
    TRY(label_samples(g, s, e));
    gan_sample(&g->gan, view(g->z), out);
    return GT_OK;
}

static Status generate(Samples *s, Mat out, Error *e)
{
    Generation *g = calloc(1, sizeof *g);
    if (!g)
        return fail(e, GT_ERESOURCE, "no memory");
    const Status status = generate_with(g, s, out, e);
    arena_close(&g->arena);
    gan_close(&g->gan);
    free(g);
    return status;
}

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

Status samples_take(Samples *s, const PixelRange *range, Mat out, Error *e)
{
    if (s->images) {
        pixels_from_bytes(range, s->images, out);
        return GT_OK;
    }
    TRY(generate(s, out, e));
    return range ? round_to_bytes(range, out, e) : GT_OK;
}
