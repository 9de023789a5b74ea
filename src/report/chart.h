/* Columns of numbers as a chart of an HTML page: inline SVG that keeps the size of its words while its
 * width follows the page. */
#ifndef GANTRAIN_SRC_REPORT_CHART_H
#define GANTRAIN_SRC_REPORT_CHART_H

#include "gantrain/base/text.h"
#include "gantrain/report/axis.h"

enum { CHART_SERIES = 16 };

/* One curve. NaN in y is a gap. */
typedef struct Series {
    const char *name; /* for the legend; escaped here            */
    const double *x;  /* [n] finite, never falling               */
    const double *y;  /* [n]                                     */
    int n;
    int colour; /* class "c<colour>" of the page's style   */
} Series;

typedef struct Chart {
    const char *title, *about; /* escaped here                                   */
    const char *x_name;        /* "step", "epoch"                                */
    Scale scale;               /* of y                                           */
    double reference;
    const char *reference_name; /* of a line across, or NULL: there is none; escaped here */
    Series series[CHART_SERIES];
    int n;
} Chart;

/* chart_add: append a <figure class="chart">; nothing when no series has a value. Curves of many rows are
 * thinned to what a screen shows and get a mean drawn over them. When a few values would flatten all
 * others, the axis is cut, and the figure says so. Lack of memory shows in out->failed. */
void chart_add(Text *out, const Chart *c);

#endif
