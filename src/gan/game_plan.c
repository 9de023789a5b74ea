/* The memory of a game, and its passes. */
#include "game.h"

#include "gantrain/math/vec.h"

int game_passes(const Game *game, GanPass pass[GAN_PASSES])
{
    const Gan *g = game->gan;
    const Spec *penalty = &g->options->penalty;
    const Net *G = &game->G->net, *D = &game->D->net;
    const int of_g = g->batch + game->reference, R = g->batch / game->pack;
    const double d = gan_d_batches(g), every = (double)penalty_every(penalty);
    const double gen = (double)game->G->per_step * g->accumulate;
    const double kinds = __builtin_popcount(penalty_points(penalty));
    const double points = every > 0 ? d * kinds / every : 0;
    const double redrawn = gen - (g->accumulate == 1);
    const double compared = objective_g_reads_real(&g->options->objective) ? gen : 0;
    const GanPass all[GAN_PASSES] = {
        /* G(z); D(x), D(G(z)); ∂P/∂θ_D */
        { G, &game->g_trace, of_g, PASS_FORWARD, d },
        { D, &game->d_trace, 2 * R, PASS_FORWARD | PASS_TO_PARAMS, d },
        { D, &game->d_on_points, R, PASS_FORWARD | PASS_TO_INPUT | PASS_TANGENTS, points },
        /* the generator's turn: G(z); D(x); D(G(z)), ∂L_G/∂G(z); ∂L_G/∂θ_G */
        { G, &game->g_trace, of_g, PASS_FORWARD, redrawn },
        { D, &game->d_on_fake, R, PASS_FORWARD, compared },
        { D, &game->d_on_fake, R, PASS_FORWARD | PASS_TO_INPUT, gen },
        { G, &game->g_trace, of_g, PASS_TO_PARAMS, gen },
    };
    int n = 0;
    for (int i = 0; i < GAN_PASSES; i++)
        if (all[i].times > 0)
            pass[n++] = all[i];
    return n;
}

/* For the passes of a step on t, if there are any; `number` addresses its random numbers. */
static void plan_trace(Game *game, Trace *t, unsigned number, Arena *a)
{
    const Gan *g = game->gan;
    GanPass pass[GAN_PASSES];
    const int n = game_passes(game, pass);
    const int pack = t == &game->g_trace ? 1 : game->pack;
    TracePlan how = { .number = number,
                      .group = g->batch / pack,
                      .row_offset = g->row_offset / pack,
                      .global_rows = g->global_batch / pack };
    const Net *net = NULL;
    for (int i = 0; i < n; i++)
        if (pass[i].trace == t) {
            net = pass[i].net;
            how.batch = pass[i].rows;
            how.tangents |= (pass[i].parts & PASS_TANGENTS) != 0;
        }
    if (t == &game->g_trace)
        how.out = mat_rows(game->images, g->batch, how.batch);
    if (net)
        trace_plan(t, net, how, a);
}

static void plan_losses(Game *game, Arena *a)
{
    const GanOptions *o = game->gan->options;
    const Net *D = &game->D->net;
    const int R = game->gan->batch / game->pack, F = shape_size(D->layer[game->g_layer].out);

    game->d_output = mat_take(a, R, F);
    if (objective_g_reads_real(&o->objective))
        game->on_real = mat_take(a, R, F);
    if (objective_matches_features(&o->objective))
        game->means = mat_take(a, 2, F);
    if (o->discriminator.label_flipping > 0) {
        game->flipped = mat_take(a, 2 * R, 1);
        game->d_flipped = mat_take(a, 2 * R, 1);
    }
    if (penalty_points(&o->penalty) & POINTS_COMPUTED)
        game->points = mat_take(a, R, shape_size(D->in));
}

/* Fakes have the classes of the real rows of their batch, so points between them have one, too. */
static void set_labels(Game *game)
{
    trace_set_labels(&game->g_trace, game->label ? game->label + game->gan->batch : NULL);
    trace_set_labels(&game->d_trace, game->label);
    trace_set_labels(&game->d_on_points, game->label);
}

/* What sampling needs, too. */
static void plan_generator(Game *game, Arena *a)
{
    const Net *G = &game->G->net, *D = &game->D->net;
    const int B = game->gan->batch, X = shape_size(game->gan->data), all = B + game->reference;
    game->z = mat_take(a, all, shape_size(G->in));
    game->images = mat_take(a, B + all, X);
    if (G->reads_class || D->reads_class)
        game->label = arena_take(a, (size_t)(B + all));
    if (game->reference)
        game->d_images = mat_take(a, all, X);
    plan_trace(game, &game->g_trace, 0, a); /* the numbers are part of RNG_VERSION */
}

void game_plan(Game *game, Arena *a)
{
    const Gan *g = game->gan;
    plan_generator(game, a);
    if (g->dataset) {
        batcher_plan(&game->batcher, g->dataset, g->global_batch, g->seed, a);
        batcher_set_rows(&game->batcher, g->row_offset, g->batch);
        plan_trace(game, &game->d_trace, 1, a);
        plan_trace(game, &game->d_on_fake, 2, a);
        plan_trace(game, &game->d_on_points, 3, a);
        plan_losses(game, a);
        if (game->D->net.data_parallel)
            game->columns = arena_take(a, (size_t)shape_size(g->data) * sizeof *game->columns);
    }
    set_labels(game);
}

/* Every class is as likely. */
static void reset_reference_labels(Game *game)
{
    const Gan *g = game->gan;
    const Draw draw = rng_draw(g->seed, RNG_REFERENCE, 1, 0);
    for (int i = 0; game->label && i < game->reference; i++) {
        uint32_t word[4];
        rng_words(draw, (uint32_t)i, 0, word);
        game->label[2 * g->batch + i] = (uint8_t)((uint64_t)word[0] * (uint64_t)g->classes >> 32);
    }
}

void game_reset(Game *game)
{
    const Gan *g = game->gan;
    mat_normal(mat_rows(game->z, g->batch, game->reference), rng_draw(g->seed, RNG_REFERENCE, 0, 0),
               0);
    reset_reference_labels(game);
}
