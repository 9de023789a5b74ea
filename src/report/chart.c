/* A chart is two nested SVGs. The outer one has no viewBox: lines and text are positioned in
 * percent, so text keeps its size on every screen. The inner one, with the curves, has a viewBox of
 * SIDE x SIDE that is stretched over it, while strokes are not. */
#include "chart.h"

#include <math.h>
#include <stdlib.h>

#include "gantrain/base/numbers.h"
#include "gantrain/io/html.h"

enum { SIDE = 10000, MAX_DOTS = 48 /* points that each get a dot */ };

/* ---- the range of y -------------------------------------------------------------------------- */

typedef struct Range {
    double min, max;  /* of all values that can be shown */
    double low, high; /* what the axis shows             */
    double x_max;
    int values, nonpositive, nonfinite; /* nonpositive: on a logarithmic axis */
} Range;

/* Clips an end of the axis when the outermost 2 % of the values take more than CLIP times the room
 * of all others. */
static void clip_outliers(Range *r, double *values)
{
    enum { MIN_VALUES = 25, CLIP = 4 };
    const int n = r->values;
    if (n < MIN_VALUES)
        return;
    sort_ascending(values, (size_t)n);
    const double low = values[n / 50], high = values[n - 1 - n / 50], size = high - low;
    if (size > 0 && r->max > high + CLIP * size)
        r->high = high + 0.25 * size;
    if (size > 0 && r->min < low - CLIP * size)
        r->low = low - 0.25 * size;
}

static void add_value(Range *r, Scale scale, double v, double *values)
{
    if (!isfinite(v)) {
        r->nonfinite++;
    } else if (scale == SCALE_LOG && v <= 0) {
        r->nonpositive++;
    } else {
        values[r->values++] = v;
        r->min = fmin(r->min, v);
        r->max = fmax(r->max, v);
    }
}

/* False: no memory. */
static bool find_range(const Chart *c, Range *r)
{
    size_t n = 1;
    *r = (Range){ .min = INFINITY, .max = -INFINITY };
    for (const Series *s = c->series; s < c->series + c->n; s++)
        n += (size_t)s->n;
    double *values = malloc(n * sizeof *values);
    if (!values)
        return false;
    for (const Series *s = c->series; s < c->series + c->n; s++) {
        for (int i = 0; i < s->n; i++)
            add_value(r, c->scale, s->y[i], values);
        if (s->n > 0)
            r->x_max = fmax(r->x_max, s->x[s->n - 1]);
    }
    r->low = r->min;
    r->high = r->max;
    if (c->scale == SCALE_LINEAR)
        clip_outliers(r, values);
    if (c->reference_name && c->shows_reference && r->values > 0 &&
        (c->scale != SCALE_LOG || c->reference > 0)) {
        r->low = fmin(r->low, c->reference);
        r->high = fmax(r->high, c->reference);
    }
    free(values);
    return true;
}

/* ---- the frame ------------------------------------------------------------------------------- */

static double percent(double position)
{
    return 100 * fmin(fmax(position, 0), 1);
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
    html_add_between(out,
                     "<text class=\"name\" x=\"100%\" y=\"100%\" dy=\"2.8em\" text-anchor=\"end\">",
                     name, "</text>\n");
}

/* The position of the reference line, -1: none. */
static double reference_position(const Chart *c, const Axis *ay)
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

/* After the curves, to be drawn above them. */
static void add_reference_name(Text *out, const char *name, double y)
{
    if (y < 0)
        return;
    text_add(out, "<text class=\"tick halo\" x=\"100%%\" y=\"%.2f%%\" dy=\"-.5em\" ",
             percent(1 - y));
    html_add_between(out, "text-anchor=\"end\">", name, "</text>");
}

/* ---- the curves ------------------------------------------------------------------------------ */

static int pixel(double position)
{
    return (int)lround(SIDE * fmin(fmax(position, -1), 2));
}

/* A line of one point is a dot, because stroke ends are round. */
static void add_path(Text *out, const Vertex *v, int n, const char *class, int series, int colour)
{
    text_add(out, "<path class=\"%s c%d\" data-series=\"%d\" d=\"", class, colour, series);
    for (int i = 0; i < n; i++) {
        const bool begins = i == 0 || isnan(v[i - 1].y), ends = i + 1 == n || isnan(v[i + 1].y);
        if (!isnan(v[i].y))
            text_add(out, "%s%d %d%s", begins ? "M" : "L", pixel(v[i].x), pixel(1 - v[i].y),
                     begins && ends ? "h0" : "");
    }
    text_add(out, "\"/>\n");
}

static void add_dots(Text *out, const Vertex *v, int n, int series, int colour)
{
    text_add(out, "<path class=\"dots c%d\" data-series=\"%d\" d=\"", colour, series);
    for (int i = 0; i < n; i++)
        if (!isnan(v[i].y))
            text_add(out, "M%d %dh0", pixel(v[i].x), pixel(1 - v[i].y));
    text_add(out, "\"/>\n");
}

