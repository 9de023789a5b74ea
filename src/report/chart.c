/* A chart is two nested pictures. The outer one has no viewBox: lines and words stand at percentages of it,
 * so letters keep their size on a phone and on a projector. The inner one, with the curves, has a viewBox
 * of SIDE x SIDE that is stretched over it, with strokes that are not. */
#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gantrain/base/sort.h"
#include "gantrain/io/html.h"
#include "curve.h"

enum { SIDE = 10000, FEW = 48 /* points that each get a dot */ };

/* ---- the range of y --------------------------------------------------------------------------------- */

/* What the series of a chart hold, and where the axis is cut. */
typedef struct Range {
    double least, most;       /* of all values that have a place         */
    double x_last;            /* the largest x                           */
    double low, high;         /* what the axis shows                     */
    int values, zeros, holes; /* with a place; not positive on a log axis; NaN */
} Range;

/* Cut an end of the axis when the outermost 2 % of the values take more than CUT times the room of all
 * others. */
static void cut_outliers(Range *r, double *sorted, int n)
{
    enum { ENOUGH = 25, CUT = 4 };
    if (n < ENOUGH)
        return;
    sort_ascending(sorted, (size_t)n);
    const double low = sorted[n / 50], high = sorted[n - 1 - n / 50], size = high - low;
    if (size > 0 && r->most > high + CUT * size)
        r->high = high + 0.25 * size;
    if (size > 0 && r->least < low - CUT * size)
        r->low = low - 0.25 * size;
}

static void take_value(Range *r, const Chart *c, double v, double *kept)
{
    if (!isfinite(v)) {
        r->holes++;
        return;
    }
    if (c->scale == SCALE_LOG && v <= 0) {
        r->zeros++;
        return;
    }
    kept[r->values++] = v;
    r->least = fmin(r->least, v);
    r->most = fmax(r->most, v);
}

/* False: no memory. */
static bool find_range(const Chart *c, Range *r)
{
    size_t all = 1;
    *r = (Range){ .least = INFINITY, .most = -INFINITY };
    for (int s = 0; s < c->n; s++)
        all += (size_t)c->series[s].n;
    double *kept = malloc(all * sizeof *kept);
    if (!kept)
        return false;
    for (int s = 0; s < c->n; s++) {
        const Series *one = &c->series[s];
        for (int i = 0; i < one->n; i++)
            take_value(r, c, one->y[i], kept);
        if (one->n > 0)
            r->x_last = fmax(r->x_last, one->x[one->n - 1]);
    }
    r->low = r->least;
    r->high = r->most;
    if (c->scale == SCALE_LINEAR)
        cut_outliers(r, kept, r->values);
    free(kept);
    return true;
}

/* ---- the frame -------------------------------------------------------------------------------------- */

static double percent(double place)
{
    return 100 * fmin(fmax(place, 0), 1);
}

static void add_y_axis(Text *out, const Axis *a)
{
    char label[NUMBER_TEXT];
    for (int i = 0; i < a->n; i++) {
        const double y = percent(1 - axis_position(a, a->tick[i]));
        axis_label(a, i, label);
        text_add(out,
                 "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.2f%%\" y2=\"%.2f%%\"/>"
                 "<text class=\"tick\" x=\"-8\" y=\"%.2f%%\" dy=\".32em\" text-anchor=\"end\">%s"
                 "</text>\n",
                 y, y, y, label);
    }
}

static void add_x_axis(Text *out, const Axis *a, const char *name)
{
    char label[NUMBER_TEXT];
    for (int i = 0; i < a->n; i++) {
        const double x = percent(axis_position(a, a->tick[i]));
        axis_label(a, i, label);
        text_add(
            out,
            "<line class=\"mark\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"100%%\" y2=\"100%%\"/>"
            "<text class=\"tick\" x=\"%.2f%%\" y=\"100%%\" dy=\"1.5em\" text-anchor=\"middle\">"
            "%s</text>\n",
            x, x, x, label);
    }
    text_add(out, "<text class=\"name\" x=\"100%%\" y=\"100%%\" dy=\"2.8em\" text-anchor=\"end\">");
    html_add(out, name);
    text_add(out, "</text>\n");
}

