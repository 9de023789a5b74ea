/* The sliced Wasserstein distance of two sets of points: distances W1 of their projections onto
 * random directions.
 * [1] Rabin, Peyré, Delon and Bernot 2011; its use for generative models: Deshpande, Zhang and
 *     Schwing 2018, "Generative Modeling using the Sliced Wasserstein Distance". */
#include "gantrain/eval/point_metrics.h"

#include "eval/numerics.h"

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    (void)scratch;
    const Draw directions = rng_draw(in->seed, RNG_METRIC, METRIC_DRAW_DIRECTIONS, 0);
    return sliced_wasserstein(in->fake.pixels, in->real.pixels, directions, &out[0].value, e);
}

const Metric metric_point_slices = {
    .is = { "sliced_wasserstein", "distance W1 of samples and test points along random directions",
            "Rabin et al. 2011, §3", NULL, 0 },
    .value = { "sliced_wasserstein" },
    .about = { "mean over 512 directions of the Wasserstein distance W1 of projections" },
    .better = { LOWER },
    .while_training = true,
    .needs = "samples and test points",
    .inputs = INPUT_PIXELS,
    .min_samples = 1,
    .measure = measure,
};
