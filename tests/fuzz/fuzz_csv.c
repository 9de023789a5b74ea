/* A table of text. The first byte selects the options. An accepted table has finite points, units
 * and classes that fit each other; not standardised and written in plain form, it has the same
 * points again. */
#include <math.h>

#include "data/tables/csv_layout.h"
#include "fuzz.h"

static const char *const separators[] = { "auto", ",", ";", "tab", "space", "|", "x", "ab" };

static CsvOptions options_from(uint8_t bits)
{
    const bool standardize = (bits & 128) != 0;
    return (CsvOptions){
        .source = { .part =
                        registry_find(&source_parts, bits & 64 && standardize ? "test" : "train"),
                    .split = standardize ? 0.25 : 0 },
        .header = csv_headers.entry[(bits >> 3 & 3) % 3],
        .separator = separators[bits & 7],
        .label = bits & 32 ? "2" : "",
        .standardize = standardize,
    };
}

static Status open_table(Dataset *d, CsvOptions o, const void *text, size_t n, Error *e)
{
    const Spec spec = { .is = registry_find(&datasets, "csv"), .options = &o };
    o.source.path = fuzz_temp_path(text, n);
    e->code = GT_OK;
    e->lines = 0;
    return dataset_open(d, &spec, 1, e);
}

static void check(const Dataset *d)
{
    const int dim = d->shape.c;
    must(d->count > 0 && dim > 0 && d->units.n == dim && d->units.name, "points with columns");
    for (int j = 0; j < dim; j++)
        must(isfinite(d->units.offset[j]) && d->units.scale[j] > 0 && isfinite(d->units.scale[j]),
             "units are finite");
    for (int i = 0; i < d->count * dim; i++)
        must(isfinite(d->points[i]), "points are finite");
    for (int i = 0; d->labels && i < d->count; i++)
        must(d->labels[i] < d->n_classes, "a label has a class");
}

static void check_rewritten(const Dataset *d, Error *e)
{
    static const CsvOptions plain = { .header = NULL, .separator = ",", .label = "" };
    CsvOptions o = plain;
    Dataset again;
    Text text = { 0 };
    o.source.part = registry_find(&source_parts, "train");
    o.header = registry_find(&csv_headers, "no");
    for (int i = 0; i < d->count * d->shape.c; i++)
        if (fabs((double)d->points[i]) > 1e30) /* rounded up from there: refused again */
            return;
    for (int i = 0; i < d->count; i++)
        for (int j = 0; j < d->shape.c; j++)
            text_add(&text, "%.17g%c", (double)d->points[i * d->shape.c + j],
                     j + 1 < d->shape.c ? ',' : '\n');
    must(open_table(&again, o, text.at, text.used, e) == GT_OK, "a plain table can be read");
    must(again.count == d->count && again.bytes == d->bytes &&
             memcmp(again.points, d->points, d->bytes) == 0,
         "the points are the same");
    dataset_close(&again);
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    Dataset d;
    if (size < 1)
        return 0;
    const CsvOptions o = options_from(data[0]);
    const Status s = open_table(&d, o, data + 1, size - 1, &e);
    must_report(s, &e);
    if (s != GT_OK)
        return 0;
    check(&d);
    if (!o.standardize)
        check_rewritten(&d, &e);
    dataset_close(&d);
    return 0;
}
