/* Timing the real step against the limit of the machine. */
#ifndef GANTRAIN_BENCH_BENCH_H
#define GANTRAIN_BENCH_BENCH_H

#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

/* bench: train for about `seconds` on the config's data and time it.
 *   config, overrides, n   in   as for config_read
 *   json   in   one object (steps_per_s, examples_per_s, flops_per_step, gflops, peak_gflops,
 *               utilization, threads, kernel, blas, phases) instead of a table
 * Of several ranks all take part, and rank 0 tells: figures are those of all together, phases its own; beside
 * them are ranks, and what messages there are in a step (traffic) and what messages take here (link): a small
 * one, and pairs of bytes and seconds for sums of gradients and spreads of parameters; weights are those whose inputs
 * and gradients may be told instead: updates in a step, rows of all ranks, shape.
 * Steps and large matrix products take turns, so both meet the same weather on the machine; peak is
 * the best product, ours or one of OpenBLAS, on the same threads; utilization = (GEMM operations of a step x median steps/s) / peak. */
Status bench(const char *config, const Override *overrides, int n, double seconds, bool json,
             Text *out, Error *e);

#endif
