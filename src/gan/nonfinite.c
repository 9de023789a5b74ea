/* The first array of a step with a value that is not finite: the search goes through the outputs
 * that the traces keep, in the order of the passes, then the gradients, from last layer to first,
 * then the weights. A weight that was not finite before the step shows as its layer's output. */
#include "gantrain/gan/passes.h"

#include <stdio.h>

#include "gantrain/math/vec.h"

static bool name_array(char out[GAN_NONFINITE_MAX], const Net *net, int i, const char *what)
{
    snprintf(out, GAN_NONFINITE_MAX, "%s of layer %d (%s) of the %s", what, i,
             net->layer[i].kind->is.name, net->name);
    return true;
}

static bool nonfinite(Mat m, int rows)
{
    return m.at && !mat_finite(view(mat_rows(m, 0, rows)));
}

static bool in_outputs(const Net *net, const Trace *t, char *out)
{
    for (int i = 0; i < net->n; i++)
        if (nonfinite(t->y[i], t->x.rows))
            return name_array(out, net, i, "the output");
    return false;
}

static bool in_gradients(const Net *net, const Trace *t, char *out)
{
    const int rows = t->x.rows;
    for (int i = net->n - 1; i >= 0; i--)
        if (nonfinite(t->dx[i], rows) || nonfinite(t->rdx[i], rows))
            return name_array(out, net, i, "the gradient at the input");
    return false;
}

static bool in_weights(const Net *net, char *out)
{
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++) {
            const LayerArray *a = &net->layer[i].param[j];
            if (nonfinite(a->value, a->value.rows))
                return name_array(out, net, i, a->name);
        }
    return false;
}

bool gan_find_nonfinite(const Gan *g, char out[GAN_NONFINITE_MAX])
{
    GanPass pass[GAN_PASSES];
    const int n = gan_passes(g, pass);

    for (int i = 0; i < n; i++)
        if ((pass[i].parts & PASS_FORWARD) && in_outputs(pass[i].net, pass[i].trace, out))
            return true;
    for (int i = 0; i < n; i++)
        if ((pass[i].parts != PASS_FORWARD) && in_gradients(pass[i].net, pass[i].trace, out))
            return true;
    for (int i = 0; i < g->players; i++)
        if (in_weights(&g->player[i].net, out))
            return true;
    return false;
}
