/* Axes of charts: from a range of values to ticks, labels and places; and numbers for people. */
#ifndef GANTRAIN_REPORT_AXIS_H
#define GANTRAIN_REPORT_AXIS_H

enum { AXIS_TICKS = 16, NUMBER_TEXT = 48 };

typedef enum Scale {
    SCALE_LINEAR,
    SCALE_LOG,   /* powers of ten; values that are not positive have no place */
    SCALE_SHARE, /* 0 to 1, as percent                                        */
    SCALE_COUNT, /* from 0 to the largest value; ticks at whole numbers       */
} Scale;

typedef struct Axis {
    Scale scale;
    double from, to; /* from < to                              */
    int n;           /* ticks, at least 2 but for SCALE_COUNT: 1 */
    double tick[AXIS_TICKS];
} Axis;

/* axis_for_range: an axis that holds the values least..most (finite; positive for SCALE_LOG) and ends at
 * round numbers. */
Axis axis_for_range(Scale scale, double least, double most);

/* Where a value lies: 0 at `from`, 1 at `to`; NaN when it has no place (not finite, or log of 0). */
double axis_position(const Axis *a, double v);

/* The label of a tick, in UTF-8: "0.25", "50 %", "12,000", "10⁻³". */
void axis_label(const Axis *a, int tick, char out[NUMBER_TEXT]);

/* A value with about four digits: "1.386", "12,345", "3.21·10⁻⁶"; "–" when it is not finite. */
void number_text(double v, char out[NUMBER_TEXT]);

#endif
