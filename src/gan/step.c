/* One training step; the file to read first.
 *
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", Algorithm 1, with the objective, the
 *     penalty and the optimisers as parameters.
 *
 * B batch, X image, Z latent, N reference batch; R rows of D, of m packed images; F outputs of the
 * layer of D that L_G reads. */
#include "gantrain/gan/gan.h"

#include <string.h>

#include "gantrain/math/vec.h"
#include "step_parts.h"

/* ---- batches --------------------------------------------------------------------------------- */

/* Number of batch i of the discriminator's current update. It addresses the batch's samples,
 * latents and random layers. */
static uint64_t d_batch_number(const Gan *g, int i)
{
    return g->updates * (uint64_t)g->accumulate + (uint64_t)i;
}

/* The same for the generator's update k of a step. Update 0 uses the batches of the
 * discriminator's last update, the others numbers that no discriminator update reaches. */
static uint64_t g_batch_number(const Gan *g, int k, int i)
{
    return d_batch_number(g, i) - (uint64_t)g->accumulate + ((uint64_t)k << 40);
}

static void begin_batch(Gan *g, uint64_t number)
{
    trace_at(&g->g_trace, g->seed, number);
    trace_at(&g->d_trace, g->seed, number);
    trace_at(&g->d_on_points, g->seed, number);
    trace_at(&g->d_on_fake, g->seed, number);
}

/* x, and its classes y where a layer reads them.   [B,X] */
static View draw_real(Gan *g, uint64_t number)
{
    const Mat x = mat_rows(g->images, 0, g->batch);
    batcher_draw(&g->batcher, number, x);
    if (g->label)
        batcher_labels(&g->batcher, number, g->label);
    return view(x);
}

/* The classes of the fakes of a batch: those of its real rows, so that D cannot tell real from fake
 * by the class alone. A further update of G (k > 0) has batches that no real rows were drawn for;
 * where its loss reads real rows, those of the last batch, it keeps their classes. */
static void label_fakes(Gan *g, int k, uint64_t number)
{
    uint8_t *fake = g->label + g->batch;
    if (!g->label)
        return;
    if (k > 0 && !objective_g_reads_real(&g->options->objective))
        batcher_draw_labels(&g->batcher, number, fake);
    else if (k > 0)
        memcpy(fake, g->label, (size_t)g->batch);
    else
        batcher_labels(&g->batcher, number, fake);
}

/* The constant latents of the reference batch follow.   [B+N,Z] */
static View draw_latents(Gan *g, uint64_t number)
{
    mat_normal(mat_rows(g->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, number),
               (uint32_t)g->row_offset);
    return view(g->z);
}

/* ---- passes and updates ---------------------------------------------------------------------- */

/* G(z) without the outputs for the reference batch.   [B,X] */
static View generate(Gan *g, View z)
{
    return view_rows(forward(&g->G, &g->g_trace, z), 0, g->batch);
}

/* x and G(z) as rows of D.   [2R,mX] */
static View packed_images(const Gan *g)
{
    return packed(g, view(mat_rows(g->images, 0, 2 * g->batch)));
}

/* ∂L_G/∂G(z) for all rows of G: the outputs for the reference batch have gradient 0.   [B+N,X] */
static View pad_reference(Gan *g, View dgz)
{
    if (!g->reference)
        return dgz;
    mat_copy(mat_rows(g->d_images, 0, g->batch), dgz);
    return view(g->d_images);
}

static void begin_update(const Gan *g, Optim *o)
{
    o->done = g->step;
    o->length = g->length;
    o->measure = g->measure;
    o->update_ratio = 0;
}

/* dθ += the gradient of this batch; after the last batch the optimiser updates θ. Returns |dθ|
 * then, else 0. */
static double backward_or_update(Net *net, Trace *t, View dy, Optim *o, bool last)
{
    if (last)
        return sqrt(net_backward_and_update(net, t, dy, o));
    net_backward(net, t, dy, WANT_PARAMS);
    return 0;
}

/* Weight clipping keeps the critic's weights within ±limit (Arjovsky et al. 2017). */
static void finish_d_update(Gan *g)
{
    const double limit = penalty_clip_limit(&g->options->penalty);
    if (limit > 0) {
        mat_clamp(g->D.theta, (real)limit);
        net_refresh_weights(&g->D);
    }
    g->updates++;
}

