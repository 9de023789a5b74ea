/* metrics.jsonl as columns: strictly, without damaged lines, and row by row. */
#include "fuzz.h"
#include "gantrain/run/history.h"

/* Reads every value of every column. */
static void check_columns(const History *h)
{
    double sum = 0;
    for (int i = 0; i < h->columns; i++) {
        const double *column = history_column(h, h->name[i]);
        must(column != NULL, "a column is found by its name");
        for (int k = 0; k < h->rows; k++)
            sum += column[k] > 0;
    }
    must(sum >= 0, "values are numbers or NaN");
    (void)history_seconds(h);
}

static void push_rows(const uint8_t *data, size_t size)
{
    enum { MOST = 3 };
    History h = { 0 };
    Error e = { 0 };
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        const size_t n = end ? (size_t)(end - data) - at : size - at;
        (void)history_append(&h, (const char *)data + at, n, MOST, &e);
        must(h.rows <= MOST, "no more rows than asked for");
        check_columns(&h);
        at += n + 1;
    }
    history_free(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    History h;
    Text damaged = { 0 };
    e.code = GT_OK;
    e.lines = 0;
    fuzz_set_file(data, size);
    const Status strict = history_read(&h, "metrics.jsonl", &e);
    must_report(strict, &e);
    if (strict == GT_OK)
        check_columns(&h);
    history_free(&h);
    Error why = { 0 };
    const Status s = history_read_lenient(&h, "metrics.jsonl", &damaged, &why);
    must(s == GT_OK || s == GT_ERESOURCE, "damaged lines are skipped");
    must(s != GT_OK || (strict == GT_OK) == !damaged.at, "skipped lines are reported");
    if (s == GT_OK)
        check_columns(&h);
    history_free(&h);
    text_free(&damaged);
    push_rows(data, size);
    return 0;
}
