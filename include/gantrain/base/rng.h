/* Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel Random Numbers: As
 * Easy as 1, 2, 3", §4.3), addressed instead of advanced.
 *
 * Every number of a run has an address (seed, stream, step, row, word), so threads, ranks and
 * resumed runs compute the same number, and only the seed is saved. The addressing is frozen as
 * RNG_VERSION, which checkpoints carry. */
#ifndef GANTRAIN_BASE_RNG_H
#define GANTRAIN_BASE_RNG_H

#include <stdint.h>

enum { RNG_VERSION = 1 };

/* Seeds are 0..2^53, which every JSON reader represents exactly. */
#define RNG_MAX_SEED INT64_C(9007199254740992)

/* What the numbers are for. Values are part of RNG_VERSION: only append. */
typedef enum RngPurpose {
    RNG_INIT = 1,    /* sub: index of the parameter; from 512 on its reparametrization         */
    RNG_SHUFFLE,     /* step: epoch                                                            */
    RNG_LATENT,      /* step: discriminator update                                             */
    RNG_LAYER,       /* sub: trace and layer                                                   */
    RNG_SAMPLE,      /* latents of sample grids and of `gantrain sample`                       */
    RNG_POINTS,      /* step: batch; sub 0: one value per row, 1: a row of a penalty's points  */
    RNG_LABEL,       /* step: batch; rows whose labels are flipped                             */
    RNG_DATA,        /* synthetic data; row: sample                                            */
    RNG_REFERENCE,   /* the reference batch; sub 0: latents, 1: classes                         */
    RNG_CLASS = 10,  /* step: batch; whose label a row of a further generator update has        */
    RNG_MIRROR = 13, /* step: batch; rows whose image is flipped                               */
    RNG_METRIC = 16, /* subsets drawn by a metric; sub: which one (eval/metric.h)              */
} RngPurpose;

/* The address of a table of random words [row, word]. */
typedef struct Draw {
    uint64_t seed;
    uint16_t stream; /* purpose and sub-stream, see rng_draw */
    uint64_t step;   /* below 2^48                           */
} Draw;

/* sub: 0..1023, distinguishes users of one purpose. */
Draw rng_draw(uint64_t seed, RngPurpose purpose, unsigned sub, uint64_t step);

/* The block cipher itself: 10 rounds over a 128-bit counter with a 64-bit key. */
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Words 4*block .. 4*block+3 of a row. */
void rng_words(Draw d, uint32_t row, uint32_t block, uint32_t out[4]);

/* Words 4*first .. 4*(first+n)-1 of a row, like n calls of rng_words but vectorized.  out [4n] */
void rng_blocks(Draw d, uint32_t row, uint32_t first, int n, uint32_t *out);

/* rng_permutation: a uniformly random order of 0..n-1 (Fisher-Yates; the bias of the scaled 64-bit
 * draw is below n / 2^64).   order [n] out */
void rng_permutation(Draw d, int n, int *order);

#endif
