/* A small picture to draw on: discs, circles, lines, boxes and numbers, in RGB. */
#ifndef GANTRAIN_IO_RASTER_H
#define GANTRAIN_IO_RASTER_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/arena.h"

typedef struct Colour {
    uint8_t red, green, blue;
} Colour;

/* A picture, and the part of it that can be drawn on; x to the right, y down, in pixels. The middle of
 * pixel (i, j) is at (i, j). */
typedef struct Raster {
    int width, height;
    int left, top, right, bottom; /* drawn on: left <= x < right, top <= y < bottom          */
    uint8_t *at;                  /* [3][height][width] planes, as png_write_grid takes them */
} Raster;

/* The memory of a picture from the arena (at == NULL while measuring); all of it can be drawn on. */
Raster raster_take(Arena *a, int width, int height);

/* From here on only [left,right) x [top,bottom) is drawn on. */
void raster_clip(Raster *r, int left, int top, int right, int bottom);

/* Every pixel of the part takes the colour. */
void raster_fill(const Raster *r, Colour c);

/* What follows covers pixels by the share that lies inside, times `cover` (0..1); coordinates that are
 * not finite, or far outside, draw nothing. */
void raster_disc(const Raster *r, double x, double y, double radius, Colour c, double cover);
void raster_circle(const Raster *r, double x, double y, double radius, double width, Colour c,
                   double cover);
void raster_line(const Raster *r, double x0, double y0, double x1, double y1, double width,
                 Colour c, double cover);

/* The pixels [left,right) x [top,bottom), whole. */
void raster_box(const Raster *r, int left, int top, int right, int bottom, Colour c);

/* A number as text ("-0.5", "1e+06"), each of its pixels zoom x zoom, with its top left corner at (x, y).
 * What has no glyph leaves a gap. */
void raster_text(const Raster *r, int x, int y, const char *text, int zoom, Colour c);

/* The pixels of a text: width; height is GLYPH_HEIGHT·zoom. */
enum { GLYPH_WIDTH = 3, GLYPH_HEIGHT = 5 };
int raster_text_width(const char *text, int zoom);

#endif
