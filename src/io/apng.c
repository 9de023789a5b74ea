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

static void add_control(Apng *a, int delay)
{
    uint8_t fctl[26] = { 0 }; /* offset 0; no disposal, no blending: the frame replaces */
    png_put32(fctl, a->sequence++);
    png_put32(fctl + 4, (uint32_t)a->width);
    png_put32(fctl + 8, (uint32_t)a->height);
    put16(fctl + 20, (unsigned)delay);
    put16(fctl + 22, 1000);
    png_add_chunk(&a->file, "fcTL", fctl, sizeof fctl, NULL, 0);
}

static void add_data(Apng *a, const uint8_t *packed, size_t n)
{
    uint8_t number[4];
    if (a->added == 0) {
        png_add_chunk(&a->file, "IDAT", NULL, 0, packed, n);
        return;
    }
    png_put32(number, a->sequence++);
    png_add_chunk(&a->file, "fdAT", number, sizeof number, packed, n);
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

static size_t packed_bound(const Picture *frame)
{
    return compressBound(png_row_bytes(frame));
}

Status apng_open(Apng *a, int width, int height, int channels, int frames, Error *e)
{
    assert(channels == 1 || channels == 3);
    assert(width > 0 && height > 0 && frames > 0);
    const Picture frame = { width, height, channels, NULL };
    uint8_t actl[8] = { 0 }; /* 0 repetitions: forever */
    *a = (Apng){ .width = width, .height = height, .channels = channels, .frames = frames };
    TRY(apng_check_size(width, height, channels, frames, e));
    a->rows = malloc(png_row_bytes(&frame));
    a->packed = malloc(2 * packed_bound(&frame));
    if (!a->rows || !a->packed) {
        apng_close(a);
        return fail(e, GT_ERESOURCE, "not enough memory for frames of %d x %d pixels", width,
                    height);
    }
    png_put32(actl, (uint32_t)frames);
    png_add_header(&a->file, width, height, channels);
    png_add_chunk(&a->file, "acTL", actl, sizeof actl, NULL, 0);
    return GT_OK;
}

Status apng_add(Apng *a, const Picture *frame, int delay, Error *e)
{
    enum { LEVEL = 9 };
    assert(frame->width == a->width && frame->height == a->height);
    assert(frame->channels == a->channels && a->added < a->frames);
    assert(delay >= 0 && delay <= APNG_MAX_DELAY);
    uint8_t *plain = a->packed, *filtered = a->packed + packed_bound(frame);
    const size_t n_plain = png_deflate(frame, 1, LEVEL, a->rows, plain);
    const size_t n_filtered = png_deflate(frame, PNG_FILTERS, LEVEL, a->rows, filtered);
    if (n_plain && n_filtered) {
        const bool filter = n_filtered < n_plain;
        add_control(a, delay);
        add_data(a, filter ? filtered : plain, filter ? n_filtered : n_plain);
        a->added++;
    }
    if (!n_plain || !n_filtered || a->file.failed)
        return fail(e, GT_ERESOURCE, "not enough memory for frame %d of an animation",
                    a->added + 1);
    return GT_OK;
}

Status apng_write(Apng *a, const char *path, Error *e)
{
    assert(a->added == a->frames);
    png_add_chunk(&a->file, "IEND", NULL, 0, NULL, 0);
    if (a->file.failed)
        return fail(e, GT_ERESOURCE, "%s: not written: not enough memory", path);
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
