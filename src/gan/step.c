/* One training step, the file to read first.
 *
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", Algorithm 1, with the objective, the
 *     penalty and the optimisers as parameters. B batch, X image, Z latent, N reference batch. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/vec.h"
#include "losses.h"
#include "step_stats.h"

/* ---- batches ------------------------------------------------------------------------------------ */

/* The number of batch i of the discriminator's current update: which samples, latents and random layers
 * it has. */
static uint64_t batch_number(const Gan *g, int i)
{
    return g->updates * (uint64_t)g->accumulate + (uint64_t)i;
}

/* The same for the generator's update k in a step: of the batch that D saw last, or, beyond all that D
 * will ever see, one of its own. */
static uint64_t generator_number(const Gan *g, int k, int i)
{
    return batch_number(g, i) - (uint64_t)g->accumulate + ((uint64_t)k << 40);
}

/* Random layers draw new numbers for every batch. */
static void begin_batch(Gan *g, uint64_t number)
{
    trace_at(&g->gen, g->seed, number);
    trace_at(&g->both, g->seed, number);
    trace_at(&g->fake, g->seed, number);
    trace_at(&g->slope, g->seed, number);
}

static View draw_real(Gan *g, uint64_t number)
{
    Mat x = mat_rows(g->images, 0, g->batch);
    batcher_draw(&g->batcher, number, x);
    return view(x);
}

/* Before those of the reference batch, which stand still.   [B+N,Z] */
static View draw_latents(Gan *g, uint64_t number)
{
    mat_normal(mat_rows(g->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, number),
               (uint32_t)g->first);
    return view(g->z);
}

/* ---- the verbs -------------------------------------------------------------------------------- */

/* G(z) without what G makes of the reference batch.   [B,X] */
static View generate(Gan *g, View z)
{
    return view_rows(forward(&g->G, &g->gen, z), 0, g->batch);
}

/* A gradient at G(z) for all rows of G's pass; the outputs of the reference batch count for nothing. */
static View pad_reference(Gan *g, View dgz)
{
    if (!g->reference)
        return dgz;
    mat_copy(mat_rows(g->d_images, 0, g->batch), dgz);
    return view(g->d_images);
}

/* Where the run stands, for the schedule, and whether the update is looked at. */
static void begin_update(const Gan *g, Optim *o)
{
    o->done = g->step;
    o->length = g->length;
    o->measure = g->watch;
    o->update_ratio = 0;
}

/* Back from dy to dθ, and one step of the optimiser; returns |dθ|. */
static double descend(Net *net, Trace *t, View dy, Optim *o)
{
    return sqrt(net_backward_and_update(net, t, dy, o));
}

/* The same with the last of several batches; the others only add to dθ. */
static double backward_or_update(Net *net, Trace *t, View dy, Optim *o, bool last)
{
    if (last)
        return descend(net, t, dy, o);
    net_backward(net, t, dy, WANT_PARAMS);
    return 0;
}

/* θ̄ = decay·θ̄ + (1-decay)·θ; running statistics are copied. */
static void average(Gan *g)
{
    if (!g->average.n)
        return;
    mat_average(g->average.theta, view(g->G.theta), (real)g->options->generator.ema);
    mat_copy(g->average.buffers, view(g->G.buffers));
}

/* The weights of a critic stay within ±bound (Arjovsky et al. 2017). */
static void clip_weights(Gan *g)
{
    const double bound = penalty_bound(&g->options->penalty);
    if (bound > 0) {
        mat_clamp(g->D.theta, (real)bound);
        net_refresh_weights(&g->D);
    }
}

/* ---- the discriminator's turn ------------------------------------------------------------------- */