/* Where the reference stands, or outside 0..1. */
static double reference_place(const Chart *c, const Axis *ay)
{
    const double y = c->reference_name ? axis_position(ay, c->reference) : -1;
    return y >= 0 && y <= 1 ? y : -1;
}

static void add_reference_line(Text *out, double y)
{
    if (y >= 0)
        text_add(out,
                 "<line class=\"reference\" x1=\"0\" x2=\"100%%\" y1=\"%.2f%%\" y2=\"%.2f%%\"/>\n",
                 percent(1 - y), percent(1 - y));
}

/* After the curves, which may pass below it. */
static void add_reference_name(Text *out, const Chart *c, double y)
{
    if (y < 0)
        return;
    text_add(out,
             "<text class=\"tick halo\" x=\"100%%\" y=\"%.2f%%\" dy=\"-.5em\" text-anchor=\"end\">",
             percent(1 - y));
    html_add(out, c->reference_name);
    text_add(out, "</text>");
}

/* ---- the curves ------------------------------------------------------------------------------------- */

static int screen(double place)
{
    return (int)lround(SIDE * fmin(fmax(place, -1), 2));
}

/* A line of one point is a dot: the ends of strokes are round. */
static void add_path(Text *out, const Corner *at, int n, const char *kind, int series, int colour)
{
    text_add(out, "<path class=\"%s c%d\" data-series=\"%d\" d=\"", kind, colour, series);
    for (int i = 0; i < n; i++) {
        const bool begins = i == 0 || isnan(at[i - 1].y), ends = i + 1 == n || isnan(at[i + 1].y);
        if (isnan(at[i].y))
            continue;
        text_add(out, "%s%d %d%s", begins ? "M" : "L", screen(at[i].x), screen(1 - at[i].y),
                 begins && ends ? "h0" : "");
    }
    text_add(out, "\"/>\n");
}

static void add_dots(Text *out, const Corner *at, int n, int series, int colour)
{
    text_add(out, "<path class=\"dots c%d\" data-series=\"%d\" d=\"", colour, series);
    for (int i = 0; i < n; i++)
        if (!isnan(at[i].y))
            text_add(out, "M%d %dh0", screen(at[i].x), screen(1 - at[i].y));
    text_add(out, "\"/>\n");
}

/* Returns the rows of a window of the mean; 0: there is none. */
static int add_series(Text *out, const Chart *c, int s, const Axis *ax, const Axis *ay, Corner *at)
{
    const Series *one = &c->series[s];
    double x[CURVE_MEANS], y[CURVE_MEANS];
    const int window = curve_smooth(one->x, one->y, one->n, c->scale == SCALE_LOG, x, y);
    int n = curve_thin(ax, ay, one->x, one->y, one->n, at);
    add_path(out, at, n, window ? "curve faint" : "curve", s, one->colour);
    if (window) {
        n = curve_thin(ax, ay, x, y, CURVE_MEANS, at);
        add_path(out, at, n, "curve", s, one->colour);
    } else if (n <= FEW)
        add_dots(out, at, n, s, one->colour);
    return window;
}

/* ---- words ------------------------------------------------------------------------------------------ */

static double last_value(const Series *s)
{
    int i = s->n;
    while (i > 0 && !isfinite(s->y[i - 1]))
        i--;
    return i > 0 ? s->y[i - 1] : (double)NAN;
}

/* A value in the unit of the axis. */
static void value_text(const Chart *c, double v, char out[NUMBER_TEXT])
{
    if (c->scale == SCALE_SHARE && isfinite(v))
        snprintf(out, NUMBER_TEXT, "%.1f %%", 100 * v);
    else
        number_text(v, out);
}

static void add_legend(Text *out, const Chart *c)
{
    char last[NUMBER_TEXT];
    text_add(out, "<ul class=\"legend\">");
    for (int s = 0; s < c->n; s++) {
        value_text(c, last_value(&c->series[s]), last);
        text_add(out, "<li data-series=\"%d\"><i class=\"key c%d\"></i>", s, c->series[s].colour);
        html_add(out, c->series[s].name);
        text_add(out, " <b>%s</b></li>", last);
    }
    text_add(out, "</ul>\n");
}

