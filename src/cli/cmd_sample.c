/* gantrain sample: images from a checkpoint, as a PNG grid or an IDX file; points as a picture beside
 * their data; the values of either as an NPY file. */
#include "gantrain/cli/args.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/idx.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/image.h"
#include "gantrain/io/npy.h"
#include "gantrain/math/parallel.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/run/plot.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", NULL, "a checkpoint of a run" },
    { "--out", "FILE", NULL,
      "FILE.png: one grid; FILE.idx: N x height x width unsigned bytes; FILE.npy: float32 [N, "
      "values]" },
    { "--count", "N", NULL, "how many (default 64 images, 2500 points, or what the grid holds)" },
    { "--seed", "N", NULL, "of the latents (default: the seed of the run, so its own grid)" },
    { "--grid", "RxC", NULL, "rows and columns of the PNG (default: about square)" },
    { "--interpolate", NULL, NULL, "every row of the grid walks from one latent to another" },
    { "--latents", "FILE.npy", NULL, "take the latents from a float32 array [N, latent]" },
    { "--latents-out", "FILE.npy", NULL, "write down the latents that were drawn" },
    { "--class", "K", NULL, "ask a conditional model for this class" },
    { "--labels-out", "FILE.idx", NULL, "write down the classes that were asked for" },
    { "--threads", "N", NULL, "1..64 (default: the processors there are)" },
    { NULL, NULL, NULL, NULL },
};

enum { COUNT_MAX = 10000000, IMAGES = 64 };

/* One call of the command. */
typedef struct Sampling {
    Checkpoint checkpoint;
    Gan gan;
    const PixelRange *range; /* NULL: points             */
    Dataset data;            /* open for a plot only     */
    int n, rows, cols;       /* samples, grid; 0: not said */
    Arena arena;
    Mat z;           /* [n,Z]                  */
    Mat x;           /* [n,X]                  */
    uint8_t *pixels; /* [n*X], of images       */
    Raster canvas;   /* of points              */
} Sampling;

static bool ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

/* ---- how many, and where on the grid --------------------------------------------------------------- */

/* "8x12"; no sign and no space, as everywhere on the command line. */
static bool parse_grid(const char *text, int *rows, int *cols)
{
    static const char digits[] = "0123456789";
    const size_t r = strspn(text, digits);
    const size_t c = text[r] == 'x' ? strspn(text + r + 1, digits) : 0;
    if (r < 1 || r > 4 || c < 1 || c > 4 || text[r + 1 + c])
        return false;
    *rows = (int)strtol(text, NULL, 10);
    *cols = (int)strtol(text + r + 1, NULL, 10);
    return *rows > 0 && *cols > 0;
}

static Status read_grid(const Args *a, Sampling *s, Error *e)
{
    const char *grid = args_value(a, "--grid");
    const bool walk = args_value(a, "--interpolate") != NULL;
    int64_t count;

    if (grid && !parse_grid(grid, &s->rows, &s->cols))
        return fail(e, GT_EUSAGE, "--grid: expected ROWSxCOLUMNS such as 8x8, got \"%s\"", grid);
    if (walk && args_value(a, "--count"))
        return fail(e, GT_EUSAGE, "--interpolate fills its grid: use --grid instead of --count");
    if (walk && !grid)
        s->rows = s->cols = 8;
    if (walk && s->cols < 2)
        return fail(e, GT_EUSAGE, "--interpolate needs a --grid of at least 2 columns");
    TRY(args_integer(a, "--count", 1, COUNT_MAX, s->rows * s->cols, &count, e));
    s->n = (int)count;
    return GT_OK;
}

static Grid grid_of(const Sampling *s)
{
    const Shape d = s->gan.data;
    return (Grid){ s->rows, s->cols, d.c, d.h, d.w, 2, 1, 0 };
}

/* Told before the images are made, which can take long. */
static Status settle_grid(Sampling *s, bool png, Error *e)
{
    if (!s->n)
        s->n = s->range ? IMAGES : (int)s->checkpoint.config.evaluate.samples;
    if (!s->range)
        return GT_OK;
    if (!s->cols) {
        s->cols = (int)ceil(sqrt(s->n));
        s->rows = (s->n + s->cols - 1) / s->cols;
    }
    if (png && s->n > s->rows * s->cols)
        return fail(e, GT_EUSAGE, "--grid %dx%d has %d places: %d images do not fit", s->rows,
                    s->cols, s->rows * s->cols, s->n);
    const Grid grid = grid_of(s);
    if (png && !png_fits(&grid))
        return fail(e, GT_EUSAGE,
                    "a picture of %d x %d images is too large (at most %d pixels a side): write an "
                    ".idx file, or take fewer",
                    s->rows, s->cols, IMAGE_MAX_SIDE);
    return GT_OK;
}

