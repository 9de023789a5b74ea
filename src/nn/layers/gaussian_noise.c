/* Additive noise, in training only: y = x + s·n, n ~ N(0,1); J is the identity. As the first layer
 * of a discriminator it is "instance noise": strong noise makes real and fake samples overlap. With
 * `until` it is annealed: s = std·(1 - t/until) at discriminator update t, then 0.
 *
 * [1] Soenderby et al. 2016, "Amortised MAP Inference for Image Super-resolution", §3.2.
 * [2] Salimans et al. 2016, "Improved Techniques for Training GANs", their code: noise inside D. */
#include "gantrain/nn/layer.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

typedef struct NoiseOptions {
    double std;
    int64_t until;
} NoiseOptions;

static const Option noise_options[] = {
    OPT_REAL(NoiseOptions, std, "0.1", 0, 100, "standard deviation"),
    OPT_INT(NoiseOptions, until, "0", 0, 1e12,
            "discriminator updates over which it is annealed to 0; 0: constant"),
    OPT_END,
};

/* s at the discriminator update of the pass */
static double strength(const NoiseOptions *o, const Pass *p)
{
    const double left = o->until ? 1 - (double)p->draw.step / (double)o->until : 1;
    return p->want & WANT_TRAINING && left > 0 ? o->std * left : 0;
}

typedef struct Sum {
    const real *x;
    real *y, s;
} Sum;

GT_CLONES static void add_scaled(size_t n, const real *restrict x, real s, real *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] + s * y[i];
}

static void add_range(void *args, size_t first, size_t last)
{
    const Sum *sum = args;
    add_scaled(last - first, sum->x + first, sum->s, sum->y + first);
}

static void forward(const Layer *l, Pass *p)
{
    Sum sum = { p->x.at, p->y.at, (real)strength(l->options, p) };
    if (!(sum.s > 0)) {
        mat_copy(p->y, p->x);
        return;
    }
    pass_normal(p, p->y); /* n, overwritten by x + s·n */
    parallel_ranges(mat_size(p->y), add_range, &sum);
}

static void identity(const Layer *l, const Pass *p, View in, Mat out, bool transpose)
{
    (void)l, (void)p, (void)transpose;
    mat_copy(out, in);
}

const LayerKind layer_gaussian_noise = {
    .is = { "gaussian_noise", "adds noise in training, constant or annealed",
            "Soenderby et al. 2016, §3.2", noise_options, sizeof(NoiseOptions) },
    .forward = forward,
    .backward = linear_backward,
    .tangent_forward = linear_tangent_forward,
    .tangent_backward = linear_tangent_backward,
    .linear = identity,
};
