/* The plan of a run for people, printed by --dry-run. */
#include "gantrain/nn/reparam.h"
#include "train_parts.h"

static void describe_net(const Net *net, Text *out)
{
    text_add(out, "%-14s %lld parameters\n", net->name, (long long)net_parameters(net));
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        text_add(out, "  %3d %-20s %6d -> %d", i, l->kind->is.name, shape_size(l->in),
                 shape_size(l->out));
        for (int j = 0; j < l->n_weights; j++)
            if (l->weight[j].reparam)
                text_add(out, "  %s", l->weight[j].reparam->is.name);
        text_add(out, "\n");
    }
}

void run_plan(const Run *r, Text *out)
{
    const Shape s = r->data.shape;
    text_add(out, "%-14s %d samples of %dx%dx%d\n", "data", r->data.count, s.c, s.h, s.w);
    describe_net(&r->gan.G, out);
    describe_net(&r->gan.D, out);
    text_add(out, "%-14s %llu steps, %.3g epochs of %.4g steps\n", "length",
             (unsigned long long)r->steps, (double)run_samples(r, r->steps) / (double)r->data.count,
             (double)r->data.count / (double)run_samples(r, 1));
    const double data = (double)r->data.bytes, nets = (double)r->gan.arena.size;
    const double drawn = (double)r->arena.size;
    text_add(out,
             "%-14s %.1f MiB: %.1f MiB for %s, %.1f MiB for nets, optimisers and traces, %.1f MiB "
             "for what is drawn%s\n",
             "memory", (data + nets + drawn) / (1 << 20), data / (1 << 20), r->data.kind->samples,
             nets / (1 << 20), drawn / (1 << 20),
             r->evaluation.images ? "; more for the classifier" : "");
    text_add(out, "%-14s %.1f MFLOP of matrix products\n", "one step", gan_flops(&r->gan) * 1e-6);
}
