/* Plots of points: one frame for points of one or two values without names, pairs of columns for
 * others. */
#include "gantrain/sample/sample.h"

#include <assert.h>

#include "gantrain/io/image.h"
#include "plot_frame.h"

enum {
    SIDE = 512,
    LEFT = 46, /* of the frame; likewise below it */
    MARGIN = 10,
    TICKS = 8,
    REAL_POINTS = 10000
};

static const Frame only = { LEFT, MARGIN, SIDE - MARGIN, SIDE - LEFT, { 0, 0 }, { 0, 1 } };

/* Columns of a table have units of their own. */
static bool is_of_pairs(const Dataset *d)
{
    return d->shape.c > 2 || (d->shape.c == 2 && d->units.name);
}

Raster plot_take(Arena *a, const Dataset *d)
{
    return is_of_pairs(d) ? pairs_take(a, d) : raster_take(a, SIDE, SIDE);
}

/* ---- 2-D: a scatter plot --------------------------------------------------------------------- */

/* Axes of equal scale: a square around the data. */
static Frame square_around(const Dataset *d)
{
    Frame f = only;
    double min[2], max[2];
    for (int j = 0; j < 2; j++)
        plot_range(d, j, &min[j], &max[j]);
    const double half = 0.58 * fmax(fmax(max[0] - min[0], max[1] - min[1]), 1e-9);
    for (int j = 0; j < 2; j++) {
        f.from[j] = (min[j] + max[j]) / 2 - half;
        f.to[j] = (min[j] + max[j]) / 2 + half;
    }
    return f;
}

static void draw_modes(const Raster *r, const Frame *f, const Dataset *d)
{
    const double pixels = (f->right - f->left) / (f->to[0] - f->from[0]);
    for (int k = 0; k < d->modes.n; k++) {
        const double *centre = d->modes.centre + 2 * (size_t)k;
        const double radius = fmax(3 * d->modes.std[k] * pixels, 3);
        raster_circle(r, frame_x(f, centre[0]), frame_y(f, centre[1]), radius, 1.2, plot_ink, 0.8);
    }
}

static void scatter(Raster *r, const Dataset *d, View generated)
{
    static const int both[] = { 0, 1 };
    const Frame f = square_around(d);
    const int n = d->count < REAL_POINTS ? d->count : REAL_POINTS;
    frame_ticks(r, &f, 0, TICKS, true);
    frame_ticks(r, &f, 1, TICKS, true);
    frame_clip(r, &f);
    plot_points(r, &f, &d->units, (View){ n, 2, d->points }, both, 1, plot_grey);
    plot_points(r, &f, &d->units, generated, both, 1.3, plot_blue);
    draw_modes(r, &f, d);
    frame_border(r, &f);
}

/* ---- 1-D: histograms ------------------------------------------------------------------------- */

static void histograms(Raster *r, const Dataset *d, View generated)
{
    Frame f = only;
    double min, max;
    plot_range(d, 0, &min, &max);
    const double margin = 0.05 * fmax(max - min, 1e-9);
    f.from[0] = min - margin;
    f.to[0] = max + margin;
    frame_ticks(r, &f, 0, TICKS, true);
    frame_clip(r, &f);
    plot_histogram(r, &f, d, generated, 0);
    frame_border(r, &f);
}

/* ---- the file -------------------------------------------------------------------------------- */

Status plot_write(const char *path, Raster *r, const Dataset *d, View generated, Error *e)
{
    static const Colour white = { 255, 255, 255 };
    const Grid whole = { 1, 1, 3, r->height, r->width, 0, 1, 0, 0, 0 };
    assert(generated.cols == d->shape.c);
    raster_clip(r, 0, 0, r->width, r->height);
    raster_fill(r, white);
    if (is_of_pairs(d))
        pairs_draw(r, d, generated);
    else if (d->shape.c == 1)
        histograms(r, d, generated);
    else
        scatter(r, d, generated);
    return png_write_grid(path, &whole, r->at, 1, e);
}
