/* What real samples get for the scores of a training: the values that a perfect generator reaches.
 * Training samples chosen at random, as many as an evaluation generates, take their place. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/base/rng.h"
#include "gantrain/evaluate/training_scores.h"

/* Training images have no distance to the training images: that is no measure of perfection. */
static void hide_copies(const TrainingScores *v, Score *out)
{
    for (int i = 0; i < v->n; i++) {
        int which;
        const Metric *m = score_metric(out[i].name, &which);
        if (m && m->inputs & INPUT_TRAIN_PIXELS)
            out[i].value = (double)NAN;
    }
}

static Status measure_images(TrainingScores *v, const int *order, Score *out, Error *e)
{
    for (int first = 0; first < v->samples; first += v->made.rows) {
        const Mat x = mat_rows(v->made, 0, int_min(v->samples - first, v->made.rows));
        dataset_gather(v->image.data, order + first, x);
        image_scores_extract(&v->image, first, view(x));
    }
    TRY(image_scores_measure(&v->image, out, e));
    hide_copies(v, out);
    return GT_OK;
}

static Status measure_points(TrainingScores *v, const int *order, Score *out, Error *e)
{
    dataset_gather(v->point.data, order, v->made);
    v->drawn_step = UINT64_MAX; /* these points are of no step */
    return training_scores_of_points(v, view(v->made), out, e);
}

Status training_scores_real(TrainingScores *v, const Dataset *d, uint64_t seed,
                            Score out[TRAINING_SCORES], int *n, Error *e)
{
    *n = 0;
    if (v->n == 0 || d->count < v->samples)
        return GT_OK;
    int *order = malloc((size_t)d->count * sizeof *order);
    if (!order)
        return fail(e, GT_ERESOURCE, "no memory for an order of %d samples", d->count);
    memcpy(out, v->score, sizeof v->score);
    rng_permutation(rng_draw(seed, RNG_METRIC, METRIC_DRAW_BASELINE, 0), d->count, order);
    const Status s = (v->images ? measure_images : measure_points)(v, order, out, e);
    *n = s == GT_OK ? v->n : 0;
    free(order);
    return s;
}
