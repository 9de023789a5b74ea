/* Antialiased drawing: a pixel is covered by clamp(½ - d), where d is the distance of its centre
 * from the shape. Only additions, products and square roots: a picture has the same bytes
 * everywhere. */
#include "gantrain/io/raster.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "gantrain/base/numbers.h"

enum { PLANES = 3, GAP = 1 }; /* GAP: empty columns between glyphs */

Raster raster_take(Arena *a, int width, int height)
{
    uint8_t *at = arena_take(a, PLANES * (size_t)width * (size_t)height);
    return (Raster){ width, height, 0, 0, width, height, at };
}

void raster_clip(Raster *r, int left, int top, int right, int bottom)
{
    r->left = int_max(left, 0);
    r->top = int_max(top, 0);
    r->right = int_min(right, r->width);
    r->bottom = int_min(bottom, r->height);
}

static void blend(const Raster *r, int x, int y, Colour c, double cover)
{
    const uint8_t colour[PLANES] = { c.red, c.green, c.blue };
    const size_t plane = (size_t)r->width * (size_t)r->height;
    uint8_t *at = r->at + (size_t)y * (size_t)r->width + (size_t)x;
    for (int k = 0; k < PLANES; k++, at += plane)
        *at = (uint8_t)(*at + cover * (colour[k] - *at) + 0.5);
}

void raster_box(const Raster *r, int left, int top, int right, int bottom, Colour c)
{
    for (int y = int_max(top, r->top); y < int_min(bottom, r->bottom); y++)
        for (int x = int_max(left, r->left); x < int_min(right, r->right); x++)
            blend(r, x, y, c, 1);
}

void raster_fill(const Raster *r, Colour c)
{
    raster_box(r, r->left, r->top, r->right, r->bottom, c);
}

/* The points whose distance from a line segment differs from `radius` by at most `half`. A disc has
 * radius 0 and a segment of length 0. */
typedef struct Band {
    double x, y;   /* one end of the segment     */
    double dx, dy; /* from there to the other    */
    double radius; /* of the middle of the band  */
    double half;   /* half the width of the band */
} Band;

/* The distance of (x, y) from the band; negative inside. */
static double distance(const Band *s, double x, double y)
{
    const double length2 = s->dx * s->dx + s->dy * s->dy;
    double along = 0;
    if (length2 > 0)
        along = ((x - s->x) * s->dx + (y - s->y) * s->dy) / length2;
    along = along < 0 ? 0 : along > 1 ? 1 : along;
    const double ex = x - s->x - along * s->dx, ey = y - s->y - along * s->dy;
    return fabs(sqrt(ex * ex + ey * ey) - s->radius) - s->half;
}

/* The pixels of [low, high] within [first, end); false: none, or a bound is NaN. */
static bool pixels_between(double low, double high, int first, int end, int *from, int *to)
{
    if (!(high >= first && low <= end))
        return false;
    *from = low > first ? (int)low : first;
    *to = high < end - 1 ? (int)high + 1 : end;
    return *from < *to;
}

static void draw(const Raster *r, const Band *s, Colour c, double cover)
{
    const double reach = s->radius + s->half + 1;
    int x0, x1, y0, y1;
    if (!pixels_between(fmin(s->x, s->x + s->dx) - reach, fmax(s->x, s->x + s->dx) + reach, r->left,
                        r->right, &x0, &x1) ||
        !pixels_between(fmin(s->y, s->y + s->dy) - reach, fmax(s->y, s->y + s->dy) + reach, r->top,
                        r->bottom, &y0, &y1))
        return;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            const double coverage = 0.5 - distance(s, x, y);
            if (coverage > 0)
                blend(r, x, y, c, cover * (coverage < 1 ? coverage : 1));
        }
}

void raster_disc(const Raster *r, double x, double y, double radius, Colour c, double cover)
{
    draw(r, &(Band){ x, y, 0, 0, 0, radius }, c, cover);
}

void raster_circle(const Raster *r, double x, double y, double radius, double width, Colour c,
                   double cover)
{
    draw(r, &(Band){ x, y, 0, 0, radius, width / 2 }, c, cover);
}

