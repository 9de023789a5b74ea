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
#include "divergence_roster.h"
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

static const real LOG_2 = (real)0.69314718055994531;

/* ---- g and f*(g) of every divergence --------------------------------------------------------- */

static inline Jet total_variation_g(real v)
{
    const real y = real_tanh(v);
    return (Jet){ y / 2, (1 - y * y) / 2 };
}

static inline Jet total_variation_f(real v)
{
    return total_variation_g(v);
}

static inline Jet kl_g(real v)
{
    return (Jet){ v, 1 };
}

static inline Jet kl_f(real v)
{
    return exponential(v - 1);
}

static inline Jet reverse_kl_g(real v)
{
    return minus(mirrored(exponential(-v)));
}

static inline Jet reverse_kl_f(real v)
{
    return (Jet){ v - 1, 1 };
}

static inline Jet pearson_g(real v)
{
    return (Jet){ v, 1 };
}

static inline Jet pearson_f(real v)
{
    return (Jet){ v * v / 4 + v, v / 2 + 1 };
}

static inline Jet neyman_g(real v)
{
    return plus(minus(mirrored(exponential(-v))), 1);
}

static inline Jet neyman_f(real v)
{
    const Jet e = exponential(-v / 2);
    return (Jet){ 2 - 2 * e.value, e.slope };
}

static inline Jet squared_hellinger_g(real v)
{
    return neyman_g(v);
}

static inline Jet squared_hellinger_f(real v)
{
    return plus(exponential(v), -1);
}

static inline Jet jeffrey_g(real v)
{
    return (Jet){ v, 1 };
}

/* y = log w solves e^y + y = 1 - v. Newton's steps start above the root of this convex function,
 * so they descend to it; seven reach the last digit. The slope of f* is the u that attains it,
 * 1/w. */
static inline Jet jeffrey_f(real v)
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

static inline Jet jensen_shannon_g(real v)
{
    return plus(minus(mirrored(softplus(-v))), LOG_2);
}

static inline Jet jensen_shannon_f(real v)
{
    return plus(softplus(v), -LOG_2);
}

static inline Jet gan_g(real v)
{
    return minus(mirrored(softplus(-v)));
}

static inline Jet gan_f(real v)
{
    return softplus(v);
}

/* ---- the rows: the losses of D, the two of G ------------------------------------------------- */

#define DIVERGENCE(name, about)                                                                    \
    static inline Jet name##_real(real v, const DivergenceOptions *o)                              \
    {                                                                                              \
        (void)o;                                                                                   \
        return minus(name##_g(v));                                                                 \
    }                                                                                              \
    static inline Jet name##_fake(real v, const DivergenceOptions *o)                              \
    {                                                                                              \
        (void)o;                                                                                   \
        return name##_f(v);                                                                        \
    }                                                                                              \
    static inline Jet name##_generator(real v, const DivergenceOptions *o)                         \
    {                                                                                              \
        return minus(o->saturating ? name##_f(v) : name##_g(v));                                   \
    }                                                                                              \
    LOGIT_LOOP(name##_real, DivergenceOptions)                                                     \
    LOGIT_LOOP(name##_fake, DivergenceOptions)                                                     \
    LOGIT_LOOP(name##_generator, DivergenceOptions)                                                \
    extern const Objective divergence_##name;                                                      \
    const Objective divergence_##name = {                                                          \
        .is = { "f_" #name, about, "Nowozin et al. 2016, tables 2 and 6", divergence_options,      \
                sizeof(DivergenceOptions) },                                                       \
        .d_real = name##_real_loop,                                                                \
        .d_fake = name##_fake_loop,                                                                \
        .g_fake = name##_generator_loop,                                                           \
    };

DIVERGENCE(total_variation, "f-GAN: half the L1 distance of the densities")
DIVERGENCE(kl, "f-GAN: Kullback-Leibler divergence of the data from G, covers modes")
DIVERGENCE(reverse_kl, "f-GAN: Kullback-Leibler divergence of G from the data, seeks modes")
DIVERGENCE(pearson, "f-GAN: Pearson's chi-square")
DIVERGENCE(neyman, "f-GAN: Neyman's chi-square")
DIVERGENCE(squared_hellinger, "f-GAN: squared Hellinger distance")
DIVERGENCE(jeffrey, "f-GAN: sum of both Kullback-Leibler divergences")
DIVERGENCE(jensen_shannon, "f-GAN: Jensen-Shannon divergence")
DIVERGENCE(gan, "f-GAN: the divergence of the original GAN paper")
