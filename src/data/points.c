/* Points that are made, not read: every one from a row of random words of its own.
 *
 * Box and Muller 1958 in double, rounded to `real` at the end: what a C library may do differently in the
 * last place of a double is then hardly ever seen, and a data set is the same on every machine. */
#include "dataset_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/math/parallel.h"

typedef struct Making {
    const Dataset *data;
    PointMaker make;
    const void *source;
} Making;

/* (0, 1): 32 bits and the half that keeps them from 0. */
static double to_uniform(uint32_t word)
{
    return ((double)word + 0.5) / 4294967296.0;
}

static PointDraw draw_point(uint64_t seed, size_t i)
{
    const double two_pi = 6.283185307179586;
    uint32_t word[4];
    rng_words(rng_draw(seed, RNG_DATA, 0, 0), (uint32_t)i, 0, word);
    const double radius = sqrt(-2 * log(to_uniform(word[0])));
    const double angle = two_pi * to_uniform(word[1]);
    return (PointDraw){ to_uniform(word[2]),
                        to_uniform(word[3]),
                        { radius * cos(angle), radius * sin(angle) } };
}

static void make_range(void *args, size_t first, size_t last)
{
    const Making *m = args;
    const int dim = m->data->shape.c;
    double x[POINT_DIM] = { 0 };
    for (size_t i = first; i < last; i++) {
        const PointDraw r = draw_point(m->data->seed, i);
        m->make(m->source, &r, x);
        for (int j = 0; j < dim; j++)
            m->data->points[i * (size_t)dim + (size_t)j] = (real)x[j];
    }
}

Status points_make(Dataset *d, int64_t count, int dim, PointMaker make, const void *source,
                   Error *e)
{
    assert(dim <= POINT_DIM && count <= POINTS_MAX);
    Making m = { d, make, source };
    d->shape = (Shape){ dim, 1, 1 };
    d->count = (int)count;
    d->bytes = (size_t)count * (size_t)dim * sizeof(real);
    d->points = malloc(d->bytes);
    if (!d->points)
        return fail(e, GT_ERESOURCE, "no memory for %d points of the data", d->count);
    parallel_ranges((size_t)count, make_range, &m);
    return GT_OK;
}

void gather_points(const Dataset *d, const int *index, Mat out)
{
    const size_t dim = (size_t)out.cols;
    for (int i = 0; i < out.rows; i++)
        memcpy(mat_rows(out, i, 1).at, d->points + (size_t)index[i] * dim, dim * sizeof(real));
}
