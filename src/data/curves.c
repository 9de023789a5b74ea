/* Points along curves, with normal noise: distributions without separate modes.
 *
 * swiss_roll: (t cos t, t sin t) + noise, t uniform in 1.5π (1..3), divided by 7.5: the first and third
 *   coordinate of scikit-learn's make_swiss_roll, as Gulrajani et al. 2017 (WGAN-GP) trained on them.
 * two_moons: the half circles (cos t, sin t) and (1 - cos t, ½ - sin t), t uniform in (0, π), one point in
 *   two each, around the middle (½, ¼) of both: make_moons of scikit-learn, centred. */
#include "dataset_impl.h"

typedef struct CurveOptions {
    int64_t count;
    double noise;
} CurveOptions;

static const Option swiss_roll_options[] = {
    OPT_INT(CurveOptions, count, "100000", 1, POINTS_MAX, "points"),
    OPT_REAL(CurveOptions, noise, "0.25", 0, 100, "standard deviation, before the division by 7.5"),
    OPT_END,
};

static const Option two_moons_options[] = {
    OPT_INT(CurveOptions, count, "100000", 1, POINTS_MAX, "points"),
    OPT_REAL(CurveOptions, noise, "0.05", 0, 100, "standard deviation"),
    OPT_END,
};

static const double pi = 3.141592653589793;

static void on_roll(const void *source, const PointDraw *r, double *x)
{
    const CurveOptions *o = source;
    const double t = 1.5 * pi * (1 + 2 * r->along);
    x[0] = (t * cos(t) + o->noise * r->normal[0]) / 7.5;
    x[1] = (t * sin(t) + o->noise * r->normal[1]) / 7.5;
}

static void on_a_moon(const void *source, const PointDraw *r, double *x)
{
    const CurveOptions *o = source;
    const double t = pi * r->along;
    const bool outer = r->choice < 0.5;
    x[0] = (outer ? cos(t) : 1 - cos(t)) - 0.5 + o->noise * r->normal[0];
    x[1] = (outer ? sin(t) : 0.5 - sin(t)) - 0.25 + o->noise * r->normal[1];
}

static Status open_swiss_roll(Dataset *d, const Spec *spec, Error *e)
{
    const CurveOptions *o = spec->options;
    return points_make(d, o->count, 2, on_roll, o, e);
}

static Status open_two_moons(Dataset *d, const Spec *spec, Error *e)
{
    const CurveOptions *o = spec->options;
    return points_make(d, o->count, 2, on_a_moon, o, e);
}

const DatasetKind dataset_swiss_roll = {
    { "swiss_roll", "a spiral, 2-D", "Gulrajani et al. 2017 (WGAN-GP), §5.1", swiss_roll_options,
      sizeof(CurveOptions) },
    "points",
    open_swiss_roll,
    gather_points,
    NULL,
};

const DatasetKind dataset_two_moons = {
    { "two_moons", "two half circles that reach into each other, 2-D", "-", two_moons_options,
      sizeof(CurveOptions) },
    "points",
    open_two_moons,
    gather_points,
    NULL,
};
