/* Scores of points, each for the data for which it is defined; the direction of all scores. */
#include "gantrain/evaluate/training_scores.h"

#include <math.h>

#include "metric_selection.h"

static const Metric metric_modes = {
    .is = { "modes", "points of a mixture: ring, grid",
            "Srivastava et al. 2017, §4; Lin et al. 2018, §4.1", NULL, 0 },
    .value = { "modes", "high_quality", "reverse_kl" },
    .about = { "modes with at least one sample near them", "share of samples near a mode",
               "KL divergence of the modes of the samples from those of the data" },
    .better = { HIGHER, HIGHER, LOWER },
    .while_training = true,
    .needs = "a mixture of Gaussians",
};
static const Metric metric_histogram = {
    .is = { "histogram", "scalars: points of one coordinate", "Ghosh et al. 2018, §5.1", NULL, 0 },
    .value = { "chi_square", "kl" },
    .about = { "chi-square distance of the histograms of samples and data",
               "KL divergence of the same" },
    .better = { LOWER, LOWER },
    .while_training = true,
    .needs = "points of one coordinate",
};

static const Entry *const rows[] = { &metric_modes.is,           &metric_histogram.is,
                                     &metric_point_slices.is,    &metric_energy_distance.is,
                                     &metric_marginals.is,       &metric_correlation.is,
                                     &metric_two_sample_test.is, NULL };
const Registry point_metrics = { "metrics of points", "metric", rows };

static void add_scores(const Metric *m, Score *score, int *n)
{
    for (int i = 0; i < METRIC_VALUES && m->value[i] && *n < POINT_SCORES; i++)
        score[(*n)++] = (Score){ m->value[i], m->better[i], 0 };
}

Status point_scores_open(PointScores *p, const EvaluateOptions *o, const Dataset *d, Score *score,
                         int *n, Error *e)
{
    *p = (PointScores){ .data = d };
    *n = 0;
    if (d->modes.n > 0)
        add_scores(&metric_modes, score, n);
    if (!d->points || d->shape.c != 1)
        return GT_OK;
    add_scores(&metric_histogram, score, n);
    p->bins = bins_over((View){ d->count, 1, d->points }, &d->units, o->bin);
    if (p->bins.n > POINT_BINS)
        return option_report(e, NULL, "evaluate.bin",
                             "%g makes %.0f bins of the data: at most %d are possible; %.1g makes "
                             "about a hundred",
                             o->bin, p->bins.n, POINT_BINS, o->bin * p->bins.n / 100);
    return GT_OK;
}

const Metric *score_metric(const char *name, int *which)
{
    const Metric *m = metric_of_value(name, which);
    return m ? m : metric_in(&point_metrics, name, which);
}

bool score_direction(const char *name, Direction *better)
{
    int which;
    const Metric *m = score_metric(name, &which);
    if (m)
        *better = m->better[which];
    return m != NULL;
}

bool score_better(double a, double b, Direction better)
{
    return !isnan(a) && (isnan(b) || (better == HIGHER ? a > b : a < b));
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

void point_scores_measure(PointScores *p, View points, Score *score)
{
    if (p->data->modes.n > 0) {
        const ModeScore s = modes_score(&p->data->modes, points, p->tally);
        (score++)->value = s.modes;
        (score++)->value = s.high_quality;
        (score++)->value = s.reverse_kl;
    }
    if (p->bins.n > 0) {
        bins_count(&p->bins, points, p->bin);
        const HistogramScore s =
            histogram_score((int)p->bins.n, p->data_bins, p->data->count, p->bin, points.rows);
        (score++)->value = s.chi_square;
        score->value = s.kl;
    }
}