/* Ascend E log D(x) + E log(1 - D(G(z))), or what the objective has in its place. */
static void discriminator_turn(Gan *g, StepStats *s)
{
    Net *D = &g->D;
    Trace *both = &g->both;

    for (int i = 0; i < g->accumulate; i++) {
        const uint64_t number = batch_number(g, i);
        begin_batch(g, number);
        const View x = draw_real(g, number);    /* x ~ p_data         [B,X] */
        const View z = draw_latents(g, number); /* z ~ N(0,1)       [B+N,Z] */
        const View gz = generate(g, z);         /* G(z), beside x     [B,X] */
        const View all = packed(g, view(mat_rows(g->images, 0, 2 * g->batch)));
        const View c = forward(D, both, all); /* D(x), D(G(z))     [2R,1] */
        const View dc = view(both->dy);       /* ∂L_D/∂c           [2R,1] */

        s->d_loss = d_loss_and_gradient(g, number);             /* L_D; fills dc        */
        const PenaltyValue P = apply_penalty(g, x, gz, number); /* dθ_D += ∂P/∂θ_D      */
        s->penalty = P.cost;
        s->slope = P.norm;
        s->d_grad_norm = backward_or_update(D, both, dc, &g->opt_d,  /* dθ_D += ∂L_D/∂θ_D */
                                            i == g->accumulate - 1); /* θ_D moves        */
        net_update_running_stats(&g->G, &g->gen);
        net_update_running_stats(D, both);
        judge(g, s, c);
    }
    clip_weights(g);
    g->updates++;
}

/* ---- the generator's turn ------------------------------------------------------------------------- */

/* Fakes for batch i of the generator's update k. What the discriminator saw last still holds, with all
 * activations of G, for G has not changed since. */
static View fakes(Gan *g, int k, int i)
{
    const uint64_t number = generator_number(g, k, i);
    if (k == 0 && g->accumulate == 1)
        return view(mat_rows(g->images, g->batch, g->batch));
    begin_batch(g, number);
    const View gz = generate(g, draw_latents(g, number));
    net_update_running_stats(&g->G, &g->gen);
    return gz;
}

/* The real samples of that batch of the discriminator. */
static View reals(Gan *g, int i)
{
    return g->accumulate == 1 ? view(mat_rows(g->images, 0, g->batch))
                              : draw_real(g, generator_number(g, 0, i));
}

/* Descend the generator's loss, through D, which stands still. */
static void generator_turn(Gan *g, int k, StepStats *s)
{
    for (int i = 0; i < g->accumulate; i++) {
        const View gz = fakes(g, k, i); /* G(z)        [B,X] */
        const View x = reals(g, i);     /* x           [B,X] */
        const View dgz =
            g_loss_and_gradient(g, x, gz, &s->g_loss);      /* L_G; ∂L_G/∂G(z)      [R,mX] */
        const View dy = pad_reference(g, unpacked(g, dgz)); /* [B+N,X]    */
        s->g_grad_norm =
            backward_or_update(&g->G, &g->gen, dy, &g->opt_g,
                               i == g->accumulate - 1); /* dθ_G += ∂L_G/∂θ_G; θ_G moves */
    }
    average(g);
}

/* How much the samples of the last batch differ from each other, beside the real ones. */
static void measure_spread(const Gan *g, StepStats *s)
{
    const View all = view(g->images);
    s->data_spread = global_spread(g, view_rows(all, 0, g->batch));
    s->sample_spread = global_spread(g, view_rows(all, g->batch, g->batch)) / s->data_spread;
}

void gan_step(Gan *g, StepStats *s)
{
    *s = (StepStats){ 0 };
    begin_update(g, &g->opt_d);
    begin_update(g, &g->opt_g);
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        discriminator_turn(g, s);
    if (g->watch)
        measure_spread(g, s);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        generator_turn(g, k, s);
    g->step++;
    step_stats_allreduce(g, s);
    s->d_update_ratio = g->opt_d.update_ratio;
    s->g_update_ratio = g->opt_g.update_ratio;
    s->finite = isfinite(s->d_loss + s->g_loss + s->penalty + s->d_grad_norm + s->g_grad_norm);
}
