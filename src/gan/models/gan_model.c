/* The training step of a GAN; the file to read first.
 *
 * [1] Goodfellow et al. 2014, "Generative Adversarial Nets", Algorithm 1, with the objective, the
 *     penalty and the optimizers as parameters.
 * [2] Mirza and Osindero 2014, "Conditional Generative Adversarial Nets", where layers read the
 *     class y of a sample.
 *
 * B batch, X image, Z latent, N reference batch; R rows of D, of m packed images; F outputs of the
 * layer of D that L_G reads. */
#include "gantrain/gan/model.h"

#include "gan/game.h"
#include "gantrain/math/vec.h"

/* Weight clipping keeps the critic's weights within ±limit (Arjovsky et al. 2017). */
static void finish_d_update(Gan *g)
{
    Net *D = &g->game.D->net;
    const double limit = penalty_clip_limit(&g->options->penalty);
    if (limit > 0) {
        mat_clamp(D->theta, (real)limit);
        net_refresh_weights(D);
    }
    g->updates++;
}

/* Ascend E log D(x|y) + E log(1 - D(G(z|y)|y)): descend L_D of the objective. */
static void discriminator_turn(Gan *g, StepStats *s)
{
    Game *game = &g->game;
    for (Turn t = d_turn(g); next_batch(game, &t);) {
        const View x = draw_real(game, &t);    /* x, y ~ p_data          [B,X]   */
        const View z = draw_latents(game, &t); /* z ~ N(0,1)             [B+N,Z] */
        const View gz = generate(game, z);     /* G(z|y), behind x       [B,X]   */
        const View c = discriminate(game);     /* D(x|y), D(G(z|y)|y)    [2R,1]  */
        s->d_loss = d_loss(game, c, &t);       /* L_D; sets ∂L_D/∂c              */
        apply_penalty(game, x, gz, &t, s);     /* dθ_D += ∂P/∂θ_D                */
        s->d_grad_norm =                       /* dθ_D += ∂L_D/∂θ_D; θ_D moves   */
            update(game->D, &game->d_trace, view(game->d_trace.dy), &t);
        measure_logits(game, c, s);
    }
    finish_d_update(g);
}

/* Descend L_G through D, whose weights stay. */
static void generator_turn(Gan *g, int k, StepStats *s)
{
    Game *game = &g->game;
    for (Turn t = g_turn(g, k); next_batch(game, &t);) {
        const View gz = fake_batch(game, &t);              /* G(z|y)             [B,X]   */
        const Outputs f = discriminate_fake(game, gz, &t); /* D(G(z|y)|y), D(x)  [R,F]   */
        s->g_loss = g_loss(game, f);                       /* L_G; sets ∂L_G/∂f          */
        const View dgz = fake_gradient(game);              /* ∂L_G/∂G(z|y)       [B+N,X] */
        s->g_grad_norm = update(game->G, &game->g_trace, dgz, &t); /* θ_G moves           */
    }
    update_average(game->G);
}

static void step(Gan *g, StepStats *s)
{
    for (int k = 0; k < g->game.D->per_step; k++)
        discriminator_turn(g, s);
    if (g->measure)
        measure_spread(&g->game, s);
    for (int k = 0; k < g->game.G->per_step; k++)
        generator_turn(g, k, s);
    finish_stats(&g->game, s);
}

/* ---- the model ------------------------------------------------------------------------------- */

static Status infer(Gan *g, Error *e)
{
    g->players = 2;
    game_open(&g->game, g, &g->player[GENERATOR], &g->player[DISCRIMINATOR]);
    game_infer(&g->game, e);
    g->input[g->inputs++] = (Input){ "latent", (int)g->options->generator.latent, 0 };
    if (g->game.G->net.reads_class)
        g->input[g->inputs++] = (Input){ "class", 1, g->classes };
    return e->code;
}

static void plan(Gan *g, Arena *a)
{
    game_plan(&g->game, a);
}

static void reset(Gan *g)
{
    game_reset(&g->game);
}

static int passes(const Gan *g, GanPass pass[GAN_PASSES])
{
    return game_passes(&g->game, pass);
}

/* Splits the inputs of a sampling pass into latents and classes. With a reference batch, G runs on
 * B rows and that batch, the unused ones of B being left over from an earlier pass. */
static View expand(Game *game, View inputs)
{
    const int Z = game->z.cols, n = inputs.rows;
    if (!game->reference && inputs.cols == Z)
        return inputs;
    for (int i = 0; i < n; i++) {
        const real *row = view_rows(inputs, i, 1).at;
        mat_copy(mat_rows(game->z, i, 1), (View){ 1, Z, row });
        if (inputs.cols > Z)
            game->label[game->gan->batch + i] = (uint8_t)row[Z];
    }
    return game->reference ? view(game->z) : view(mat_rows(game->z, 0, n));
}

static void sample(Gan *g, View inputs, Mat out)
{
    const View z = expand(&g->game, inputs);
    const View y = net_forward(gan_sampler(g), &g->game.g_trace, z, 0);
    mat_copy(out, view_rows(y, 0, inputs.rows));
}

const Model model_gan = {
    .is = { "gan", "one generator against one discriminator; conditional where layers read classes",
            "Goodfellow et al. 2014; Mirza and Osindero 2014", NULL, 0 },
    .inputs = "latent; class, where a layer of the generator reads it",
    .infer = infer,
    .plan = plan,
    .reset = reset,
    .step = step,
    .passes = passes,
    .sample = sample,
};
