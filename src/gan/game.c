/* The batches of a game, and the passes that its turns make. */
#include "game.h"

#include <string.h>

#include "gantrain/math/vec.h"

/* ---- turns ----------------------------------------------------------------------------------- */

/* The batch before the first one: next_batch goes on to it. */
static Turn turn_before(uint64_t first, int k)
{
    return (Turn){ .number = first - 1, .i = -1, .k = k };
}

Turn d_turn(const Gan *g)
{
    return turn_before(g->updates * (uint64_t)g->accumulate, 0);
}

Turn g_turn(const Gan *g, int k)
{
    const uint64_t last_of_d = (g->updates - 1) * (uint64_t)g->accumulate;
    return turn_before(last_of_d + ((uint64_t)k << 40), k);
}

bool next_batch(Game *game, Turn *t)
{
    const Gan *g = game->gan;
    Trace *const trace[] = { &game->g_trace, &game->d_trace, &game->d_on_points, &game->d_on_fake };
    if (t->last)
        return false;
    t->number++;
    t->i++;
    t->last = t->i == g->accumulate - 1;
    for (size_t i = 0; i < sizeof trace / sizeof *trace; i++)
        trace_at(trace[i], g->seed, t->number);
    return true;
}

/* ---- batches --------------------------------------------------------------------------------- */

static View draw_batch(Game *game, uint64_t number)
{
    const Mat x = mat_rows(game->images, 0, game->gan->batch);
    batcher_draw(&game->batcher, number, x);
    if (game->label)
        batcher_labels(&game->batcher, number, game->label);
    return view(x);
}

View draw_real(Game *game, const Turn *t)
{
    return draw_batch(game, t->number);
}

/* The real samples of this batch of the discriminator's last update.   [B,X] */
static View real_batch(Game *game, const Turn *t)
{
    if (game->gan->accumulate > 1)
        return draw_batch(game, t->number - ((uint64_t)t->k << 40));
    return view(mat_rows(game->images, 0, game->gan->batch));
}

/* The classes of the fakes of a batch: those of its real rows, so that the class alone does not
 * separate them. A further update of G (k > 0) has batches that no real rows were drawn for; where
 * its loss reads real rows, those of the last batch, it keeps their classes. */
static void label_fakes(Game *game, const Turn *t)
{
    const size_t B = (size_t)game->gan->batch;
    uint8_t *fake = game->label + B;
    if (!game->label)
        return;
    if (t->k == 0)
        batcher_labels(&game->batcher, t->number, fake);
    else if (objective_g_reads_real(&game->gan->options->objective))
        memcpy(fake, game->label, B);
    else
        batcher_draw_labels(&game->batcher, t->number, fake);
}

View draw_latents(Game *game, const Turn *t)
{
    const Gan *g = game->gan;
    mat_normal(mat_rows(game->z, 0, g->batch), rng_draw(g->seed, RNG_LATENT, 0, t->number),
               (uint32_t)g->row_offset);
    label_fakes(game, t);
    return view(game->z);
}

/* ---- passes ---------------------------------------------------------------------------------- */

View generate(Game *game, View z)
{
    const View gz = forward(game->G, &game->g_trace, z);
    net_update_running_stats(&game->G->net, &game->g_trace);
    return view_rows(gz, 0, game->gan->batch);
}

View discriminate(Game *game)
{
    const View all = view(mat_rows(game->images, 0, 2 * game->gan->batch));
    const View c = forward(game->D, &game->d_trace, packed(game, all));
    net_update_running_stats(&game->D->net, &game->d_trace);
    return c;
}

View fake_batch(Game *game, const Turn *t)
{
    const Gan *g = game->gan;
    if (t->k == 0 && g->accumulate == 1)
        return view(mat_rows(game->images, g->batch, g->batch));
    return generate(game, draw_latents(game, t));
}

Outputs discriminate_fake(Game *game, View gz, const Turn *t)
{
    Trace *d = &game->d_on_fake;
    const View output = view(d->y[game->g_layer]);
    if (game->on_real.rows) { /* L_G reads them */
        trace_set_labels(d, game->label);
        forward(game->D, d, packed(game, real_batch(game, t)));
        mat_copy(game->on_real, output);
    }
    trace_set_labels(d, game->label ? game->label + game->gan->batch : NULL);
    forward(game->D, d, packed(game, gz));
    return (Outputs){ view(game->on_real), output, game_rows(game), game->means };
}

/* The outputs for the reference batch have gradient 0. */
View fake_gradient(Game *game)
{
    const View dx = net_backward_from(&game->D->net, &game->d_on_fake, game->g_layer,
                                      view(game->d_output), WANT_INPUT);
    const View dgz = { dx.rows * game->pack, dx.cols / game->pack, dx.at };
    if (!game->reference)
        return dgz;
    mat_copy(mat_rows(game->d_images, 0, game->gan->batch), dgz);
    return view(game->d_images);
}
