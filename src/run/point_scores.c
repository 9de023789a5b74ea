/* The scores of points, each where the data are such that it means something. */
#include "gantrain/run/point_scores.h"

static const Score of_modes[] = { { "modes", HIGHER, 0 },
                                  { "high_quality", HIGHER, 0 },
                                  { "reverse_kl", LOWER, 0 } };
static const Score of_a_histogram[] = { { "chi_square", LOWER, 0 }, { "kl", LOWER, 0 } };
enum {
    OF_MODES = sizeof of_modes / sizeof *of_modes,
    OF_A_HISTOGRAM = sizeof of_a_histogram / sizeof *of_a_histogram
};
_Static_assert((int)OF_MODES + (int)OF_A_HISTOGRAM == (int)POINT_SCORES, "room for all");

static void add(const Score *from, int count, Score *score, int *n)
{
    for (int i = 0; i < count; i++)
        score[(*n)++] = from[i];
}

Status point_scores_open(PointScores *p, const EvaluateOptions *o, const Dataset *d, Score *score,
                         int *n, Error *e)
{
    *p = (PointScores){ .data = d };
    *n = 0;
    if (d->modes.n > 0)
        add(of_modes, OF_MODES, score, n);
    if (!d->points || d->shape.c != 1)
        return GT_OK;
    add(of_a_histogram, OF_A_HISTOGRAM, score, n);
    p->bins = bins_over((View){ d->count, 1, d->points }, d->scale, o->bin);
    if (p->bins.n > EVALUATION_BINS)
        return option_report(e, NULL, "evaluate.bin",
                             "%g makes %.0f bins of the data: at most %d are possible", o->bin,
                             p->bins.n, EVALUATION_BINS);
    return GT_OK;
}

void point_scores_plan(PointScores *p, Arena *a)
{
    const size_t bins = (size_t)p->bins.n;
    p->tally = arena_take(a, (size_t)p->data->modes.n * sizeof *p->tally);
    p->data_bins = arena_take(a, bins * sizeof *p->data_bins);
    p->bin = arena_take(a, bins * sizeof *p->bin);
}

void point_scores_begin(PointScores *p)
{
    const Dataset *d = p->data;
    if (p->bins.n > 0)
        bins_count(&p->bins, (View){ d->count, 1, d->points }, p->data_bins);
}

static void measure_modes(PointScores *p, View points, Score *score)
{
    const ModeScore s = modes_score(&p->data->modes, points, p->tally);
    score[0].value = s.modes;
    score[1].value = s.high_quality;
    score[2].value = s.reverse_kl;
}

static void measure_histogram(PointScores *p, View points, Score *score)
{
    bins_count(&p->bins, points, p->bin);
    const HistogramScore s =
        histogram_score((int)p->bins.n, p->data_bins, p->data->count, p->bin, points.rows);
    score[0].value = s.chi_square;
    score[1].value = s.kl;
}

void point_scores_measure(PointScores *p, View points, Score *score)
{
    if (p->data->modes.n > 0) {
        measure_modes(p, points, score);
        score += OF_MODES;
    }
    if (p->bins.n > 0)
        measure_histogram(p, points, score);
}
