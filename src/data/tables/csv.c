/* The data set kind "csv": a table of text, one point a row. One pass over the file; memory for the
 * numbers in double, as a mean must be known before they become `real`. */
#include "csv_classes.h"
#include "csv_layout.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000000, FIRST_ROWS = 4096 };

/* Beyond this the square of a value, or the value as a float, would overflow. */
#define VALUE_MAX 1e30

#define OPT(key, type, field, init, registry, text)                                                \
    {                                                                                              \
        key, type, offsetof(CsvOptions, field), 0, 0, init, registry, NULL, text, NULL             \
    }

static const Option csv_options[] = {
    SOURCE_FILE("the table, plain or .gz"),
    OPT("header", OPTION_CHOICE, header, "auto", &csv_headers,
        "whether the first line names the columns"),
    OPT("separator", OPTION_TEXT, separator, "auto", NULL,
        "between fields: auto, or one character, tab or space"),
    OPT("columns", OPTION_TEXTS, columns, "[]", NULL,
        "names, or numbers from 1, of the columns to learn; none: all with numbers"),
    OPT("label", OPTION_TEXT, label, "", NULL, "name or number of the column of classes"),
    OPT("standardize", OPTION_BOOL, standardize, "true", NULL,
        "subtract the mean of each column, divide by its standard deviation"),
    SOURCE_SPLIT,
    SOURCE_CLASSES,
    OPT_END,
};

typedef struct Table {
    const char *path;
    CsvLayout layout;
    CsvReader reader;
    CsvClasses classes;
    double *value;  /* [rows, layout.n] owned */
    uint8_t *label; /* [rows] owned, or NULL  */
    size_t rows, room;
} Table;

/* ---- what is wrong with a field -------------------------------------------------------------- */

static const char *advice_for(CsvField f, double x)
{
    if (csv_missing(f))
        return "a missing value: fill it in, remove the row, or leave the column out "
               "(data.columns)";
    if (csv_decimal_comma(f))
        return "a comma in a number: expected a decimal point and no separators of thousands; "
               "export the table again, or replace them";
    if (!isnan(x))
        return "expected a finite number between -1e30 and 1e30: change its unit, or leave the "
               "column out (data.columns)";
    return "expected a number: correct it, or leave the column out (data.columns)";
}

/* `x`: the number that the field is; NaN: none */
static Status report_field(const Table *t, int field, double x, Error *e)
{
    Text shown = { 0 };
    const bool names = !t->layout.header && t->reader.line == t->layout.line;
    csv_add(&shown, t->reader.field[field]);
    fail(e, GT_EDATA, "%s:%" PRIu64 ": column \"%.60s\" (%d): \"%.40s\": %s%s", t->path,
         csv_line(&t->reader, field), t->layout.name[field], field + 1, shown.at ? shown.at : "",
         advice_for(t->reader.field[field], x),
         names ? "; or, if this line names the columns, set data.header to yes" : "");
    text_free(&shown);
    return e->code;
}

