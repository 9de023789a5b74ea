/* Where a step went wrong: the first array of it that holds a value which is not finite.
 *
 * The traces still hold what every pass made. Passes are looked through in the order they were made in,
 * each forwards and then, for gradients, backwards; weights that were broken before come out as the
 * output of their layer. */
#include "gantrain/gan/gan.h"

#include <stdio.h>

#include "gantrain/math/vec.h"

static void say(char out[GAN_WORDS], const Net *net, int i, const char *what)
{
    snprintf(out, GAN_WORDS, "%s of layer %d (%s) of the %s", what, i, net->layer[i].kind->is.name,
             net->name);
}

static bool bad(Mat m, int rows)
{
    return m.at && !mat_finite(view(mat_rows(m, 0, rows)));
}

static bool in_pass(const Net *net, const Trace *t, char out[GAN_WORDS])
{
    const int rows = t->x.rows;
    for (int i = 0; i < net->n; i++)
        if (bad(t->y[i], rows)) {
            say(out, net, i, "the output");
            return true;
        }
    return false;
}

static bool in_gradients(const Net *net, const Trace *t, char out[GAN_WORDS])
{
    const int rows = t->x.rows;
    for (int i = net->n - 1; i >= 0; i--)
        if (bad(t->dx[i], rows) || (t->tangents && bad(t->rdx[i], rows))) {
            say(out, net, i, "the gradient at the input");
            return true;
        }
    return false;
}

static bool in_weights(const Net *net, char out[GAN_WORDS])
{
    for (int i = 0; i < net->n; i++)
        for (int j = 0; j < net->layer[i].n_params; j++)
            if (bad(net->layer[i].param[j].value, net->layer[i].param[j].value.rows)) {
                say(out, net, i, net->layer[i].param[j].name);
                return true;
            }
    return false;
}

bool gan_find_nonfinite(const Gan *g, char out[GAN_WORDS])
{
    const struct {
        const Net *net;
        const Trace *trace;
    } pass[] = {
        { &g->G, &g->gen }, { &g->D, &g->both }, { &g->D, &g->slope }, { &g->D, &g->fake }
    };
    const int n = sizeof pass / sizeof *pass;

    for (int i = 0; i < n; i++)
        if (in_pass(pass[i].net, pass[i].trace, out))
            return true;
    for (int i = 1; i < n; i++)
        if (in_gradients(pass[i].net, pass[i].trace, out))
            return true;
    return in_gradients(&g->G, &g->gen, out) || in_weights(&g->G, out) || in_weights(&g->D, out);
}
