/* Pictures: a grid of equally sized 8-bit images as one PNG, and such a PNG read back. */
#ifndef GANTRAIN_IO_IMAGE_H
#define GANTRAIN_IO_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum {
    IMAGE_MAX_SIDE = 16384,      /* pixels                                        */
    IMAGE_MAX_PIXELS = 64 << 20, /* of the whole picture: stb counts bytes in int */
    IMAGE_RULE = 6,              /* pixels that a rule takes, the gap after it not counted */
};

/* A whole picture, 8 bits a value. */
typedef struct Picture {
    int width, height, channels; /* channels 1 or 3                        */
    uint8_t *at;                 /* [height][width][channels] malloc'ed    */
} Picture;

/* What a grid looks like. Channels are planes in the input (c,h,w) and interleaved in the file. */
typedef struct Grid {
    int rows, cols;              /* tiles                              */
    int channels, height, width; /* of one tile; channels 1 or 3       */
    int gap;                     /* pixels between and around tiles    */
    int zoom;                    /* each pixel becomes zoom x zoom     */
    uint8_t background;          /* grey level of gaps and empty tiles */
    int rule_row, rule_col;      /* a line stands before this row, before this column; 0: none */
} Grid;

/* Whether the picture stays within IMAGE_MAX_SIDE and IMAGE_MAX_PIXELS. */
bool grid_fits(const Grid *grid);

/* grid_paint: the picture of tiles[n] of channels*height*width bytes, row by row; missing tiles stay empty.
 * `name` stands in messages. GT_EUSAGE when it does not fit; GT_ERESOURCE. The caller frees it. */
Status grid_paint(const Grid *grid, const uint8_t *tiles, int n, const char *name, Picture *out,
                  Error *e);

/* png_write_grid: tiles[n] of channels*height*width bytes, row by row; missing tiles stay empty.
 * Written durably. GT_EOUTPUT; GT_EUSAGE when it does not fit; GT_ERESOURCE. */
Status png_write_grid(const char *path, const Grid *grid, const uint8_t *tiles, int n, Error *e);

/* png_read: an 8-bit PNG, grey or RGB, that png_write_grid wrote or another program. Its size is checked
 * before memory is taken; a file that is damaged anywhere, cut short or goes on after its end is refused.
 * GT_EDATA, GT_ERESOURCE. The caller frees it. */
Status png_read(Picture *p, const char *path, Error *e);

/* png_dimensions: whether n bytes begin and end as a PNG does, and the sides it says it has. */
bool png_dimensions(const uint8_t *at, size_t n, int *width, int *height);

/* Bytes of its pixels. */
size_t picture_bytes(const Picture *p);

/* Accepts NULL and a zeroed Picture. */
void picture_free(Picture *p);

#endif
