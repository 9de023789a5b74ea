/* f-GAN: an objective for every f-divergence. With v the logit, g the output activation and f*
 * the convex conjugate of f,
 *
 *   L_D = -mean g(v_real) + mean f*(g(v_fake)),      the bound on the divergence, negated
 *   L_G = -mean g(v_fake),  or with `saturating` -mean f*(g(v_fake)), the divergence itself.
 *
 *   divergence          g(v)            f*(g(v))
 *   total_variation     ½ tanh v        ½ tanh v
 *   kl                  v               e^(v-1)
 *   reverse_kl          -e^(-v)         v - 1
 *   pearson             v               v²/4 + v
 *   neyman              1 - e^(-v)      2 - 2e^(-v/2)
 *   squared_hellinger   1 - e^(-v)      e^v - 1
 *   jeffrey             v               1/w - log w - 1,   w + log w = 1 - v
 *   jensen_shannon      log 2 - sp(-v)  sp(v) - log 2
 *   gan                 -sp(-v)         sp(v)
 *
 * g grows with v, so a large logit means "real" in every row. Above 15 exponentials continue as
 * their tangents, which keeps every value finite.
 * [1] Nowozin, Cseke, Tomioka 2016, "f-GAN: Training Generative Neural Samplers using Variational
 *     Divergence Minimization", §2.4 and tables 2 and 6. */
#include "logit_loss.h"

typedef struct DivergenceOptions {
    bool saturating;
} DivergenceOptions;

static const Option divergence_options[] = {
    OPT_BOOL(DivergenceOptions, saturating, "false",
             "G minimises the divergence itself instead of maximising g(D(G(z)))"),
    OPT_END,
};

/* e^v, and its tangent above LINEAR_FROM */
static inline Jet exponential(real v)
{
    const real LINEAR_FROM = 15, at = v < LINEAR_FROM ? v : LINEAR_FROM, e = real_exp(at);
    return (Jet){ e * (1 + v - at), e };
}

static inline Jet plus(Jet j, real constant)
{
    return (Jet){ j.value + constant, j.slope };
}

static inline Jet identity(real v)
{
    return (Jet){ v, 1 };
}

static inline Jet half_tanh(real v)
{
    const real y = real_tanh(v);
    return (Jet){ y / 2, (1 - y * y) / 2 };
}

/* -e^(-v) */
static inline Jet decay(real v)
{
    return minus(mirrored(exponential(-v)));
}

static inline Jet log_logistic(real v)
{
    return minus(mirrored(softplus(-v)));
}

static inline Jet pearson_conjugate(real v)
{
    return (Jet){ v * v / 4 + v, v / 2 + 1 };
}

static inline Jet neyman_conjugate(real v)
{
    const Jet e = exponential(-v / 2);
    return (Jet){ 2 - 2 * e.value, e.slope };
}

/* y = log w solves e^y + y = 1 - v. Newton's steps start above the root of this convex function,
 * so they descend to it; seven reach the last digit. The slope of f* is the u that attains it,
 * 1/w. */
static inline Jet jeffrey_conjugate(real v)
{
    enum { STEPS = 7 };
    const real LINEAR_FROM = 16, at = v < LINEAR_FROM ? v : LINEAR_FROM, a = 1 - at;
    real y = a > 1 ? real_log(a > 1 ? a : 1) : a;
    for (int i = 0; i < STEPS; i++) {
        const real e = real_exp(y);
        y -= (e + y - a) / (e + 1);
    }
    const real u = real_exp(-y);
    return (Jet){ u - y - 1 + u * (v - at), u };
}

static const real LOG_2 = (real)0.69314718055994531;

/* g and conjugate, f*(g), are jets at the logit t. */
#define DIVERGENCE(name, g, conjugate, about)                                                      \
    LOGIT_LOSS(name##_real, DivergenceOptions, minus(g))                                           \
    LOGIT_LOSS(name##_fake, DivergenceOptions, conjugate)                                          \
    LOGIT_LOSS(name##_generator, DivergenceOptions, minus(o.saturating ? conjugate : g))           \
    extern const Objective divergence_##name;                                                      \
    const Objective divergence_##name = {                                                          \
        .is = { "f_" #name, about, "Nowozin et al. 2016, tables 2 and 6", divergence_options,      \
                sizeof(DivergenceOptions) },                                                       \
        .d_real = name##_real,                                                                     \
        .d_fake = name##_fake,                                                                     \
        .g_fake = name##_generator,                                                                \
    };

DIVERGENCE(total_variation, half_tanh(t), half_tanh(t),
           "f-GAN: half the L1 distance of the densities")
DIVERGENCE(kl, identity(t), exponential(t - 1),
           "f-GAN: Kullback-Leibler divergence of the data from G, covers modes")
DIVERGENCE(reverse_kl, decay(t), plus(identity(t), -1),
           "f-GAN: Kullback-Leibler divergence of G from the data, seeks modes")
DIVERGENCE(pearson, identity(t), pearson_conjugate(t), "f-GAN: Pearson's chi-square")
DIVERGENCE(neyman, plus(decay(t), 1), neyman_conjugate(t), "f-GAN: Neyman's chi-square")
DIVERGENCE(squared_hellinger, plus(decay(t), 1), plus(exponential(t), -1),
           "f-GAN: squared Hellinger distance")
DIVERGENCE(jeffrey, identity(t), jeffrey_conjugate(t),
           "f-GAN: sum of both Kullback-Leibler divergences")
DIVERGENCE(jensen_shannon, plus(log_logistic(t), LOG_2), plus(softplus(t), -LOG_2),
           "f-GAN: Jensen-Shannon divergence")
DIVERGENCE(gan, log_logistic(t), softplus(t), "f-GAN: the divergence of the original GAN paper")
