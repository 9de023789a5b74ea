/* Animated PNG (W3C PNG, third edition, 2025; Parmenter, Vukicevic, Smith 2004).
 *
 *   IHDR  acTL  fcTL IDAT  fcTL fdAT  fcTL fdAT ...  IEND
 *
 * acTL has the number of frames; an fcTL before each frame has its rectangle and delay. The first
 * frame is an IDAT, which all viewers show; the others are fdAT, an IDAT after a sequence number.
 * fcTL and fdAT share one sequence. Every frame replaces the whole picture.
 *
 * A frame is deflated with and without row filters, and the shorter version is kept: for digits on
 * black that is often the one without. */
#include "gantrain/io/apng.h"

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "gantrain/io/durable.h"
#include "png_write.h"

static void put16(uint8_t *to, unsigned n)
{
    to[0] = (uint8_t)(n >> 8);
    to[1] = (uint8_t)n;
}

static void put32(uint8_t *to, uint32_t n)
{
    put16(to, n >> 16);
    put16(to + 2, n & 0xFFFF);
}

/* Appends length, name, data in two parts, and the CRC of name and data. */
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

static void add_header(Apng *a)
{
    enum { BIT_DEPTH = 8, GREY = 0, RGB = 2 };
    uint8_t ihdr[13] = { 0 }, actl[8] = { 0 }; /* 0 repetitions: forever */
    put32(ihdr, (uint32_t)a->width);
    put32(ihdr + 4, (uint32_t)a->height);
    ihdr[8] = BIT_DEPTH;
    ihdr[9] = a->channels == 3 ? RGB : GREY;
    put32(actl, (uint32_t)a->frames);
    text_add_bytes(&a->file, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(&a->file, "IHDR", ihdr, sizeof ihdr, NULL, 0);
    add_chunk(&a->file, "acTL", actl, sizeof actl, NULL, 0);
}

static void add_control(Apng *a, int delay)
{
    uint8_t fctl[26] = { 0 }; /* offset 0; no disposal, no blending: the frame replaces */
    put32(fctl, a->sequence++);
    put32(fctl + 4, (uint32_t)a->width);
    put32(fctl + 8, (uint32_t)a->height);
    put16(fctl + 20, (unsigned)delay);
    put16(fctl + 22, 1000);
    add_chunk(&a->file, "fcTL", fctl, sizeof fctl, NULL, 0);
}

/* The IDAT of a PNG file as the IDAT or fdAT of the next frame. */
static void add_data(Apng *a, const uint8_t *png)
{
    const uint8_t *idat = png + PNG_IDAT;
    const size_t n = (size_t)idat[0] << 24 | (size_t)idat[1] << 16 | (size_t)idat[2] << 8 | idat[3];
    uint8_t number[4];
    if (a->added == 0) {
        add_chunk(&a->file, "IDAT", NULL, 0, idat + 8, n);
        return;
    }
    put32(number, a->sequence++);
    add_chunk(&a->file, "fdAT", number, sizeof number, idat + 8, n);
}

Status apng_check_size(int width, int height, int channels, int64_t frames, Error *e)
{
    const int64_t frame = (int64_t)width * height * channels;
    if (frames > APNG_MAX_FRAMES)
        return fail(e, GT_EUSAGE, "an animation of %lld frames: at most %d are possible",
                    (long long)frames, APNG_MAX_FRAMES);
    if (frame > APNG_MAX_BYTES / frames)
        return fail(e, GT_EUSAGE,
                    "an animation of %lld frames of %d x %d pixels is too large: use fewer or "
                    "smaller frames",
                    (long long)frames, width, height);
    return GT_OK;
}

Status apng_open(Apng *a, int width, int height, int channels, int frames, Error *e)
{
    assert(channels == 1 || channels == 3);
    assert(width > 0 && height > 0 && frames > 0);
    *a = (Apng){ .width = width, .height = height, .channels = channels, .frames = frames };
    TRY(apng_check_size(width, height, channels, frames, e));
    add_header(a);
    return GT_OK;
}

Status apng_add(Apng *a, const Picture *frame, int delay, Error *e)
{
    enum { LEVEL = 9 };
    assert(frame->width == a->width && frame->height == a->height);
    assert(frame->channels == a->channels && a->added < a->frames);
    assert(delay >= 0 && delay <= APNG_MAX_DELAY);
    size_t n_plain, n_filtered;
    uint8_t *plain = png_encode(frame, false, LEVEL, &n_plain);
    uint8_t *filtered = png_encode(frame, true, LEVEL, &n_filtered);
    const bool encoded = plain && filtered;
    if (encoded) {
        add_control(a, delay);
        add_data(a, n_filtered < n_plain ? filtered : plain);
        a->added++;
    }
    free(plain);
    free(filtered);
    if (!encoded || a->file.failed)
        return fail(e, GT_ERESOURCE, "not enough memory for frame %d of an animation",
                    a->added + 1);
    return GT_OK;
}

Status apng_write(Apng *a, const char *path, Error *e)
{
    assert(a->added == a->frames);
    add_chunk(&a->file, "IEND", NULL, 0, NULL, 0);
    if (a->file.failed)
        return fail(e, GT_ERESOURCE, "%s: not written: not enough memory", path);
    return durable_write(path, a->file.at, a->file.used, e);
}

void apng_close(Apng *a)
{
    if (!a)
        return;
    text_free(&a->file);
    *a = (Apng){ 0 };
}
