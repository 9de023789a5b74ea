/* PNG encoding (RFC 2083): chunks, row filters, deflate. Each row gets the filter with the smallest
 * sum of |differences| (§9.6). */
#include "png_write.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "gantrain/io/durable.h"

enum { BIT_DEPTH = 8, GREY = 0, RGB = 2 };

void png_put32(uint8_t *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (24 - 8 * i));
}

void png_add_chunk(Text *file, const char name[4], const uint8_t *head, size_t n_head,
                   const uint8_t *body, size_t n_body)
{
    uint8_t word[4];
    uLong crc = crc32_z(0, (const uint8_t *)name, 4);
    crc = n_head ? crc32_z(crc, head, n_head) : crc;
    crc = n_body ? crc32_z(crc, body, n_body) : crc;
    png_put32(word, (uint32_t)(n_head + n_body));
    text_add_bytes(file, word, 4);
    text_add_bytes(file, name, 4);
    text_add_bytes(file, head, n_head);
    text_add_bytes(file, body, n_body);
    png_put32(word, (uint32_t)crc);
    text_add_bytes(file, word, 4);
}

void png_add_header(Text *file, int width, int height, int channels)
{
    uint8_t ihdr[13] = { 0 };
    png_put32(ihdr, (uint32_t)width);
    png_put32(ihdr + 4, (uint32_t)height);
    ihdr[8] = BIT_DEPTH;
    ihdr[9] = channels == 3 ? RGB : GREY;
    text_add_bytes(file, "\x89PNG\r\n\x1a\n", 8);
    png_add_chunk(file, "IHDR", ihdr, sizeof ihdr, NULL, 0);
}

/* Of the three neighbours, the one nearest to left + up - corner. */
static int paeth(int left, int up, int corner)
{
    const int p = left + up - corner, a = abs(p - left), b = abs(p - up), c = abs(p - corner);
    return a <= b && a <= c ? left : b <= c ? up : corner;
}

static int predict(int filter, int left, int up, int corner)
{
    const int by[PNG_FILTERS - 1] = { 0, left, up, (left + up) / 2 };
    return filter < PNG_FILTERS - 1 ? by[filter] : paeth(left, up, corner);
}

/* Filters one row; `above` is NULL for the first. Returns Σ|differences| as signed bytes. */
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

static void filter_rows(const Picture *p, int filters, uint8_t *out)
{
    const int n = p->width * p->channels;
    for (int y = 0; y < p->height; y++, out += n + 1) {
        const uint8_t *row = p->at + (size_t)y * (size_t)n, *above = y ? row - n : NULL;
        int best = 0;
        long smallest = LONG_MAX;
        for (int f = 0; f < filters; f++) {
            const long sum = filter_row(f, row, above, n, p->channels, out);
            if (sum < smallest) {
                smallest = sum;
                best = f;
            }
        }
        filter_row(best, row, above, n, p->channels, out);
    }
}

size_t png_row_bytes(const Picture *p)
{
    return (size_t)p->height * ((size_t)p->width * (size_t)p->channels + 1);
}

size_t png_deflate(const Picture *p, int filters, int level, uint8_t *rows, uint8_t *to)
{
    uLongf n = compressBound(png_row_bytes(p));
    filter_rows(p, filters, rows);
    return compress2(to, &n, rows, png_row_bytes(p), level) == Z_OK ? n : 0;
}

Status png_write(const char *path, const Picture *p, Error *e)
{
    enum { LEVEL = 6 };
    Text file = { 0 };
    uint8_t *rows = malloc(png_row_bytes(p)), *packed = malloc(compressBound(png_row_bytes(p)));
    const size_t n = rows && packed ? png_deflate(p, PNG_FILTERS, LEVEL, rows, packed) : 0;
    png_add_header(&file, p->width, p->height, p->channels);
    png_add_chunk(&file, "IDAT", NULL, 0, packed, n);
    png_add_chunk(&file, "IEND", NULL, 0, NULL, 0);
    free(rows);
    free(packed);
    const Status s = n == 0 || file.failed
                         ? fail(e, GT_ERESOURCE, "%s: not enough memory to encode %d x %d pixels",
                                path, p->width, p->height)
                         : durable_write(path, file.at, file.used, e);
    text_free(&file);
    return s;
}
