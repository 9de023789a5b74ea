#include "number.h"

#include <math.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are decoded as little-endian");

/* name, NumPy's letter, type in C */
#define NUMBER_LIST(X)                                                                             \
    X(uint8, 'u', uint8_t)                                                                         \
    X(int8, 'i', int8_t)                                                                           \
    X(uint16, 'u', uint16_t)                                                                       \
    X(int16, 'i', int16_t)                                                                         \
    X(uint32, 'u', uint32_t)                                                                       \
    X(int32, 'i', int32_t)                                                                         \
    X(uint64, 'u', uint64_t)                                                                       \
    X(int64, 'i', int64_t)                                                                         \
    X(float32, 'f', float)                                                                         \
    X(float64, 'f', double)

#define X(name, letter, type)                                                                      \
    static void decode_##name(const void *in, size_t n, double *out)                               \
    {                                                                                              \
        const type *x = in;                                                                        \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = (double)x[i];                                                                 \
    }
NUMBER_LIST(X)
#undef X

/* Any byte but 0 is true. */
static void decode_bool(const void *in, size_t n, double *out)
{
    const uint8_t *x = in;
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] != 0;
}

/* IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
static void decode_float16(const void *in, size_t n, double *out)
{
    const uint16_t *x = in;
    for (size_t i = 0; i < n; i++) {
        const int exponent = x[i] >> 10 & 31, fraction = x[i] & 1023;
        const double size = exponent == 0    ? ldexp(fraction, -24)
                            : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                             : ldexp(1024 + fraction, exponent - 25);
        out[i] = x[i] >> 15 ? -size : size;
    }
}

static const NumberType types[] = {
#define X(name, letter, type) { #name, letter, sizeof(type), decode_##name },
    NUMBER_LIST(X)
#undef X
        { "bool", 'b', 1, decode_bool },
    { "float16", 'f', 2, decode_float16 },
};

const NumberType *number_type(char letter, int bytes)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].letter == letter && types[i].bytes == bytes)
            return &types[i];
    return NULL;
}

bool number_is_integer(const NumberType *t)
{
    return t->letter != 'f';
}

void number_swap(const NumberType *t, void *at, size_t n)
{
    unsigned char *b = at;
    const int last = t->bytes - 1;
    for (size_t i = 0; i < n; i++, b += t->bytes)
        for (int j = 0; j < t->bytes / 2; j++) {
            const unsigned char x = b[j];
            b[j] = b[last - j];
            b[last - j] = x;
        }
}
