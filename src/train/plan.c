/* The plan of a run for people, printed by --dry-run. */
#include <stdio.h>

#include "gantrain/nn/reparam.h"
#include "train_parts.h"

static void log_net(const Log *log, const Net *net)
{
    log_info(log, "%-14s %lld parameters", net->name, (long long)net_parameters(net));
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        char names[256] = ""; /* of the reparametrizations of its weights */
        int n = 0;
        for (int j = 0; j < l->n_weights; j++)
            if (l->weight[j].reparam)
                n += snprintf(names + n, sizeof names - (size_t)n, "  %.40s",
                              l->weight[j].reparam->is.name);
        log_info(log, "  %3d %-20s %6d -> %d%s", i, l->kind->is.name, shape_size(l->in),
                 shape_size(l->out), names);
    }
}

void run_log_plan(const Run *r)
{
    const Shape s = r->data.shape;
    const double epoch_steps = (double)r->data.count / (double)run_samples(r, 1);
    const double data = (double)r->data.bytes, nets = (double)r->gan.arena.size;
    const double drawn = (double)r->arena.size;
    log_info(r->log, "%-14s %d samples of %dx%dx%d", "data", r->data.count, s.c, s.h, s.w);
    log_net(r->log, &r->gan.G);
    log_net(r->log, &r->gan.D);
    log_info(r->log, "%-14s %llu steps, %.3g epochs of %.4g steps", "length",
             (unsigned long long)r->steps, (double)run_samples(r, r->steps) / (double)r->data.count,
             epoch_steps);
    log_info(r->log,
             "%-14s %.1f MiB: %.1f MiB for %s, %.1f MiB for nets, optimisers and traces, %.1f MiB "
             "for what is drawn%s",
             "memory", (data + nets + drawn) / (1 << 20), data / (1 << 20), r->data.kind->samples,
             nets / (1 << 20), drawn / (1 << 20),
             r->evaluation.images ? "; more for the classifier" : "");
    log_info(r->log, "%-14s %.1f MFLOP of matrix products", "one step", gan_flops(&r->gan) * 1e-6);
}
