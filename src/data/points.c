/* Generated points, each from random words of its own.
 *
 * Normal numbers by Box and Muller 1958 in double, rounded to `real` at the end: where C libraries
 * differ in the last place of a double, the rounding hides it, so a data set is the same on
 * practically every machine.
 *
 * Mixtures of Gaussians, p(x) = Σ w_k N(x; c_k, s_k²), test beds for mode collapse:
 *   ring, grid  Srivastava et al. 2017 (VEEGAN), §4.1; defaults of Lin et al. 2018 (PacGAN), §4.1
 *   mixture     Ghosh et al. 2018 (MAD-GAN), §5.1, divided by `scale` for training
 *
 * Curves with Gaussian noise, distributions without separate modes:
 *   swiss_roll  (t cos t, t sin t) + noise, t uniform in 1.5π (1..3), divided by 7.5: a plane of
 *               scikit-learn's make_swiss_roll, as in Gulrajani et al. 2017 (WGAN-GP)
 *   two_moons   (cos t, sin t) or (1 - cos t, ½ - sin t), t uniform in (0, π), minus their centre
 *               (½, ¼): make_moons of scikit-learn, centred */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/data/dataset.h"
#include "gantrain/math/parallel.h"
#include "source.h"

enum { POINT_DIM = 2, POINTS_MAX = 100000000 };

static const double pi = 3.141592653589793, two_pi = 6.283185307179586;

/* Independent random numbers for one point. */
typedef struct PointDraw {
    double choice, along;     /* U(0,1) */
    double normal[POINT_DIM]; /* N(0,1) */
} PointDraw;

/* x [dim] out: the point that the numbers r make */
typedef void PointFn(const void *args, const PointDraw *r, double *x);

/* ---- generation ------------------------------------------------------------------------------ */

/* The mode that `choice` selects: weights partition [0, 1). */
static int find_mode(const Modes *m, double choice)
{
    int k = 0;
    for (; k < m->n - 1 && choice >= m->weight[k]; k++)
        choice -= m->weight[k];
    return k;
}

typedef struct Generation {
    const Dataset *data;
    PointFn *point;
    const void *args;
} Generation;

/* (0, 1): the half keeps it from 0 */
static double to_uniform(uint32_t word)
{
    return ((double)word + 0.5) / 4294967296.0;
}

static PointDraw draw_numbers(uint64_t seed, size_t i)
{
    uint32_t word[4];
    rng_words(rng_draw(seed, RNG_DATA, 0, 0), (uint32_t)i, 0, word);
    const double radius = sqrt(-2 * log(to_uniform(word[0])));
    const double angle = two_pi * to_uniform(word[1]);
    return (PointDraw){ to_uniform(word[2]),
                        to_uniform(word[3]),
                        { radius * cos(angle), radius * sin(angle) } };
}

static void generate_range(void *args, size_t first, size_t last)
{
    const Generation *g = args;
    const int dim = g->data->shape.c;
    double x[POINT_DIM] = { 0 };
    for (size_t i = first; i < last; i++) {
        const PointDraw r = draw_numbers(g->data->seed, i);
        g->point(g->args, &r, x);
        for (int j = 0; j < dim; j++)
            g->data->points[i * (size_t)dim + (size_t)j] = (real)x[j];
        if (g->data->labels)
            g->data->labels[i] = (uint8_t)find_mode(&g->data->modes, r.choice);
    }
}

/* Fills d->points with `count` points of `dim` values; point i depends on d->seed and i alone. */
static Status generate(Dataset *d, int64_t count, int dim, PointFn *point, const void *args,
                       Error *e)
{
    assert(dim <= POINT_DIM && count <= POINTS_MAX);
    Generation g = { d, point, args };
    d->shape = (Shape){ dim, 1, 1 };
    d->count = (int)count;
    d->bytes = (size_t)count * (size_t)dim * sizeof(real);
    d->points = malloc(d->bytes);
    if (!d->points)
        return fail(e, GT_ERESOURCE, "no memory for %d data points", d->count);
    if (d->modes.n > 0 && d->modes.n <= LABEL_MAX + 1) {
        d->labels = malloc((size_t)count);
        if (!d->labels)
            return fail(e, GT_ERESOURCE, "no memory for %d labels", d->count);
    }
    parallel_ranges((size_t)count, generate_range, &g);
    return GT_OK;
}

/* ---- mixtures of Gaussians ------------------------------------------------------------------- */

enum { SIDE_MAX = 32, RING_MAX = SIDE_MAX * SIDE_MAX };

typedef struct RingOptions {
    int64_t count, modes;
    double radius, std;
} RingOptions;

