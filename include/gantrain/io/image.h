/* Pictures with 8 bits a value: grids of images, and PNG files. */
#ifndef GANTRAIN_IO_IMAGE_H
#define GANTRAIN_IO_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum {
    IMAGE_MAX_SIDE = 16384,      /* pixels                                  */
    IMAGE_MAX_PIXELS = 64 << 20, /* of the whole picture                    */
    IMAGE_RULE = 6,              /* pixels of a rule, without its gap after */
};

typedef struct Picture {
    int width, height, channels; /* channels 1 or 3                        */
    uint8_t *at;                 /* [height][width][channels], owned       */
} Picture;

/* The layout of a grid. Channels are planes in the tiles (c,h,w) and interleaved in the picture. */
typedef struct Grid {
    int rows, cols;              /* tiles                              */
    int channels, height, width; /* of one tile; channels 1 or 3       */
    int gap;                     /* pixels between and around tiles    */
    int zoom;                    /* each pixel becomes zoom x zoom     */
    uint8_t background;          /* grey level of gaps and empty tiles */
    int rule_row, rule_col;      /* a line before this row, this column; 0: none */
} Grid;

/* Whether the picture of a grid is within IMAGE_MAX_SIDE and IMAGE_MAX_PIXELS. */
bool grid_fits(const Grid *grid);

/* grid_paint: paints tiles[n] of channels·height·width bytes, row by row; missing tiles stay empty.
 * `name` appears in messages. GT_EUSAGE if the grid is too large, GT_ERESOURCE. The caller frees
 * `out` with picture_free. */
Status grid_paint(const Grid *grid, const uint8_t *tiles, int n, const char *name, Picture *out,
                  Error *e);

/* png_write: writes a PNG durably. GT_EOUTPUT, GT_ERESOURCE. */
Status png_write(const char *path, const Picture *p, Error *e);

/* png_write_grid: grid_paint and png_write. */
Status png_write_grid(const char *path, const Grid *grid, const uint8_t *tiles, int n, Error *e);

/* png_read: reads an 8-bit PNG, grey or RGB. Checks the size before it allocates, and refuses
 * files that are damaged, incomplete or followed by other bytes. GT_EDATA, GT_ERESOURCE. The
 * caller frees it with picture_free. */
Status png_read(Picture *p, const char *path, Error *e);

/* png_dimensions: whether n bytes begin and end like a PNG, and the width and height in its
 * header. */
bool png_dimensions(const uint8_t *at, size_t n, int *width, int *height);

/* Bytes of the pixels. */
size_t picture_bytes(const Picture *p);

/* Accepts NULL and a zeroed Picture. */
void picture_free(Picture *p);

#endif
