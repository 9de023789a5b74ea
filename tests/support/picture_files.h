/* PNG and JPEG files made in memory: every type of PNG, by the specification; JPEG by libjpeg. */
#ifndef GANTRAIN_TESTS_PICTURE_FILES_H
#define GANTRAIN_TESTS_PICTURE_FILES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <zlib.h>

#include "gantrain/base/text.h"

/* ---- PNG ------------------------------------------------------------------------------------- */

typedef struct PngFile {
    int width, height, depth, type; /* type as in IHDR */
    bool interlaced;
    unsigned (*value)(int x, int y, int k); /* of a channel, `depth` bits of it count */
    const uint8_t *palette;                 /* [3 n_palette] */
    int n_palette;
    const uint8_t *transparency; /* [n_transparency] the chunk tRNS */
    int n_transparency;
} PngFile;

static inline void put_big(uint8_t *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (24 - 8 * i));
}

static inline void png_add_chunk(Text *file, const char *type, const void *data, size_t n)
{
    uint8_t word[4];
    uLong crc = crc32(0, (const uint8_t *)type, 4);
    crc = n ? crc32(crc, data, (uInt)n) : crc;
    put_big(word, (uint32_t)n);
    text_add_bytes(file, word, 4);
    text_add_bytes(file, type, 4);
    text_add_bytes(file, data, n);
    put_big(word, (uint32_t)crc);
    text_add_bytes(file, word, 4);
}

static inline int png_channels(int type)
{
    static const int channels[] = { 1, 0, 3, 1, 2, 0, 4 };
    return channels[type];
}

/* Appends one row of a pass: the filter "none", then the values packed into bytes. */
static inline void png_add_row(Text *rows, const PngFile *f, int y, int x0, int step)
{
    uint8_t row[4096] = { 0 };
    size_t bit = 8;
    for (int x = x0; x < f->width; x += step)
        for (int k = 0; k < png_channels(f->type); k++)
            for (int b = f->depth - 1; b >= 0; b--, bit++)
                row[bit / 8] |= (uint8_t)((f->value(x, y, k) >> b & 1) << (7 - bit % 8));
    text_add_bytes(rows, row, (bit + 7) / 8);
}

static inline void png_add_pass(Text *rows, const PngFile *f, int x0, int y0, int dx, int dy)
{
    for (int y = y0; x0 < f->width && y < f->height; y += dy)
        png_add_row(rows, f, y, x0, dx);
}

/* Adam7, W3C PNG, section 8.2 */
static inline void png_add_rows(Text *rows, const PngFile *f)
{
    static const int passes[7][4] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 },
                                      { 2, 0, 4, 4 }, { 0, 2, 2, 4 }, { 1, 0, 2, 2 },
                                      { 0, 1, 1, 2 } };
    if (!f->interlaced)
        png_add_pass(rows, f, 0, 0, 1, 1);
    for (int i = 0; f->interlaced && i < 7; i++)
        png_add_pass(rows, f, passes[i][0], passes[i][1], passes[i][2], passes[i][3]);
}

static inline void png_add_head(Text *file, uint32_t width, uint32_t height, int depth, int type,
                                bool interlaced)
{
    uint8_t head[13] = { 0 };
    put_big(head, width);
    put_big(head + 4, height);
    head[8] = (uint8_t)depth;
    head[9] = (uint8_t)type;
    head[12] = interlaced;
    text_add_bytes(file, "\x89PNG\r\n\x1a\n", 8);
    png_add_chunk(file, "IHDR", head, 13);
}

/* The file; the caller frees it with text_free. */
static inline Text png_file(const PngFile *f)
{
    Text file = { 0 }, rows = { 0 };
    png_add_head(&file, (uint32_t)f->width, (uint32_t)f->height, f->depth, f->type, f->interlaced);
    if (f->palette)
        png_add_chunk(&file, "PLTE", f->palette, 3 * (size_t)f->n_palette);
    if (f->transparency)
        png_add_chunk(&file, "tRNS", f->transparency, (size_t)f->n_transparency);
    png_add_rows(&rows, f);
    uLongf n = compressBound(rows.used);
    uint8_t *packed = malloc(n);
    if (packed && compress(packed, &n, (const uint8_t *)rows.at, rows.used) == Z_OK)
        png_add_chunk(&file, "IDAT", packed, n);
    png_add_chunk(&file, "IEND", NULL, 0);
    free(packed);
    text_free(&rows);
    return file;
}

/* ---- JPEG ------------------------------------------------------------------------------------ */

typedef struct JpegFile {
    int width, height;
    J_COLOR_SPACE in, stored; /* in has 1, 3 or 4 channels */
    int sampling;             /* of the first channel: 1 or 2 */
    bool progressive;
    uint8_t (*value)(int x, int y, int k);
    const uint8_t *exif; /* [n_exif] the marker APP1 */
    unsigned n_exif;
} JpegFile;

static inline Text jpeg_file(const JpegFile *f)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *at = NULL;
    unsigned long n = 0;
    uint8_t row[4096], *rows = row;
    Text file = { 0 };
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &at, &n);
    c.image_width = (JDIMENSION)f->width;
    c.image_height = (JDIMENSION)f->height;
    c.in_color_space = f->in;
    c.input_components = f->in == JCS_GRAYSCALE ? 1 : f->in == JCS_RGB ? 3 : 4;
    jpeg_set_defaults(&c);
    jpeg_set_colorspace(&c, f->stored);
    jpeg_set_quality(&c, 98, TRUE);
    for (int i = 0; i < c.num_components; i++)
        c.comp_info[i].h_samp_factor = c.comp_info[i].v_samp_factor = i ? 1 : f->sampling;
    if (f->progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    if (f->exif)
        jpeg_write_marker(&c, JPEG_APP0 + 1, f->exif, f->n_exif);
    for (int y = 0; y < f->height; y++) {
        for (int i = 0; i < f->width * c.input_components; i++)
            row[i] = f->value(i / c.input_components, y, i % c.input_components);
        jpeg_write_scanlines(&c, &rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    text_add_bytes(&file, at, n);
    free(at);
    return file;
}

#endif
