/* Frames of plots. */
#include "plot_frame.h"

#include <math.h>
#include <stdio.h>

#include "gantrain/base/numbers.h"

static const Colour grid = { 240, 240, 240 };

double frame_x(const Frame *f, double value)
{
    return f->left + (value - f->from[0]) / (f->to[0] - f->from[0]) * (f->right - f->left) - 0.5;
}

double frame_y(const Frame *f, double value)
{
    return f->bottom - (value - f->from[1]) / (f->to[1] - f->from[1]) * (f->bottom - f->top) - 0.5;
}

/* ---- axes ------------------------------------------------------------------------------------ */

/* 1, 2 or 5 times a power of ten: at most `most` ticks. */
static double tick_step(double range, int most)
{
    static const double times[] = { 1, 2, 5 };
    for (double ten = 1e-12; ten < 1e12; ten *= 10)
        for (int i = 0; i < 3; i++)
            if (range / (ten * times[i]) <= most)
                return ten * times[i];
    return range;
}

/* As %g, with more digits where neighbours would look the same. */
static void label(double value, double step, char text[32])
{
    const double digits = ceil(log10(fmax(fabs(value) / step, 1))) + 1;
    snprintf(text, 32, "%.*g", (int)fmin(fmax(digits, 6), 17), value);
}

static void draw_tick(const Raster *r, const Frame *f, int axis, double value, const char *text)
{
    const int width = raster_text_width(text, PLOT_ZOOM);
    if (axis == 0) {
        const int x = (int)(frame_x(f, value) + 0.5);
        raster_box(r, x, f->top, x + 1, f->bottom, grid);
        if (!*text)
            return;
        raster_box(r, x, f->bottom, x + 1, f->bottom + PLOT_TICK, plot_ink);
        raster_text(r, x - width / 2, f->bottom + PLOT_TICK + 5, text, PLOT_ZOOM, plot_ink);
    } else {
        const int y = (int)(frame_y(f, value) + 0.5);
        raster_box(r, f->left, y, f->right, y + 1, grid);
        if (!*text)
            return;
        raster_box(r, f->left - PLOT_TICK, y, f->left, y + 1, plot_ink);
        raster_text(r, f->left - PLOT_TICK - 4 - width, y - GLYPH_HEIGHT * PLOT_ZOOM / 2, text,
                    PLOT_ZOOM, plot_ink);
    }
}

void frame_ticks(const Raster *r, const Frame *f, int axis, int most, bool labels)
{
    const double step = tick_step(f->to[axis] - f->from[axis], most);
    for (double k = ceil(f->from[axis] / step); k * step <= f->to[axis]; k++) {
        char text[32] = "";
        const double value = k * step + 0.0; /* prints 0, not -0 */
        if (labels)
            label(value, step, text);
        draw_tick(r, f, axis, value, text);
    }
}

void frame_clip(Raster *r, const Frame *f)
{
    raster_clip(r, f->left, f->top, f->right, f->bottom);
}

void frame_border(Raster *r, const Frame *f)
{
    raster_clip(r, 0, 0, r->width, r->height);
    raster_box(r, f->left - 1, f->top - 1, f->right + 1, f->top, plot_ink);
    raster_box(r, f->left - 1, f->bottom, f->right + 1, f->bottom + 1, plot_ink);
    raster_box(r, f->left - 1, f->top, f->left, f->bottom, plot_ink);
    raster_box(r, f->right, f->top, f->right + 1, f->bottom, plot_ink);
}

/* ---- contents -------------------------------------------------------------------------------- */

void plot_range(const Dataset *d, int j, double *min, double *max)
{
    const size_t dim = (size_t)d->shape.c;
    *min = INFINITY;
    *max = -INFINITY;
    for (size_t i = 0; i < (size_t)d->count; i++) {
        const double x = units_value(&d->units, j, (double)d->points[i * dim + (size_t)j]);
        *min = fmin(*min, x);
        *max = fmax(*max, x);
    }
}

void plot_points(const Raster *r, const Frame *f, const Units *u, View points, const int column[2],
                 double radius, Colour c)
{
    const int jx = column[0], jy = column[1];
    for (int i = 0; i < points.rows; i++) {
        const real *x = view_rows(points, i, 1).at;
        raster_disc(r, frame_x(f, units_value(u, jx, (double)x[jx])),
                    frame_y(f, units_value(u, jy, (double)x[jy])), radius, c, 0.6);
    }
}

static int bars_of(const Frame *f)
{
    return int_min((f->right - f->left) / PLOT_BAR, PLOT_BARS);
}

/* Proportion of the points in each bar. */
static void count_bars(const Frame *f, const Units *u, View points, int j, double bar[PLOT_BARS])
{
    const int bars = bars_of(f);
    for (int i = 0; i < bars; i++)
        bar[i] = 0;
    for (int i = 0; i < points.rows; i++) {
        const double x = units_value(u, j, (double)view_rows(points, i, 1).at[j]);
        const double i_bar = floor((frame_x(f, x) + 0.5 - f->left) / PLOT_BAR);
        if (i_bar >= 0 && i_bar < bars) /* false for NaN */
            bar[(int)i_bar] += 1.0 / points.rows;
    }
}

static void draw_bars(const Raster *r, const Frame *f, const double bar[PLOT_BARS])
{
    for (int i = 0; i < bars_of(f); i++)
        raster_box(r, f->left + i * PLOT_BAR, (int)(frame_y(f, bar[i]) + 0.5),
                   f->left + (i + 1) * PLOT_BAR, f->bottom, plot_grey);
}

static void draw_outline(const Raster *r, const Frame *f, const double bar[PLOT_BARS])
{
    double before = frame_y(f, 0);
    for (int i = 0; i < bars_of(f); i++) {
        const double x = f->left + i * PLOT_BAR, y = frame_y(f, bar[i]);
        raster_line(r, x, before, x, y, 1.6, plot_blue, 1);
        raster_line(r, x, y, x + PLOT_BAR, y, 1.6, plot_blue, 1);
        before = y;
    }
}

void plot_histogram(const Raster *r, Frame *f, const Dataset *d, View generated, int j)
{
    double real_bar[PLOT_BARS], fake_bar[PLOT_BARS];
    count_bars(f, &d->units, (View){ d->count, d->shape.c, d->points }, j, real_bar);
    count_bars(f, &d->units, generated, j, fake_bar);
    f->from[1] = f->to[1] = 0;
    for (int i = 0; i < bars_of(f); i++)
        f->to[1] = fmax(f->to[1], 1.5 * real_bar[i]);
    draw_bars(r, f, real_bar);
    draw_outline(r, f, fake_bar);
}
