/* One training step, the file to read first.
 *
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", Algorithm 1, with the objective, the
 *     penalty and the optimisers as parameters. B batch, X image, Z latent, N reference batch. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/scalar.h"
#include "gantrain/math/vec.h"

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
    mat_normal(mat_rows(g->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, number), 0);
    return view(g->z);
}

/* Rows of m samples side by side, as D sees them, and back: the same numbers in memory. */
static View packed(const Gan *g, View x)
{
    return (View){ x.rows / g->pack, x.cols * g->pack, x.at };
}

static View unpacked(const Gan *g, View x)
{
    return (View){ x.rows * g->pack, x.cols / g->pack, x.at };
}

/* ---- the verbs -------------------------------------------------------------------------------- */

static View forward(const Net *net, Trace *t, View x)
{
    return net_forward(net, t, x, WANT_TRAINING);
}

/* G(z) without what G makes of the reference batch.   [B,X] */
static View generate(Gan *g, View z)
{
    return view_rows(forward(&g->G, &g->gen, z), 0, g->batch);
}

/* A gradient at G(z) for all rows of G's pass; the outputs of the reference batch count for nothing. */
static View beside_zeros(Gan *g, View dgz)
{
    if (!g->reference)
        return dgz;
    mat_copy(mat_rows(g->d_images, 0, g->batch), dgz);
    return view(g->d_images);
}

/* Some pairs of a real and a fake sample exchange their labels: for the objective, their logits. Done
 * twice, it is undone. */
static void exchange_labels(const Gan *g, Mat c, uint64_t number)
{
    const double share = g->options->discriminator.label_flipping;
    const int R = c.rows / 2;
    for (int i = 0; share > 0 && i < R; i++) {
        real u;
        mat_uniform((Mat){ 1, 1, &u }, rng_draw(g->seed, RNG_LABEL, 0, number), (uint32_t)i);
        if ((double)u < share) {
            const real own = c.at[i];
            c.at[i] = c.at[R + i];
            c.at[R + i] = own;
        }
    }
}

/* L += drift·mean D(x)² */
static double drift(double weight, View c, Mat dc)
{
    double sum = 0;
    for (int i = 0; i < c.rows; i++) {
        sum += (double)c.at[i] * (double)c.at[i];
        dc.at[i] += (real)(2 * weight / c.rows) * c.at[i];
    }
    return weight * sum / c.rows;
}

/* The gradient of the mean over several batches is the mean of theirs. */
static void share(const Gan *g, Mat dc)
{
    for (int i = 0; g->accumulate > 1 && i < dc.rows; i++)
        dc.at[i] /= (real)g->accumulate;
}

/* L_D of the logits c [2R,1], real rows first; ∂L_D/∂c into the trace. */
static double lose_d(Gan *g, Mat c, uint64_t number)
{
    const int R = c.rows / 2;
    const Mat dc = g->both.dy, d_real = mat_rows(dc, 0, R), d_fake = mat_rows(dc, R, R);
    const Logits logits = { view(mat_rows(c, 0, R)), view(mat_rows(c, R, R)) };
    const double weight = g->options->discriminator.drift;

    exchange_labels(g, c, number);
    double loss = objective_d(&g->options->objective, logits, d_real, d_fake);
    exchange_labels(g, dc, number);
    exchange_labels(g, c, number);
    if (weight > 0)
        loss += drift(weight, logits.real, d_real);
    share(g, dc);
    return loss;
}

static PenaltyValue penalise(Gan *g, View x, View gz, uint64_t number)
{
    const Spec *penalty = &g->options->penalty;
    const PenaltyPoints points = { packed(g, x), packed(g, gz), g->points,
                                   rng_draw(g->seed, RNG_POINTS, 0, number) };
    return penalty_due(penalty, g->updates)
               ? penalty_add(penalty, &g->D, &g->slope, points, 1.0 / g->accumulate)
               : (PenaltyValue){ 0, 0 };
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

/* The same with the last of several batches; the others only add to dθ. */
static double descend_at_last(Net *net, Trace *t, View dy, Optim *o, bool last)
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
    if (bound > 0)
        mat_clamp(g->D.theta, (real)bound);
}