/* Returns the rows of the window of the moving mean; 0: none is drawn. */
static int add_series(Text *out, const Chart *c, int index, const Axis *ax, const Axis *ay,
                      Vertex *v)
{
    const Series *s = &c->series[index];
    double x[CURVE_MEANS], y[CURVE_MEANS];
    const int window = curve_smooth(s->x, s->y, s->n, c->scale == SCALE_LOG, x, y);
    int n = curve_thin(ax, ay, s->x, s->y, s->n, v);
    add_path(out, v, n, window ? "curve faint" : "curve", index, s->colour);
    if (window) {
        n = curve_thin(ax, ay, x, y, CURVE_MEANS, v);
        add_path(out, v, n, "curve", index, s->colour);
    } else if (n <= MAX_DOTS) {
        add_dots(out, v, n, index, s->colour);
    }
    return window;
}

/* data-x and data-y are for the page's script. Returns the window of the moving mean, or 0. */
static int add_curves(Text *out, const Chart *c, const Range *r, const Axis *ax, const Axis *ay)
{
    static const char *const scales[] = { "linear", "log", "share", "count" };
    Vertex *v = malloc(CURVE_VERTICES * sizeof *v);
    const bool clipped = r->low > r->min || r->high < r->max;
    int window = 0;
    text_add(out,
             "<svg class=\"curves%s\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
             "width=\"100%%\" height=\"100%%\" data-x=\"%.9g %.9g\" data-y=\"%.9g %.9g %s\">\n",
             clipped ? " clipped" : "", SIDE, SIDE, ax->from, ax->to, ay->from, ay->to,
             scales[c->scale]);
    for (int s = 0; v && s < c->n; s++) {
        const int rows = add_series(out, c, s, ax, ay, v);
        window = rows > window ? rows : window;
    }
    text_add(out, "</svg>");
    out->failed = out->failed || !v;
    free(v);
    return window;
}

/* ---- text ------------------------------------------------------------------------------------ */

static double last_value(const Series *s)
{
    int i = s->n;
    while (i > 0 && !isfinite(s->y[i - 1]))
        i--;
    return i > 0 ? s->y[i - 1] : (double)NAN;
}

static void add_caption(Text *out, const Chart *c)
{
    char last[NUMBER_TEXT];
    html_add_between(out, "<figcaption><h3>", c->title, "</h3>");
    if (c->about)
        html_add_between(out, "<p>", c->about, "</p>");
    text_add(out, "<ul class=\"legend\">");
    for (int s = 0; s < c->n; s++) {
        scaled_text(c->scale, last_value(&c->series[s]), last);
        text_add(out, "<li data-series=\"%d\"><i class=\"key c%d\"></i>", s, c->series[s].colour);
        html_add(out, c->series[s].name);
        text_add(out, " <b>%s</b></li>", last);
    }
    text_add(out, "</ul>\n</figcaption>\n");
}

/* The chart in words, for screen readers. */
static void add_label(Text *out, const Chart *c, const Range *r)
{
    char min[NUMBER_TEXT], max[NUMBER_TEXT], last[NUMBER_TEXT];
    scaled_text(c->scale, r->min, min);
    scaled_text(c->scale, r->max, max);
    html_add_between(out, " role=\"img\" aria-label=\"", c->title, "");
    text_add(out, " by %s: values from %s to %s.", c->x_name, min, max);
    for (const Series *s = c->series; s < c->series + c->n; s++) {
        scaled_text(c->scale, last_value(s), last);
        html_add_between(out, " ", s->name, "");
        text_add(out, " ends at %s.", last);
    }
    text_add(out, "\"");
}

static void add_notes(Text *out, const Chart *c, const Range *r, int window)
{
    char min[NUMBER_TEXT], max[NUMBER_TEXT];
    scaled_text(c->scale, r->min, min);
    scaled_text(c->scale, r->max, max);
    text_add(out, "<p class=\"note\">");
    if (window)
        text_add(out, "Faint: every row; bold: moving mean over %d rows. ", window);
    if (r->high < r->max)
        text_add(out, "The axis is clipped; maximum: %s. ", max);
    if (r->low > r->min)
        text_add(out, "The axis is clipped; minimum: %s. ", min);
    if (r->nonpositive)
        text_add(out, "%d values of 0 or below are not shown on the logarithmic axis. ",
                 r->nonpositive);
    if (r->nonfinite)
        text_add(out, "%d values are missing or not finite. ", r->nonfinite);
    text_add(out, "</p>\n");
}

void chart_add(Text *out, const Chart *c)
{
    Range r;
    if (!find_range(c, &r)) {
        out->failed = true;
        return;
    }
    if (r.values == 0)
        return;
    const Axis ax = axis_for_range(SCALE_COUNT, 0, r.x_max);
    const Axis ay = axis_for_range(c->scale, r.low, r.high);
    const double reference = reference_position(c, &ay);
    text_add(out, "<figure class=\"chart\">");
    add_caption(out, c);
    text_add(out, "<div class=\"plot\"><svg class=\"frame\" width=\"100%%\" height=\"100%%\"");
    add_label(out, c, &r);
    text_add(out, ">\n");
    add_y_axis(out, &ay);
    add_x_axis(out, &ax, c->x_name);
    add_reference_line(out, reference);
    const int window = add_curves(out, c, &r, &ax, &ay);
    add_reference_name(out, c->reference_name, reference);
    text_add(out, "</svg></div>\n");
    add_notes(out, c, &r, window);
    text_add(out, "</figure>\n");
}
