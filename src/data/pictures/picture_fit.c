/* Resizing by exact areas: an output pixel is the mean of the source over the square it covers,
 * where a source pixel counts by the part of it that lies inside. With sides of N source and S
 * output pixels, source pixel i covers [i·S, (i+1)·S) and output pixel x covers [x·N, (x+1)·N) of
 * N·S units, so all weights are integers, and they add up to N in each direction. */
#include "picture_fit.h"

#include <stdlib.h>
#include <string.h>

/* The part that source pixel `from` has in output pixel `to`. */
typedef struct Span {
    int from, to, weight;
} Span;

typedef struct Fit {
    const Picture *p;
    int left, top, side; /* N: the centre square         */
    int size, channels;  /* S, C                         */
    Span *span;          /* [n]                          */
    int n;
    uint8_t *row;  /* [N,C] of the source                */
    uint32_t *sum; /* [S,C] a row, averaged along x      */
    uint64_t *acc; /* [S,C] rows added up along y        */
} Fit;

/* Luma in 16 bits: 0.299 R + 0.587 G + 0.114 B; the factors add up to 1, so grey stays. */
static uint8_t luma(const uint8_t *rgb)
{
    return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

/* n pixels from (x, y) on, with the channels of the output. */
static void take_row(const Picture *p, int x, int y, int n, int channels, uint8_t *out)
{
    const uint8_t *from = p->at + ((size_t)y * (size_t)p->width + (size_t)x) * (size_t)p->channels;
    if (p->channels == channels) {
        memcpy(out, from, (size_t)n * (size_t)channels);
        return;
    }
    for (int i = 0; i < n; i++, from += p->channels)
        if (channels == 1)
            *out++ = luma(from);
        else
            for (int k = 0; k < channels; k++)
                *out++ = *from;
}

static void put_planes(const uint8_t *row, int n, int channels, size_t plane, uint8_t *out)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < channels; k++)
            out[(size_t)k * plane + (size_t)i] = *row++;
}

/* Both axes have the same spans, as the source is a square. */
static void find_spans(Fit *f)
{
    int to = 0;
    for (int from = 0; from < f->side; from++)
        for (int at = from * f->size, end = at + f->size; at < end;) {
            const int border = (to + 1) * f->side, stop = end < border ? end : border;
            f->span[f->n++] = (Span){ from, to, stop - at };
            to += stop == border;
            at = stop;
        }
}

static void average_row(Fit *f, int y)
{
    const int channels = f->channels;
    take_row(f->p, f->left, f->top + y, f->side, channels, f->row);
    memset(f->sum, 0, (size_t)f->size * (size_t)channels * sizeof *f->sum);
    for (int i = 0; i < f->n; i++) {
        const Span s = f->span[i];
        for (int k = 0; k < channels; k++)
            f->sum[s.to * channels + k] += (uint32_t)s.weight * f->row[s.from * channels + k];
    }
}

/* Rounds the finished row `to` and clears it for the next one. */
static void put_row(Fit *f, int to, uint8_t *out)
{
    const uint64_t area = (uint64_t)f->side * (uint64_t)f->side;
    const size_t plane = (size_t)f->size * (size_t)f->size;
    for (int x = 0; x < f->size; x++)
        for (int k = 0; k < f->channels; k++) {
            uint64_t *acc = &f->acc[x * f->channels + k];
            out[(size_t)k * plane + (size_t)(to * f->size + x)] =
                (uint8_t)((*acc + area / 2) / area);
            *acc = 0;
        }
}

static void average(Fit *f, uint8_t *out)
{
    const int row = f->size * f->channels;
    for (int i = 0, have = -1; i < f->n; i++) {
        const Span s = f->span[i];
        if (s.from != have)
            average_row(f, s.from);
        have = s.from;
        for (int j = 0; j < row; j++)
            f->acc[j] += (uint64_t)s.weight * f->sum[j];
        if (i + 1 == f->n || f->span[i + 1].to != s.to)
            put_row(f, s.to, out);
    }
}

static void copy(const Picture *p, int channels, uint8_t *row, uint8_t *out)
{
    const size_t plane = (size_t)p->width * (size_t)p->height;
    for (int y = 0; y < p->height; y++) {
        take_row(p, 0, y, p->width, channels, row);
        put_planes(row, p->width, channels, plane, out + (size_t)y * (size_t)p->width);
    }
}

static bool open_fit(Fit *f)
{
    const size_t row = (size_t)f->size * (size_t)f->channels;
    f->span = malloc((size_t)(f->side + f->size) * sizeof *f->span);
    f->sum = malloc(row * sizeof *f->sum);
    f->acc = calloc(row, sizeof *f->acc);
    return f->span && f->sum && f->acc;
}

Status picture_fit(const Picture *p, int size, int channels, uint8_t *out, Error *e)
{
    const int side = p->width < p->height ? p->width : p->height;
    Fit f = { .p = p, .side = side, .size = size, .channels = channels };
    f.left = (p->width - side) / 2;
    f.top = (p->height - side) / 2;
    f.row = malloc((size_t)p->width * (size_t)channels);
    const bool as_it_is = size == 0 || (p->width == size && p->height == size);
    const bool room = f.row && (as_it_is || open_fit(&f));
    if (room && as_it_is)
        copy(p, channels, f.row, out);
    else if (room) {
        find_spans(&f);
        average(&f, out);
    }
    free(f.row);
    free(f.span);
    free(f.sum);
    free(f.acc);
    return room ? GT_OK : fail(e, GT_ERESOURCE, "not enough memory to resize it");
}