/* How sure the discriminator is, and how often it is right, on the logits c [2R,1]. */
static void judge(StepStats *s, View c)
{
    const real SURE = (real)4.59511985; /* σ(SURE) = 0.99 */
    const int R = c.rows / 2;
    double p_real = 0, p_fake = 0;
    int right_real = 0, right_fake = 0, sure = 0;
    for (int i = 0; i < R; i++) {
        const real real_c = c.at[i], fake_c = c.at[R + i];
        p_real += (double)real_logistic(real_c);
        p_fake += (double)real_logistic(fake_c);
        right_real += real_c > 0;
        right_fake += fake_c <= 0;
        sure += (real_fabs(real_c) > SURE) + (real_fabs(fake_c) > SURE);
    }
    s->d_real = p_real / R;
    s->d_fake = p_fake / R;
    s->d_accuracy_real = (double)right_real / R;
    s->d_accuracy_fake = (double)right_fake / R;
    s->d_saturation = (double)sure / (2 * R);
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

        s->d_loss = lose_d(g, net_output(D, both), number); /* L_D; fills dc        */
        const PenaltyValue P = penalise(g, x, gz, number);  /* dθ_D += ∂P/∂θ_D      */
        s->penalty = P.cost;
        s->slope = P.norm;
        s->d_grad_norm = descend_at_last(D, both, dc, &g->opt_d,  /* dθ_D += ∂L_D/∂θ_D */
                                         i == g->accumulate - 1); /* θ_D moves        */
        net_absorb(&g->G, &g->gen);
        net_absorb(D, both);
        judge(s, c);
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
    net_absorb(&g->G, &g->gen);
    return gz;
}

/* The real samples of that batch of the discriminator. */
static View reals(Gan *g, int i)
{
    return g->accumulate == 1 ? view(mat_rows(g->images, 0, g->batch))
                              : draw_real(g, generator_number(g, 0, i));
}

/* ∂L_G/∂G(z) by the logits of D.   [R,mX] */
static View back_from_logits(Gan *g, View x, View gz, StepStats *s)
{
    Net *D = &g->D;
    Trace *fake = &g->fake;
    Logits c = { { 0, 0, NULL }, { 0, 0, NULL } };

    if (objective_compares(&g->options->objective)) {
        mat_copy(g->compared, forward(D, fake, packed(g, x))); /* D(x) after D moved [R,1] */
        c.real = view(g->compared);
    }
    c.fake = forward(D, fake, packed(g, gz));                     /* D(G(z))   [R,1] */
    s->g_loss = objective_g(&g->options->objective, c, fake->dy); /* L_G             */
    share(g, fake->dy);                                           /* ∂L_G/∂c   [R,1] */
    return net_backward(D, fake, view(fake->dy), WANT_INPUT);
}

/* mean over rows of f, the output of a layer of D.   out [1,F] */
static void mean_features(Gan *g, View x, Mat out)
{
    forward(&g->D, &g->fake, packed(g, x));
    const View f = view(g->fake.y[g->matched]); /* [R,F] */
    mat_fill(out, 0);
    mat_add_column_sums(out, f);
    mat_scale(out, 1 / (real)f.rows);
}

/* ∂L_G/∂G(z) of L_G = ‖mean f(G(z)) - mean f(x)‖² (Salimans et al. 2016, §3.1).   [R,mX] */
static View back_from_features(Gan *g, View x, View gz, StepStats *s)
{
    const Mat of_real = mat_rows(g->features, 0, 1), of_fake = mat_rows(g->features, 1, 1);
    const Mat df = g->d_feature;

    mean_features(g, x, of_real);
    mean_features(g, gz, of_fake);
    for (int j = 0; j < df.cols; j++)
        of_fake.at[j] -= of_real.at[j];
    s->g_loss = mat_norm2(view(of_fake));
    mat_scale(of_fake, 2 / (real)(df.rows * g->accumulate));
    for (int i = 0; i < df.rows; i++)
        mat_copy(mat_rows(df, i, 1), view(of_fake));
    return net_backward_from(&g->D, &g->fake, g->matched, view(df), WANT_INPUT);
}

/* Descend the generator's loss, through D, which stands still. */
static void generator_turn(Gan *g, int k, StepStats *s)
{
    for (int i = 0; i < g->accumulate; i++) {
        const View gz = fakes(g, k, i); /* G(z)        [B,X] */
        const View x = reals(g, i);     /* x           [B,X] */
        const View dgz = g->features.rows ? back_from_features(g, x, gz, s)
                                          : back_from_logits(g, x, gz, s); /* ∂L_G/∂G(z) */
        const View dy = beside_zeros(g, unpacked(g, dgz));                 /* [B+N,X]    */
        s->g_grad_norm = descend_at_last(&g->G, &g->gen, dy, &g->opt_g,
                                         i == g->accumulate - 1); /* dθ_G += ∂L_G/∂θ_G; θ_G moves */
    }
    average(g);
}

void gan_step(Gan *g, StepStats *s)
{
    *s = (StepStats){ 0 };
    inform(g, &g->opt_d);
    inform(g, &g->opt_g);
    for (int k = 0; k < (int)g->options->discriminator.steps; k++)
        discriminator_turn(g, s);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        generator_turn(g, k, s);
    g->step++;
    s->d_update_ratio = g->opt_d.update_ratio;
    s->g_update_ratio = g->opt_g.update_ratio;
    s->finite = isfinite(s->d_loss + s->g_loss + s->penalty + s->d_grad_norm + s->g_grad_norm);
}
