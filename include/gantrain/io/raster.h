/* Drawing discs, circles, lines, boxes, numbers and capital letters in RGB. */
#ifndef GANTRAIN_IO_RASTER_H
#define GANTRAIN_IO_RASTER_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/arena.h"

typedef struct Colour {
    uint8_t red, green, blue;
} Colour;

/* A picture with a clipping rectangle; x to the right, y down, in pixels. The centre of pixel (i,
 * j) is at (i, j). */
typedef struct Raster {
    int width, height;
    int left, top, right, bottom; /* clip: left <= x < right, top <= y < bottom              */
    uint8_t *at;                  /* [3][height][width] planes, as png_write_grid takes them */
} Raster;

/* A picture in the arena (at == NULL while measuring), not clipped. */
Raster raster_take(Arena *a, int width, int height);

/* Clips further drawing to [left,right) x [top,bottom). */
void raster_clip(Raster *r, int left, int top, int right, int bottom);

/* Fills the clipping rectangle. */
void raster_fill(const Raster *r, Colour c);

/* Antialiased shapes with opacity `cover` (0..1). Coordinates that are not finite or far outside
 * draw nothing. */
void raster_disc(const Raster *r, double x, double y, double radius, Colour c, double cover);
void raster_circle(const Raster *r, double x, double y, double radius, double width, Colour c,
                   double cover);
void raster_line(const Raster *r, double x0, double y0, double x1, double y1, double width,
                 Colour c, double cover);

/* Fills [left,right) x [top,bottom). */
void raster_box(const Raster *r, int left, int top, int right, int bottom, Colour c);

/* Draws a number ("-0.5", "1e+06") or capital letters with the top left corner at (x, y), each
 * pixel zoom x zoom. Characters without a glyph leave a gap. */
void raster_text(const Raster *r, int x, int y, const char *text, int zoom, Colour c);

enum { GLYPH_WIDTH = 3, GLYPH_HEIGHT = 5 };

/* The width of a text in pixels; its height is GLYPH_HEIGHT·zoom. */
int raster_text_width(const char *text, int zoom);

#endif
