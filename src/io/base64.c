/* Three bytes are four digits of six bits; what is missing at the end is written as '='. */
#include "gantrain/io/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { BLOCK = 3 * 1024 }; /* bytes turned before they are appended */

static void turn(const uint8_t *in, size_t n, char out[4])
{
    const uint32_t bits =
        (uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) | (n > 2 ? in[2] : 0);
    out[0] = digits[bits >> 18];
    out[1] = digits[bits >> 12 & 63];
    out[2] = '=';
    out[3] = '=';
    if (n > 1)
        out[2] = digits[bits >> 6 & 63];
    if (n > 2)
        out[3] = digits[bits & 63];
}

void base64_add(Text *out, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    char block[BLOCK / 3 * 4];
    while (n > 0) {
        size_t used = 0;
        for (; n > 0 && used < sizeof block; used += 4) {
            const size_t taken = n < 3 ? n : 3;
            turn(at, taken, block + used);
            at += taken;
            n -= taken;
        }
        text_add_bytes(out, block, used);
    }
}
