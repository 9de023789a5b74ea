/* A GAN that is built: where it begins, sampling from it, facts about it. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"

enum { PLAYER_G, PLAYER_D }; /* whose initial weights                */

/* ---- beginning ----------------------------------------------------------------------------------------- */

static void begin_optim(Optim *o)
{
    o->t = 0;
    for (int i = 0; i < OPTIM_SLOTS; i++)
        if (o->slot_name[i])
            mat_fill(o->slot[i], 0);
}

static void begin_net(Net *net, uint64_t seed, unsigned player)
{
    net_init(net, seed, player);
    mat_fill(net->dtheta, 0);
    net->has_gradient = false;
}

void gan_reset(Gan *g)
{
    begin_net(&g->G, g->seed, PLAYER_G);
    begin_net(&g->D, g->seed, PLAYER_D);
    if (g->average.n) {
        mat_copy(g->average.theta, view(g->G.theta));
        mat_copy(g->average.buffers, view(g->G.buffers));
    }
    mat_normal(mat_rows(g->z, g->batch, g->reference), rng_draw(g->seed, RNG_REFERENCE, 0, 0), 0);
    begin_optim(&g->opt_g);
    begin_optim(&g->opt_d);
    g->step = g->updates = g->recovered_at = 0;
    gan_scale_lr(g, 0);
}

void gan_scale_lr(Gan *g, int recoveries)
{
    g->recoveries = recoveries;
    g->opt_g.lr_scale = g->opt_d.lr_scale = ldexp(1, -recoveries);
}

void gan_prepare(Gan *g)
{
    net_refresh_weights(&g->G);
    net_refresh_weights(&g->D);
}

void gan_close(Gan *g)
{
    if (!g)
        return;
    comm_set_buffer(NULL, 0);
    arena_close(&g->arena);
}

/* ---- sampling --------------------------------------------------------------------------------------- */

/* The average moves with every step: its weights are made when they are wanted. */
const Net *gan_sampler(Gan *g)
{
    net_refresh_weights(&g->average);
    return g->average.n ? &g->average : &g->G;
}

void gan_latents(uint64_t seed, Mat z)
{
    mat_normal(z, rng_draw(seed, RNG_SAMPLE, 0, 0), 0);
}

/* Latents as the generator takes them: where there is a reference batch, always B rows before it, of
 * which the last may be left over from earlier. */
static View beside_reference(Gan *g, View z)
{
    if (!g->reference)
        return z;
    mat_copy(mat_rows(g->z, 0, z.rows), z);
    return view(g->z);
}

void gan_sample(Gan *g, View z, Mat out)
{
    const Net *sampler = gan_sampler(g);
    for (int i = 0; i < z.rows; i += g->batch) {
        const int rows = z.rows - i < g->batch ? z.rows - i : g->batch;
        const View y = net_forward(sampler, &g->gen, beside_reference(g, view_rows(z, i, rows)), 0);
        mat_copy(mat_rows(out, i, rows), view_rows(y, 0, rows));
    }
}

/* ---- facts ------------------------------------------------------------------------------------------ */

/* Of one turn of D: G forward; D forward, parameter gradients, input gradients (not of the first layer)
 * on real and fake; a penalty takes four products a layer (what a curved layer adds to the last two is
 * left out). R rows of D are B samples. */
static double d_flops(const Gan *g)
{
    const Spec *penalty = &g->options->penalty;
    const double d = net_flops(&g->D), first = net_layer_flops(&g->D, 0), R = g->batch / g->pack;
    const double every = (double)penalty_every(penalty);
    const double slope = every > 0 ? penalty_places(penalty) * 4 * d / every : 0;
    return (g->batch + g->reference) * net_flops(&g->G) + R * (2 * (3 * d - first) + slope);
}

/* Of turn k of G: D forward and input gradients on fakes, forward on real ones where they are looked at;
 * parameter and input gradients of G, and its forward pass where D's fakes are not used again. */
static double g_flops(const Gan *g, int k)
{
    const double d = net_flops(&g->D), gen = net_flops(&g->G), R = g->batch / g->pack;
    const bool again = k > 0 || g->accumulate > 1;
    const bool looks = objective_is_relativistic(&g->options->objective) || g->features.rows > 0;
    return R * (looks ? 3 * d : 2 * d) +
           (g->batch + g->reference) * ((again ? 3 : 2) * gen - net_layer_flops(&g->G, 0));
}

double gan_flops(const Gan *g)
{
    double sum = (double)g->options->discriminator.steps * d_flops(g);
    for (int k = 0; k < (int)g->options->generator.steps; k++)
        sum += g_flops(g, k);
    return g->accumulate * sum;
}

void gan_gather(Gan *g)
{
    net_gather_optimizer(&g->G, &g->opt_g);
    net_gather_optimizer(&g->D, &g->opt_d);
}
