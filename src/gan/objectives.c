/* The table of objectives. t is the logit D(·), sp(t) = log(1+e^t), σ the logistic function.
 *
 *   name             d_real              d_fake    g_fake
 *   minimax          (1-s)sp(-t)+s·sp(t)  sp(t)    -sp(t)
 *   non_saturating   (1-s)sp(-t)+s·sp(t)  sp(t)     sp(-t)
 *
 * s is one-sided label smoothing (Salimans et al. 2016, §3.4): real images get the label 1-s, fake
 * ones keep 0. [1] Goodfellow et al. 2014, "Generative Adversarial Nets", §3. */
#include "gantrain/gan/objective.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/scalar.h"

typedef struct LabelOptions {
    double label_smoothing;
} LabelOptions;

static const Option label_options[] = {
    OPT_REAL(LabelOptions, label_smoothing, "0", 0, 0.5,
             "s of one-sided label smoothing: real images are labelled 1-s"),
    OPT_END,
};

/* ---- the losses of one logit ---------------------------------------------------------------------- */

static inline Jet softplus(real t)
{
    return (Jet){ real_softplus(t), real_logistic(t) };
}

static inline Jet label_real(real t, const LabelOptions *o)
{
    const real s = (real)o->label_smoothing;
    const Jet up = softplus(t), down = softplus(-t);
    return (Jet){ (1 - s) * down.value + s * up.value, s * up.slope - (1 - s) * down.slope };
}

static inline Jet label_fake(real t, const LabelOptions *o)
{
    (void)o;
    return softplus(t);
}

static inline Jet saturating(real t, const LabelOptions *o)
{
    (void)o;
    const Jet up = softplus(t);
    return (Jet){ -up.value, -up.slope };
}

static inline Jet non_saturating_fake(real t, const LabelOptions *o)
{
    (void)o;
    const Jet down = softplus(-t);
    return (Jet){ down.value, -down.slope };
}

/* ---- loops over logits, one per loss, so that the compiler sees it inside the loop ---------------- */

#define LOOP(loss, Options)                                                                        \
    GT_CLONES static void loss##_loop(const void *options, size_t n, const real *t, real *value,   \
                                      real *slope)                                                 \
    {                                                                                              \
        const Options o = *(const Options *)options;                                               \
        for (size_t i = 0; i < n; i++) {                                                           \
            const Jet j = loss(t[i], &o);                                                          \
            value[i] = j.value;                                                                    \
            slope[i] = j.slope;                                                                    \
        }                                                                                          \
    }

LOOP(label_real, LabelOptions)
LOOP(label_fake, LabelOptions)
LOOP(saturating, LabelOptions)
LOOP(non_saturating_fake, LabelOptions)

/* ---- the rows ------------------------------------------------------------------------------------- */

static const Objective minimax = {
    { "minimax", "the two-player game itself: G minimises log(1-D(G(z)))",
      "Goodfellow et al. 2014, eq. 1", label_options, sizeof(LabelOptions) },
    label_real_loop,
    label_fake_loop,
    saturating_loop,
};
static const Objective non_saturating = {
    { "non_saturating", "G maximises log D(G(z)): strong gradients early on",
      "Goodfellow et al. 2014, §3", label_options, sizeof(LabelOptions) },
    label_real_loop,
    label_fake_loop,
    non_saturating_fake_loop,
};

static const Entry *const all[] = { &minimax.is, &non_saturating.is, NULL };

const Registry objectives = { "objectives", "objective", all };
