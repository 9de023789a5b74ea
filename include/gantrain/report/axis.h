/* Chart axes: from a range of values to ticks, labels and positions; and numbers as text. */
#ifndef GANTRAIN_REPORT_AXIS_H
#define GANTRAIN_REPORT_AXIS_H

enum { AXIS_TICKS = 16, NUMBER_TEXT = 48 };

typedef enum Scale {
    SCALE_LINEAR,
    SCALE_LOG,   /* ticks at powers of ten; positive values only   */
    SCALE_SHARE, /* 0 to 1, as percentages                         */
    SCALE_COUNT, /* from 0 to the maximum; ticks at whole numbers  */
} Scale;

typedef struct Axis {
    Scale scale;
    double from, to; /* from < to                               */
    int n;           /* ticks, at least 2, for SCALE_COUNT at least 1 */
    double tick[AXIS_TICKS];
} Axis;

/* axis_for_range: an axis over min..max (finite; positive for SCALE_LOG) ending at round
 * numbers. */
Axis axis_for_range(Scale scale, double min, double max);

/* The position of a value, 0 at `from` and 1 at `to`; NaN when it cannot be shown: not finite, or
 * <= 0 on a logarithmic axis. */
double axis_position(const Axis *a, double v);

/* The label of a tick, in UTF-8: "0.25", "50 %", "12,000", "10⁻³". */
void axis_label(const Axis *a, int tick, char out[NUMBER_TEXT]);

/* A value with about four digits: "1.386", "12,345", "3.21·10⁻⁶"; "–" when it is not finite. */
void number_text(double v, char out[NUMBER_TEXT]);

/* The same in the unit of a scale: "12.5 %" for SCALE_SHARE. */
void scaled_text(Scale scale, double v, char out[NUMBER_TEXT]);

#endif
