/* A gzip IDX file. The first byte selects how the rest is used: as the file (even), or as the
 * contents of a valid gzip member, so that the IDX reader is reached (odd). */
#include <zlib.h>

#include "fuzz.h"
#include "gantrain/data/idx.h"

enum { WRAP = 10 + 5 + 8, MOST = 8192 };

static size_t put_little(uint8_t *to, uint32_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(x >> 8 * i);
    return (size_t)bytes;
}

/* RFC 1951 3.2.4, RFC 1952 2.3: one stored block. */
static size_t member(uint8_t *to, const uint8_t *data, size_t n)
{
    static const uint8_t head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1 };
    size_t at = sizeof head;
    memcpy(to, head, at);
    at += put_little(to + at, (uint32_t)n, 2);
    at += put_little(to + at, ~(uint32_t)n, 2);
    memcpy(to + at, data, n);
    at += n;
    at += put_little(to + at, (uint32_t)crc32_z(0, data, n), 4);
    return at + put_little(to + at, (uint32_t)n, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[MOST + WRAP];
    Idx x;
    static Error e;
    e.code = GT_OK;
    e.lines = 0;
    if (size < 1 || size > MOST)
        return 0;
    const bool wrapped = data[0] & 1;
    const size_t n = wrapped ? member(file, data + 1, size - 1) : size - 1;
    const Status s =
        idx_read(&x, fuzz_temp_path(wrapped ? file : data + 1, n), data[0] & 2 ? 1 : 3, &e);
    must_report(s, &e);
    if (s == GT_OK && wrapped)
        must(x.bytes + 4 + 4 * (size_t)x.rank == size - 1, "all of the content was read");
    idx_free(&x);
    return 0;
}
