/* The table of gradient penalties. n = ‖g‖.
 *
 *   name      points         φ
 *   wgan_gp   interpolated   λ(n - target)²           [1]
 *   wgan_lp   interpolated   λ max(0, n - target)²    [2]
 *   dragan    perturbed      λ(n - target)²           [3]
 *   zero_gp   interpolated   λ n²                     [4]
 *   r1        real           γ/2 n²                   [5]
 *   r2        fake           γ/2 n²                   [5]
 *   r1_r2     both           γ/2 n² each              [6]
 *
 * [1] Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", Alg. 1.
 * [2] Petzka et al. 2018, "On the regularization of Wasserstein GANs", §3.
 * [3] Kodali et al. 2017, "On Convergence and Stability of GANs", §2.3.
 * [4] Thanh-Tung et al. 2019, "Improving Generalization and Stability of GANs", §5.
 * [5] Mescheder, Geiger, Nowozin 2018, "Which Training Methods for GANs do actually Converge?",
 *     §4.1.
 * [6] Roth et al. 2017, "Stabilizing Training of GANs through Regularization"; both terms, as in
 *     Huang et al. 2024, "The GAN is dead; long live the GAN!", §3.
 * [7] Arjovsky et al. 2017, "Wasserstein GAN", Alg. 1, line 7. */
#include "gantrain/gan/penalty.h"

#define WEIGHT(key, by_default, text)                                                              \
    {                                                                                              \
        .name = key, .type = OPTION_REAL, .offset = offsetof(PenaltyOptions, weight), .max = 1e6,  \
        .default_text = by_default, .help = text                                                   \
    }
#define TARGET OPT_REAL(PenaltyOptions, target, "1", 0, 1e6, "value to which ‖∂D/∂x̂‖ is drawn")
#define EVERY                                                                                      \
    OPT_INT(PenaltyOptions, every, "1", 1, 1000,                                                   \
            "taken in every n-th update of D, with n times the weight")

static const Option norm_options[] = {
    WEIGHT("lambda", "10", "weight: P = lambda · mean (‖∂D/∂x̂‖ - target)²"),
    TARGET,
    EVERY,
    OPT_END,
};
static const Option dragan_options[] = {
    WEIGHT("lambda", "10", "weight: P = lambda · mean (‖∂D/∂x̂‖ - target)²"),
    TARGET,
    OPT_REAL(PenaltyOptions, scale, "0.5", 0, 100,
             "of the noise, in standard deviations of the data"),
    EVERY,
    OPT_END,
};
static const Option zero_options[] = {
    WEIGHT("lambda", "10", "weight: P = lambda · mean ‖∂D/∂x̂‖²"),
    EVERY,
    OPT_END,
};
static const Option r_options[] = {
    WEIGHT("gamma", "2", "weight: P = gamma/2 · mean ‖∂D/∂x‖²"),
    EVERY,
    OPT_END,
};

static const Option clip_options[] = {
    OPT_REAL(PenaltyOptions, limit, "0.01", 1e-9, 1e6,
             "every weight and bias of D is clipped to this after each update"),
    OPT_END,
};

/* λ(n - target)². 1e-30 keeps the root away from 0, where it has no derivative. */
static Phi two_sided(const PenaltyOptions *o, double norm2)
{
    const double n = sqrt(norm2 + 1e-30), d = n - o->target;
    return (Phi){ o->weight * d * d, o->weight * d / n };
}

static Phi one_sided(const PenaltyOptions *o, double norm2)
{
    return norm2 > o->target * o->target ? two_sided(o, norm2) : (Phi){ 0, 0 };
}

static Phi squared(const PenaltyOptions *o, double norm2)
{
    return (Phi){ o->weight * norm2, o->weight };
}

static Phi half_squared(const PenaltyOptions *o, double norm2)
{
    return (Phi){ o->weight / 2 * norm2, o->weight / 2 };
}

#define GRADIENT(row, kinds, function, table, text, source)                                        \
    static const Penalty row = {                                                                   \
        .is = { #row, text, source, table, sizeof(PenaltyOptions) },                               \
        .points = kinds,                                                                           \
        .phi = function,                                                                           \
    };

GRADIENT(wgan_gp, POINTS_INTERPOLATED, two_sided, norm_options,
         "gradient norm 1 between real and fake samples: a Wasserstein critic",
         "Gulrajani et al. 2017, Alg. 1")
GRADIENT(wgan_lp, POINTS_INTERPOLATED, one_sided, norm_options,
         "as wgan_gp, but norms below the target are not penalised", "Petzka et al. 2018, §3")
GRADIENT(dragan, POINTS_PERTURBED, two_sided, dragan_options,
         "gradient norm 1 in a neighbourhood of real samples", "Kodali et al. 2017, §2.3")
GRADIENT(zero_gp, POINTS_INTERPOLATED, squared, zero_options,
         "gradient norm 0 between real and fake samples", "Thanh-Tung et al. 2019, §5")
GRADIENT(r1, POINTS_REAL, half_squared, r_options, "zero-centred gradient penalty on real samples",
         "Mescheder et al. 2018, eq. 9")
GRADIENT(r2, POINTS_FAKE, half_squared, r_options, "zero-centred gradient penalty on fake samples",
         "Mescheder et al. 2018, eq. 10")
GRADIENT(r1_r2, POINTS_REAL | POINTS_FAKE, half_squared, r_options, "r1 and r2 together",
         "Huang et al. 2024, §3")

static const Penalty none = {
    .is = { "none", "no gradient penalty", "-", NULL, 0 },
};
static const Penalty weight_clip = {
    .is = { "weight_clip", "no gradient penalty: D's weights are clipped",
            "Arjovsky et al. 2017, Alg. 1", clip_options, sizeof(PenaltyOptions) },
    .clips = true,
};

static const Entry *const all[] = {
    &none.is,    &r1.is,     &r2.is,      &r1_r2.is,       &wgan_gp.is,
    &wgan_lp.is, &dragan.is, &zero_gp.is, &weight_clip.is, NULL,
};

const Registry penalties = { "penalties", "penalty", all };
