/* The units of points: what stored values are in the source, and what its columns are called. */
#ifndef GANTRAIN_DATA_UNITS_H
#define GANTRAIN_DATA_UNITS_H

#include <stdbool.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/math/mat.h"

/* A value of the source is scale·stored + offset. */
typedef struct Units {
    int n;          /* columns; 0: stored values are those of the source, without names  */
    double *scale;  /* [n] owned                                                         */
    double *offset; /* [n] owned                                                         */
    char **name;    /* [n] owned, each too; NULL: the columns have no names              */
    char *label;    /* owned; the column of classes, which is none of the n; NULL: none  */
    char **class;   /* [classes] owned, each too: the names of the classes               */
    int classes;
} Units;

/* With so many columns, and bytes of their names, units fit into the header of a checkpoint. */
enum { UNITS_COLUMNS = 4096, UNITS_NAMES = 400000 };

/* The value that is stored as x in column j. */
static inline double units_value(const Units *u, int j, double x)
{
    return u->n > 0 ? u->scale[j] * x + u->offset[j] : x;
}

/* units_make: n columns of scale 1 and offset 0 without names. GT_ERESOURCE. */
Status units_make(Units *u, int n, Error *e);

/* units_set_label: copies the names of a column of classes and of its classes. GT_ERESOURCE. */
Status units_set_label(Units *u, const char *label, char *const *class, int classes, Error *e);

/* units_copy: *u, which is zeroed, becomes equal to `from`. GT_ERESOURCE. */
Status units_copy(Units *u, const Units *from, Error *e);

/* units_name: the name of column j, "x1" for the first of those without names. Returns `room`, or
 * the name that u owns. */
enum { UNITS_NAME = 16 };
const char *units_name(const Units *u, int j, char room[UNITS_NAME]);

/* units_digits: significant digits that a value of column j needs in decimal, so that its stored
 * `real` is not rounded: more than for a float where the offset is much larger than the scale. */
int units_digits(const Units *u, int j);

/* units_apply: m[i][j] becomes a value of the source. */
void units_apply(const Units *u, Mat m);

/* units_change: values in units `from` become stored values of `to`. Those of equal columns, and
 * all if one of the two has no columns, keep their bits. */
void units_change(const Units *from, const Units *to, Mat m);

/* units_standardize: sets scale and offset of column j to deviation and mean of x[i·n + j] over the
 * rows with keep[i] (NULL: all). A column that is constant there gets scale 1 and a line in
 * `warning`.   x [rows, n] finite, squares too */
void units_standardize(Units *u, const double *x, int rows, const bool *keep, Text *warning);

/* Accepts a zeroed Units. */
void units_free(Units *u);

#endif
