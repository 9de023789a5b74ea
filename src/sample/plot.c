/* Scatter pictures and histograms: a frame with ticks and numbers, the data, the generated points. */
#include "gantrain/sample/plot.h"

#include <assert.h>
#include <stdio.h>

#include "gantrain/io/image.h"

enum {
    SIDE = 512,
    LEFT = 46, /* of the frame; the same below it */
    RIGHT = SIDE - 10,
    TOP = 10,
    BOTTOM = SIDE - 46,
    SPAN = RIGHT - LEFT,
    ZOOM = 2, /* of numbers */
    TICK = 5,
    REAL_POINTS = 10000,
    BAR = 4, /* pixels of a step of a histogram */
    BARS = SPAN / BAR
};
_Static_assert(SPAN == BOTTOM - TOP, "equal axes need a square frame");

static const Colour white = { 255, 255, 255 }, ink = { 70, 70, 70 }, rule = { 240, 240, 240 },
                    grey = { 196, 196, 200 }, blue = { 20, 90, 200 };

/* The values at the two ends of the frame, along x and along y. */
typedef struct Axes {
    double from[2], to[2];
} Axes;

static double to_x(const Axes *a, double value)
{
    return LEFT + (value - a->from[0]) / (a->to[0] - a->from[0]) * SPAN - 0.5;
}

static double to_y(const Axes *a, double value)
{
    return BOTTOM - (value - a->from[1]) / (a->to[1] - a->from[1]) * SPAN - 0.5;
}

Raster plot_take(Arena *a)
{
    return raster_take(a, SIDE, SIDE);
}

/* ---- the frame ------------------------------------------------------------------------------------ */

/* 1, 2 or 5 times a power of ten, so that there are at most eight. */
static double tick_step(double range)
{
    static const double times[] = { 1, 2, 5 };
    for (double ten = 1e-12; ten < 1e12; ten *= 10)
        for (int i = 0; i < 3; i++)
            if (range / (ten * times[i]) <= 8)
                return ten * times[i];
    return range;
}

static void tick_x(const Raster *r, const Axes *a, double value)
{
    char text[32];
    const int x = (int)(to_x(a, value) + 0.5);
    snprintf(text, sizeof text, "%g", value);
    raster_box(r, x, TOP, x + 1, BOTTOM, rule);
    raster_box(r, x, BOTTOM, x + 1, BOTTOM + TICK, ink);
    raster_text(r, x - raster_text_width(text, ZOOM) / 2, BOTTOM + TICK + 5, text, ZOOM, ink);
}

static void tick_y(const Raster *r, const Axes *a, double value)
{
    char text[32];
    const int y = (int)(to_y(a, value) + 0.5);
    snprintf(text, sizeof text, "%g", value);
    raster_box(r, LEFT, y, RIGHT, y + 1, rule);
    raster_box(r, LEFT - TICK, y, LEFT, y + 1, ink);
    raster_text(r, LEFT - TICK - 4 - raster_text_width(text, ZOOM), y - GLYPH_HEIGHT * ZOOM / 2,
                text, ZOOM, ink);
}

static void draw_ticks(const Raster *r, const Axes *a, int axis,
                       void (*tick)(const Raster *, const Axes *, double))
{
    const double step = tick_step(a->to[axis] - a->from[axis]);
    for (double k = ceil(a->from[axis] / step); k * step <= a->to[axis]; k++)
        tick(r, a, k * step + 0.0); /* not -0 */
}

/* Leaves the inside of the frame to be drawn on. */
static void draw_paper(Raster *r, const Axes *a, int axes)
{
    raster_clip(r, 0, 0, SIDE, SIDE);
    raster_fill(r, white);
    draw_ticks(r, a, 0, tick_x);
    if (axes > 1)
        draw_ticks(r, a, 1, tick_y);
    raster_clip(r, LEFT, TOP, RIGHT, BOTTOM);
}

static void draw_frame(Raster *r)
{
    raster_clip(r, 0, 0, SIDE, SIDE);
    raster_box(r, LEFT - 1, TOP - 1, RIGHT + 1, TOP, ink);
    raster_box(r, LEFT - 1, BOTTOM, RIGHT + 1, BOTTOM + 1, ink);
    raster_box(r, LEFT - 1, TOP, LEFT, BOTTOM, ink);
    raster_box(r, RIGHT, TOP, RIGHT + 1, BOTTOM, ink);
}

/* The stretch of coordinate j of the data. */
static void find_range(const Dataset *d, int j, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (int i = 0; i < d->count; i++) {
        const double x = d->scale * (double)d->points[i * d->shape.c + j];
        *least = fmin(*least, x);
        *most = fmax(*most, x);
    }
}

/* ---- 2-D: a scatter picture ----------------------------------------------------------------------- */