static Status report_classes(const Table *t, int why, Error *e)
{
    const int field = t->layout.label;
    if (why == CSV_NO_MEMORY)
        return fail(e, GT_ERESOURCE, "%s: no memory for the names of its classes", t->path);
    if (why == CSV_TOO_LONG)
        return fail(e, GT_EDATA,
                    "%s:%" PRIu64 ": column \"%.60s\" (%d): %zu bytes: the name of a class has at "
                    "most %d; choose another data.label",
                    t->path, csv_line(&t->reader, field), t->layout.name[field], field + 1,
                    t->reader.field[field].n, CSV_CLASS_NAME);
    return fail(e, GT_EDATA,
                "%s:%" PRIu64 ": column \"%.60s\" (%d) has more than %d different values: too many "
                "for classes; choose another data.label",
                t->path, csv_line(&t->reader, field), t->layout.name[field], field + 1,
                CSV_CLASSES);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static Status make_room(Table *t, Error *e)
{
    const size_t room = t->room ? 2 * t->room : FIRST_ROWS;
    double *value = realloc(t->value, room * (size_t)t->layout.n * sizeof *value);
    if (value)
        t->value = value;
    uint8_t *label = t->layout.label >= 0 ? realloc(t->label, room) : NULL;
    if (label)
        t->label = label;
    if (!value || (t->layout.label >= 0 && !label))
        return fail(e, GT_ERESOURCE, "%s: no memory for %zu rows of %d numbers", t->path, room,
                    t->layout.n);
    t->room = room;
    return GT_OK;
}

/* A separator may follow the last field. */
static Status check_fields(const Table *t, Error *e)
{
    const CsvReader *r = &t->reader;
    const int n = t->layout.fields;
    const CsvField last = r->field[r->n - 1];
    if (r->n == n || (r->n == n + 1 && last.n == 0 && !last.quoted))
        return GT_OK;
    return fail(e, GT_EDATA,
                "%s:%" PRIu64 ": %d field%s: expected %d, as on line %" PRIu64
                "; correct the line, or data.separator",
                t->path, r->line, r->n, r->n == 1 ? "" : "s", n, t->layout.line);
}

static Status read_label(Table *t, Error *e)
{
    const int field = t->layout.label;
    if (field < 0)
        return GT_OK;
    if (csv_missing(t->reader.field[field]))
        return report_field(t, field, (double)NAN, e);
    const int label = csv_class_of(&t->classes, t->reader.field[field]);
    if (label < 0)
        return report_classes(t, label, e);
    t->label[t->rows] = (uint8_t)label;
    return GT_OK;
}

static Status read_row(Table *t, Error *e)
{
    TRY(check_fields(t, e));
    if (t->rows == t->room)
        TRY(make_room(t, e));
    double *x = t->value + t->rows * (size_t)t->layout.n;
    for (int j = 0; j < t->layout.n; j++) {
        const int field = t->layout.column[j];
        if (!csv_number(t->reader.field[field], &x[j]))
            return report_field(t, field, (double)NAN, e);
        if (!(fabs(x[j]) <= VALUE_MAX))
            return report_field(t, field, x[j], e);
    }
    TRY(read_label(t, e));
    if (++t->rows > ROWS_MAX)
        return fail(e, GT_EDATA, "%s: more than %d rows", t->path, ROWS_MAX);
    return GT_OK;
}

static Status read_rows(Table *t, Error *e)
{
    bool found = true;
    if (t->layout.header)
        TRY(csv_next(&t->reader, &found, e));
    for (;;) {
        TRY(csv_next(&t->reader, &found, e));
        if (!found)
            break;
        TRY(read_row(t, e));
    }
    return GT_OK;
}

/* ---- the data set ---------------------------------------------------------------------------- */

static Status name_columns(Dataset *d, const Table *t, Error *e)
{
    d->units.name = calloc((size_t)t->layout.n, sizeof *d->units.name);
    for (int j = 0; d->units.name && j < t->layout.n; j++) {
        d->units.name[j] = t->layout.name[t->layout.column[j]];
        t->layout.name[t->layout.column[j]] = NULL;
    }
    return d->units.name ? GT_OK : fail(e, GT_ERESOURCE, "%s: no memory for its names", t->path);
}

/* A column whose values are 0, 1, 2, ... from any start. */
static bool counts_rows(const Table *t, int j)
{
    const size_t n = (size_t)t->layout.n;
    bool counts = t->rows >= 3;
    for (size_t i = 1; counts && i < t->rows; i++) {
        const double step = t->value[i * n + (size_t)j] - t->value[(i - 1) * n + (size_t)j];
        counts = step >= 1 && step <= 1;
    }
    return counts;
}

static void warn_of_row_numbers(Dataset *d, const Table *t)
{
    for (int j = 0; j < t->layout.n; j++)
        if (counts_rows(t, j)) {
            text_add(&d->warning, "column \"");
            text_add_printable(&d->warning, d->units.name[j]);
            text_add(&d->warning,
                     "\" counts the rows: it says nothing about a sample; leave it out "
                     "(data.columns)\n");
        }
}

/* By the training part, whichever part is wanted. */
static Status standardize(Dataset *d, const Spec *spec, const Table *t, Error *e)
{
    bool *keep;
    TRY(source_training(d, spec, &keep, e));
    units_standardize(&d->units, t->value, d->count, keep, &d->warning);
    free(keep);
    return GT_OK;
}

/* In place: number i of `real` ends before number i + 1 of double begins. */
static void take_points(Dataset *d, Table *t)
{
    const Units *u = &d->units;
    const size_t n = t->rows * (size_t)u->n;
    char *to = (char *)t->value;
    for (size_t i = 0; i < n; i++, to += sizeof(real)) {
        const size_t j = i % (size_t)u->n;
        const real x = (real)((t->value[i] - u->offset[j]) / u->scale[j]);
        memcpy(to, &x, sizeof x);
    }
    d->bytes = n * sizeof(real);
    void *shorter = realloc(t->value, d->bytes);
    d->points = shorter ? shorter : (void *)t->value;
    t->value = NULL;
}

static Status take_labels(Dataset *d, Table *t, Error *e)
{
    csv_classes_sort(&t->classes, t->label, d->count);
    TRY(csv_classes_give(&t->classes, d, e));
    d->labels = t->label;
    t->label = NULL;
    return units_set_label(&d->units, t->layout.name[t->layout.label], d->class_name, d->n_classes,
                           e);
}

static Status fill(Dataset *d, const Spec *spec, Table *t, Error *e)
{
    const CsvOptions *o = spec->options;
    d->count = (int)t->rows;
    d->shape = (Shape){ t->layout.n, 1, 1 };
    csv_layout_describe(&t->layout, &d->note);
    TRY(units_make(&d->units, t->layout.n, e));
    if (t->label)
        TRY(take_labels(d, t, e));
    TRY(name_columns(d, t, e));
    warn_of_row_numbers(d, t);
    if (o->standardize)
        TRY(standardize(d, spec, t, e));
    take_points(d, t);
    if (d->note.failed || d->warning.failed)
        return fail(e, GT_ERESOURCE, "%s: no memory for remarks about it", t->path);
    return GT_OK;
}

static void close_table(Table *t)
{
    csv_close(&t->reader);
    csv_layout_close(&t->layout);
    csv_classes_close(&t->classes);
    free(t->value);
    free(t->label);
    free(t);
}

static Status open_csv(Dataset *d, const Spec *spec, Error *e)
{
    Table *t = calloc(1, sizeof *t);
    if (!t)
        return fail(e, GT_ERESOURCE, "no memory to read a table");
    t->path = ((const CsvOptions *)spec->options)->source.path;
    Status s = csv_layout_find(&t->layout, spec, e);
    if (s == GT_OK)
        s = csv_open(&t->reader, t->path, t->layout.separator, e);
    if (s == GT_OK)
        s = read_rows(t, e);
    if (s == GT_OK)
        s = fill(d, spec, t, e);
    close_table(t);
    return s;
}

const DatasetKind dataset_csv = {
    .is = { "csv", "a table of text: a point a row", "RFC 4180", csv_options, sizeof(CsvOptions) },
    .samples = SAMPLES_POINTS,
    .path_key = "file",
    .splits = true,
    .open = open_csv,
    .gather = source_gather_points,
};