/* θ̄ = decay·θ̄ + (1-decay)·θ; running statistics are copied. */
static void finish_g_update(Gan *g)
{
    if (!g->average.n)
        return;
    mat_average(g->average.theta, view(g->G.theta), (real)g->options->generator.ema);
    mat_copy(g->average.buffers, view(g->G.buffers));
}

/* ---- the discriminator's turn ---------------------------------------------------------------- */

/* Ascend E log D(x) + E log(1 - D(G(z))): descend L_D of the objective. */
static void update_discriminator(Gan *g, StepStats *s)
{
    Net *D = &g->D;
    Trace *t = &g->d_trace;
    Optim *o = &g->opt_d;

    for (int i = 0; i < g->accumulate; i++) {
        const bool last = i == g->accumulate - 1;
        const uint64_t number = d_batch_number(g, i);
        begin_batch(g, number);
        const View x = draw_real(g, number);            /* x ~ p_data          [B,X]   */
        label_fakes(g, 0, number);                      /* y of the fakes      [B]     */
        const View z = draw_latents(g, number);         /* z ~ N(0,1)          [B+N,Z] */
        const View gz = generate(g, z);                 /* G(z), behind x      [B,X]   */
        const View c = forward(D, t, packed_images(g)); /* D(x), D(G(z))       [2R,1]  */
        const Mat dc = t->dy;                           /* ∂L_D/∂c             [2R,1]  */

        s->d_loss = d_loss(g, c, number, dc);                   /* L_D; fills dc          */
        const PenaltyValue P = apply_penalty(g, x, gz, number); /* dθ_D += ∂P/∂θ_D        */
        s->d_grad_norm = backward_or_update(D, t, view(dc), o, last); /* dθ_D += ∂L_D/∂θ_D; θ_D */
        s->penalty = P.cost;
        s->slope = P.gradient_norm;
        net_update_running_stats(&g->G, &g->g_trace);
        net_update_running_stats(D, t);
        measure_logits(g, c, s);
    }
    finish_d_update(g);
}

/* ---- the generator's turn -------------------------------------------------------------------- */

/* G(z) of batch i of the generator's update k. G has not changed since the discriminator's last
 * batch, so update 0 reuses that batch and the activations of G.   [B,X] */
static View fake_batch(Gan *g, int k, int i)
{
    const uint64_t number = g_batch_number(g, k, i);
    if (k == 0 && g->accumulate == 1)
        return view(mat_rows(g->images, g->batch, g->batch));
    begin_batch(g, number);
    label_fakes(g, k, number);
    const View gz = generate(g, draw_latents(g, number));
    net_update_running_stats(&g->G, &g->g_trace);
    return gz;
}

/* The real samples of batch i of the discriminator's last update.   [B,X] */
static View real_batch(Gan *g, int i)
{
    return g->accumulate == 1 ? view(mat_rows(g->images, 0, g->batch))
                              : draw_real(g, g_batch_number(g, 0, i));
}

/* Descend L_G, through D, whose weights stay. */
static void update_generator(Gan *g, int k, StepStats *s)
{
    for (int i = 0; i < g->accumulate; i++) {
        const bool last = i == g->accumulate - 1;
        const View gz = fake_batch(g, k, i);      /* G(z)                [B,X]   */
        const View x = real_batch(g, i);          /* x                   [B,X]   */
        const Outputs f = discriminate(g, x, gz); /* D(x), D(G(z))       [R,F]   */
        const Mat df = g->d_output;               /* ∂L_G/∂D(G(z))       [R,F]   */

        s->g_loss = g_loss(g, f, df);                    /* L_G; fills df                */
        const View dgz = backward_to_fakes(g, view(df)); /* ∂L_G/∂G(z)           [B,X]   */
        s->g_grad_norm =                                 /* dθ_G += ∂L_G/∂θ_G; θ_G       */
            backward_or_update(&g->G, &g->g_trace, pad_reference(g, dgz), &g->opt_g, last);
    }
    finish_g_update(g);
}

void gan_step(Gan *g, StepStats *s)
{
    *s = (StepStats){ 0 };
    begin_update(g, &g->opt_d);
    begin_update(g, &g->opt_g);
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        update_discriminator(g, s);
    if (g->measure)
        measure_spread(g, s);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        update_generator(g, k, s);
    g->step++;
    finish_stats(g, s);
}
