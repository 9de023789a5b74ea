/* Rows to columns: column names come from the rows, in the order of their first appearance. */
#include "gantrain/run/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/io/json.h"

enum { MAX_COLUMNS = 256, FILE_LIMIT = 1 << 30 };

/* A torn last line does not count. */
static int count_rows(const Bytes *file)
{
    int n = 0;
    for (size_t i = 0; i < file->size; i++)
        n += file->at[i] == '\n';
    return n;
}

static int find_column(const History *h, const char *name)
{
    int i = 0;
    while (i < h->columns && strcmp(h->name[i], name) != 0)
        i++;
    return i;
}

/* The index of the column `name`, which is added when it is new; -1: no memory. */
static int add_column(History *h, const char *name)
{
    const int i = find_column(h, name);
    if (i < h->columns)
        return i;
    if (!(h->name[i] = strdup(name)))
        return -1;
    h->columns++;
    double *values = realloc(h->value, (size_t)h->columns * (size_t)h->rows * sizeof *values);
    if (!values)
        return -1;
    h->value = values;
    for (int r = 0; r < h->rows; r++)
        values[(size_t)i * (size_t)h->rows + (size_t)r] = NAN;
    return i;
}

static Status store_row(History *h, int row, const Value *object, Error *e)
{
    for (const Value *v = object->child; v; v = v->next) {
        if (v->kind != VALUE_NUMBER && v->kind != VALUE_NULL)
            continue;
        if (find_column(h, v->key) == MAX_COLUMNS)
            return GT_EDATA;
        const int i = add_column(h, v->key);
        if (i < 0)
            return fail(e, GT_ERESOURCE, "no memory for the columns of a history");
        if (v->kind == VALUE_NUMBER) /* null stays NaN */
            h->value[(size_t)i * (size_t)h->rows + (size_t)row] = strtod(v->text, NULL);
    }
    return GT_OK;
}

static Status read_row(History *h, int row, const char *at, size_t n, Error *e)
{
    Json json = { 0 };
    Status s = json_parse(&json, at, n, "a history", 0, e);
    if (s == GT_OK && json.root->kind != VALUE_OBJECT)
        s = GT_EDATA;
    if (s == GT_OK)
        s = store_row(h, row, json.root, e);
    json_free(&json);
    if (s == GT_OK || s == GT_ERESOURCE)
        return s;
    return fail(e, GT_EDATA, "not a row of metrics");
}

/* Keeps only the rows from `first` on, `rows` of them. */
static void keep_rows(History *h, int first, int rows)
{
    for (int c = 0; c < h->columns && rows < h->rows; c++)
        memmove(h->value + (size_t)c * (size_t)rows,
                h->value + (size_t)c * (size_t)h->rows + (size_t)first,
                (size_t)rows * sizeof *h->value);
    h->rows = rows;
}

/* Removes the values that a damaged line has left in a row. */
static void clear_row(History *h, int row)
{
    for (int c = 0; c < h->columns; c++)
        h->value[(size_t)c * (size_t)h->rows + (size_t)row] = NAN;
}

/* *skipped counts the lines that are not rows, *first is the number of the first one. NULL: such a
 * line is an error. */
static Status read_rows(History *h, const Bytes *file, const char *path, int *skipped, int *first,
                        Error *e)
{
    const char *at = (const char *)file->at;
    const int lines = h->rows;
    int row = 0;
    for (int line = 0; line < lines; line++) {
        Error why = { 0 };
        const char *end = memchr(at, '\n', file->size - (size_t)(at - (const char *)file->at));
        const Status s = read_row(h, row, at, (size_t)(end - at), &why);
        if (s == GT_ERESOURCE)
            return fail(e, s, "%s", why.text[0]);
        if (s != GT_OK && !skipped)
            return fail(e, GT_EDATA, "%s:%d: not a row of metrics", path, line + 1);
        if (s == GT_OK)
            row++;
        else if (clear_row(h, row), (*skipped)++ == 0)
            *first = line + 1;
        at = end + 1;
    }
    keep_rows(h, 0, row);
    return GT_OK;
}

static Status read_file(History *h, const char *path, int *skipped, int *first, Error *e)
{
    Bytes file = { 0 };
    *h = (History){ 0 };
    TRY(file_read(&file, path, FILE_LIMIT, GT_EDATA, e));
    h->rows = count_rows(&file);
    h->name = calloc(MAX_COLUMNS, sizeof *h->name);
    Status s = h->name ? read_rows(h, &file, path, skipped, first, e)
                       : fail(e, GT_ERESOURCE, "no memory for the columns of a history");
    bytes_free(&file);
    if (s != GT_OK)
        history_free(h);
    return s;
}

Status history_read(History *h, const char *path, Error *e)
{
    return read_file(h, path, NULL, NULL, e);
}

Status history_read_lenient(History *h, const char *path, Text *damaged, Error *e)
{
    int skipped = 0, first = 0;
    TRY(read_file(h, path, &skipped, &first, e));
    if (skipped == 1)
        text_add(damaged, "%s:%d: not a row of metrics: skipped\n", path, first);
    else if (skipped > 1)
        text_add(damaged, "%s:%d: not a row of metrics: skipped, with %d more\n", path, first,
                 skipped - 1);
    return GT_OK;
}

/* ---- one row at a time ----------------------------------------------------------------------- */

/* out = h without its first `drop` rows, and one more row, empty. */
static Status copy_rows(const History *h, int drop, History *out, Error *e)
{
    const int kept = h->rows - drop;
    *out = (History){ .rows = kept + 1, .name = calloc(MAX_COLUMNS, sizeof *out->name) };
    for (int i = 0; out->name && i < h->columns; i++) {
        if (add_column(out, h->name[i]) != i)
            return fail(e, GT_ERESOURCE, "no memory for the columns of a history");
        memcpy(out->value + (size_t)i * (size_t)out->rows,
               h->value + (size_t)i * (size_t)h->rows + drop, (size_t)kept * sizeof *h->value);
    }
    return out->name ? GT_OK : fail(e, GT_ERESOURCE, "no memory for the columns of a history");
}

static bool goes_back(const History *h)
{
    const double *step = history_column(h, "step");
    return step && h->rows > 1 && !(step[h->rows - 1] > step[h->rows - 2]);
}

Status history_append(History *h, const char *row, size_t n, int most, Error *e)
{
    History grown;
    Status s = copy_rows(h, h->rows < most ? 0 : h->rows - most + 1, &grown, e);
    if (s == GT_OK)
        s = read_row(&grown, grown.rows - 1, row, n, e);
    if (s != GT_OK) {
        history_free(&grown);
        return s;
    }
    if (goes_back(&grown))
        keep_rows(&grown, grown.rows - 1, 1);
    history_free(h);
    *h = grown;
    return GT_OK;
}

const double *history_column(const History *h, const char *name)
{
    const int i = find_column(h, name);
    return i < h->columns ? h->value + (size_t)i * (size_t)h->rows : NULL;
}

double history_seconds(const History *h)
{
    const double *seconds = history_column(h, "seconds");
    double before = 0, last = 0;
    for (int i = 0; seconds && i < h->rows; i++) {
        if (!isfinite(seconds[i]))
            continue;
        if (seconds[i] < last)
            before += last;
        last = seconds[i];
    }
    return before + last;
}

void history_free(History *h)
{
    if (!h)
        return;
    for (int i = 0; h->name && i < h->columns; i++)
        free(h->name[i]);
    free(h->name);
    free(h->value);
    *h = (History){ 0 };
}
