/* What real samples get for the scores of a training: the values that a perfect generator reaches.
 * Training samples chosen at random, as many as an evaluation generates, take their place. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/base/rng.h"
#include "gantrain/evaluate/training_scores.h"

static Status measure_images(TrainingScores *v, const int *order, Score *out, Error *e)
{
    for (int first = 0; first < v->samples; first += v->made.rows) {
        const Mat x = mat_rows(v->made, 0, int_min(v->samples - first, v->made.rows));
        dataset_gather(v->image.data, order + first, x);
        image_scores_extract(&v->image, first, view(x));
    }
    return image_scores_measure(&v->image, out, e);
}

static void measure_points(TrainingScores *v, const int *order, Score *out)
{
    dataset_gather(v->point.data, order, v->made);
    v->drawn_step = UINT64_MAX; /* these points are of no step */
    point_scores_measure(&v->point, view(v->made), out);
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
    Status s = GT_OK;
    memcpy(out, v->score, sizeof v->score);
    rng_permutation(rng_draw(seed, RNG_METRIC, METRIC_DRAW_BASELINE, 0), d->count, order);
    if (v->images)
        s = measure_images(v, order, out, e);
    else
        measure_points(v, order, out);
    *n = s == GT_OK ? v->n : 0;
    free(order);
    return s;
}
