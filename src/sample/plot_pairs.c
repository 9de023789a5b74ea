/* Pairs of columns: cell (row i, column j), j < i, is the scatter plot of columns j and i of the
 * data; cell (i, i) has the histograms of column i. Axes of a column are the same in all its
 * cells. */
#include "plot_frame.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/numbers.h"

enum {
    CELL = 176,
    GAP = 8,
    EDGE = 92, /* for the numbers on the left */
    BELOW = 20,
    ABOVE = 26, /* for the name of a column */
    TICKS = 4,
    REAL_POINTS = 2000, /* at most so many points in a cell */
    GENERATED_POINTS = 1000,
    NAME = 64
};

static int columns_of(const Dataset *d)
{
    return int_min(d->shape.c, PAIRS_COLUMNS);
}

Raster pairs_take(Arena *a, const Dataset *d)
{
    const int cells = columns_of(d) * (CELL + GAP);
    return raster_take(a, EDGE + cells + GAP, ABOVE + cells + BELOW);
}

static Frame cell(int row, int column)
{
    const int left = EDGE + column * (CELL + GAP);
    const int top = ABOVE + row * (CELL + GAP);
    return (Frame){ left, top, left + CELL, top + CELL, { 0, 0 }, { 1, 1 } };
}

/* The values at the sides of the cells of a column. */
static void set_axis(Frame *f, int axis, const Dataset *d, int column)
{
    double min, max;
    plot_range(d, column, &min, &max);
    const double margin = 0.05 * (max - min) + 1e-9 * fmax(fabs(max), 1e-9);
    f->from[axis] = min - margin;
    f->to[axis] = max + margin;
}

/* A name in the letters that a raster has: capitals, and a dash for each other character. */
static void draw_name(const Raster *r, const Dataset *d, int column, int x, int y, int room)
{
    char number[UNITS_NAME], text[NAME];
    const char *name = units_name(&d->units, column, number);
    int n = 0;
    for (; *name && n < NAME - 1; name++)
        if (((unsigned char)*name & 0xc0) != 0x80) /* the first byte of a character */
            text[n++] = (unsigned char)*name < 0x80 ? (char)toupper((unsigned char)*name) : '-';
    do
        text[n] = '\0';
    while (raster_text_width(text, PLOT_ZOOM) > room && --n > 0);
    raster_text(r, x, y, text, PLOT_ZOOM, plot_ink);
}

static void draw_histogram(Raster *r, const Dataset *d, View generated, int i, int last)
{
    Frame f = cell(i, i);
    set_axis(&f, 0, d, i);
    frame_ticks(r, &f, 0, TICKS, i == last);
    frame_clip(r, &f);
    plot_histogram(r, &f, d, generated, i);
    frame_border(r, &f);
    draw_name(r, d, i, f.left, f.top - GLYPH_HEIGHT * PLOT_ZOOM - 3, CELL);
}

static void draw_scatter(Raster *r, const Dataset *d, View generated, int row, int column, int last)
{
    const int columns[] = { column, row };
    Frame f = cell(row, column);
    set_axis(&f, 0, d, column);
    set_axis(&f, 1, d, row);
    frame_ticks(r, &f, 0, TICKS, row == last);
    frame_ticks(r, &f, 1, TICKS, column == 0);
    frame_clip(r, &f);
    plot_points(r, &f, &d->units, (View){ int_min(d->count, REAL_POINTS), d->shape.c, d->points },
                columns, 0.8, plot_grey);
    plot_points(r, &f, &d->units,
                (View){ int_min(generated.rows, GENERATED_POINTS), d->shape.c, generated.at },
                columns, 0.9, plot_blue);
    frame_border(r, &f);
}

/* In the empty corner. */
static void draw_legend(const Raster *r, const Dataset *d)
{
    static const char *const lines[] = { "DATA", "SAMPLES" };
    const Colour colour[] = { plot_grey, plot_blue };
    const int x = r->width - 90, step = 3 * GLYPH_HEIGHT * PLOT_ZOOM / 2;
    char rest[64];
    for (int i = 0; i < 2; i++) {
        raster_disc(r, x, ABOVE + i * step + GLYPH_HEIGHT, 4, colour[i], 1);
        raster_text(r, x + 12, ABOVE + i * step, lines[i], PLOT_ZOOM, plot_ink);
    }
    snprintf(rest, sizeof rest, "%d OF %d COLUMNS", columns_of(d), d->shape.c);
    if (d->shape.c > columns_of(d))
        raster_text(r, r->width - GAP - raster_text_width(rest, PLOT_ZOOM), ABOVE + 2 * step, rest,
                    PLOT_ZOOM, plot_ink);
}

void pairs_draw(Raster *r, const Dataset *d, View generated)
{
    const int n = columns_of(d);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++)
            draw_scatter(r, d, generated, i, j, n - 1);
        draw_histogram(r, d, generated, i, n - 1);
    }
    draw_legend(r, d);
}
