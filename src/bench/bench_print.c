/* What was measured, in JSON and in words. */
#include "bench_work.h"
#include "gantrain/math/blas.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"

static double examples(const Bench *b)
{
    return (double)b->run.gan.whole * bench_d_batches(&b->run.gan);
}

static double elementwise(const Bench *b, double step)
{
    const double rest = step - b->gemm_s - b->optimiser_s - b->data_s - b->noise_s - b->messages_s;
    return rest > 0 ? rest : 0;
}

static double rate_of(const Bench *b)
{
    return b->rate[BENCH_ROUNDS / 2];
}

/* ---- for scripts -------------------------------------------------------------------------------------- */

static void tell_messages(const char *name, const Link *l, const double *seconds, Text *out)
{
    text_add(out, ", \"%s\": [", name);
    for (int i = 0; i < BENCH_SIZES; i++)
        text_add(out, "%s[%.0f, %.6g]", i > 0 ? ", " : "", l->bytes[i], seconds[i]);
    text_add(out, "]");
}

static void tell_link(const Bench *b, Text *out)
{
    const Link *l = &b->link;
    const CommTraffic *t = &l->step;
    text_add(out,
             ", \"traffic\": {\"sums\": %.6g, \"sum_bytes\": %.6g, \"spreads\": %.6g, "
             "\"spread_bytes\": %.6g, \"small\": %.6g}",
             t->sums, t->sum_bytes, t->spreads, t->spread_bytes, t->small);
    text_add(out, ", \"link\": {\"small\": %.6g", l->small_s);
    tell_messages("sums", l, l->sum_s, out);
    tell_messages("spreads", l, l->spread_s, out);
    text_add(out, "}");
}

static void tell_json(const Bench *b, Text *out)
{
    const double rate = rate_of(b), step = 1 / rate;
    text_add(out,
             "{\"steps_per_s\": %.6g, \"examples_per_s\": %.6g, \"flops_per_step\": %.6g, "
             "\"gflops\": %.6g, \"peak_gflops\": %.6g, \"utilization\": %.4f, \"threads\": %d, "
             "\"kernel\": \"%s\", \"blas\": \"%s\", \"slowest_steps_per_s\": %.6g, "
             "\"fastest_steps_per_s\": %.6g, \"ranks\": %d, ",
             rate, rate * examples(b), b->flops, b->flops * rate * 1e-9, b->peak,
             b->flops * rate * 1e-9 / b->peak, parallel_threads(), gemm_kernel()->name, blas_core(),
             b->rate[0], b->rate[BENCH_ROUNDS - 1], comm_size());
    text_add(out,
             "\"phases\": {\"gemm\": %.6g, \"optimizer\": %.6g, \"data\": %.6g, \"noise\": %.6g, "
             "\"elementwise\": %.6g",
             b->gemm_s, b->optimiser_s, b->data_s, b->noise_s, elementwise(b, step));
    if (comm_size() > 1)
        text_add(out, ", \"messages\": %.6g", b->messages_s);
    text_add(out, "}");
    if (comm_size() > 1)
        tell_link(b, out);
    text_add(out, "}\n");
}

/* ---- for people --------------------------------------------------------------------------------------- */

static void tell_phase(const char *name, double seconds, double step, Text *out)
{
    text_add(out, "  %-12s %8.3f ms  %5.1f %%\n", name, seconds * 1e3, 100 * seconds / step);
}

static void tell_ranks(const Link *l, Text *out)
{
    const CommTraffic *t = &l->step;
    const int last = BENCH_SIZES - 1;
    text_add(out,
             "  a step of %d ranks (%s) has %.1f sums (%.3f MB in all), %.1f spreads (%.3f MB) and "
             "%.1f small messages\n",
             comm_size(), comm_engine(), t->sums, t->sum_bytes * 1e-6, t->spreads,
             t->spread_bytes * 1e-6, t->small);
    text_add(
        out, "  here a sum of %.1f MB takes %.3f ms, a spread %.3f ms, a small one %.4f ms\n\n",
        l->bytes[last] * 1e-6, l->sum_s[last] * 1e3, l->spread_s[last] * 1e3, l->small_s * 1e3);
}

static void tell_people(const Bench *b, Text *out)
{
    const double rate = rate_of(b), step = 1 / rate, gflops = b->flops * rate * 1e-9;
    text_add(out, "%s: batch %d, %d thread%s%s, kernels for %s\n", b->run.config.name,
             b->run.gan.whole, parallel_threads(), parallel_threads() == 1 ? "" : "s",
             comm_size() > 1 ? " on every rank" : "", gemm_kernel()->name);
    text_add(out, "  %.1f steps/s (rounds: %.1f to %.1f), %.0f examples/s, %.3f ms a step\n", rate,
             b->rate[0], b->rate[BENCH_ROUNDS - 1], rate * examples(b), step * 1e3);
    text_add(out, "  %.1f MFLOP a step, %.1f GFLOP/s of %.1f at best: utilization %.3f\n\n",
             b->flops * 1e-6, gflops, b->peak, gflops / b->peak);
    if (comm_size() > 1)
        tell_ranks(&b->link, out);
    tell_phase("gemm", b->gemm_s, step, out);
    tell_phase("optimizer", b->optimiser_s, step, out);
    tell_phase("data", b->data_s, step, out);
    tell_phase("noise", b->noise_s, step, out);
    if (comm_size() > 1)
        tell_phase("messages", b->messages_s, step, out);
    tell_phase("elementwise", elementwise(b, step), step, out);
}

void bench_print(const Bench *b, bool json, Text *out)
{
    (json ? tell_json : tell_people)(b, out);
}
