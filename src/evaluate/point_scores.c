/* The scores of points, each where the data are such that it means something. */
#include "gantrain/evaluate/point_scores.h"

#include <string.h>

static const Metric of_modes = {
    .is = { "modes", "points of a mixture: ring, grid",
            "Srivastava et al. 2017, §4; Lin et al. 2018, §4.1", NULL, 0 },
    .value = { "modes", "high_quality", "reverse_kl" },
    .about = { "modes that points are near to", "share of points near to a mode",
               "KL divergence of their shares of the modes from the data's" },
    .better = { HIGHER, HIGHER, LOWER },
    .while_training = true,
};
static const Metric of_a_histogram = {
    .is = { "histogram", "numbers: points of one coordinate", "Ghosh et al. 2018, §5.1", NULL, 0 },
    .value = { "chi_square", "kl" },
    .about = { "distance of their histogram from that of the data",
               "KL divergence between the two" },
    .better = { LOWER, LOWER },
    .while_training = true,
};
enum { OF_MODES = 3, OF_A_HISTOGRAM = 2 };
_Static_assert((int)OF_MODES + (int)OF_A_HISTOGRAM == (int)POINT_SCORES, "room for all");

static const Entry *const rows[] = { &of_modes.is, &of_a_histogram.is, NULL };
const Registry point_metrics = { "metrics of points", "metric", rows };

static void add(const Metric *m, int count, Score *score, int *n)
{
    for (int i = 0; i < count; i++)
        score[(*n)++] = (Score){ m->value[i], m->better[i], 0 };
}

Status point_scores_open(PointScores *p, const EvaluateOptions *o, const Dataset *d, Score *score,
                         int *n, Error *e)
{
    *p = (PointScores){ .data = d };
    *n = 0;
    if (d->modes.n > 0)
        add(&of_modes, OF_MODES, score, n);
    if (!d->points || d->shape.c != 1)
        return GT_OK;
    add(&of_a_histogram, OF_A_HISTOGRAM, score, n);
    p->bins = bins_over((View){ d->count, 1, d->points }, d->scale, o->bin);
    if (p->bins.n > POINT_BINS)
        return option_report(e, NULL, "evaluate.bin",
                             "%g makes %.0f bins of the data: at most %d are possible", o->bin,
                             p->bins.n, POINT_BINS);
    return GT_OK;
}

bool point_scores_direction(const char *name, Direction *better)
{
    Score all[POINT_SCORES];
    int n = 0;
    add(&of_modes, OF_MODES, all, &n);
    add(&of_a_histogram, OF_A_HISTOGRAM, all, &n);
    while (n-- > 0)
        if (strcmp(all[n].name, name) == 0) {
            *better = all[n].better;
            return true;
        }
    return false;
}

void point_scores_plan(PointScores *p, Arena *a)
{
    const size_t bins = (size_t)p->bins.n;
    p->tally = arena_take(a, (size_t)p->data->modes.n * sizeof *p->tally);
    p->data_bins = arena_take(a, bins * sizeof *p->data_bins);
    p->bin = arena_take(a, bins * sizeof *p->bin);
}

void point_scores_prepare(PointScores *p)
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
