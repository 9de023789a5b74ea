/* Additive noise, in training only: y = x + s·n, n ~ N(0,1), so every derivative is the identity. As the
 * first layer of a discriminator it is "instance noise": real and fake overlap while it is strong. With
 * `until` it fades: s = std·(1 - t/until) at discriminator update t, and 0 from there on.
 *
 * [1] Soenderby et al. 2016, "Amortised MAP Inference for Image Super-resolution", §3.2 (instance noise).
 * [2] Salimans et al. 2016, "Improved Techniques for Training GANs" (noise inside D; their code). */
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
            "discriminator updates over which it falls to 0; 0: it stays"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->out = l->in;
    return GT_OK;
}

/* s at the update of the pass */
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
    pass_normal(p, p->y); /* n, then x + s·n over it */
    parallel_ranges(mat_size(p->y), add_range, &sum);
}

static void backward(const Layer *l, Pass *p)
{
    (void)l;
    if (p->want & WANT_INPUT)
        mat_copy(p->dx, p->dy);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    (void)l;
    mat_copy(p->ry, p->rx);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    (void)l;
    p->rdx_zero = !p->rdy.rows;
    if (!p->rdx_zero)
        mat_copy(p->rdx, p->rdy);
}

const LayerKind layer_gaussian_noise = {
    .is = { "gaussian_noise", "adds noise in training; it may fade", "Soenderby et al. 2016, §3.2",
            noise_options, sizeof(NoiseOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
