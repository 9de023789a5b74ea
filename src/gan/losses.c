/* The losses of a training step. */
#include "step_parts.h"

#include "gantrain/math/vec.h"

static int global_rows(const Gan *g)
{
    return g->global_batch / g->pack;
}

static int row_offset(const Gan *g)
{
    return g->row_offset / g->pack;
}

/* Random pairs of a real and a fake row trade places; applied twice, everything is in place again.
 *   in, out [2R,1] */
static void exchange_labels(const Gan *g, uint64_t number, View in, Mat out)
{
    const double share = g->options->discriminator.label_flipping;
    const Draw draw = rng_draw(g->seed, RNG_LABEL, 0, number);
    const int R = in.rows / 2;
    for (int i = 0; i < R; i++) {
        const bool flip = (double)row_uniform(draw, (uint32_t)(row_offset(g) + i)) < share;
        out.at[i] = in.at[flip ? R + i : i];
        out.at[R + i] = in.at[flip ? i : R + i];
    }
}

static double mean_loss(const Gan *g, View c, Mat dc)
{
    const int R = c.rows / 2;
    const Outputs outputs = { .real = view_rows(c, 0, R),
                              .fake = view_rows(c, R, R),
                              .global_rows = global_rows(g) };
    return objective_d(&g->options->objective, outputs, mat_rows(dc, 0, R), mat_rows(dc, R, R));
}

static double flipped_loss(const Gan *g, View c, uint64_t number, Mat dc)
{
    exchange_labels(g, number, c, g->flipped);
    const double loss = mean_loss(g, view(g->flipped), g->d_flipped);
    exchange_labels(g, number, view(g->d_flipped), dc);
    return loss;
}

/* weight·mean D(x)², of B rows in all */
static double drift(double weight, View c, Mat dc, int B)
{
    double sum = 0;
    for (int i = 0; i < c.rows; i++) {
        sum += (double)c.at[i] * (double)c.at[i];
        dc.at[i] += (real)(2 * weight / B) * c.at[i];
    }
    return weight * sum / B;
}

double d_loss(const Gan *g, View c, uint64_t number, Mat dc)
{
    const DiscriminatorOptions *o = &g->options->discriminator;
    const int R = c.rows / 2;
    double loss = o->label_flipping > 0 ? flipped_loss(g, c, number, dc) : mean_loss(g, c, dc);
    if (o->drift > 0)
        loss += drift(o->drift, view_rows(c, 0, R), mat_rows(dc, 0, R), global_rows(g));
    mat_divide(dc, (real)g->accumulate);
    return loss;
}

PenaltyValue apply_penalty(Gan *g, View x, View gz, uint64_t number)
{
    const Spec *penalty = &g->options->penalty;
    const uint64_t every = (uint64_t)penalty_every(penalty);
    const PenaltyInputs in = { .real = packed(g, x),
                               .fake = packed(g, gz),
                               .points = g->points,
                               .draw = rng_draw(g->seed, RNG_POINTS, 0, number),
                               .row_offset = row_offset(g),
                               .global_batch = global_rows(g) };
    if (!every || (g->updates + 1) % every)
        return (PenaltyValue){ 0, 0 };
    return penalty_add(penalty, &g->D, &g->d_on_points, in, 1.0 / g->accumulate);
}

Outputs discriminate(Gan *g, View x, View gz)
{
    Trace *t = &g->d_on_fake;
    const View output = view(t->y[g->g_layer]);
    if (g->on_real.rows) { /* L_G reads them */
        trace_set_labels(t, g->label);
        forward(&g->D, t, packed(g, x));
        mat_copy(g->on_real, output);
    }
    trace_set_labels(t, g->label ? g->label + g->batch : NULL);
    forward(&g->D, t, packed(g, gz));
    return (Outputs){ view(g->on_real), output, global_rows(g), g->means };
}

double g_loss(const Gan *g, Outputs c, Mat df)
{
    return objective_g(&g->options->objective, c, g->accumulate, df);
}

View backward_to_fakes(Gan *g, View df)
{
    const View dx = net_backward_from(&g->D, &g->d_on_fake, g->g_layer, df, WANT_INPUT);
    return (View){ dx.rows * g->pack, dx.cols / g->pack, dx.at };
}
