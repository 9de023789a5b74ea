/* Mixtures of Gaussians: p(x) = Σ w_k N(x; c_k, s_k²), the test beds of mode collapse.
 *
 * ring, grid: Srivastava et al. 2017 (VEEGAN), §4.1; Lin et al. 2018 (PacGAN), §4.1, whose numbers are the
 * defaults. mixture: the five of Ghosh et al. 2018 (MAD-GAN), §5.1, divided by `scale` for training. */
#include "dataset_impl.h"

#include <stdlib.h>

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
    OPT_INT(RingOptions, count, "100000", 1, POINTS_MAX, "points"),
    OPT_INT(RingOptions, modes, "8", 1, RING_MAX, "Gaussians, evenly on a circle"),
    OPT_REAL(RingOptions, radius, "1", 1e-6, 1e6, "of the circle"),
    OPT_REAL(RingOptions, std, "0.01", 1e-6, 1e6, "of each Gaussian"),
    OPT_END,
};

static const Option grid_options[] = {
    OPT_INT(GridOptions, count, "100000", 1, POINTS_MAX, "points"),
    OPT_INT(GridOptions, side, "5", 1, SIDE_MAX, "side x side Gaussians around the origin"),
    OPT_REAL(GridOptions, spacing, "2", 1e-6, 1e6, "between neighbours"),
    OPT_REAL(GridOptions, std, "0.05", 1e-6, 1e6, "of each Gaussian"),
    OPT_END,
};

static const Option mixture_options[] = {
    OPT_INT(MixtureOptions, count, "100000", 1, POINTS_MAX, "points"),
    OPT_NUMBERS(MixtureOptions, means, "[10, 20, 60, 80, 110]", -1e6, 1e6, "one a Gaussian"),
    OPT_NUMBERS(MixtureOptions, stds, "[3, 3, 2, 2, 1]", 1e-6, 1e6, "one a Gaussian"),
    OPT_NUMBERS(MixtureOptions, weights, "[]", 1e-6, 1e6, "one a Gaussian; none: all equal"),
    OPT_REAL(MixtureOptions, scale, "100", 1e-6, 1e6, "the nets see values divided by this"),
    OPT_END,
};

/* ---- the points ------------------------------------------------------------------------------------- */

/* n equal modes; their centres are the caller's to fill. */
static Status take_modes(Modes *m, int n, int dim, double std, Error *e)
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

/* The mode whose stretch of [0, 1) holds `choice`, and a normal point around its centre. */
static void one_of_modes(const void *source, const PointDraw *r, double *x)
{
    const Modes *m = source;
    double left = r->choice;
    int k = 0;
    for (; k < m->n - 1 && left >= m->weight[k]; k++)
        left -= m->weight[k];
    for (int j = 0; j < m->dim; j++)
        x[j] = m->centre[k * m->dim + j] + m->std[k] * r->normal[j];
}

static Status make_points(Dataset *d, int64_t count, Error *e)
{
    return points_make(d, count, d->modes.dim, one_of_modes, &d->modes, e);
}

/* ---- the kinds -------------------------------------------------------------------------------------- */

static Status open_ring(Dataset *d, const Spec *spec, Error *e)
{
    const RingOptions *o = spec->options;
    const double two_pi = 6.283185307179586;
    TRY(take_modes(&d->modes, (int)o->modes, 2, o->std, e));
    for (int k = 0; k < d->modes.n; k++) {
        d->modes.centre[2 * k] = o->radius * cos(two_pi * k / d->modes.n);
        d->modes.centre[2 * k + 1] = o->radius * sin(two_pi * k / d->modes.n);
    }
    return make_points(d, o->count, e);
}

static Status open_grid(Dataset *d, const Spec *spec, Error *e)
{
    const GridOptions *o = spec->options;
    const int side = (int)o->side;
    TRY(take_modes(&d->modes, side * side, 2, o->std, e));
    for (int k = 0; k < side * side; k++) {
        d->modes.centre[2 * k] = (k % side - (side - 1) / 2.0) * o->spacing;
        d->modes.centre[2 * k + 1] = (k / side - (side - 1) / 2.0) * o->spacing;
    }
    return make_points(d, o->count, e);
}

static Status check_mixture(const MixtureOptions *o, const Spec *s, Error *e)
{
    if (o->means.n == 0)
        option_report_at(e, s->origin, s->line, s->column, "data.means",
                         "no numbers: expected the mean of one Gaussian at least");
    if (o->stds.n != o->means.n)
        option_report_at(e, s->origin, s->line, s->column, "data.stds",
                         "%d numbers for %d means: expected as many", o->stds.n, o->means.n);
    if (o->weights.n != o->means.n && o->weights.n != 0)
        option_report_at(e, s->origin, s->line, s->column, "data.weights",
                         "%d numbers for %d means: expected as many, or none for equal ones",
                         o->weights.n, o->means.n);
    return e->code;
}

static Status open_mixture(Dataset *d, const Spec *spec, Error *e)
{
    const MixtureOptions *o = spec->options;
    double sum = 0;
    TRY(check_mixture(o, spec, e));
    TRY(take_modes(&d->modes, o->means.n, 1, 0, e));
    for (int k = 0; k < o->weights.n; k++)
        sum += o->weights.at[k];
    for (int k = 0; k < d->modes.n; k++) {
        d->modes.centre[k] = o->means.at[k] / o->scale;
        d->modes.std[k] = o->stds.at[k] / o->scale;
        if (o->weights.n)
            d->modes.weight[k] = o->weights.at[k] / sum;
    }
    d->scale = o->scale;
    return make_points(d, o->count, e);
}

const DatasetKind dataset_ring = {
    { "ring", "Gaussians on a circle, 2-D", "Lin et al. 2018 (PacGAN), §4.1", ring_options,
      sizeof(RingOptions) },
    "points",
    open_ring,
    gather_points,
    NULL,
};

const DatasetKind dataset_grid = {
    { "grid", "Gaussians on a square grid, 2-D", "Lin et al. 2018 (PacGAN), §4.1", grid_options,
      sizeof(GridOptions) },
    "points",
    open_grid,
    gather_points,
    NULL,
};

const DatasetKind dataset_mixture = {
    { "mixture", "a few Gaussians on a line, 1-D", "Ghosh et al. 2018 (MAD-GAN), §5.1",
      mixture_options, sizeof(MixtureOptions) },
    "points",
    open_mixture,
    gather_points,
    NULL,
};
