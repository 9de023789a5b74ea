/* The energy distance of two sets of points:
 *
 *   2 E|X - Y| - E|X - X'| - E|Y - Y'|
 *
 * over all pairs, those of a point with itself included: never negative, 0 for equal sets. For n
 * and m points of one distribution it is about (1/n + 1/m) E|X - X'|, not 0. Of larger sets 10000
 * evenly spaced points are compared.
 * [1] Székely and Rizzo 2013, "Energy statistics: A class of statistics based on distances", eq. 6
 *     and 7. */
#include "gantrain/eval/point_metrics.h"

#include <string.h>

#include "eval/numerics.h"
#include "gantrain/base/numbers.h"

enum { COMPARED = 10000 };

typedef struct Work {
    Mat fake, real;
    double *centre; /* [D]                        */
    double *row;    /* [COMPARED] sums of distances */
} Work;

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->fake = mat_take(a, w->fake.rows, w->fake.cols);
    w->real = mat_take(a, w->real.rows, w->real.cols);
    w->centre = arena_take(a, (size_t)w->real.cols * sizeof *w->centre);
    w->row = arena_take(a, COMPARED * sizeof *w->row);
}

static void add_distances(void *args, int i, int first, int n, const real *d2)
{
    const Work *w = args;
    double sum = 0;
    for (int j = 0; j < n; j++)
        sum += sqrt((double)d2[j]);
    w->row[i] = first ? w->row[i] + sum : sum;
}

static Status mean_distance(Work *w, View a, View b, double *mean, Error *e)
{
    double sum = 0;
    TRY(distances_visit(a, b, w->centre, add_distances, w, e));
    for (int i = 0; i < a.rows; i++)
        sum += w->row[i];
    *mean = sum / a.rows / b.rows;
    return GT_OK;
}

static View copy_spaced(View from, Mat to)
{
    for (int i = 0; i < to.rows; i++) {
        const int row = (int)((int64_t)from.rows * i / to.rows);
        memcpy(mat_rows(to, i, 1).at, view_rows(from, row, 1).at,
               (size_t)from.cols * sizeof *from.at);
    }
    return view(to);
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    Work w = { .fake = { int_min(in->fake.n, COMPARED), in->fake.pixels.cols, NULL },
               .real = { int_min(in->real.n, COMPARED), in->real.pixels.cols, NULL } };
    double between, samples, points;
    TRY(arena_build(scratch, plan, &w, e));
    const View x = copy_spaced(in->fake.pixels, w.fake), y = copy_spaced(in->real.pixels, w.real);
    moments_mean(y, w.centre);
    TRY(mean_distance(&w, x, y, &between, e));
    TRY(mean_distance(&w, x, x, &samples, e));
    TRY(mean_distance(&w, y, y, &points, e));
    out[0].value = 2 * between - samples - points;
    return GT_OK;
}

const Metric metric_energy_distance = {
    .is = { "energy_distance", "distances between samples and test points, less those within",
            "Székely and Rizzo 2013, eq. 6", NULL, 0 },
    .value = { "energy_distance" },
    .about = { "2 E|X-Y| - E|X-X'| - E|Y-Y'| over all pairs of samples X and test points Y" },
    .better = { LOWER },
    .needs = "samples and test points",
    .inputs = INPUT_PIXELS,
    .min_samples = 1,
    .measure = measure,
};