/* The chart in one sentence, for those who do not see it. */
static void add_label(Text *out, const Chart *c, const Range *r)
{
    char least[NUMBER_TEXT], most[NUMBER_TEXT], last[NUMBER_TEXT];
    value_text(c, r->least, least);
    value_text(c, r->most, most);
    text_add(out, " role=\"img\" aria-label=\"");
    html_add(out, c->title);
    text_add(out, ": curves over the %s; all values lie between %s and %s.", c->x_name, least,
             most);
    for (int s = 0; s < c->n; s++) {
        value_text(c, last_value(&c->series[s]), last);
        text_add(out, " ");
        html_add(out, c->series[s].name);
        text_add(out, " ends at %s.", last);
    }
    text_add(out, "\"");
}

static void add_notes(Text *out, const Chart *c, const Range *r, int window)
{
    char least[NUMBER_TEXT], most[NUMBER_TEXT];
    value_text(c, r->least, least);
    value_text(c, r->most, most);
    text_add(out, "<p class=\"note\">");
    if (window)
        text_add(out, "Faint: every row; bold: the mean of %d. ", window);
    if (r->high < r->most)
        text_add(out, "The axis is cut: the largest value is %s. ", most);
    if (r->low > r->least)
        text_add(out, "The axis is cut: the smallest value is %s. ", least);
    if (r->zeros)
        text_add(out, "%d values of 0 or below have no place on this axis. ", r->zeros);
    if (r->holes)
        text_add(out, "%d values are missing or not finite. ", r->holes);
    text_add(out, "</p>\n");
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static void add_caption(Text *out, const Chart *c)
{
    text_add(out, "<figcaption><h3>");
    html_add(out, c->title);
    text_add(out, "</h3>");
    if (c->about) {
        text_add(out, "<p>");
        html_add(out, c->about);
        text_add(out, "</p>");
    }
    add_legend(out, c);
    text_add(out, "</figcaption>\n");
}

/* The scales as the page's script reads them: from, to, and which kind. */
static void add_curves(Text *out, const Chart *c, const Range *r, const Axis *ax, const Axis *ay,
                       int *window)
{
    static const char *const kinds[] = { "linear", "log", "share", "count" };
    Corner *at = malloc(CURVE_ROOM * sizeof *at);
    const bool cut = r->low > r->least || r->high < r->most;
    text_add(out,
             "<svg class=\"curves%s\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
             "width=\"100%%\" height=\"100%%\" data-x=\"%.9g %.9g\" data-y=\"%.9g %.9g %s\">\n",
             cut ? " cut" : "", SIDE, SIDE, ax->from, ax->to, ay->from, ay->to, kinds[c->scale]);
    for (int s = 0; at && s < c->n; s++) {
        const int rows = add_series(out, c, s, ax, ay, at);
        *window = rows > *window ? rows : *window;
    }
    text_add(out, "</svg>");
    out->failed = out->failed || !at;
    free(at);
}

void chart_add(Text *out, const Chart *c)
{
    Range r;
    int window = 0;
    if (!find_range(c, &r)) {
        out->failed = true;
        return;
    }
    if (r.values == 0)
        return;
    const Axis ax = axis_for_range(SCALE_COUNT, 0, r.x_last),
               ay = axis_for_range(c->scale, r.low, r.high);
    text_add(out, "<figure class=\"chart\">");
    add_caption(out, c);
    text_add(out, "<div class=\"plot\"><svg class=\"frame\" width=\"100%%\" height=\"100%%\"");
    add_label(out, c, &r);
    text_add(out, ">\n");
    add_y_axis(out, &ay);
    add_x_axis(out, &ax, c->x_name);
    const double reference = reference_place(c, &ay);
    add_reference_line(out, reference);
    add_curves(out, c, &r, &ax, &ay, &window);
    add_reference_name(out, c, reference);
    text_add(out, "</svg></div>\n");
    add_notes(out, c, &r, window);
    text_add(out, "</figure>\n");
}
