/* The table of gradient penalties.
 *
 * [1] Mescheder, Geiger, Nowozin 2018, "Which Training Methods for GANs do actually Converge?", §4.1. */
#include "gantrain/gan/penalty.h"

typedef struct R1Options {
    double gamma;
    int64_t every;
} R1Options;

static const Option r1_options[] = {
    OPT_REAL(R1Options, gamma, "2", 0, 1e6, "weight: P = gamma/2 · mean ‖∂D/∂x‖²"),
    OPT_INT(R1Options, every, "1", 1, 1000, "taken every n-th update, n times as strong"),
    OPT_END,
};

static int64_t never(const void *options)
{
    (void)options;
    return 0;
}

static SlopeCost nothing(const void *options, double norm2)
{
    (void)options, (void)norm2;
    return (SlopeCost){ 0, 0 };
}

static int64_t r1_every(const void *options)
{
    return ((const R1Options *)options)->every;
}

/* φ = γ/2 · ‖g‖² */
static SlopeCost r1_cost(const void *options, double norm2)
{
    const double gamma = ((const R1Options *)options)->gamma;
    return (SlopeCost){ gamma / 2 * norm2, gamma / 2 };
}

static const Penalty none = {
    { "none", "no gradient penalty", "-", NULL, 0 },
    never,
    nothing,
};
static const Penalty r1 = {
    { "r1", "zero-centred gradient penalty on real samples", "Mescheder et al. 2018, eq. 9",
      r1_options, sizeof(R1Options) },
    r1_every,
    r1_cost,
};

static const Entry *const all[] = { &none.is, &r1.is, NULL };

const Registry penalties = { "penalties", "penalty", all };