typedef struct GridOptions {
    int64_t count, side;
    double spacing, std;
} GridOptions;

typedef struct MixtureOptions {
    int64_t count;
    Numbers means, stds, weights;
    double scale;
} MixtureOptions;

static const Option ring_options[] = {
    OPT_INT(RingOptions, count, "100000", 1, POINTS_MAX, "number of points"),
    OPT_INT(RingOptions, modes, "8", 1, RING_MAX, "number of Gaussians, evenly spaced on a circle"),
    OPT_REAL(RingOptions, radius, "1", 1e-6, 1e6, "radius of the circle"),
    OPT_REAL(RingOptions, std, "0.01", 1e-6, 1e6, "standard deviation of each Gaussian"),
    OPT_END,
};

static const Option grid_options[] = {
    OPT_INT(GridOptions, count, "100000", 1, POINTS_MAX, "number of points"),
    OPT_INT(GridOptions, side, "5", 1, SIDE_MAX, "side x side Gaussians around the origin"),
    OPT_REAL(GridOptions, spacing, "2", 1e-6, 1e6, "distance between neighbours"),
    OPT_REAL(GridOptions, std, "0.05", 1e-6, 1e6, "standard deviation of each Gaussian"),
    OPT_END,
};

static const Option mixture_options[] = {
    OPT_INT(MixtureOptions, count, "100000", 1, POINTS_MAX, "number of points"),
    OPT_NUMBERS(MixtureOptions, means, "[10, 20, 60, 80, 110]", -1e6, 1e6, "one per Gaussian"),
    OPT_NUMBERS(MixtureOptions, stds, "[3, 3, 2, 2, 1]", 1e-6, 1e6, "one per Gaussian"),
    OPT_NUMBERS(MixtureOptions, weights, "[]", 1e-6, 1e6, "one per Gaussian; none: all equal"),
    OPT_REAL(MixtureOptions, scale, "100", 1e-6, 1e6, "the nets see the values divided by this"),
    OPT_END,
};

/* n modes of equal weight; the caller fills their centres. */
static Status make_modes(Modes *m, int n, int dim, double std, Error *e)
{
    const size_t M = (size_t)n;
    *m = (Modes){ n, dim, calloc(M * (size_t)dim, sizeof(double)), calloc(M, sizeof(double)),
                  calloc(M, sizeof(double)) };
    if (!m->centre || !m->std || !m->weight)
        return fail(e, GT_ERESOURCE, "no memory for %d modes", n);
    for (int k = 0; k < n; k++) {
        m->std[k] = std;
        m->weight[k] = 1.0 / n;
    }
    return GT_OK;
}

/* A Gaussian point of the mode that `choice` selects. */
static void mixture_point(const void *args, const PointDraw *r, double *x)
{
    const Modes *m = args;
    const int k = find_mode(m, r->choice);
    for (int j = 0; j < m->dim; j++)
        x[j] = m->centre[k * m->dim + j] + m->std[k] * r->normal[j];
}

static Status open_ring(Dataset *d, const Spec *spec, Error *e)
{
    const RingOptions *o = spec->options;
    TRY(make_modes(&d->modes, (int)o->modes, 2, o->std, e));
    for (int k = 0; k < d->modes.n; k++) {
        d->modes.centre[2 * k] = o->radius * cos(two_pi * k / d->modes.n);
        d->modes.centre[2 * k + 1] = o->radius * sin(two_pi * k / d->modes.n);
    }
    return generate(d, o->count, d->modes.dim, mixture_point, &d->modes, e);
}

static Status open_grid(Dataset *d, const Spec *spec, Error *e)
{
    const GridOptions *o = spec->options;
    const int side = (int)o->side;
    TRY(make_modes(&d->modes, side * side, 2, o->std, e));
    for (int k = 0; k < side * side; k++) {
        d->modes.centre[2 * k] = (k % side - (side - 1) / 2.0) * o->spacing;
        d->modes.centre[2 * k + 1] = (k / side - (side - 1) / 2.0) * o->spacing;
    }
    return generate(d, o->count, d->modes.dim, mixture_point, &d->modes, e);
}

static Status check_mixture(const MixtureOptions *o, const Spec *s, Error *e)
{
    if (o->means.n == 0)
        option_report_at(e, s->location, "data.means",
                         "no numbers: expected the mean of at least one Gaussian");
    if (o->stds.n != o->means.n)
        option_report_at(e, s->location, "data.stds", "%d numbers for %d means: expected as many",
                         o->stds.n, o->means.n);
    if (o->weights.n != o->means.n && o->weights.n != 0)
        option_report_at(e, s->location, "data.weights",
                         "%d numbers for %d means: expected as many, or none for equal ones",
                         o->weights.n, o->means.n);
    return e->code;
}

