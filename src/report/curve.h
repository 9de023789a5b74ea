/* Long columns of numbers made as short as a screen needs them. */
#ifndef GANTRAIN_SRC_REPORT_CURVE_H
#define GANTRAIN_SRC_REPORT_CURVE_H

#include <stdbool.h>

#include "gantrain/report/axis.h"

/* A corner of a curve in the unit square, y upward. A y that is NaN ends one line; the next corner
 * begins another. */
typedef struct Corner {
    double x, y;
} Corner;

/* Corners that curve_thin needs room for. */
enum { CURVE_BUCKETS = 400, CURVE_ROOM = 6 * CURVE_BUCKETS + 8 };

/* curve_thin: the points (x[i], y[i]), x never falling, on two axes; returns how many corners.
 * Up to 2·CURVE_BUCKETS points stay as they are. Of more, each of CURVE_BUCKETS equal parts of the x axis
 * keeps its first, least, greatest and last point, in their order: what a screen can show
 * (Jugel et al. 2014, M4: A Visualization-Oriented Time Series Data Aggregation).
 * Where y has no place on its axis the line is broken; where x has none, the point is left out. */
int curve_thin(const Axis *ax, const Axis *ay, const double *x, const double *y, int n,
               Corner out[CURVE_ROOM]);

/* curve_smooth: means over windows of about n/CURVE_WINDOWS rows, at CURVE_MEANS places; of the logarithms
 * when `ratios`. A window without a value gives NaN; other values that are NaN count nowhere. Returns the
 * rows of a window; 0: too few rows to smooth, nothing written.   x, y [n] */
enum { CURVE_MEANS = 160, CURVE_WINDOWS = 36 };
int curve_smooth(const double *x, const double *y, int n, bool ratios, double mean_x[CURVE_MEANS],
                 double mean_y[CURVE_MEANS]);

#endif
