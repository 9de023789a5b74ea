/* Units of points. */
#include "gantrain/data/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status no_memory(int n, Error *e)
{
    return fail(e, GT_ERESOURCE, "no memory for the units of %d columns", n);
}

static void free_names(char **names, int n)
{
    for (int i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

Status units_make(Units *u, int n, Error *e)
{
    *u = (Units){ .n = n };
    u->scale = calloc((size_t)n, sizeof *u->scale);
    u->offset = calloc((size_t)n, sizeof *u->offset);
    if (!u->scale || !u->offset)
        return no_memory(n, e);
    for (int j = 0; j < n; j++)
        u->scale[j] = 1;
    return GT_OK;
}

/* NULL: no memory. */
static char **copy_names(char *const *from, int n)
{
    char **names = calloc((size_t)n, sizeof *names);
    for (int i = 0; names && i < n; i++)
        if (!(names[i] = strdup(from[i]))) {
            free_names(names, i);
            return NULL;
        }
    return names;
}

Status units_set_label(Units *u, const char *label, char *const *class, int classes, Error *e)
{
    u->label = strdup(label);
    u->class = copy_names(class, classes);
    u->classes = u->class ? classes : 0;
    return u->label && u->class ? GT_OK : no_memory(classes, e);
}

Status units_copy(Units *u, const Units *from, Error *e)
{
    if (from->n == 0)
        return GT_OK;
    TRY(units_make(u, from->n, e));
    memcpy(u->scale, from->scale, (size_t)u->n * sizeof *u->scale);
    memcpy(u->offset, from->offset, (size_t)u->n * sizeof *u->offset);
    if (from->name && !(u->name = copy_names(from->name, u->n)))
        return no_memory(u->n, e);
    return from->label ? units_set_label(u, from->label, from->class, from->classes, e) : GT_OK;
}

const char *units_name(const Units *u, int j, char room[UNITS_NAME])
{
    if (u->name)
        return u->name[j];
    snprintf(room, UNITS_NAME, "x%d", j + 1);
    return room;
}

int units_digits(const Units *u, int j)
{
    enum { FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17 };
    const double ratio = u->n > 0 ? fabs(u->offset[j]) / fabs(u->scale[j]) : 0;
    const double digits = FLOAT_DIGITS + (ratio > 1 ? ceil(log10(ratio)) : 0);
    return digits < DOUBLE_DIGITS ? (int)digits : DOUBLE_DIGITS;
}

void units_apply(const Units *u, Mat m)
{
    for (int i = 0; i < m.rows && u->n > 0; i++) {
        real *x = mat_rows(m, i, 1).at;
        for (int j = 0; j < m.cols; j++)
            x[j] = (real)units_value(u, j, (double)x[j]);
    }
}

static bool is_same(double a, double b)
{
    return a <= b && a >= b;
}

void units_change(const Units *from, const Units *to, Mat m)
{
    for (int j = 0; j < m.cols && from->n > 0 && to->n > 0; j++) {
        if (is_same(from->scale[j], to->scale[j]) && is_same(from->offset[j], to->offset[j]))
            continue;
        for (int i = 0; i < m.rows; i++) {
            real *x = &mat_rows(m, i, 1).at[j];
            *x = (real)((units_value(from, j, (double)*x) - to->offset[j]) / to->scale[j]);
        }
    }
}

/* ---- mean and deviation ---------------------------------------------------------------------- */

/* In two passes over rows: the sum of squares of values minus their mean loses no digits. Distances
 * from the first row make the mean of a constant column exact. */
static void measure(Units *u, const double *x, int rows, const bool *keep)
{
    const size_t n = (size_t)u->n;
    const double *first = NULL, *row = x;
    double count = 0;
    memset(u->offset, 0, n * sizeof *u->offset);
    memset(u->scale, 0, n * sizeof *u->scale);
    for (int i = 0; i < rows; i++, row += n) {
        if (keep && !keep[i])
            continue;
        first = first ? first : row;
        count++;
        for (size_t j = 0; j < n; j++)
            u->offset[j] += row[j] - first[j];
    }
    for (size_t j = 0; first && j < n; j++)
        u->offset[j] = first[j] + u->offset[j] / count;
    row = x;
    for (int i = 0; i < rows; i++, row += n)
        for (size_t j = 0; (!keep || keep[i]) && j < n; j++)
            u->scale[j] += (row[j] - u->offset[j]) * (row[j] - u->offset[j]);
    for (size_t j = 0; j < n; j++)
        u->scale[j] = count > 0 ? sqrt(u->scale[j] / count) : 0;
}

void units_standardize(Units *u, const double *x, int rows, const bool *keep, Text *warning)
{
    char room[UNITS_NAME];
    measure(u, x, rows, keep);
    for (int j = 0; j < u->n; j++) {
        if (u->scale[j] > 0)
            continue;
        u->scale[j] = 1;
        text_add(warning, "column \"");
        text_add_printable(warning, units_name(u, j, room));
        text_add(warning, "\" is %.9g in every row: there is nothing to learn from it\n",
                 u->offset[j]);
    }
}

void units_free(Units *u)
{
    free_names(u->name, u->n);
    free_names(u->class, u->classes);
    free(u->label);
    free(u->offset);
    free(u->scale);
    *u = (Units){ 0 };
}
