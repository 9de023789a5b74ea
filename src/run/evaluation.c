/* Scores of a generator: the same latents every time, so that a curve shows the generator alone. */
#include "gantrain/run/evaluation.h"

const char *const score_names[SCORES] = {
    [SCORE_MODES] = "modes",
    [SCORE_HIGH_QUALITY] = "high_quality",
    [SCORE_REVERSE_KL] = "reverse_kl",
    [SCORE_CHI_SQUARE] = "chi_square",
    [SCORE_KL] = "kl",
};

static const unsigned of_modes =
    1U << SCORE_MODES | 1U << SCORE_HIGH_QUALITY | 1U << SCORE_REVERSE_KL;
static const unsigned of_a_histogram = 1U << SCORE_CHI_SQUARE | 1U << SCORE_KL;

Status evaluation_open(Evaluation *v, const EvaluateOptions *o, const Dataset *d, Error *e)
{
    *v = (Evaluation){ .data = d, .drawn = UINT64_MAX, .scored = UINT64_MAX };
    if (d->modes.n > 0)
        v->known |= of_modes;
    if (!d->points || d->shape.c != 1)
        return GT_OK;
    v->known |= of_a_histogram;
    v->bins = bins_over((View){ d->count, 1, d->points }, d->scale, o->bin);
    if (v->bins.n > EVALUATION_BINS)
        return option_report(e, NULL, "evaluate.bin",
                             "%g makes %.0f bins of the data: at most %d are possible", o->bin,
                             v->bins.n, EVALUATION_BINS);
    return GT_OK;
}

void evaluation_plan(Evaluation *v, const EvaluateOptions *o, int latent, Arena *a)
{
    const int n = v->data->points ? (int)o->samples : 0;
    const size_t bins = (size_t)v->bins.n;
    v->z = mat_take(a, n, latent);
    v->points = mat_take(a, n, shape_size(v->data->shape));
    v->tally = arena_take(a, (size_t)v->data->modes.n * sizeof *v->tally);
    v->data_bins = arena_take(a, bins * sizeof *v->data_bins);
    v->bin = arena_take(a, bins * sizeof *v->bin);
}

void evaluation_begin(Evaluation *v, uint64_t seed)
{
    const Dataset *d = v->data;
    gan_latents(seed, v->z);
    if (v->bins.n > 0)
        bins_count(&v->bins, (View){ d->count, 1, d->points }, v->data_bins);
}

View evaluation_points(Evaluation *v, Gan *g)
{
    if (v->drawn != g->step)
        gan_sample(g, view(v->z), v->points);
    v->drawn = g->step;
    return view(v->points);
}

static void score_modes(Evaluation *v, View points)
{
    const ModeScore s = modes_score(&v->data->modes, points, v->tally);
    v->score[SCORE_MODES] = s.modes;
    v->score[SCORE_HIGH_QUALITY] = s.high_quality;
    v->score[SCORE_REVERSE_KL] = s.reverse_kl;
}

static void score_histogram(Evaluation *v, View points)
{
    bins_count(&v->bins, points, v->bin);
    const HistogramScore s =
        histogram_score((int)v->bins.n, v->data_bins, v->data->count, v->bin, points.rows);
    v->score[SCORE_CHI_SQUARE] = s.chi_square;
    v->score[SCORE_KL] = s.kl;
}

void evaluation_score(Evaluation *v, Gan *g)
{
    const View points = evaluation_points(v, g);
    if (v->known & of_modes)
        score_modes(v, points);
    if (v->known & of_a_histogram)
        score_histogram(v, points);
    v->scored = g->step;
}
