/* One training step, the file to read first.
 *
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", Algorithm 1, with the objective, the
 *     penalty and the optimisers as parameters. B batch, X image, Z latent. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/vec.h"

/* ---- the verbs ------------------------------------------------------------------------------------ */

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

/* One optimiser step; returns |dθ|. */
static double descend(Net *net, Optim *o)
{
    return sqrt(optim_step(o, net->theta, net->dtheta));
}

/* θ̄ = decay·θ̄ + (1-decay)·θ; running statistics are copied. */
static void average(Gan *g)
{
    if (!g->average.n)
        return;
    mat_average(g->average.theta, view(g->G.theta), (real)g->options->generator.ema);
    mat_copy(g->average.buffers, view(g->G.buffers));
}

static void judge(StepStats *s, View real_logits, View fake_logits)
{
    const int B = real_logits.rows;
    double p_real = 0, p_fake = 0;
    int right_real = 0, right_fake = 0;
    for (int i = 0; i < B; i++) {
        p_real += 1 / (1 + exp(-(double)real_logits.at[i]));
        p_fake += 1 / (1 + exp(-(double)fake_logits.at[i]));
        right_real += real_logits.at[i] > 0;
        right_fake += fake_logits.at[i] <= 0;
    }
    s->d_real = p_real / B;
    s->d_fake = p_fake / B;
    s->d_accuracy_real = (double)right_real / B;
    s->d_accuracy_fake = (double)right_fake / B;
}

/* ---- the two turns ---------------------------------------------------------------------------------- */

/* The discriminator's turn: ascend E log D(x) + E log(1 - D(G(z))). Returns G(z) [B,X]. */
static View discriminator_turn(Gan *g, StepStats *s)
{
    const int B = g->batch;
    const Mat dy = g->both.dy;
    begin_update(g);

    const View x = draw_real(g);                                      /* x ~ p_data    [B,X] */
    const View z = draw_latents(g);                                   /* z ~ N(0,1)    [B,Z] */
    const View gz = net_forward(&g->G, &g->gen, z, WANT_TRAINING);    /* G(z)          [B,X] */
    const View c = net_forward(&g->D, &g->both, view(g->images), WANT_TRAINING); /* D  [2B,1] */
    const View c_real = view_rows(c, 0, B), c_fake = view_rows(c, B, B);

    s->d_loss = objective_d(&g->options->objective, c_real, c_fake, mat_rows(dy, 0, B),
                            mat_rows(dy, B, B));
    net_backward(&g->D, &g->both, view(dy), WANT_PARAMS);             /* dθ_D += ∂L_D/∂θ_D   */
    if (penalty_due(&g->options->penalty, g->updates))
        s->penalty = penalty_add(&g->options->penalty, &g->D, &g->slope, x);
    s->d_grad_norm = descend(&g->D, &g->opt_d);                       /* θ_D, dθ_D = 0       */
    net_absorb(&g->G, &g->gen);
    net_absorb(&g->D, &g->both);
    judge(s, c_real, c_fake);
    g->updates++;
    return gz;
}

/* The generator's turn, on the fakes of the last discriminator update: G has not changed since, so
 * G(z) and its activations still hold. */
static void generator_turn(Gan *g, View gz, StepStats *s)
{
    const View c = net_forward(&g->D, &g->fake, gz, WANT_TRAINING);   /* D(G(z))       [B,1] */

    s->g_loss = objective_g(&g->options->objective, c, g->fake.dy);
    const View dgz = net_backward(&g->D, &g->fake, view(g->fake.dy), WANT_INPUT); /*   [B,X] */
    net_backward(&g->G, &g->gen, dgz, WANT_PARAMS);                   /* dθ_G += ∂L_G/∂θ_G   */
    s->g_grad_norm = descend(&g->G, &g->opt_g);                       /* θ_G, dθ_G = 0       */
    average(g);
    g->step++;
}

void gan_step(Gan *g, StepStats *s)
{
    View gz = { 0, 0, NULL };

    *s = (StepStats){ 0 };
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        gz = discriminator_turn(g, s);
    generator_turn(g, gz, s);
    s->finite = isfinite(s->d_loss + s->g_loss + s->penalty + s->d_grad_norm + s->g_grad_norm);
}
