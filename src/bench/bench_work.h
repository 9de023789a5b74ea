/* State of a benchmark, shared by the files of this folder. */
#ifndef GANTRAIN_SRC_BENCH_BENCH_WORK_H
#define GANTRAIN_SRC_BENCH_BENCH_WORK_H

#include "gantrain/gan/passes.h"
#include "gantrain/math/comm.h"
#include "gantrain/train/run.h"

enum { BENCH_ROUNDS = 12, BENCH_SIZES = 4 };

/* Parts of a step; the last only with several ranks. */
typedef enum Phase { GEMM, OPTIMIZER, DATA, NOISE, ELEMENTWISE, MESSAGES, PHASES } Phase;

/* Communication between ranks; times in seconds. */
typedef struct Link {
    CommTraffic step; /* of one step, on average                    */
    double small_s;   /* sum of one number                          */
    double bytes[BENCH_SIZES];
    double reduce_scatter_s[BENCH_SIZES], allgather_s[BENCH_SIZES];
} Link;

typedef struct Bench {
    Run run;
    Mat a, b, c; /* operands of any product of a step and of the peak [side,side] each */
    int side;
    Arena arena;
    double peak;               /* best GFLOP/s of a product, all ranks at once */
    double rate[BENCH_ROUNDS]; /* steps per second of every round, ascending   */
    double median_rate;
    double flops;           /* of one step, all ranks                       */
    double phase_s[PHASES]; /* seconds of one step                         */
    Link link;
} Bench;

/* The time of the slowest rank; collective. */
static inline double max_over_ranks(double seconds)
{
    comm_max(&seconds, 1);
    return seconds;
}

/* bench_phases: times the phases of a step one by one. bench_link: times the messages between
 * ranks. */
void bench_phases(Bench *b);
void bench_link(Bench *b);

/* bench_print: as one JSON object, or as a table for people. */
void bench_print(const Bench *b, bool json, Text *out);

#endif
