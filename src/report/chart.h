/* Charts as inline SVG: the text keeps its size while the width follows the page. */
#ifndef GANTRAIN_SRC_REPORT_CHART_H
#define GANTRAIN_SRC_REPORT_CHART_H

#include <stdbool.h>

#include "gantrain/base/text.h"
#include "gantrain/report/axis.h"

enum { CHART_SERIES = 16 };

/* One curve. A NaN in y is a gap. */
typedef struct Series {
    const char *name; /* in the legend           */
    const double *x;  /* [n] finite, not falling */
    const double *y;  /* [n]                     */
    int n;
    int colour; /* CSS class "c<colour>"   */
} Series;

/* All texts are plain; chart_add escapes them. */
typedef struct Chart {
    const char *title, *about;  /* about may be NULL                      */
    const char *x_name;         /* "step", "epoch"                        */
    Scale scale;                /* of y                                   */
    double reference;           /* y of a horizontal line                 */
    const char *reference_name; /* its label; NULL: no line */
    bool shows_reference;       /* the axis reaches it whatever the values */
    Series series[CHART_SERIES];
    int n;
} Chart;

/* chart_add: append a <figure class="chart">, or nothing when no series has a value. Long curves
 * are thinned to the resolution of a screen and overlaid with a moving mean. An axis that a few
 * outliers would compress is clipped, which the figure says. Lack of memory sets out->failed. */
void chart_add(Text *out, const Chart *c);

/* ---- curves reduced to what a screen can show (curve.c) -------------------------------------- */

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
