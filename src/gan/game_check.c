/* Shapes of the nets of a game, and whether they fit the data and each other. */
#include "game.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/math/comm.h"

/* A net with its part of the config. */
typedef struct Part {
    const Net *net;
    const SpecList *layers;
    const char *path;
} Part;

/* Index of the last layer whose size is a key, "units"; -1: none has it. */
static int last_sized_layer(const SpecList *list)
{
    int i = list->n - 1;
    for (; i >= 0; i--)
        for (const Option *o = list->at[i].is->options; o && o->name; o++)
            if (strcmp(o->name, "units") == 0)
                return i;
    return i;
}

/* `units`: the value of that key with which the last layer fits. */
static Status check_outputs(Part p, int want, const char *what, int units, Error *e)
{
    const int got = shape_size(p.net->out), i = last_sized_layer(p.layers);
    char hint[128];
    if (got == want)
        return GT_OK;
    if (i >= 0)
        snprintf(hint, sizeof hint, "set %s[%d].units to %d%s", p.path, i, units,
                 units == 0 ? ", which takes it from the data" : "");
    else
        snprintf(hint, sizeof hint, "end with {\"kind\": \"dense\", \"units\": %d}", units);
    return option_report_at(e, p.layers->location, p.path,
                            "the last layer gives %d values, %s %d: %s", got, what, want, hint);
}

/* Reports every layer with a flag that this player excludes. */
static void check_layers(Part p, unsigned flag, const char *why, Error *e)
{
    for (int i = 0; i < p.net->n; i++) {
        const Layer *l = &p.net->layer[i];
        if (l->kind->flags & flag)
            option_report_at(e, p.layers->location, p.path, "%s (layer %d) %s", l->kind->is.name,
                             l->number, why);
    }
}

static Status check_penalty(const Game *game, Error *e)
{
    const Spec *penalty = &game->gan->options->penalty;
    const Layer *bad = net_without_tangents(&game->D->net);
    if (!bad || !penalty_every(penalty) || (bad->kind->flags & LAYER_REFERENCE))
        return GT_OK; /* check_layers reports layers that no discriminator may have */
    return option_report_at(e, penalty->location, "penalty",
                            "%s needs second derivatives, which %s (layer %d of the "
                            "discriminator) does not have",
                            penalty->is->name, bad->kind->is.name, bad->number);
}

/* One sample has no variance: batch norm would give a constant. */
static Status check_batch(const Game *game, Error *e)
{
    const int rows =
        game->D->net.mixes_batch ? game->gan->global_batch / game->pack : game->gan->global_batch;
    if (rows > 1 || !(game->G->net.mixes_batch || game->D->net.mixes_batch))
        return GT_OK;
    return option_report_at(
        e, (Location){ .origin = game->gan->options->generator.layers.location.origin },
        "train.batch_size",
        "%d is too small for a layer that works on whole batches: expected 2 "
        "or more%s",
        game->gan->global_batch, game->pack > 1 ? " times discriminator.packing" : "");
}

static Status check_packing(const Game *game, Error *e)
{
    if (game->gan->global_batch % game->pack == 0)
        return GT_OK;
    return option_report_at(
        e, (Location){ .origin = game->gan->options->discriminator.layers.location.origin },
        "discriminator.packing", "%d does not divide train.batch_size (%d)", game->pack,
        game->gan->global_batch);
}

/* The layer of D whose outputs L_G reads: logits, or features of a hidden layer. */
static Status find_g_layer(Game *game, Error *e)
{
    const Spec *o = &game->gan->options->objective;
    game->g_layer = objective_g_layer(o, game->D->net.n);
    if (!objective_matches_features(o))
        return GT_OK;
    if (game->g_layer >= 0 && game->g_layer < game->D->net.n - 1) {
        game->g_layer = net_readable_layer(&game->D->net, game->g_layer);
        return GT_OK;
    }
    if (game->D->net.n < 2)
        return option_report_at(e, o->location, "objective",
                                "%s needs a hidden layer in the discriminator", o->is->name);
    return option_report_at(e, o->location, "objective.layer",
                            "%d is no hidden layer of the discriminator: expected 0 to %d",
                            game->g_layer, game->D->net.n - 2);
}

static void check_ranks(const Game *game, Part G, Part D, Error *e)
{
    const int rows = game->gan->global_batch / game->pack;
    static const char alone[] = "depends on samples of other ranks: train with one rank";
    if (rows < comm_size())
        option_report_at(e, (Location){ .origin = D.layers->location.origin }, "train.batch_size",
                         "%d samples are %d rows of the discriminator, too few for %d ranks",
                         game->gan->global_batch, rows, comm_size());
    check_layers(G, LAYER_COMPARES | LAYER_REFERENCE, alone, e);
    check_layers(D, LAYER_COMPARES, alone, e);
}

static void check_players(Game *game, Part G, Part D, Error *e)
{
    check_outputs(G, shape_size(game->gan->data), "a sample has", 0, e);
    check_outputs(D, 1, "D gives", 1, e);
    check_penalty(game, e);
    check_batch(game, e);
    check_packing(game, e);
    if (game->D->net.data_parallel)
        check_ranks(game, G, D, e);
    find_g_layer(game, e);
    /* a sample must depend on its latent alone */
    check_layers(G, LAYER_COMPARES,
                 "compares the samples of a batch: it belongs in the discriminator", e);
    /* D has no fixed batch: its samples change with every pass */
    check_layers(D, LAYER_REFERENCE,
                 "needs a reference batch, which only the generator has: use batch_norm or "
                 "layer_norm",
                 e);
}

void game_open(Game *game, Gan *g, Player *G, Player *D)
{
    const GanOptions *o = g->options;
    *game = (Game){ .gan = g, .G = G, .D = D, .pack = (int)o->discriminator.packing };
    *G = (Player){ .optimizer = &o->optimizer.generator,
                   .ema = o->generator.ema,
                   .per_step = (int)o->generator.steps };
    *D = (Player){ .optimizer = &o->optimizer.discriminator,
                   .per_step = (int)o->discriminator.steps };
}

/* This rank's rows of a batch: whole rows of D. */
static void take_rows(const Game *game)
{
    Gan *g = game->gan;
    const RowRange own = comm_rows(game_rows(game));
    g->row_offset = own.first * game->pack;
    g->batch = own.n * game->pack;
}

Status game_infer(Game *game, Error *e)
{
    const Gan *g = game->gan;
    const SpecList *of_g = &g->options->generator.layers, *of_d = &g->options->discriminator.layers;
    const Part G = { &game->G->net, of_g, "generator.layers" },
               D = { &game->D->net, of_d, "discriminator.layers" };
    const Shape z = { (int)g->options->generator.latent, 1, 1 };
    const Shape pack = { game->pack * g->data.c, g->data.h, g->data.w };
    const NetShapes for_g = { z, g->data, g->classes }, for_d = { pack, g->data, g->classes };
    const int before = e->lines;
    player_infer(game->G, "generator", "generator_ema", for_g, of_g, G.path, e);
    player_infer(game->D, "discriminator", "", for_d, of_d, D.path, e);
    if (e->lines > before)
        return e->code;
    game->G->net.data_parallel = game->D->net.data_parallel = comm_size() > 1;
    check_players(game, G, D, e);
    game->reference = game->G->net.reference ? g->global_batch : 0; /* as in the paper */
    take_rows(game);
    return e->code;
}
