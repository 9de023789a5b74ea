/* Charts as inline SVG: the text keeps its size while the width follows the page. */
#ifndef GANTRAIN_SRC_REPORT_CHART_H
#define GANTRAIN_SRC_REPORT_CHART_H

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
    Series series[CHART_SERIES];
    int n;
} Chart;

/* chart_add: append a <figure class="chart">, or nothing when no series has a value. Long curves
 * are thinned to the resolution of a screen and overlaid with a moving mean. An axis that a few
 * outliers would compress is clipped, which the figure says. Lack of memory sets out->failed. */
void chart_add(Text *out, const Chart *c);

#endif
