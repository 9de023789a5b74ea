/* Opening a run: its data, its GAN, the memory of its sample grid; and whether they fit together. */
#include "gantrain/run/run.h"

/* What the config asks for must fit the data. */
static Status check_data(const Run *r, Error *e)
{
    const Value *root = r->config.file.root;
    const int channels = r->data.shape.c;
    const Grid grid = run_grid(r);
    if (channels != 1 && channels != 3)
        return fail(e, GT_EDATA,
                    "the images have %d channels: 1 (grey) or 3 (colour) were expected", channels);
    if (r->config.train.batch_size > r->data.count)
        return option_report(e, value_member(value_member(root, "train"), "batch_size"),
                             "train.batch_size", "%lld is more than the %d samples of the data set",
                             (long long)r->config.train.batch_size, r->data.count);
    if (!png_fits(&grid))
        return option_report(e, value_member(root, "sample"), "sample",
                             "%d x %d images of %d x %d pixels, zoom %d, are too large for one "
                             "picture (at most %d pixels a side)",
                             grid.rows, grid.cols, grid.height, grid.width, grid.zoom,
                             IMAGE_MAX_SIDE);
    return GT_OK;
}

/* The memory of the sample grid, for arena_build. */
static void plan_grid(Arena *a, void *plan_me)
{
    Run *r = plan_me;
    const int n = (int)(r->config.sample.rows * r->config.sample.cols);
    r->grid_z = mat_take(a, n, (int)r->config.gan.generator.latent);
    r->grid = mat_take(a, n, shape_size(r->data.shape));
    r->pixels = arena_take(a, mat_size(r->grid));
}

Status run_open(Run *r, Error *e)
{
    const uint64_t seed = (uint64_t)r->config.seed;
    TRY(dataset_open(&r->data, &r->config.data, e));
    TRY(check_data(r, e));
    TRY(gan_build(&r->gan, &r->config.gan, &r->data, r->data.shape, (int)r->config.train.batch_size,
                  seed, e));
    r->gan.accumulate = (int)r->config.train.accumulate;
    TRY(arena_build(&r->arena, plan_grid, r, e));
    gan_latents(seed, r->grid_z);
    r->steps = run_length(r);
    r->gan.length = r->steps;
    r->saved = UINT64_MAX;
    return GT_OK;
}

void run_close(Run *r)
{
    gan_close(&r->gan);
    arena_close(&r->arena);
    dataset_close(&r->data);
    config_free(&r->config);
    folder_close(&r->folder);
}
