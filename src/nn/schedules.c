/* The table of schedules: factor(t) of the rate, t generator updates done of T in all.
 *
 *   name          factor(t)
 *   constant      1
 *   step          f^⌊t/every⌋
 *   multi_step    f^(number of milestones ≤ t)
 *   exponential   f^(t/every)
 *   linear        1 up to `begin`, then along a line to `to` at T
 *   cosine        to + (1-to)·(1 + cos πt/T)/2
 *   inverse       1/(1 + rate·t)
 *
 * All in double, from t alone. The last update is made at T-1: with to = 0 it still moves.
 *
 * [1] Robbins and Monro 1951, "A Stochastic Approximation Method".
 * [2] Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", the authors' code for CIFAR-10.
 * [3] Loshchilov and Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", eq. 5. */
#include "gantrain/nn/schedule.h"

#include <math.h>

/* ---- options -------------------------------------------------------------------------------------- */

typedef struct StepOptions {
    int64_t every;
    double factor;
} StepOptions;

static const Option step_options[] = {
    OPT_INT(StepOptions, every, "10000", 1, 1e12, "generator updates between two falls"),
    OPT_REAL(StepOptions, factor, "0.5", 0, 1, "what is left of the rate at each"),
    OPT_END,
};

static const Option exponential_options[] = {
    OPT_INT(StepOptions, every, "10000", 1, 1e12, "generator updates in which it falls by factor"),
    OPT_REAL(StepOptions, factor, "0.5", 0, 1, "what is left of the rate after them"),
    OPT_END,
};

typedef struct MultiStepOptions {
    Numbers milestones;
    double factor;
} MultiStepOptions;

static const Option multi_step_options[] = {
    OPT_NUMBERS(MultiStepOptions, milestones, "[10000, 20000]", 0, 1e12,
                "generator updates after which the rate falls"),
    OPT_REAL(MultiStepOptions, factor, "0.1", 0, 1, "what is left of the rate at each"),
    OPT_END,
};

typedef struct LinearOptions {
    double to;
    int64_t begin;
} LinearOptions;

static const Option linear_options[] = {
    OPT_REAL(LinearOptions, to, "0", 0, 1, "share of the rate at the end of the run"),
    OPT_INT(LinearOptions, begin, "0", 0, 1e12, "generator updates before it begins to fall"),
    OPT_END,
};

typedef struct CosineOptions {
    double to;
} CosineOptions;

static const Option cosine_options[] = {
    OPT_REAL(CosineOptions, to, "0", 0, 1, "share of the rate at the end of the run"),
    OPT_END,
};

typedef struct InverseOptions {
    double rate;
} InverseOptions;

static const Option inverse_options[] = {
    OPT_REAL(InverseOptions, rate, "0.0001", 0, 1e6, "the rate is halved after 1/rate updates"),
    OPT_END,
};

/* ---- curves --------------------------------------------------------------------------------------- */

static double constant_factor(const void *options, double t, double length)
{
    (void)options, (void)t, (void)length;
    return 1;
}

static double step_factor(const void *options, double t, double length)
{
    const StepOptions *o = options;
    (void)length;
    return pow(o->factor, floor(t / (double)o->every));
}

static double exponential_factor(const void *options, double t, double length)
{
    const StepOptions *o = options;
    (void)length;
    return pow(o->factor, t / (double)o->every);
}

static double multi_step_factor(const void *options, double t, double length)
{
    const MultiStepOptions *o = options;
    int passed = 0;
    (void)length;
    for (int i = 0; i < o->milestones.n; i++)
        passed += o->milestones.at[i] <= t;
    return pow(o->factor, passed);
}

/* How much of the way from `begin` to the end lies behind, 0..1. */
static double way(double t, double begin, double length)
{
    if (t <= begin)
        return 0;
    return t < length ? (t - begin) / (length - begin) : length > 0;
}

static double linear_factor(const void *options, double t, double length)
{
    const LinearOptions *o = options;
    return 1 - (1 - o->to) * way(t, (double)o->begin, length);
}

static double cosine_factor(const void *options, double t, double length)
{
    const CosineOptions *o = options;
    const double pi = 3.14159265358979323846;
    return o->to + (1 - o->to) * (1 + cos(pi * way(t, 0, length))) / 2;
}

static double inverse_factor(const void *options, double t, double length)
{
    (void)length;
    return 1 / (1 + ((const InverseOptions *)options)->rate * t);
}

/* ---- the rows ------------------------------------------------------------------------------------- */

static const Schedule constant = {
    { "constant", "the rate stays", "-", NULL, 0 },
    constant_factor,
};
static const Schedule step = {
    { "step", "falls by a factor every so many updates", "-", step_options, sizeof(StepOptions) },
    step_factor,
};
static const Schedule multi_step = {
    { "multi_step", "falls by a factor at given updates", "-", multi_step_options,
      sizeof(MultiStepOptions) },
    multi_step_factor,
};
static const Schedule exponential = {
    { "exponential", "falls smoothly by a factor in so many updates", "-", exponential_options,
      sizeof(StepOptions) },
    exponential_factor,
};
static const Schedule linear = {
    { "linear", "falls along a line until the end of the run", "Gulrajani et al. 2017, their code",
      linear_options, sizeof(LinearOptions) },
    linear_factor,
};
static const Schedule cosine = {
    { "cosine", "falls along half a wave until the end of the run",
      "Loshchilov and Hutter 2017, eq. 5", cosine_options, sizeof(CosineOptions) },
    cosine_factor,
};
static const Schedule inverse = {
    { "inverse", "falls as 1/t", "Robbins and Monro 1951", inverse_options,
      sizeof(InverseOptions) },
    inverse_factor,
};

static const Entry *const all[] = {
    &constant.is, &step.is,   &multi_step.is, &exponential.is,
    &linear.is,   &cosine.is, &inverse.is,    NULL,
};

const Registry schedules = { "schedules", "schedule", all };

double schedule_factor(const Spec *schedule, uint64_t t, uint64_t length)
{
    const Schedule *s = (const Schedule *)schedule->is;
    return s->factor(schedule->options, (double)t, (double)length);
}
