/* Frames of plots: values to pixels, axes, and what is drawn inside. */
#ifndef GANTRAIN_SRC_SAMPLE_PLOT_FRAME_H
#define GANTRAIN_SRC_SAMPLE_PLOT_FRAME_H

#include "gantrain/data/dataset.h"
#include "gantrain/io/raster.h"

enum {
    PLOT_ZOOM = 2, /* of letters                     */
    PLOT_TICK = 5,
    PLOT_BAR = 4, /* pixels, width of a histogram bar */
    PLOT_BARS = 128,
};

static const Colour plot_ink = { 70, 70, 70 }, plot_grey = { 196, 196, 200 },
                    plot_blue = { 20, 90, 200 };

/* A rectangle of pixels, right and bottom exclusive, and the values of x and y at its sides. */
typedef struct Frame {
    int left, top, right, bottom;
    double from[2], to[2];
} Frame;

double frame_x(const Frame *f, double value);
double frame_y(const Frame *f, double value);

/* Grid lines, ticks and, if `labels`, numbers of axis 0 (x) or 1 (y); at most `most` of them. */
void frame_ticks(const Raster *r, const Frame *f, int axis, int most, bool labels);

/* Clips to the inside of the frame. */
void frame_clip(Raster *r, const Frame *f);

/* The line round the frame; ends the clipping. */
void frame_border(Raster *r, const Frame *f);

/* Smallest and largest value of column j of the data, in the units of the source. */
void plot_range(const Dataset *d, int j, double *min, double *max);

/* Points at (column jx, column jy).   points [n, dim] */
void plot_points(const Raster *r, const Frame *f, const Units *u, View points, const int column[2],
                 double radius, Colour c);

/* plot_histogram: of column j; sets f->from[1], f->to[1]: 1.5 times the highest bar of the data,
 * so that it stays when a generator collapses to one bar. The data are filled, `generated` is an
 * outline.   generated [n, dim] */
void plot_histogram(const Raster *r, Frame *f, const Dataset *d, View generated, int j);

/* Plots of several columns: the lower triangle of scatter plots of two columns each, histograms on
 * the diagonal (plot_pairs.c). */
enum { PAIRS_COLUMNS = 5 };
Raster pairs_take(Arena *a, const Dataset *d);
void pairs_draw(Raster *r, const Dataset *d, View generated);

#endif
