/* Histograms of numbers on a line. */
#include "gantrain/eval/histogram.h"

Bins bins_over(View x, double scale, double width)
{
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < x.rows; i++)
        if (isfinite(x.at[i])) {
            least = fmin(least, (double)x.at[i]);
            most = fmax(most, (double)x.at[i]);
        }
    const double first = floor(least * scale / width), last = floor(most * scale / width);
    return (Bins){ scale, width, first, last >= first ? last - first + 1 : 0 };
}

void bins_count(const Bins *bins, View x, int *tally)
{
    for (int i = 0; i < bins->n; i++)
        tally[i] = 0;
    for (int i = 0; i < x.rows; i++) {
        const double at = floor((double)x.at[i] * bins->scale / bins->width) - bins->first;
        if (at >= 0 && at < bins->n) /* neither is true of a NaN */
            tally[(int)at]++;
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
