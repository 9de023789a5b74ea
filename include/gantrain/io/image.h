/* Pictures: a grid of equally sized 8-bit images as one PNG. */
#ifndef GANTRAIN_IO_IMAGE_H
#define GANTRAIN_IO_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum {
    IMAGE_MAX_SIDE = 16384,      /* pixels                                        */
    IMAGE_MAX_PIXELS = 64 << 20, /* of the whole picture: stb counts bytes in int */
};

/* What a grid looks like. Channels are planes in the input (c,h,w) and interleaved in the file. */
typedef struct Grid {
    int rows, cols;              /* tiles                              */
    int channels, height, width; /* of one tile; channels 1 or 3       */
    int gap;                     /* pixels between and around tiles    */
    int zoom;                    /* each pixel becomes zoom x zoom     */
    uint8_t background;          /* grey level of gaps and empty tiles */
} Grid;

/* Whether the picture stays within IMAGE_MAX_SIDE and IMAGE_MAX_PIXELS. */
bool png_fits(const Grid *grid);

/* png_write_grid: tiles[n] of channels*height*width bytes, row by row; missing tiles stay empty.
 * Written durably. GT_EOUTPUT; GT_EUSAGE when it does not fit; GT_ERESOURCE. */
Status png_write_grid(const char *path, const Grid *grid, const uint8_t *tiles, int n, Error *e);

#endif
