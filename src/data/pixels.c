/* Conversion of pixels between bytes and reals. */
#include "gantrain/data/pixels.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"

static const PixelRange signed_range = {
    { "signed", "-1..1, for a generator that ends in tanh", "-", NULL, 0 }, -1, 1
};
static const PixelRange unit_range = {
    { "unit", "0..1, for a generator that ends in sigmoid", "-", NULL, 0 }, 0, 1
};

static const Entry *const ranges[] = { &signed_range.is, &unit_range.is, NULL };

const Registry pixel_ranges = { "pixel ranges", "pixel range", ranges };

GT_CLONES static void scale(const uint8_t *restrict in, size_t n, real low, real step,
                            real *restrict out)
{
    for (size_t j = 0; j < n; j++)
        out[j] = low + step * (real)in[j];
}

void pixels_to_reals(const PixelRange *range, const uint8_t *in, size_t n, real *out)
{
    scale(in, n, (real)range->low, (real)((range->high - range->low) / 255), out);
}

typedef struct Gather {
    const PixelRange *range;
    const uint8_t *images; /* [N,X]                  */
    const int *index;      /* [B]; NULL: consecutive */
    Mat out;               /* [B,X]                  */
} Gather;

static const uint8_t *image(const Gather *g, int i)
{
    return g->images + (size_t)(g->index ? g->index[i] : i) * (size_t)g->out.cols;
}

static void prefetch(const uint8_t *at, size_t n)
{
    enum { CACHE_LINE = 64 };
    for (size_t j = 0; j < n; j += CACHE_LINE)
        __builtin_prefetch(at + j);
}

static void gather_row(void *args, int i)
{
    const Gather *g = args;
    const size_t n = (size_t)g->out.cols;
    if (i + 1 < g->out.rows) /* a random address: load it while this row is converted */
        prefetch(image(g, i + 1), n);
    pixels_to_reals(g->range, image(g, i), n, mat_rows(g->out, i, 1).at);
}

void pixels_gather(const PixelRange *range, const uint8_t *images, const int *index, Mat out)
{
    Gather g = { range, images, index, out };
    parallel_for(out.rows, gather_row, &g);
}

void pixels_from_bytes(const PixelRange *range, const uint8_t *in, Mat out)
{
    pixels_gather(range, in, NULL, out);
}

void pixels_to_bytes(const PixelRange *range, View in, uint8_t *out)
{
    const double scale = 255 / (range->high - range->low);
    const size_t n = (size_t)in.rows * (size_t)in.cols;
    for (size_t i = 0; i < n; i++) {
        const double grey = ((double)in.at[i] - range->low) * scale;
        /* the first comparison is false for NaN, whose conversion would be undefined */
        out[i] = (uint8_t)(grey > 0 ? grey < 255 ? grey + 0.5 : 255.0 : 0.0);
    }
}
