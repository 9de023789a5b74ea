/* Scatter plots and histograms: a frame with ticks and labels, the data, the generated points. */
#include "gantrain/sample/sample.h"

#include <assert.h>
#include <stdio.h>

#include "gantrain/io/image.h"

enum {
    SIDE = 512,
    LEFT = 46, /* of the frame; likewise below it */
    RIGHT = SIDE - 10,
    TOP = 10,
    BOTTOM = SIDE - 46,
    SPAN = RIGHT - LEFT,
    ZOOM = 2, /* of tick labels */
    TICK = 5,
    REAL_POINTS = 10000,
    BAR = 4, /* pixels, width of a histogram bar */
    BARS = SPAN / BAR
};
_Static_assert(SPAN == BOTTOM - TOP, "equal axes need a square frame");

static const Colour white = { 255, 255, 255 }, ink = { 70, 70, 70 }, grid = { 240, 240, 240 },
                    grey = { 196, 196, 200 }, blue = { 20, 90, 200 };

/* Values at the ends of the frame, of x and of y. */
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

/* ---- the frame ------------------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten: at most eight ticks. */
static double tick_step(double range)
{
    static const double times[] = { 1, 2, 5 };
    for (double ten = 1e-12; ten < 1e12; ten *= 10)
        for (int i = 0; i < 3; i++)
            if (range / (ten * times[i]) <= 8)
                return ten * times[i];
    return range;
}

static void draw_tick(const Raster *r, const Axes *a, int axis, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%g", value);
    const int width = raster_text_width(text, ZOOM);
    if (axis == 0) {
        const int x = (int)(to_x(a, value) + 0.5);
        raster_box(r, x, TOP, x + 1, BOTTOM, grid);
        raster_box(r, x, BOTTOM, x + 1, BOTTOM + TICK, ink);
        raster_text(r, x - width / 2, BOTTOM + TICK + 5, text, ZOOM, ink);
    } else {
        const int y = (int)(to_y(a, value) + 0.5);
        raster_box(r, LEFT, y, RIGHT, y + 1, grid);
        raster_box(r, LEFT - TICK, y, LEFT, y + 1, ink);
        raster_text(r, LEFT - TICK - 4 - width, y - GLYPH_HEIGHT * ZOOM / 2, text, ZOOM, ink);
    }
}

static void draw_ticks(const Raster *r, const Axes *a, int axis)
{
    const double step = tick_step(a->to[axis] - a->from[axis]);
    for (double k = ceil(a->from[axis] / step); k * step <= a->to[axis]; k++)
        draw_tick(r, a, axis, k * step + 0.0); /* prints 0, not -0 */
}

/* Clips to the inside of the frame. */
static void draw_background(Raster *r, const Axes *a, int axes)
{
    raster_clip(r, 0, 0, SIDE, SIDE);
    raster_fill(r, white);
    draw_ticks(r, a, 0);
    if (axes > 1)
        draw_ticks(r, a, 1);
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

/* Range of coordinate j of the data. */
static void find_range(const Dataset *d, int j, double *min, double *max)
{
    *min = INFINITY;
    *max = -INFINITY;
    for (int i = 0; i < d->count; i++) {
        const double x = d->scale * (double)d->points[i * d->shape.c + j];
        *min = fmin(*min, x);
        *max = fmax(*max, x);
    }
}

/* ---- 2-D: a scatter plot --------------------------------------------------------------------- */

/* Axes of equal scale: a square around the data. */
static Axes square_around(const Dataset *d)
{
    double min[2], max[2];
    for (int j = 0; j < 2; j++)
        find_range(d, j, &min[j], &max[j]);
    const double half = 0.58 * fmax(fmax(max[0] - min[0], max[1] - min[1]), 1e-9);
    Axes a;
    for (int j = 0; j < 2; j++) {
        a.from[j] = (min[j] + max[j]) / 2 - half;
        a.to[j] = (min[j] + max[j]) / 2 + half;
    }
    return a;
}

static void draw_points(const Raster *r, const Axes *a, double scale, View points, double radius,
                        Colour c, double opacity)
{
    for (int i = 0; i < points.rows; i++) {
        const real *x = view_rows(points, i, 1).at;
        raster_disc(r, to_x(a, scale * (double)x[0]), to_y(a, scale * (double)x[1]), radius, c,
                    opacity);
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
    draw_background(r, &a, 2);
    draw_points(r, &a, d->scale, (View){ n, 2, d->points }, 1, grey, 0.6);
    draw_points(r, &a, d->scale, generated, 1.3, blue, 0.6);
    draw_modes(r, &a, d);
    draw_frame(r);
}

/* ---- 1-D: histograms ------------------------------------------------------------------------- */

/* Proportion of the points in each bar. */
static void count_bars(const Axes *a, double scale, View points, double bar[BARS])
{
    for (int i = 0; i < BARS; i++)
        bar[i] = 0;
    for (int i = 0; i < points.rows; i++) {
        const double i_bar = floor((to_x(a, scale * (double)points.at[i]) + 0.5 - LEFT) / BAR);
        if (i_bar >= 0 && i_bar < BARS) /* false for NaN */
            bar[(int)i_bar] += 1.0 / points.rows;
    }
}

static void draw_bars(const Raster *r, const Axes *a, const double bar[BARS])
{
    for (int i = 0; i < BARS; i++)
        raster_box(r, LEFT + i * BAR, (int)(to_y(a, bar[i]) + 0.5), LEFT + (i + 1) * BAR, BOTTOM,
                   grey);
}

static void draw_outline(const Raster *r, const Axes *a, const double bar[BARS])
{
    double before = to_y(a, 0);
    for (int i = 0; i < BARS; i++) {
        const double x = LEFT + i * BAR, y = to_y(a, bar[i]);
        raster_line(r, x, before, x, y, 1.6, blue, 1);
        raster_line(r, x, y, x + BAR, y, 1.6, blue, 1);
        before = y;
    }
}

/* The data set the height of the frame: it stays when a generator collapses to one bar. */
static void histograms(Raster *r, const Dataset *d, View generated)
{
    double real_bar[BARS], fake_bar[BARS], min, max;
    find_range(d, 0, &min, &max);
    const double margin = 0.05 * fmax(max - min, 1e-9);
    Axes a = { { min - margin, 0 }, { max + margin, 1 } };
    count_bars(&a, d->scale, (View){ d->count, 1, d->points }, real_bar);
    count_bars(&a, d->scale, generated, fake_bar);
    a.to[1] = 0;
    for (int i = 0; i < BARS; i++)
        a.to[1] = fmax(a.to[1], 1.5 * real_bar[i]);
    draw_background(r, &a, 1);
    draw_bars(r, &a, real_bar);
    draw_outline(r, &a, fake_bar);
    draw_frame(r);
}

/* ---- the file -------------------------------------------------------------------------------- */

Status plot_write(const char *path, Raster *r, const Dataset *d, View generated, Error *e)
{
    static void (*const by_dim[])(Raster *, const Dataset *, View) = { NULL, histograms, scatter };
    static const Grid whole = { 1, 1, 3, SIDE, SIDE, 0, 1, 0, 0, 0 };
    assert(d->shape.c == 1 || d->shape.c == 2);
    assert(generated.cols == d->shape.c);
    by_dim[d->shape.c](r, d, generated);
    return png_write_grid(path, &whole, r->at, 1, e);
}