void raster_line(const Raster *r, double x0, double y0, double x1, double y1, double width,
                 Colour c, double cover)
{
    draw(r, &(Band){ x0, y0, x1 - x0, y1 - y0, 0, width / 2 }, c, cover);
}

/* Five rows of three bits, from the top, the left column in the highest bit. */
typedef struct Glyph {
    char letter;
    uint8_t row[GLYPH_HEIGHT];
} Glyph;

static const Glyph glyphs[] = {
    { '0', { 7, 5, 5, 5, 7 } }, { '1', { 2, 6, 2, 2, 7 } }, { '2', { 7, 1, 7, 4, 7 } },
    { '3', { 7, 1, 7, 1, 7 } }, { '4', { 5, 5, 7, 1, 1 } }, { '5', { 7, 4, 7, 1, 7 } },
    { '6', { 7, 4, 7, 5, 7 } }, { '7', { 7, 1, 1, 1, 1 } }, { '8', { 7, 5, 7, 5, 7 } },
    { '9', { 7, 5, 7, 1, 7 } }, { '-', { 0, 0, 7, 0, 0 } }, { '.', { 0, 0, 0, 0, 2 } },
    { '+', { 0, 2, 7, 2, 0 } }, { 'e', { 0, 7, 7, 4, 7 } }, { 'A', { 2, 5, 7, 5, 5 } },
    { 'B', { 6, 5, 6, 5, 6 } }, { 'C', { 3, 4, 4, 4, 3 } }, { 'D', { 6, 5, 5, 5, 6 } },
    { 'E', { 7, 4, 6, 4, 7 } }, { 'F', { 7, 4, 6, 4, 4 } }, { 'G', { 3, 4, 5, 5, 3 } },
    { 'H', { 5, 5, 7, 5, 5 } }, { 'I', { 7, 2, 2, 2, 7 } }, { 'J', { 1, 1, 1, 5, 2 } },
    { 'K', { 5, 5, 6, 5, 5 } }, { 'L', { 4, 4, 4, 4, 7 } }, { 'M', { 5, 7, 7, 5, 5 } },
    { 'N', { 6, 5, 5, 5, 5 } }, { 'O', { 2, 5, 5, 5, 2 } }, { 'P', { 6, 5, 6, 4, 4 } },
    { 'Q', { 2, 5, 5, 6, 3 } }, { 'R', { 6, 5, 6, 6, 5 } }, { 'S', { 3, 4, 2, 1, 6 } },
    { 'T', { 7, 2, 2, 2, 2 } }, { 'U', { 5, 5, 5, 5, 7 } }, { 'V', { 5, 5, 5, 5, 2 } },
    { 'W', { 5, 5, 7, 7, 5 } }, { 'X', { 5, 5, 2, 5, 5 } }, { 'Y', { 5, 5, 2, 2, 2 } },
    { 'Z', { 7, 1, 2, 4, 7 } }, { '_', { 0, 0, 0, 0, 7 } }, { '/', { 1, 1, 2, 4, 4 } },
    { '(', { 1, 2, 2, 2, 1 } }, { ')', { 4, 2, 2, 2, 4 } }, { '%', { 5, 1, 2, 4, 5 } },
    { ':', { 0, 2, 0, 2, 0 } },
};

static void draw_glyph(const Raster *r, int x, int y, const Glyph *g, int zoom, Colour c)
{
    for (int j = 0; j < GLYPH_HEIGHT; j++)
        for (int i = 0; i < GLYPH_WIDTH; i++)
            if (g->row[j] >> (GLYPH_WIDTH - 1 - i) & 1)
                raster_box(r, x + i * zoom, y + j * zoom, x + (i + 1) * zoom, y + (j + 1) * zoom,
                           c);
}

void raster_text(const Raster *r, int x, int y, const char *text, int zoom, Colour c)
{
    for (; *text; text++, x += (GLYPH_WIDTH + GAP) * zoom)
        for (size_t i = 0; i < sizeof glyphs / sizeof *glyphs; i++)
            if (glyphs[i].letter == *text)
                draw_glyph(r, x, y, &glyphs[i], zoom, c);
}

int raster_text_width(const char *text, int zoom)
{
    const int n = (int)strlen(text);
    return n > 0 ? (n * (GLYPH_WIDTH + GAP) - GAP) * zoom : 0;
}
