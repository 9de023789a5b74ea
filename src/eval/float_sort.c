/* Sorting floats by their bits: least significant digit first, three digits of 11 bits (a radix
 * sort is about five times as fast as qsort, and as fast for any order).
 *
 * IEEE 754 floats of one sign are ordered like their bits; inverting negative ones, and the sign of
 * the others, orders all of them. */
#include "numerics.h"

#include <string.h>

enum { DIGIT = 11, DIGITS = 3, BUCKETS = 1 << DIGIT };

static inline uint32_t to_key(float x)
{
    const uint32_t sign = UINT32_C(1) << 31;
    const float canonical = x + 0.0F; /* -0 becomes 0: equal numbers have equal keys */
    uint32_t bits;
    memcpy(&bits, &canonical, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

double float_of_key(uint32_t key)
{
    const uint32_t sign = UINT32_C(1) << 31, bits = key & sign ? key & ~sign : ~key;
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

static inline uint32_t digit(uint32_t key, int i)
{
    return key >> (DIGIT * i) & (BUCKETS - 1);
}

static void sort_digit(int n, const uint32_t *from, int i, uint32_t begin[BUCKETS], uint32_t *to)
{
    uint32_t at = 0;
    for (int b = 0; b < BUCKETS; b++) {
        const uint32_t count = begin[b];
        begin[b] = at;
        at += count;
    }
    for (int j = 0; j < n; j++)
        to[begin[digit(from[j], i)]++] = from[j];
}

void float_sort(int n, const real *x, size_t stride, uint32_t *key, uint32_t *spare)
{
    uint32_t count[DIGITS][BUCKETS] = { { 0 } };
    for (int j = 0; j < n; j++) {
        spare[j] = to_key((float)x[(size_t)j * stride]);
        for (int i = 0; i < DIGITS; i++)
            count[i][digit(spare[j], i)]++;
    }
    sort_digit(n, spare, 0, count[0], key);
    sort_digit(n, key, 1, count[1], spare);
    sort_digit(n, spare, 2, count[2], key);
}
