/* Animated PNG, an extension of Mozilla's (Parmenter, Vukicevic, Smith 2004) that W3C's third edition of
 * PNG took up in 2025.
 *
 *   IHDR  acTL  fcTL IDAT  fcTL fdAT  fcTL fdAT ...  IEND
 *
 * acTL says how many frames there are; an fcTL stands before each with its place and how long it is shown;
 * the first frame is the picture that viewers show which know of no animation, the others are fdAT, an IDAT
 * behind a sequence number. fcTL and fdAT share one count. Every frame replaces the whole of the one before.
 *
 * Every row gets the filter with the least sum of |differences| (RFC 2083, §9.6); a second version of the
 * frame has no filters, and the shorter one is kept: for digits on black that is often the second. */
#include "gantrain/io/apng.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/io/durable.h"

enum { BITS = 8, GREY = 0, RGB = 2, LEVEL = 9, FILTERS = 5, FCTL_BYTES = 26 };

/* ---- chunks --------------------------------------------------------------------------------------- */

static void put32(uint8_t *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void put16(uint8_t *to, unsigned n)
{
    to[0] = (uint8_t)(n >> 8);
    to[1] = (uint8_t)n;
}

/* Length, name, data in two parts, CRC of name and data. */
static void add_chunk(Text *file, const char name[4], const uint8_t *head, size_t n_head,
                      const uint8_t *body, size_t n_body)
{
    uint8_t word[4];
    uLong crc = crc32_z(0, (const uint8_t *)name, 4);
    crc = n_head ? crc32_z(crc, head, n_head) : crc;
    crc = n_body ? crc32_z(crc, body, n_body) : crc;
    put32(word, (uint32_t)(n_head + n_body));
    text_add_bytes(file, word, 4);
    text_add_bytes(file, name, 4);
    text_add_bytes(file, head, n_head);
    text_add_bytes(file, body, n_body);
    put32(word, (uint32_t)crc);
    text_add_bytes(file, word, 4);
}

static void add_head(Apng *a)
{
    uint8_t ihdr[13] = { 0 }, actl[8] = { 0 }; /* plays 0: for ever */
    put32(ihdr, (uint32_t)a->width);
    put32(ihdr + 4, (uint32_t)a->height);
    ihdr[8] = BITS;
    ihdr[9] = a->channels == 3 ? RGB : GREY;
    put32(actl, (uint32_t)a->frames);
    text_add_bytes(&a->file, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(&a->file, "IHDR", ihdr, sizeof ihdr, NULL, 0);
    add_chunk(&a->file, "acTL", actl, sizeof actl, NULL, 0);
}

static void add_control(Apng *a, int delay)
{
    uint8_t fctl[FCTL_BYTES] = { 0 }; /* at (0, 0); no disposal, no blending: the frame replaces */
    put32(fctl, a->sequence++);
    put32(fctl + 4, (uint32_t)a->width);
    put32(fctl + 8, (uint32_t)a->height);
    put16(fctl + 20, (unsigned)delay);
    put16(fctl + 22, 1000);
    add_chunk(&a->file, "fcTL", fctl, sizeof fctl, NULL, 0);
}

static void add_data(Apng *a, const uint8_t *packed, size_t n)
{
    uint8_t number[4];
    if (a->added == 0) {
        add_chunk(&a->file, "IDAT", NULL, 0, packed, n);
        return;
    }
    put32(number, a->sequence++);
    add_chunk(&a->file, "fdAT", number, sizeof number, packed, n);
}

/* ---- filters (RFC 2083, §6) --------------------------------------------------------------------------------- */

/* Of the three neighbours, the one nearest to left + up - corner. */
static int paeth(int left, int up, int corner)
{
    const int p = left + up - corner, a = abs(p - left), b = abs(p - up), c = abs(p - corner);
    return a <= b && a <= c ? left : b <= c ? up : corner;
}

static int predict(int filter, int left, int up, int corner)
{
    const int by[FILTERS - 1] = { 0, left, up, (left + up) / 2 };
    return filter < FILTERS - 1 ? by[filter] : paeth(left, up, corner);
}

/* One row by one filter; `above` is NULL for the first row. Returns Σ|differences| as signed bytes. */
static long filter_row(int filter, const uint8_t *row, const uint8_t *above, int n, int step,
                       uint8_t *out)
{
    long sum = 0;
    out[0] = (uint8_t)filter;
    for (int i = 0; i < n; i++) {
        const int left = i >= step ? row[i - step] : 0, up = above ? above[i] : 0;
        const int corner = i >= step && above ? above[i - step] : 0;
        const uint8_t d = (uint8_t)(row[i] - predict(filter, left, up, corner));
        out[1 + i] = d;
        sum += d < 128 ? d : 256 - d;
    }
    return sum;
}

/* All rows, each by the best of the first `filters`. */
static void filter_rows(const Apng *a, const Picture *frame, int filters)
{
    const int n = a->width * a->channels;
    uint8_t *out = a->rows;
    for (int y = 0; y < a->height; y++, out += n + 1) {
        const uint8_t *row = frame->at + (size_t)y * (size_t)n, *above = y ? row - n : NULL;
        int best = 0;
        long least = LONG_MAX;
        for (int f = 0; f < filters; f++) {
            const long sum = filter_row(f, row, above, n, a->channels, out);
            if (sum < least) {
                least = sum;
                best = f;
            }
        }
        filter_row(best, row, above, n, a->channels, out);
    }
}

/* ---- frames --------------------------------------------------------------------------------------- */

static size_t rows_bytes(const Apng *a)
{
    return (size_t)a->height * ((size_t)a->width * (size_t)a->channels + 1);
}

Status apng_check_size(int width, int height, int channels, int64_t frames, Error *e)
{
    const int64_t frame = (int64_t)width * height * channels;
    if (frames > APNG_MAX_FRAMES)
        return fail(e, GT_EUSAGE, "an animation of %lld frames: at most %d are possible",
                    (long long)frames, APNG_MAX_FRAMES);
    if (frame > APNG_MAX_BYTES / frames)
        return fail(e, GT_EUSAGE,
                    "an animation of %lld frames of %d x %d pixels is too large: take fewer, or "
                    "smaller ones",
                    (long long)frames, width, height);
    return GT_OK;
}

Status apng_open(Apng *a, int width, int height, int channels, int frames, Error *e)
{
    assert(channels == 1 || channels == 3);
    assert(width > 0 && height > 0 && frames > 0);
    *a = (Apng){ .width = width, .height = height, .channels = channels, .frames = frames };
    TRY(apng_check_size(width, height, channels, frames, e));
    a->rows = malloc(rows_bytes(a));
    a->packed = malloc(2 * compressBound(rows_bytes(a)));
    if (!a->rows || !a->packed) {
        apng_close(a);
        return fail(e, GT_ERESOURCE, "no memory for frames of %d x %d pixels", width, height);
    }
    add_head(a);
    return GT_OK;
}

/* The frame by the best of the first `filters`, deflated to `to`; its bytes, 0: no memory. */
static size_t pack(const Apng *a, const Picture *frame, int filters, uint8_t *to)
{
    uLongf n = compressBound(rows_bytes(a));
    filter_rows(a, frame, filters);
    return compress2(to, &n, a->rows, rows_bytes(a), LEVEL) == Z_OK ? n : 0;
}

Status apng_add(Apng *a, const Picture *frame, int delay, Error *e)
{
    assert(frame->width == a->width && frame->height == a->height);
    assert(frame->channels == a->channels && a->added < a->frames);
    assert(delay >= 0 && delay <= APNG_MAX_DELAY);
    uint8_t *plain = a->packed, *filtered = a->packed + compressBound(rows_bytes(a));
    const size_t n_plain = pack(a, frame, 1, plain), n_filtered = pack(a, frame, FILTERS, filtered);
    if (n_plain && n_filtered) {
        const bool keep = n_filtered < n_plain;
        add_control(a, delay);
        add_data(a, keep ? filtered : plain, keep ? n_filtered : n_plain);
        a->added++;
    }
    if (!n_plain || !n_filtered || a->file.failed)
        return fail(e, GT_ERESOURCE, "no memory for frame %d of an animation", a->added + 1);
    return GT_OK;
}

Status apng_write(Apng *a, const char *path, Error *e)
{
    assert(a->added == a->frames);
    add_chunk(&a->file, "IEND", NULL, 0, NULL, 0);
    if (a->file.failed)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory", path);
    return durable_write(path, a->file.at, a->file.used, e);
}

void apng_close(Apng *a)
{
    if (!a)
        return;
    free(a->rows);
    free(a->packed);
    text_free(&a->file);
    *a = (Apng){ 0 };
}
