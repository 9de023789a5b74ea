/* The table of objectives. t is the logit D(·), transformed by Relation; sp(t) = log(1+e^t).
 *
 *   name              d_real                d_fake                g_fake      g_real
 *   minimax           (1-s)sp(-t)+s·sp(t)   (1-u)sp(t)+u·sp(-t)   -sp(t)
 *   non_saturating    the same              the same               sp(-t)
 *   feature_matching  the same              the same               ‖mean f(x) - mean f(G(z))‖²
 *   least_squares     ½(t-b)²               ½(t-a)²                ½(t-c)²
 *   hinge             max(0, 1-t)           max(0, 1+t)            -t
 *   wasserstein       -t                    t                      -t
 *   relativistic      sp(-t)                                       sp(-t)
 *   relativistic_average_…   the logistic, squared or hinge loss   and mirrored for G
 *
 * The f-divergences are in divergences.c. s and u smooth the labels of real and fake samples;
 * one-sided where u = 0 (Salimans et al. 2016, §3.4).
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", §3.  [2] Mao et al. 2017, "Least
 *     Squares Generative Adversarial Networks", eq. 2.  [3] Lim and Ye 2017, "Geometric GAN", §3.
 * [4] Arjovsky et al. 2017, "Wasserstein GAN", Alg. 1.  [5] Jolicoeur-Martineau 2018, "The
 *     relativistic discriminator", §4.  [6] Salimans et al. 2016, "Improved Techniques for Training
 *     GANs", §3.1. */
#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"
#include "logit_loss.h"

typedef char NoOptions;

/* of the cross-entropy; only feature matching has the key `layer` */
typedef struct LabelOptions {
    double label_smoothing, fake_smoothing;
    int64_t layer;
} LabelOptions;

typedef struct SquareOptions {
    double real_target, fake_target, generator_target;
} SquareOptions;

#define SMOOTHING                                                                                  \
    OPT_REAL(LabelOptions, label_smoothing, "0", 0, 0.5,                                           \
             "s of one-sided label smoothing: the label of real images is 1-s"),                   \
        OPT_REAL(LabelOptions, fake_smoothing, "0", 0, 0.5,                                        \
                 "label of fake images; not 0: two-sided smoothing")

static const Option label_options[] = {
    SMOOTHING,
    OPT_END,
};

static const Option matching_options[] = {
    SMOOTHING,
    OPT_INT(
        LabelOptions, layer, "-1", -1, 127,
        "layer of D whose output is matched, as numbered by --dry-run; -1: the last hidden one"),
    OPT_END,
};

static const Option square_options[] = {
    OPT_REAL(SquareOptions, real_target, "1", -10, 10, "b, D's target for D(x)"),
    OPT_REAL(SquareOptions, fake_target, "0", -10, 10, "a, D's target for D(G(z))"),
    OPT_REAL(SquareOptions, generator_target, "1", -10, 10, "c, G's target for D(G(z))"),
    OPT_END,
};

/* ---- losses of a logit t --------------------------------------------------------------------- */

/* cross-entropy with the label 1-s: (1-s)·sp(-t) + s·sp(t) */
static inline Jet labelled(real t, real s)
{
    const Jet up = softplus(t), down = softplus(-t);
    return (Jet){ (1 - s) * down.value + s * up.value, s * up.slope - (1 - s) * down.slope };
}

/* ½(t-target)² */
static inline Jet square(real t, double target)
{
    const real d = t - (real)target;
    return (Jet){ d * d / 2, d };
}

LOGIT_LOSS(label_real, LabelOptions, labelled(t, (real)o.label_smoothing))
LOGIT_LOSS(label_fake, LabelOptions, mirrored(labelled(-t, (real)o.fake_smoothing)))
LOGIT_LOSS(saturating, LabelOptions, minus(softplus(t)))
LOGIT_LOSS(square_real, SquareOptions, square(t, o.real_target))
LOGIT_LOSS(square_fake, SquareOptions, square(t, o.fake_target))
LOGIT_LOSS(square_generator, SquareOptions, square(t, o.generator_target))

/* Minimising *_up raises the logit, minimising *_down lowers it. */
LOGIT_LOSS(logistic_up, NoOptions, mirrored(softplus(-t)))
LOGIT_LOSS(logistic_down, NoOptions, softplus(t))
LOGIT_LOSS(square_up, NoOptions, { (t - 1) * (t - 1), 2 * (t - 1) })
LOGIT_LOSS(square_down, NoOptions, { (t + 1) * (t + 1), 2 * (t + 1) })
LOGIT_LOSS(hinge_up, NoOptions, t < 1 ? (Jet){ 1 - t, -1 } : (Jet){ 0, 0 })
LOGIT_LOSS(hinge_down, NoOptions, t > -1 ? (Jet){ 1 + t, 1 } : (Jet){ 0, 0 })
LOGIT_LOSS(linear_up, NoOptions, { -t, -1 })
LOGIT_LOSS(linear_down, NoOptions, { t, 1 })