/* ---- latents ---------------------------------------------------------------------------------------- */

static void plan(Arena *a, void *plan_me)
{
    Sampling *s = plan_me;
    s->z = mat_take(a, s->n, shape_size(s->gan.G.in));
    s->x = mat_take(a, s->n, shape_size(s->gan.data));
    if (s->range)
        s->pixels = arena_take(a, mat_size(s->x));
    else
        s->canvas = plot_take(a);
}

/* Each row of the grid goes along the great circle from its first latent to its last: points between
 * two normal latents on a straight line would be shorter than any the generator was trained on. */
static void interpolate(Mat z, int rows, int cols)
{
    for (int r = 0; r < rows; r++) {
        const real *a = mat_rows(z, r * cols, 1).at, *b = mat_rows(z, r * cols + cols - 1, 1).at;
        double dot = 0, aa = 0, bb = 0;
        for (int j = 0; j < z.cols; j++) {
            dot += (double)a[j] * (double)b[j];
            aa += (double)a[j] * (double)a[j];
            bb += (double)b[j] * (double)b[j];
        }
        const double angle = acos(fmax(-1, fmin(1, dot / sqrt(aa * bb))));
        const bool flat = sin(angle) < 1e-6; /* the same direction, or the opposite one */
        for (int c = 1; c + 1 < cols; c++) {
            const double t = (double)c / (cols - 1);
            const double from = flat ? 1 - t : sin((1 - t) * angle) / sin(angle);
            const double to = flat ? t : sin(t * angle) / sin(angle);
            real *out = mat_rows(z, r * cols + c, 1).at;
            for (int j = 0; j < z.cols; j++)
                out[j] = (real)(from * (double)a[j] + to * (double)b[j]);
        }
    }
}

/* The latents of a file, [n, latent]. */
static Status read_latents(Sampling *s, const char *path, float **at, Error *e)
{
    int rows, cols;
    TRY(npy_read(path, at, &rows, &cols, e));
    if (cols == shape_size(s->gan.G.in) && rows <= COUNT_MAX) {
        s->n = rows;
        return GT_OK;
    }
    free(*at);
    return fail(e, GT_EDATA, "%s: [%d, %d]: this generator takes [N, %d]", path, rows, cols,
                shape_size(s->gan.G.in));
}

/* scale times every number of m */
static Status write_numbers(const char *path, View m, double scale, Error *e)
{
    const size_t n = (size_t)m.rows * (size_t)m.cols;
    float *copy = malloc(n * sizeof *copy);
    if (!copy)
        return fail(e, GT_ERESOURCE, "%s: no memory", path);
    for (size_t i = 0; i < n; i++)
        copy[i] = (float)(scale * (double)m.at[i]);
    const Status status = npy_write(path, copy, m.rows, m.cols, e);
    free(copy);
    return status;
}

static Status make_latents(const Args *a, Sampling *s, Error *e)
{
    const char *from = args_value(a, "--latents"), *to = args_value(a, "--latents-out");
    const bool png = ends_in(args_value(a, "--out"), ".png");
    float *given = NULL;
    int64_t seed;

    TRY(args_integer(a, "--seed", 0, 9007199254740992, s->checkpoint.config.seed, &seed, e));
    if (from)
        TRY(read_latents(s, from, &given, e));
    Status planned = settle_grid(s, png, e);
    if (planned == GT_OK)
        planned = arena_build(&s->arena, plan, s, e);
    if (planned == GT_OK && given)
        for (size_t i = 0; i < mat_size(s->z); i++)
            s->z.at[i] = (real)given[i];
    free(given);
    TRY(planned);
    if (!from)
        gan_latents((uint64_t)seed, s->z);
    if (args_value(a, "--interpolate") && !from)
        interpolate(s->z, s->rows, s->cols);
    return to ? write_numbers(to, view(s->z), 1, e) : GT_OK;
}

/* ---- output ----------------------------------------------------------------------------------------- */

static Status write_idx(const Sampling *s, const char *path, Error *e)
{
    const Shape d = s->gan.data;
    const uint32_t grey[] = { (uint32_t)s->n, (uint32_t)d.h, (uint32_t)d.w };
    const uint32_t planes[] = { (uint32_t)s->n, (uint32_t)d.c, (uint32_t)d.h, (uint32_t)d.w };
    uint8_t *file = NULL;
    size_t bytes = 0;

    TRY(d.c == 1 ? idx_encode(grey, 3, s->pixels, &file, &bytes, e)
                 : idx_encode(planes, 4, s->pixels, &file, &bytes, e));
    const Status status = durable_write(path, file, bytes, e);
    free(file);
    return status;
}

