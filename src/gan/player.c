#include "player.h"

#include "gantrain/math/vec.h"

Status player_infer(Player *p, const char *name, const char *average_name, NetShapes shapes,
                    const SpecList *specs, const char *path, Error *e)
{
    TRY(net_infer(&p->net, name, shapes, specs, path, e));
    return p->ema > 0 ? net_infer(&p->average, average_name, shapes, specs, path, e) : GT_OK;
}

void player_plan(Player *p, Arena *a)
{
    net_plan(&p->net, a);
    if (p->average.n)
        net_plan(&p->average, a);
    optim_plan(&p->optim, p->optimizer, p->net.theta.cols, p->net.rows, a);
    p->optim.data_parallel = p->net.data_parallel;
}

static void reset_optimizer(Optim *o)
{
    o->t = 0;
    for (int i = 0; i < OPTIM_SLOTS; i++)
        if (o->slot_name[i])
            mat_fill(o->slot[i], 0);
}

void player_reset(Player *p, uint64_t seed, unsigned number)
{
    net_init(&p->net, seed, number);
    mat_fill(p->net.dtheta, 0);
    p->net.has_gradient = false;
    if (p->average.n) {
        mat_copy(p->average.theta, view(p->net.theta));
        mat_copy(p->average.buffers, view(p->net.buffers));
    }
    reset_optimizer(&p->optim);
}

void begin_update(Player *p, const Gan *g)
{
    p->optim.done = g->step;
    p->optim.length = g->length;
    p->optim.measure = g->measure;
    p->optim.update_ratio = 0;
}

View forward(const Player *p, Trace *t, View x)
{
    return net_forward(&p->net, t, x, WANT_TRAINING);
}

double update(Player *p, Trace *t, View dy, const Turn *turn)
{
    if (turn->last)
        return sqrt(net_backward_and_update(&p->net, t, dy, &p->optim));
    net_backward(&p->net, t, dy, WANT_PARAMS);
    return 0;
}

void update_average(Player *p)
{
    if (!p->average.n)
        return;
    mat_average(p->average.theta, view(p->net.theta), (real)p->ema);
    mat_copy(p->average.buffers, view(p->net.buffers));
}