static Status open_mixture(Dataset *d, const Spec *spec, Error *e)
{
    const MixtureOptions *o = spec->options;
    double sum = 0;
    TRY(check_mixture(o, spec, e));
    TRY(make_modes(&d->modes, o->means.n, 1, 0, e));
    for (int k = 0; k < o->weights.n; k++)
        sum += o->weights.at[k];
    for (int k = 0; k < d->modes.n; k++) {
        d->modes.centre[k] = o->means.at[k] / o->scale;
        d->modes.std[k] = o->stds.at[k] / o->scale;
        if (o->weights.n)
            d->modes.weight[k] = o->weights.at[k] / sum;
    }
    TRY(units_make(&d->units, 1, e));
    d->units.scale[0] = o->scale;
    return generate(d, o->count, d->modes.dim, mixture_point, &d->modes, e);
}

const DatasetKind dataset_ring = {
    .is = { "ring", "Gaussians on a circle, 2-D", "Lin et al. 2018 (PacGAN), §4.1", ring_options,
            sizeof(RingOptions) },
    .samples = SAMPLES_POINTS,
    .open = open_ring,
    .gather = source_gather_points,
};

const DatasetKind dataset_grid = {
    .is = { "grid", "Gaussians on a square grid, 2-D", "Lin et al. 2018 (PacGAN), §4.1",
            grid_options, sizeof(GridOptions) },
    .samples = SAMPLES_POINTS,
    .open = open_grid,
    .gather = source_gather_points,
};

const DatasetKind dataset_mixture = {
    .is = { "mixture", "a few Gaussians on a line, 1-D", "Ghosh et al. 2018 (MAD-GAN), §5.1",
            mixture_options, sizeof(MixtureOptions) },
    .samples = SAMPLES_POINTS,
    .open = open_mixture,
    .gather = source_gather_points,
};

/* ---- curves ---------------------------------------------------------------------------------- */

typedef struct CurveOptions {
    int64_t count;
    double noise;
} CurveOptions;

static const Option swiss_roll_options[] = {
    OPT_INT(CurveOptions, count, "100000", 1, POINTS_MAX, "number of points"),
    OPT_REAL(CurveOptions, noise, "0.25", 0, 100, "standard deviation, before the division by 7.5"),
    OPT_END,
};

static const Option two_moons_options[] = {
    OPT_INT(CurveOptions, count, "100000", 1, POINTS_MAX, "number of points"),
    OPT_REAL(CurveOptions, noise, "0.05", 0, 100, "standard deviation"),
    OPT_END,
};

static void swiss_roll(const void *args, const PointDraw *r, double *x)
{
    const CurveOptions *o = args;
    const double t = 1.5 * pi * (1 + 2 * r->along);
    x[0] = (t * cos(t) + o->noise * r->normal[0]) / 7.5;
    x[1] = (t * sin(t) + o->noise * r->normal[1]) / 7.5;
}

static void two_moons(const void *args, const PointDraw *r, double *x)
{
    const CurveOptions *o = args;
    const double t = pi * r->along;
    const bool outer = r->choice < 0.5;
    x[0] = (outer ? cos(t) : 1 - cos(t)) - 0.5 + o->noise * r->normal[0];
    x[1] = (outer ? sin(t) : 0.5 - sin(t)) - 0.25 + o->noise * r->normal[1];
}

static Status open_swiss_roll(Dataset *d, const Spec *spec, Error *e)
{
    const CurveOptions *o = spec->options;
    return generate(d, o->count, 2, swiss_roll, o, e);
}

static Status open_two_moons(Dataset *d, const Spec *spec, Error *e)
{
    const CurveOptions *o = spec->options;
    return generate(d, o->count, 2, two_moons, o, e);
}

const DatasetKind dataset_swiss_roll = {
    .is = { "swiss_roll", "a spiral, 2-D", "Gulrajani et al. 2017 (WGAN-GP), §5.1",
            swiss_roll_options, sizeof(CurveOptions) },
    .samples = SAMPLES_POINTS,
    .open = open_swiss_roll,
    .gather = source_gather_points,
};

const DatasetKind dataset_two_moons = {
    .is = { "two_moons", "two interleaved half circles, 2-D", "-", two_moons_options,
            sizeof(CurveOptions) },
    .samples = SAMPLES_POINTS,
    .open = open_two_moons,
    .gather = source_gather_points,
};
