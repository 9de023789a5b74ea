/* The arrays of a GAN and their names. */
#include <stdio.h>
#include <string.h>

#include "gantrain/gan/gan.h"

/* A slot is laid out as theta is: the values of a parameter have the same offset. */
static void visit_optim(const Net *net, const Optim *o, TensorVisit visit, void *args)
{
    char name[128];
    for (int s = 0; s < OPTIM_SLOTS; s++)
        for (int i = 0; o->slot_name[s] && i < net->n; i++)
            for (int j = 0; j < net->layer[i].n_params; j++) {
                const LayerArray *a = &net->layer[i].param[j];
                Mat part = a->value;
                part.at = o->slot[s].at + (a->value.at - net->theta.at);
                snprintf(name, sizeof name, "optimizer.%s.%s.%d.%s", net->name, o->slot_name[s], i,
                         a->name);
                visit(args, name, a->rank, net_saved_shape(a, part));
            }
}

void gan_tensors(const Gan *g, TensorVisit visit, void *args)
{
    for (int i = 0; i < g->players; i++) {
        net_tensors(&g->player[i].net, visit, args);
        net_tensors(&g->player[i].average, visit, args);
    }
    for (int i = 0; i < g->players; i++)
        visit_optim(&g->player[i].net, &g->player[i].optim, visit, args);
}

static bool holds_squares(const Net *net, const Optim *o, const char *name)
{
    char prefix[128];
    for (int i = 0; i < OPTIM_SLOTS; i++) {
        if (!o->slot_name[i] || !(o->kind->squares >> i & 1))
            continue;
        snprintf(prefix, sizeof prefix, "optimizer.%s.%s.", net->name, o->slot_name[i]);
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            return true;
    }
    return false;
}

bool gan_holds_squares(const Gan *g, const char *name)
{
    for (int i = 0; i < g->players; i++)
        if (holds_squares(&g->player[i].net, &g->player[i].optim, name))
            return true;
    return false;
}
