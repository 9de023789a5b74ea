/* The table of schedules: factor(t) on the learning rate after t of T generator updates.
 *
 *   name          factor(t)
 *   constant      1
 *   step          f^⌊t/every⌋
 *   multi_step    f^(number of milestones ≤ t)
 *   exponential   f^(t/every)
 *   linear        1 up to `begin`, then linearly to `to` at T
 *   cosine        to + (1-to)·(1 + cos πt/T)/2
 *   inverse       1/(1 + rate·t)
 *
 * In double, from t alone. The last update has t = T-1: with to = 0 its rate is not 0.
 *
 * [1] Robbins and Monro 1951, "A Stochastic Approximation Method".
 * [2] Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", the authors' code for
 *     CIFAR-10.
 * [3] Loshchilov and Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", eq. 5. */
#include "gantrain/nn/optim.h"

#include <math.h>

/* The options of every row; each has some of the keys. */
typedef struct ScheduleOptions {
    int64_t every, begin;
    double factor, to, rate;
    Numbers milestones;
} ScheduleOptions;

static const Option step_options[] = {
    OPT_INT(ScheduleOptions, every, "10000", 1, 1e12,
            "generator updates between two drops, or for one factor"),
    OPT_REAL(ScheduleOptions, factor, "0.5", 0, 1, "factor on the rate over these updates"),
    OPT_END,
};

static const Option multi_step_options[] = {
    OPT_NUMBERS(ScheduleOptions, milestones, "[10000, 20000]", 0, 1e12,
                "generator updates after which the rate drops"),
    OPT_REAL(ScheduleOptions, factor, "0.1", 0, 1, "factor on the rate at each"),
    OPT_END,
};

static const Option linear_options[] = {
    OPT_REAL(ScheduleOptions, to, "0", 0, 1, "fraction of the rate at the end of the run"),
    OPT_INT(ScheduleOptions, begin, "0", 0, 1e12, "generator updates before the decay starts"),
    OPT_END,
};

static const Option cosine_options[] = {
    OPT_REAL(ScheduleOptions, to, "0", 0, 1, "fraction of the rate at the end of the run"),
    OPT_END,
};

static const Option inverse_options[] = {
    OPT_REAL(ScheduleOptions, rate, "0.0001", 0, 1e6,
             "the learning rate is halved after 1/rate updates"),
    OPT_END,
};

static double constant_factor(const void *options, double t, double length)
{
    (void)options, (void)t, (void)length;
    return 1;
}

static double step_factor(const void *options, double t, double length)
{
    const ScheduleOptions *o = options;
    (void)length;
    return pow(o->factor, floor(t / (double)o->every));
}

static double exponential_factor(const void *options, double t, double length)
{
    const ScheduleOptions *o = options;
    (void)length;
    return pow(o->factor, t / (double)o->every);
}

static double multi_step_factor(const void *options, double t, double length)
{
    const ScheduleOptions *o = options;
    int passed = 0;
    (void)length;
    for (int i = 0; i < o->milestones.n; i++)
        passed += o->milestones.at[i] <= t;
    return pow(o->factor, passed);
}

/* The elapsed fraction of the updates from `begin` to the end, 0..1. */
static double elapsed(double t, double begin, double length)
{
    if (t <= begin)
        return 0;
    return t < length ? (t - begin) / (length - begin) : length > 0;
}

static double linear_factor(const void *options, double t, double length)
{
    const ScheduleOptions *o = options;
    return 1 - (1 - o->to) * elapsed(t, (double)o->begin, length);
}

static double cosine_factor(const void *options, double t, double length)
{
    const ScheduleOptions *o = options;
    const double pi = 3.14159265358979323846;
    return o->to + (1 - o->to) * (1 + cos(pi * elapsed(t, 0, length))) / 2;
}

static double inverse_factor(const void *options, double t, double length)
{
    (void)length;
    return 1 / (1 + ((const ScheduleOptions *)options)->rate * t);
}

#define SCHEDULE(name, table, by_length, about, source)                                            \
    static const Schedule name = { { #name, about, source, table, sizeof(ScheduleOptions) },       \
                                   name##_factor,                                                  \
                                   by_length }

SCHEDULE(constant, NULL, false, "the rate is constant", "-");
SCHEDULE(step, step_options, false, "drops by a factor at regular intervals", "-");
SCHEDULE(multi_step, multi_step_options, false, "drops by a factor at given updates", "-");
SCHEDULE(exponential, step_options, false, "decays exponentially, by a factor over given updates",
         "-");
SCHEDULE(linear, linear_options, true, "decays linearly until the end of the run",
         "Gulrajani et al. 2017, their code");
SCHEDULE(cosine, cosine_options, true, "decays along a half cosine until the end of the run",
         "Loshchilov and Hutter 2017, eq. 5");
SCHEDULE(inverse, inverse_options, false, "decays as 1/t", "Robbins and Monro 1951");

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
