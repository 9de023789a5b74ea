/* One training step, the file to read first.
 *
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", Algorithm 1, with the objective, the
 *     penalty and the optimisers as parameters. B batch, X image, Z latent. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/scalar.h"
#include "gantrain/math/vec.h"

/* ---- the verbs -------------------------------------------------------------------------------- */

static View draw_real(Gan *g)
{
    Mat x = mat_rows(g->images, 0, g->batch);
    batcher_draw(&g->batcher, g->updates, x);
    return view(x);
}

static View draw_latents(Gan *g)
{
    mat_normal(g->z, rng_draw(g->seed, RNG_LATENT, 0, g->updates), 0);
    return view(g->z);
}

/* Random layers draw new numbers at every discriminator update. */
static void begin_update(Gan *g)
{
    trace_at(&g->gen, g->seed, g->updates);
    trace_at(&g->both, g->seed, g->updates);
    trace_at(&g->fake, g->seed, g->updates);
    trace_at(&g->slope, g->seed, g->updates);
}

static View forward(const Net *net, Trace *t, View x)
{
    return net_forward(net, t, x, WANT_TRAINING);
}

/* L_D of the logits c [2B,1], real rows first; ∂L_D/∂c into the trace. */
static double lose_d(Gan *g, View c)
{
    const int B = g->batch;
    const Mat dc = g->both.dy;
    return objective_d(&g->options->objective, view_rows(c, 0, B), view_rows(c, B, B),
                       mat_rows(dc, 0, B), mat_rows(dc, B, B));
}

static double lose_g(Gan *g, View c)
{
    return objective_g(&g->options->objective, c, g->fake.dy);
}

static double penalise(Gan *g, View x)
{
    const Spec *penalty = &g->options->penalty;
    return penalty_due(penalty, g->updates) ? penalty_add(penalty, &g->D, &g->slope, x) : 0;
}

/* Where the run stands, for the schedule, and whether the update is looked at. */
static void inform(const Gan *g, Optim *o)
{
    o->done = g->step;
    o->length = g->length;
    o->watch = g->watch;
    o->update_ratio = 0;
}

/* Back from dy to dθ, and one step of the optimiser; returns |dθ|. */
static double descend(Net *net, Trace *t, View dy, Optim *o)
{
    return sqrt(net_descend(net, t, dy, o));
}

/* θ̄ = decay·θ̄ + (1-decay)·θ; running statistics are copied. */
static void average(Gan *g)
{
    if (!g->average.n)
        return;
    mat_average(g->average.theta, view(g->G.theta), (real)g->options->generator.ema);
    mat_copy(g->average.buffers, view(g->G.buffers));
}

/* How sure the discriminator is, and how often it is right, on the logits c [2B,1]. */
static void judge(StepStats *s, View c, int B)
{
    double p_real = 0, p_fake = 0;
    int right_real = 0, right_fake = 0;
    for (int i = 0; i < B; i++) {
        p_real += (double)real_logistic(c.at[i]);
        p_fake += (double)real_logistic(c.at[B + i]);
        right_real += c.at[i] > 0;
        right_fake += c.at[B + i] <= 0;
    }
    s->d_real = p_real / B;
    s->d_fake = p_fake / B;
    s->d_accuracy_real = (double)right_real / B;
    s->d_accuracy_fake = (double)right_fake / B;
}

/* ---- the two turns ---------------------------------------------------------------------------- */

/* The discriminator's turn: ascend E log D(x) + E log(1 - D(G(z))). Returns G(z) [B,X]. */
static View discriminator_turn(Gan *g, StepStats *s)
{
    Net *D = &g->D;
    Trace *both = &g->both;

    begin_update(g);
    const View x = draw_real(g);                      /* x ~ p_data        [B,X] */
    const View z = draw_latents(g);                   /* z ~ N(0,1)        [B,Z] */
    const View gz = forward(&g->G, &g->gen, z);       /* G(z), beside x    [B,X] */
    const View c = forward(D, both, view(g->images)); /* D(x), D(G(z))    [2B,1] */
    const View dc = view(both->dy);                   /* ∂L_D/∂c          [2B,1] */

    s->d_loss = lose_d(g, c);                         /* L_D; fills dc */
    s->penalty = penalise(g, x);                      /* dθ_D = ∂P/∂θ_D */
    s->d_grad_norm = descend(D, both, dc, &g->opt_d); /* dθ_D += ∂L_D/∂θ_D; θ_D moves */

    net_absorb(&g->G, &g->gen);
    net_absorb(D, both);
    judge(s, c, g->batch);
    g->updates++;
    return gz;
}

/* The generator's turn, on the fakes of the last discriminator update: G has not changed since, so
 * G(z) and its activations still hold. */
static void generator_turn(Gan *g, View gz, StepStats *s)
{
    Net *D = &g->D;
    Trace *fake = &g->fake;

    const View c = forward(D, fake, gz); /* D(G(z))          [B,1] */
    const View dc = view(fake->dy);      /* ∂L_G/∂c          [B,1] */

    s->g_loss = lose_g(g, c);                                 /* L_G; fills dc */
    const View dgz = net_backward(D, fake, dc, WANT_INPUT);   /* ∂L_G/∂G(z)       [B,X] */
    s->g_grad_norm = descend(&g->G, &g->gen, dgz, &g->opt_g); /* dθ_G = ∂L_G/∂θ_G; θ_G moves */

    average(g);
    g->step++;
}

void gan_step(Gan *g, StepStats *s)
{
    View gz = { 0, 0, NULL };

    *s = (StepStats){ 0 };
    inform(g, &g->opt_d);
    inform(g, &g->opt_g);
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        gz = discriminator_turn(g, s);
    generator_turn(g, gz, s);
    s->d_update_ratio = g->opt_d.update_ratio;
    s->g_update_ratio = g->opt_g.update_ratio;
    s->finite = isfinite(s->d_loss + s->g_loss + s->penalty + s->d_grad_norm + s->g_grad_norm);
}
