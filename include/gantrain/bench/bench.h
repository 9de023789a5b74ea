/* Times the training step against the machine's peak. */
#ifndef GANTRAIN_BENCH_BENCH_H
#define GANTRAIN_BENCH_BENCH_H

#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

/* bench: trains for about `seconds` on the config's data and times the steps.
 *   config, overrides, n   in   as for config_read
 *   json   in   one object (steps_per_s, examples_per_s, flops_per_step, gflops, peak_gflops,
 *               utilization, threads, kernel, blas, phases, ranks) instead of a table
 * Steps and large matrix products alternate, so that both run under the same load; peak is the
 * best product, ours or one of OpenBLAS, on the same threads; utilization = (operations of the
 * matrix products of a step · median steps/s) / peak. With several ranks all take part and rank
 * 0 reports: totals of all ranks, its own phases, the messages of a step (traffic) and message
 * times (link): of a small sum, and pairs of bytes and seconds of reduce-scatters (sums) and
 * all-gathers (spreads). */
Status bench(const char *config, const Override *overrides, int n, double seconds, bool json,
             Text *out, Error *e);

#endif