/* ---- feature matching ------------------------------------------------------------------------ */

/* ‖mean f(G(z)) - mean f(x)‖², of whose gradient every row has the same part */
static double match_means(Outputs f, int batches, Mat d_fake)
{
    const Mat mean_real = mat_rows(f.work, 0, 1), mean_fake = mat_rows(f.work, 1, 1);
    const int B = f.global_rows ? f.global_rows : f.fake.rows;

    mat_fill(f.work, 0);
    mat_add_column_sums(mean_real, f.real);
    mat_add_column_sums(mean_fake, f.fake);
    comm_start_allreduce(mean_real);
    comm_start_allreduce(mean_fake);
    comm_wait();
    mat_scale(f.work, 1 / (real)B);
    for (int j = 0; j < f.work.cols; j++)
        mean_fake.at[j] -= mean_real.at[j];
    const double loss = mat_norm2(view(mean_fake)) * d_fake.rows / B; /* this rank's part */
    mat_scale(mean_fake, 2 / (real)(B * batches));
    for (int i = 0; i < d_fake.rows; i++)
        mat_copy(mat_rows(d_fake, i, 1), view(mean_fake));
    return loss;
}

static int feature_layer(const void *options)
{
    return (int)((const LabelOptions *)options)->layer;
}

/* ---- the rows -------------------------------------------------------------------------------- */

#define NONE NULL, sizeof(NoOptions)

static const Objective minimax = {
    .is = { "minimax", "the two-player game itself: G minimises log(1-D(G(z)))",
            "Goodfellow et al. 2014, eq. 1", label_options, sizeof(LabelOptions) },
    .d_real = label_real,
    .d_fake = label_fake,
    .g_fake = saturating,
};
static const Objective non_saturating = {
    .is = { "non_saturating", "G maximises log D(G(z)): strong gradients early on",
            "Goodfellow et al. 2014, §3", label_options, sizeof(LabelOptions) },
    .d_real = label_real,
    .d_fake = label_fake,
    .g_fake = logistic_up,
};
static const Objective feature_matching = {
    .is = { "feature_matching", "G matches the mean features of D on real images",
            "Salimans et al. 2016, §3.1", matching_options, sizeof(LabelOptions) },
    .d_real = label_real,
    .d_fake = label_fake,
    .g_features = match_means,
    .feature_layer = feature_layer,
};
static const Objective least_squares = {
    .is = { "least_squares", "squared distance of the logit to a target", "Mao et al. 2017, eq. 2",
            square_options, sizeof(SquareOptions) },
    .d_real = square_real,
    .d_fake = square_fake,
    .g_fake = square_generator,
};
static const Objective hinge = {
    .is = { "hinge", "D is content with a margin of 1 on either side", "Lim and Ye 2017, §3",
            NONE },
    .d_real = hinge_up,
    .d_fake = hinge_down,
    .g_fake = linear_up,
};
static const Objective wasserstein = {
    .is = { "wasserstein", "difference of the means: needs a penalty that bounds the slope of D",
            "Arjovsky et al. 2017, Alg. 1", NONE },
    .d_real = linear_up,
    .d_fake = linear_down,
    .g_fake = linear_up,
};
static const Objective relativistic = {
    .is = { "relativistic", "how much more real a sample is than one of the other kind",
            "Jolicoeur-Martineau 2018, §4.1", NONE },
    .d_real = logistic_up,
    .g_fake = logistic_up,
    .relation = PAIRED,
};

/* G lowers the logits of real samples as well. */
#define RELATIVISTIC_AVERAGE(row, loss, text)                                                      \
    static const Objective row = {                                                                 \
        .is = { #row, text, "Jolicoeur-Martineau 2018, §4.2", NONE },                              \
        .d_real = loss##_up,                                                                       \
        .d_fake = loss##_down,                                                                     \
        .g_fake = loss##_up,                                                                       \
        .g_real = loss##_down,                                                                     \
        .relation = AVERAGED,                                                                      \
    }
RELATIVISTIC_AVERAGE(relativistic_average, logistic,
                     "how much more real a sample is than the average of the other kind");
RELATIVISTIC_AVERAGE(relativistic_average_squares, square,
                     "relativistic_average with squared losses");
RELATIVISTIC_AVERAGE(relativistic_average_hinge, hinge, "relativistic_average with hinge losses");

#define X(name) extern const Objective divergence_##name;
DIVERGENCE_ROSTER(X)
#undef X

static const Entry *const all[] = {
    &minimax.is,
    &non_saturating.is,
    &feature_matching.is,
    &least_squares.is,
    &hinge.is,
    &wasserstein.is,
    &relativistic.is,
    &relativistic_average.is,
    &relativistic_average_squares.is,
    &relativistic_average_hinge.is,
#define X(name) &divergence_##name.is,
    DIVERGENCE_ROSTER(X)
#undef X
        NULL,
};

const Registry objectives = { "objectives", "objective", all };
