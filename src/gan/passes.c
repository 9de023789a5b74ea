/* The operations that follow from the passes of a training step. */
#include "gantrain/gan/model.h"

int gan_d_batches(const Gan *g)
{
    return g->player[DISCRIMINATOR].per_step * g->accumulate;
}

int gan_passes(const Gan *g, GanPass pass[GAN_PASSES])
{
    return g->model->passes(g, pass);
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
