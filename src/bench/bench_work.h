/* What the files of the bench share. */
#ifndef GANTRAIN_SRC_BENCH_BENCH_WORK_H
#define GANTRAIN_SRC_BENCH_BENCH_WORK_H

#include "gantrain/math/comm.h"
#include "gantrain/train/run.h"

enum { BENCH_PEAK = 1536, BENCH_ROUNDS = 12, BENCH_SIZES = 4 };

/* What ranks tell each other. */
typedef struct Link {
    CommTraffic step;                                 /* of one step, on the mean          */
    double small_s;                                   /* a sum of one number               */
    double bytes[BENCH_SIZES];                        /* of a message, and what it takes:  */
    double sum_s[BENCH_SIZES], spread_s[BENCH_SIZES]; /* as gradients; as parameters moved */
} Link;

typedef struct Bench {
    Run run;
    Mat a, b, c; /* [side,side] each; the peak's product takes BENCH_PEAK of side */
    int side;
    Arena arena;
    double peak;               /* best GFLOP/s of a product, all ranks at once */
    double rate[BENCH_ROUNDS]; /* steps a second of every round, ascending     */
    double flops;              /* of one step, all ranks                       */
    double data_s, noise_s, optimiser_s, gemm_s, messages_s; /* of one step */
    Link link;
} Bench;

/* Batches that each player sees in a step. */
int bench_d_batches(const Gan *g);
int bench_g_batches(const Gan *g);

/* bench_slowest: the seconds of the rank that took longest. */
double bench_slowest(double seconds);

/* bench_phases: the phases of a step, each by itself. bench_link: what its messages take; of several ranks. */
void bench_phases(Bench *b);
void bench_link(Bench *b);

/* bench_print: as one JSON object, or as a table for people. */
void bench_print(const Bench *b, bool json, Text *out);

#endif