static Status write_images(Sampling *s, const char *path, Error *e)
{
    const Grid grid = grid_of(s);

    pixels_to_bytes(s->range, view(s->x), s->pixels);
    return ends_in(path, ".png") ? png_write_grid(path, &grid, s->pixels, s->n, e)
                                 : write_idx(s, path, e);
}

static Status write_samples(Sampling *s, const char *path, Error *e)
{
    gan_sample(&s->gan, view(s->z), s->x);
    if (ends_in(path, ".npy"))
        return write_numbers(path, view(s->x), s->range ? 1 : s->data.scale, e);
    return s->range ? write_images(s, path, e)
                    : plot_write(path, &s->canvas, &s->data, view(s->x), e);
}

/* ---- the command ------------------------------------------------------------------------------------ */

static Status check(const Args *a, const char **checkpoint, const char **out, Error *e)
{
    int64_t threads;
    TRY(args_required(a, "--checkpoint", checkpoint, e));
    TRY(args_required(a, "--out", out, e));
    if (!ends_in(*out, ".png") && !ends_in(*out, ".idx") && !ends_in(*out, ".npy"))
        return fail(e, GT_EUSAGE,
                    "--out: expected a name that ends in .png, .idx or .npy, got \"%s\"", *out);
    if (args_value(a, "--latents") &&
        (args_value(a, "--count") || args_value(a, "--seed") || args_value(a, "--interpolate")))
        return fail(e, GT_EUSAGE,
                    "--latents brings its own number of latents: leave out --count, --seed and "
                    "--interpolate");
    TRY(args_integer(a, "--threads", 1, PARALLEL_MAX_THREADS, parallel_processors(), &threads, e));
    parallel_set_threads((int)threads);
    return GT_OK;
}

/* Data that are points are made of nothing but the config and the seed. */
static Status open_points(Sampling *s, const char *path, const char *out, Error *e)
{
    const Config *c = &s->checkpoint.config;
    if (ends_in(out, ".idx"))
        return fail(e, GT_EUSAGE, "%s: makes points, not images: write a .png or .npy file", path);
    if (dataset_open(&s->data, &c->data, (uint64_t)c->seed, e) != GT_OK)
        return fail_at(e, path);
    if (shape_size(s->data.shape) == shape_size(s->checkpoint.shape))
        return GT_OK;
    return fail(e, GT_ECHECKPOINT, "%s: points of %d values, its data have %d", path,
                shape_size(s->checkpoint.shape), shape_size(s->data.shape));
}

static Status load(Sampling *s, const Args *a, const char *path, Error *e)
{
    Checkpoint *k = &s->checkpoint;
    TRY(checkpoint_open(k, path, e));
    if (args_value(a, "--class") || args_value(a, "--labels-out"))
        return fail(e, GT_EUSAGE,
                    "%s: the model has no classes: --class and --labels-out need a "
                    "conditional one",
                    path);
    s->range = dataset_range(&k->config.data);
    if (!s->range)
        TRY(open_points(s, path, args_value(a, "--out"), e));
    TRY(gan_build(&s->gan, &k->config.gan, NULL, k->shape, (int)k->config.train.batch_size,
                  (uint64_t)k->config.seed, e));
    return checkpoint_load(k, path, &s->gan, e);
}

static Status run(const Args *a, Text *out, Error *e)
{
    const char *path, *to;
    TRY(check(a, &path, &to, e));
    Sampling *s = calloc(1, sizeof *s);
    if (!s)
        return fail(e, GT_ERESOURCE, "no memory");

    Status status = read_grid(a, s, e);
    if (status == GT_OK)
        status = load(s, a, path, e);
    if (status == GT_OK)
        status = make_latents(a, s, e);
    if (status == GT_OK)
        status = write_samples(s, to, e);
    if (status == GT_OK)
        text_add(out, "%s\n", to);
    arena_close(&s->arena);
    gan_close(&s->gan);
    dataset_close(&s->data);
    checkpoint_close(&s->checkpoint);
    free(s);
    return status;
}

const Command command_sample = {
    .name = "sample",
    .summary = "Draw images or points from a trained generator.",
    .usage = "sample --checkpoint FILE --out FILE.png|FILE.idx|FILE.npy [options]",
    .flags = flags,
    .epilogue =
        "examples:\n"
        "  gantrain sample --checkpoint runs/mnist/checkpoints/ckpt-00009375.safetensors \\\n"
        "                  --count 64 --out digits.png\n"
        "  gantrain sample --checkpoint CKPT --grid 8x12 --interpolate --out walk.png\n",
    .run = run,
};
