/* Philox4x32-10: ten rounds of two 32x32 -> 64 multiplications, with the key bumped by Weyl
 * constants between rounds. [1] Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3".
 *
 * Counter layout (RNG_VERSION 1):  { block, row, step & 2^32-1, stream << 16 | step >> 32 }. */
#include "gantrain/base/rng.h"

#include <assert.h>

#include "gantrain/base/clones.h"

enum { PHILOX_ROUNDS = 10 };
static const uint32_t multiplier[2] = { 0xD2511F53u, 0xCD9E8D57u };
static const uint32_t weyl[2] = { 0x9E3779B9u, 0xBB67AE85u };

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)multiplier[0] * c0;
        const uint64_t p1 = (uint64_t)multiplier[1] * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += weyl[0];
        k1 += weyl[1];
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

Draw rng_draw(uint64_t seed, RngPurpose purpose, unsigned sub, uint64_t step)
{
    assert(sub < 1024 && purpose < 64);
    return (Draw){ seed, (uint16_t)((unsigned)purpose << 10 | sub), step };
}

enum { LANES = 16 }; /* counters per call, one in each lane of a vector */

/* Applies the rounds of philox4x32 to LANES consecutive counters, as loops that vectorize. */
GT_CLONES static void philox_lanes(const uint32_t first[4], const uint32_t key[2], uint32_t *out)
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    uint32_t k0 = key[0], k1 = key[1];

    for (uint32_t i = 0; i < LANES; i++) {
        c0[i] = first[0] + i;
        c1[i] = first[1];
        c2[i] = first[2];
        c3[i] = first[3];
    }
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        for (int i = 0; i < LANES; i++) {
            const uint64_t p0 = (uint64_t)multiplier[0] * c0[i];
            const uint64_t p1 = (uint64_t)multiplier[1] * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c1[i] = (uint32_t)p1;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c3[i] = (uint32_t)p0;
        }
        k0 += weyl[0];
        k1 += weyl[1];
    }
    for (int i = 0; i < LANES; i++) {
        out[4 * i] = c0[i];
        out[4 * i + 1] = c1[i];
        out[4 * i + 2] = c2[i];
        out[4 * i + 3] = c3[i];
    }
}

void rng_blocks(Draw d, uint32_t row, uint32_t first, int n, uint32_t *out)
{
    const uint32_t key[2] = { (uint32_t)d.seed, (uint32_t)(d.seed >> 32) };
    uint32_t counter[4] = { first, row, (uint32_t)d.step,
                            (uint32_t)d.stream << 16 | (uint32_t)(d.step >> 32 & 0xFFFF) };
    int i = 0;
    for (; i + LANES <= n; i += LANES, counter[0] += LANES)
        philox_lanes(counter, key, out + 4 * i);
    for (; i < n; i++, counter[0]++)
        philox4x32(counter, key, out + 4 * i);
}

void rng_words(Draw d, uint32_t row, uint32_t block, uint32_t out[4])
{
    rng_blocks(d, row, block, 1, out);
}

/* floor(u * n) for a 64-bit u, by the high half of the 96-bit product. */
static uint32_t scale(uint64_t u, uint32_t n)
{
    const uint64_t low = (u & 0xFFFFFFFFu) * n >> 32;
    return (uint32_t)(((u >> 32) * n + low) >> 32);
}

void rng_permutation(Draw d, int n, int *order)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        uint32_t w[4];
        rng_words(d, 0, (uint32_t)i, w);
        const int j = (int)scale((uint64_t)w[1] << 32 | w[0], (uint32_t)i + 1);
        const int swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}
