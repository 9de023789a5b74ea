#include "gantrain/eval/point_metrics.h"

enum { RADIUS = 3 }; /* of a mode, in standard deviations */

/* Squared distance of x from centre k, in its standard deviations. */
static double distance2(const Modes *m, int k, const real *x)
{
    double sum = 0;
    for (int j = 0; j < m->dim; j++) {
        const double d = ((double)x[j] - m->centre[k * m->dim + j]) / m->std[k];
        sum += d * d;
    }
    return sum;
}

/* The mode of a high-quality sample, else -1 (for a NaN too). */
static int mode_of(const Modes *m, const real *x)
{
    double nearest = RADIUS * RADIUS;
    int mode = -1;
    for (int k = 0; k < m->n; k++) {
        const double d = distance2(m, k, x);
        if (d < nearest) {
            nearest = d;
            mode = k;
        }
    }
    return mode;
}

ModeScore modes_score(const Modes *modes, View samples, int *count)
{
    ModeScore s = { 0, 0, 0 };
    double good = 0;
    for (int k = 0; k < modes->n; k++)
        count[k] = 0;
    for (int i = 0; i < samples.rows; i++) {
        const int k = mode_of(modes, view_rows(samples, i, 1).at);
        if (k < 0)
            continue;
        count[k]++;
        good++;
    }
    for (int k = 0; k < modes->n; k++) {
        if (count[k] == 0)
            continue;
        s.modes++;
        s.reverse_kl += count[k] / good * log(count[k] / good / modes->weight[k]);
    }
    s.high_quality = good / samples.rows;
    if (!(good > 0))
        s.reverse_kl = (double)NAN;
    return s;
}

Bins bins_over(View x, const Units *units, double width)
{
    double min = INFINITY, max = -INFINITY;
    for (int i = 0; i < x.rows; i++)
        if (isfinite(x.at[i])) {
            min = fmin(min, (double)x.at[i]);
            max = fmax(max, (double)x.at[i]);
        }
    const double first = floor(units_value(units, 0, min) / width);
    const double last = floor(units_value(units, 0, max) / width);
    return (Bins){ units, width, first, last >= first ? last - first + 1 : 0 };
}

void bins_count(const Bins *bins, View x, int *count)
{
    for (int i = 0; i < bins->n; i++)
        count[i] = 0;
    for (int i = 0; i < x.rows; i++) {
        const double value = units_value(bins->units, 0, (double)x.at[i]);
        const double bin = floor(value / bins->width) - bins->first;
        if (bin >= 0 && bin < bins->n) /* false for NaN */
            count[(int)bin]++;
    }
}

HistogramScore histogram_score(int n, const int *data, double n_data, const int *generated,
                               double n_generated)
{
    HistogramScore s = { 0, 0 };
    double inside = 0;
    for (int i = 0; i < n; i++)
        inside += data[i] ? generated[i] : 0;
    for (int i = 0; i < n; i++) {
        if (data[i] == 0)
            continue;
        const double p = data[i] / n_data, q = generated[i] / n_generated;
        s.chi_square += (q - p) * (q - p) / p;
        if (generated[i] > 0)
            s.kl += generated[i] / inside * log(generated[i] / inside / p);
    }
    if (!(inside > 0))
        s.kl = (double)NAN;
    return s;
}
