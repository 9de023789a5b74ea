/* Counting modes: every sample goes to the nearest centre, or to none when that is 3σ away or more. */
#include "gantrain/eval/modes.h"

static const double high_quality = 3; /* standard deviations */

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

/* The mode of a high-quality sample, else -1; a sample with a NaN is of none. */
static int mode_of(const Modes *m, const real *x)
{
    double least = high_quality * high_quality;
    int mode = -1;
    for (int k = 0; k < m->n; k++) {
        const double d = distance2(m, k, x);
        if (d < least) {
            least = d;
            mode = k;
        }
    }
    return mode;
}

ModeScore modes_score(const Modes *modes, View samples, int *tally)
{
    ModeScore s = { 0, 0, 0 };
    double good = 0;
    for (int k = 0; k < modes->n; k++)
        tally[k] = 0;
    for (int i = 0; i < samples.rows; i++) {
        const int k = mode_of(modes, view_rows(samples, i, 1).at);
        if (k < 0)
            continue;
        tally[k]++;
        good++;
    }
    for (int k = 0; k < modes->n; k++) {
        if (tally[k] == 0)
            continue;
        s.modes++;
        s.reverse_kl += tally[k] / good * log(tally[k] / good / modes->weight[k]);
    }
    s.high_quality = good / samples.rows;
    if (!(good > 0))
        s.reverse_kl = (double)NAN;
    return s;
}
