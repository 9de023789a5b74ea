/* The passes of a training step, and the operations that follow from them. */
#include "gantrain/gan/passes.h"

int gan_d_batches(const Gan *g)
{
    return (int)g->options->discriminator.steps * g->accumulate;
}

int gan_passes(const Gan *g, GanPass pass[GAN_PASSES])
{
    const Spec *penalty = &g->options->penalty;
    const Net *G = &g->G, *D = &g->D;
    const int of_g = g->batch + g->reference, R = g->batch / g->pack;
    const double d = gan_d_batches(g), every = (double)penalty_every(penalty);
    const double gen = (double)g->options->generator.steps * g->accumulate;
    const double kinds = __builtin_popcount(penalty_points(penalty));
    const double points = every > 0 ? d * kinds / every : 0;
    const double redrawn = gen - (g->accumulate == 1);
    const double compared = objective_g_reads_real(&g->options->objective) ? gen : 0;
    const GanPass all[GAN_PASSES] = {
        /* G(z); D(x), D(G(z)); ∂P/∂θ_D */
        { G, &g->g_trace, of_g, PASS_FORWARD, d },
        { D, &g->d_trace, 2 * R, PASS_FORWARD | PASS_TO_PARAMS, d },
        { D, &g->d_on_points, R, PASS_FORWARD | PASS_TO_INPUT | PASS_TANGENTS, points },
        /* the generator's turn: G(z); D(x); D(G(z)), ∂L_G/∂G(z); ∂L_G/∂θ_G */
        { G, &g->g_trace, of_g, PASS_FORWARD, redrawn },
        { D, &g->d_on_fake, R, PASS_FORWARD, compared },
        { D, &g->d_on_fake, R, PASS_FORWARD | PASS_TO_INPUT, gen },
        { G, &g->g_trace, of_g, PASS_TO_PARAMS, gen },
    };
    int n = 0;
    for (int i = 0; i < GAN_PASSES; i++)
        if (all[i].times > 0)
            pass[n++] = all[i];
    return n;
}

/* In tangents, what a curved layer adds to the backward products is left out. */
LayerProducts pass_products(const GanPass *p, int layer)
{
    const bool forward = p->parts & PASS_FORWARD, to_params = p->parts & PASS_TO_PARAMS;
    const bool to_input = p->parts & PASS_TO_INPUT, tangents = p->parts & PASS_TANGENTS;
    return (LayerProducts){ .y = forward + tangents,
                            .dW = to_params + tangents,
                            .dx = to_input || (to_params && layer > 0) };
}

double gan_flops(const Gan *g)
{
    GanPass pass[GAN_PASSES];
    const int n = gan_passes(g, pass);
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int l = 0; l < pass[i].net->n; l++) {
            const LayerProducts k = pass_products(&pass[i], l);
            sum += pass[i].times * pass[i].rows * (k.y + k.dW + k.dx) *
                   net_layer_flops(pass[i].net, l);
        }
    return sum;
}
