/* Lines to columns: the names come from the rows themselves, in the order in which they first appear. */
#include "gantrain/run/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/io/json.h"

enum { COLUMNS = 256, FILE_LIMIT = 1 << 30 };

/* The rows of a text that end in a newline. */
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

/* The number of the column `name`, added when it is new; -1: no memory. */
static int column_of(History *h, const char *name)
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

static Status take_row(History *h, int row, const Value *object, Error *e)
{
    for (const Value *v = object->child; v; v = v->next) {
        if (v->kind != VALUE_NUMBER && v->kind != VALUE_NULL)
            continue;
        if (find_column(h, v->key) == COLUMNS)
            return GT_EDATA;
        const int i = column_of(h, v->key);
        if (i < 0)
            return fail(e, GT_ERESOURCE, "no memory for the columns of a history");
        if (v->kind == VALUE_NUMBER) /* null is a value that is not finite: NaN, as all begin */
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
        s = take_row(h, row, json.root, e);
    json_free(&json);
    if (s == GT_OK || s == GT_ERESOURCE)
        return s;
    return fail(e, GT_EDATA, "not a row of metrics");
}

/* h = its first `rows` rows. */
static void shorten(History *h, int rows)
{
    for (int c = 0; c < h->columns && rows < h->rows; c++)
        memmove(h->value + (size_t)c * (size_t)rows, h->value + (size_t)c * (size_t)h->rows,
                (size_t)rows * sizeof *h->value);
    h->rows = rows;
}

/* Undoes what a damaged line has left in a row. */
static void clear_row(History *h, int row)
{
    for (int c = 0; c < h->columns; c++)
        h->value[(size_t)c * (size_t)h->rows + (size_t)row] = NAN;
}

/* skipped  out  how many lines are no rows; *first is one; NULL: such a line is an error */
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
    shorten(h, row);
    return GT_OK;
}

static Status read_file(History *h, const char *path, int *skipped, int *first, Error *e)
{
    Bytes file = { 0 };
    *h = (History){ 0 };
    TRY(file_read(&file, path, FILE_LIMIT, GT_EDATA, e));
    h->rows = count_rows(&file);
    h->name = calloc(COLUMNS, sizeof *h->name);
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
        text_add(damaged, "%s:%d: not a row of metrics: left out\n", path, first);
    else if (skipped > 1)
        text_add(damaged, "%s:%d: not a row of metrics: left out, as %d more\n", path, first,
                 skipped - 1);
    return GT_OK;
}

/* ---- one row at a time ------------------------------------------------------------------------------ */

/* out = h without its first `drop` rows and with one more, empty. */
static Status copy_rows(const History *h, int drop, History *out, Error *e)
{
    const int kept = h->rows - drop;
    *out = (History){ .rows = kept + 1, .name = calloc(COLUMNS, sizeof *out->name) };
    if (!out->name)
        return fail(e, GT_ERESOURCE, "no memory for the columns of a history");
    for (int i = 0; i < h->columns; i++) {
        const int to = column_of(out, h->name[i]);
        if (to < 0)
            return fail(e, GT_ERESOURCE, "no memory for the columns of a history");
        memcpy(out->value + (size_t)to * (size_t)out->rows,
               h->value + (size_t)i * (size_t)h->rows + drop, (size_t)kept * sizeof *h->value);
    }
    return GT_OK;
}

static bool goes_back(const History *h)
{
    const double *step = history_column(h, "step");
    return step && h->rows > 1 && !(step[h->rows - 1] > step[h->rows - 2]);
}

Status history_append(History *h, const char *row, size_t n, int most, Error *e)
{
    History grown, fresh;
    Status s = copy_rows(h, h->rows < most ? 0 : h->rows - most + 1, &grown, e);
    if (s == GT_OK)
        s = read_row(&grown, grown.rows - 1, row, n, e);
    if (s == GT_OK && goes_back(&grown)) {
        s = copy_rows(&grown, grown.rows, &fresh, e);
        if (s == GT_OK)
            s = read_row(&fresh, 0, row, n, e);
        history_free(&grown);
        grown = fresh;
    }
    if (s != GT_OK) {
        history_free(&grown);
        return s;
    }
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
