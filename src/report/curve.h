/* Reduces long curves to what a screen can show. */
#ifndef GANTRAIN_SRC_REPORT_CURVE_H
#define GANTRAIN_SRC_REPORT_CURVE_H

#include <stdbool.h>

#include "gantrain/report/axis.h"

/* A vertex of a curve in the unit square, y upward. A NaN in y separates two lines. */
typedef struct Vertex {
    double x, y;
} Vertex;

enum { CURVE_BUCKETS = 400, CURVE_VERTICES = 6 * CURVE_BUCKETS + 8 };

/* curve_thin: the points (x[i], y[i]), x not falling, on two axes; returns the number of vertices.
 * Up to 2·CURVE_BUCKETS points are kept. Of more, each of CURVE_BUCKETS equal parts of the x axis
 * keeps its first, lowest, highest and last point, in their order, which draws the same pixels
 * (Jugel et al. 2014, M4: A Visualization-Oriented Time Series Data Aggregation). A point whose y
 * cannot be shown breaks the line; one whose x cannot be shown is skipped. */
int curve_thin(const Axis *ax, const Axis *ay, const double *x, const double *y, int n,
               Vertex out[CURVE_VERTICES]);

/* curve_smooth: moving means over windows of about n/CURVE_WINDOWS rows, at CURVE_MEANS rows;
 * geometric means for `logarithmic`. NaN values are skipped; a window without a value gives NaN.
 * Returns the window's number of rows; 0: too few rows, nothing is written.   x, y [n] */
enum { CURVE_MEANS = 160, CURVE_WINDOWS = 36 };
int curve_smooth(const double *x, const double *y, int n, bool logarithmic,
                 double mean_x[CURVE_MEANS], double mean_y[CURVE_MEANS]);

#endif
