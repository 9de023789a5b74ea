/* The results as JSON and as a table. */
#include "bench_work.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"

static const char *const phase_name[PHASES] = {
    "gemm", "optimizer", "data", "noise", "elementwise", "messages",
};

static int phases(void)
{
    return comm_size() > 1 ? PHASES : PHASES - 1;
}

static double examples(const Bench *b)
{
    return (double)b->run.gan.global_batch * gan_d_batches(&b->run.gan);
}

static void json_messages(const char *name, const Link *l, const double *seconds, Text *out)
{
    text_add(out, ", \"%s\": [", name);
    for (int i = 0; i < BENCH_SIZES; i++)
        text_add(out, "%s[%.0f, %.6g]", i > 0 ? ", " : "", l->bytes[i], seconds[i]);
    text_add(out, "]");
}

static void json_link(const Bench *b, Text *out)
{
    const Link *l = &b->link;
    const CommTraffic *t = &l->step;
    text_add(out,
             ", \"traffic\": {\"sums\": %.6g, \"sum_bytes\": %.6g, \"spreads\": %.6g, "
             "\"spread_bytes\": %.6g, \"small\": %.6g}",
             t->reductions, t->reduction_bytes, t->gathers, t->gather_bytes, t->small);
    text_add(out, ", \"link\": {\"small\": %.6g", l->small_s);
    json_messages("sums", l, l->reduce_scatter_s, out);
    json_messages("spreads", l, l->allgather_s, out);
    text_add(out, "}");
}

static void print_json(const Bench *b, Text *out)
{
    const double rate = b->median_rate, gflops = b->flops * rate * 1e-9;
    text_add(out,
             "{\"steps_per_s\": %.6g, \"examples_per_s\": %.6g, \"flops_per_step\": %.6g, "
             "\"gflops\": %.6g, \"peak_gflops\": %.6g, \"utilization\": %.4f, \"threads\": %d, "
             "\"kernel\": \"%s\", \"blas\": \"%s\", \"slowest_steps_per_s\": %.6g, "
             "\"fastest_steps_per_s\": %.6g, \"ranks\": %d, \"phases\": ",
             rate, rate * examples(b), b->flops, gflops, b->peak, gflops / b->peak,
             parallel_threads(), gemm_kernel()->name, blas_core(), b->rate[0],
             b->rate[BENCH_ROUNDS - 1], comm_size());
    for (int i = 0; i < phases(); i++)
        text_add(out, "%s\"%s\": %.6g", i ? ", " : "{", phase_name[i], b->phase_s[i]);
    text_add(out, "}");
    if (comm_size() > 1)
        json_link(b, out);
    text_add(out, "}\n");
}

static void print_link(const Link *l, Text *out)
{
    const CommTraffic *t = &l->step;
    const int last = BENCH_SIZES - 1;
    text_add(out,
             "  a step of %d ranks (%s): %.1f sums of gradients (%.3f MB), %.1f all-gathers (%.3f "
             "MB), %.1f small sums\n",
             comm_size(), comm_engine(), t->reductions, t->reduction_bytes * 1e-6, t->gathers,
             t->gather_bytes * 1e-6, t->small);
    text_add(out,
             "  of %.1f MB a reduce-scatter takes %.3f ms, an all-gather %.3f ms; a small sum %.4f "
             "ms\n\n",
             l->bytes[last] * 1e-6, l->reduce_scatter_s[last] * 1e3, l->allgather_s[last] * 1e3,
             l->small_s * 1e3);
}

static void print_table(const Bench *b, Text *out)
{
    const double rate = b->median_rate, gflops = b->flops * rate * 1e-9;
    text_add(out, "%s: batch %d, %d thread%s%s, kernels for %s\n", b->run.config.name,
             b->run.gan.global_batch, parallel_threads(), parallel_threads() == 1 ? "" : "s",
             comm_size() > 1 ? " on every rank" : "", gemm_kernel()->name);
    text_add(out, "  %.1f steps/s (rounds: %.1f to %.1f), %.0f examples/s, %.3f ms per step\n",
             rate, b->rate[0], b->rate[BENCH_ROUNDS - 1], rate * examples(b), 1e3 / rate);
    text_add(out, "  %.1f MFLOP per step, %.1f GFLOP/s of a peak of %.1f: utilization %.3f\n\n",
             b->flops * 1e-6, gflops, b->peak, gflops / b->peak);
    if (comm_size() > 1)
        print_link(&b->link, out);
    for (int i = 0; i < phases(); i++)
        text_add(out, "  %-12s %8.3f ms  %5.1f %%\n", phase_name[i], b->phase_s[i] * 1e3,
                 100 * b->phase_s[i] * rate);
}

void bench_print(const Bench *b, bool json, Text *out)
{
    (json ? print_json : print_table)(b, out);
}