/* Equal axes: a square around the data. */
static Axes square_around(const Dataset *d)
{
    double least[2], most[2];
    for (int j = 0; j < 2; j++)
        find_range(d, j, &least[j], &most[j]);
    const double half = 0.58 * fmax(fmax(most[0] - least[0], most[1] - least[1]), 1e-9);
    Axes a;
    for (int j = 0; j < 2; j++) {
        a.from[j] = (least[j] + most[j]) / 2 - half;
        a.to[j] = (least[j] + most[j]) / 2 + half;
    }
    return a;
}

static void draw_points(const Raster *r, const Axes *a, double scale, View points, double radius,
                        Colour c, double cover)
{
    for (int i = 0; i < points.rows; i++) {
        const real *x = view_rows(points, i, 1).at;
        raster_disc(r, to_x(a, scale * (double)x[0]), to_y(a, scale * (double)x[1]), radius, c,
                    cover);
    }
}

static void draw_modes(const Raster *r, const Axes *a, const Dataset *d)
{
    const double pixels = SPAN / (a->to[0] - a->from[0]);
    for (int k = 0; k < d->modes.n; k++) {
        const double *centre = d->modes.centre + 2 * (size_t)k;
        const double radius = fmax(3 * d->modes.std[k] * d->scale * pixels, 3);
        raster_circle(r, to_x(a, d->scale * centre[0]), to_y(a, d->scale * centre[1]), radius, 1.2,
                      ink, 0.8);
    }
}

static void scatter(Raster *r, const Dataset *d, View generated)
{
    const Axes a = square_around(d);
    const int n = d->count < REAL_POINTS ? d->count : REAL_POINTS;
    draw_paper(r, &a, 2);
    draw_points(r, &a, d->scale, (View){ n, 2, d->points }, 1, grey, 0.6);
    draw_points(r, &a, d->scale, generated, 1.3, blue, 0.6);
    draw_modes(r, &a, d);
    draw_frame(r);
}

/* ---- 1-D: histograms ------------------------------------------------------------------------------ */

/* The shares of the points in every bar of the axis. */
static void count_bars(const Axes *a, double scale, View points, double share[BARS])
{
    for (int i = 0; i < BARS; i++)
        share[i] = 0;
    for (int i = 0; i < points.rows; i++) {
        const double bar = floor((to_x(a, scale * (double)points.at[i]) + 0.5 - LEFT) / BAR);
        if (bar >= 0 && bar < BARS) /* neither is true of a NaN */
            share[(int)bar] += 1.0 / points.rows;
    }
}

static void draw_steps(const Raster *r, const Axes *a, const double share[BARS])
{
    for (int i = 0; i < BARS; i++)
        raster_box(r, LEFT + i * BAR, (int)(to_y(a, share[i]) + 0.5), LEFT + (i + 1) * BAR, BOTTOM,
                   grey);
}

/* Along the tops of the bars, up and down between them. */
static void draw_outline(const Raster *r, const Axes *a, const double share[BARS])
{
    double before = to_y(a, 0);
    for (int i = 0; i < BARS; i++) {
        const double x = LEFT + i * BAR, y = to_y(a, share[i]);
        raster_line(r, x, before, x, y, 1.6, blue, 1);
        raster_line(r, x, y, x + BAR, y, 1.6, blue, 1);
        before = y;
    }
}

/* The height of the frame is set by the data: it does not jump when a generator puts all in one place. */
static void histograms(Raster *r, const Dataset *d, View generated)
{
    double real_share[BARS], share[BARS], least, most;
    find_range(d, 0, &least, &most);
    const double margin = 0.05 * fmax(most - least, 1e-9);
    Axes a = { { least - margin, 0 }, { most + margin, 1 } };
    count_bars(&a, d->scale, (View){ d->count, 1, d->points }, real_share);
    count_bars(&a, d->scale, generated, share);
    a.to[1] = 0;
    for (int i = 0; i < BARS; i++)
        a.to[1] = fmax(a.to[1], 1.5 * real_share[i]);
    draw_paper(r, &a, 1);
    draw_steps(r, &a, real_share);
    draw_outline(r, &a, share);
    draw_frame(r);
}

/* ---- the file ------------------------------------------------------------------------------------- */

Status plot_write(const char *path, Raster *r, const Dataset *d, View generated, Error *e)
{
    static void (*const by_dim[])(Raster *, const Dataset *, View) = { NULL, histograms, scatter };
    static const Grid whole = { 1, 1, 3, SIDE, SIDE, 0, 1, 0, 0, 0 };
    assert(d->shape.c == 1 || d->shape.c == 2);
    assert(generated.cols == d->shape.c);
    by_dim[d->shape.c](r, d, generated);
    return png_write_grid(path, &whole, r->at, 1, e);
}
