/* A GAN between its steps: initial state, sampling. */
#include "gantrain/gan/gan.h"

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"

enum { PLAYER_G, PLAYER_D }; /* addresses of their initial weights */

static void reset_optimizer(Optim *o)
{
    o->t = 0;
    for (int i = 0; i < OPTIM_SLOTS; i++)
        if (o->slot_name[i])
            mat_fill(o->slot[i], 0);
}

static void reset_net(Net *net, uint64_t seed, unsigned player)
{
    net_init(net, seed, player);
    mat_fill(net->dtheta, 0);
    net->has_gradient = false;
}

/* Every class is as likely. */
static void reset_reference_labels(Gan *g)
{
    const Draw draw = rng_draw(g->seed, RNG_REFERENCE, 1, 0);
    for (int i = 0; g->label && i < g->reference; i++) {
        uint32_t word[4];
        rng_words(draw, (uint32_t)i, 0, word);
        g->label[2 * g->batch + i] = (uint8_t)((uint64_t)word[0] * (uint64_t)g->classes >> 32);
    }
}

void gan_reset(Gan *g)
{
    reset_net(&g->G, g->seed, PLAYER_G);
    reset_net(&g->D, g->seed, PLAYER_D);
    if (g->average.n) {
        mat_copy(g->average.theta, view(g->G.theta));
        mat_copy(g->average.buffers, view(g->G.buffers));
    }
    mat_normal(mat_rows(g->z, g->batch, g->reference), rng_draw(g->seed, RNG_REFERENCE, 0, 0), 0);
    reset_reference_labels(g);
    reset_optimizer(&g->opt_g);
    reset_optimizer(&g->opt_d);
    g->step = g->updates = g->recovered_at = 0;
    gan_scale_lr(g, 0);
}

void gan_scale_lr(Gan *g, int recoveries)
{
    g->recoveries = recoveries;
    g->opt_g.lr_scale = g->opt_d.lr_scale = ldexp(1, -recoveries);
}

void gan_refresh_weights(Gan *g)
{
    net_refresh_weights(&g->G);
    net_refresh_weights(&g->D);
}

void gan_gather_optimizer(Gan *g)
{
    net_gather_optimizer(&g->G, &g->opt_g);
    net_gather_optimizer(&g->D, &g->opt_d);
}

void gan_close(Gan *g)
{
    if (!g)
        return;
    comm_set_buffer(NULL, 0);
    arena_close(&g->arena);
}

/* A step updates only the average's parameters; net_refresh_weights computes its weights from
 * them. */
const Net *gan_sampler(Gan *g)
{
    net_refresh_weights(&g->average);
    return g->average.n ? &g->average : &g->G;
}

void gan_latents(uint64_t seed, Mat z)
{
    mat_normal(z, rng_draw(seed, RNG_SAMPLE, 0, 0), 0);
}

/* The input of G: the latents alone, or B rows and the reference batch, the unused ones of B
 * being left over from an earlier pass. */
static View with_reference(Gan *g, View z)
{
    if (!g->reference)
        return z;
    mat_copy(mat_rows(g->z, 0, z.rows), z);
    return view(g->z);
}

bool gan_is_conditional(const Gan *g)
{
    return g->G.reads_class;
}

/* The classes of rows first.. of a sampling pass, where the trace of G reads them. */
static void set_classes(Gan *g, const uint8_t *label, int first, int rows)
{
    for (int i = 0; g->G.reads_class && i < rows; i++)
        g->label[g->batch + i] = label ? label[first + i] : (uint8_t)((first + i) % g->classes);
}

void gan_sample(Gan *g, View z, const uint8_t *label, Mat out)
{
    const Net *sampler = gan_sampler(g);
    for (int i = 0; i < z.rows; i += g->batch) {
        const int rows = z.rows - i < g->batch ? z.rows - i : g->batch;
        set_classes(g, label, i, rows);
        const View in = with_reference(g, view_rows(z, i, rows));
        const View y = net_forward(sampler, &g->g_trace, in, 0);
        mat_copy(mat_rows(out, i, rows), view_rows(y, 0, rows));
    }
}
