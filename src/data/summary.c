/* Numbers about the samples of a data set. Copies are found by sorting checksums; samples with the
 * same checksum are compared. */
#include "gantrain/data/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/base/numbers.h"

static int stored_samples(const Dataset *d)
{
    return d->points ? d->count : d->stored;
}

/* The sample that is looked at as number i of n, at equal distances. */
static size_t spread(int i, int n, int all)
{
    return (size_t)((int64_t)i * all / n);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Counts bytes in four tables: the same byte often follows itself, and an increment would wait for
 * the one before. */
typedef struct Histogram {
    int64_t count[4][256];
} Histogram;

static void count_bytes(Histogram *h, const uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h->count[i & 3][at[i]]++;
}

static ValueSummary summarize_bytes(const Histogram *h)
{
    ValueSummary v = { 255, 0, 0, 0 };
    double n = 0, squares = 0;
    for (int x = 0; x < 256; x++) {
        const double k =
            (double)(h->count[0][x] + h->count[1][x] + h->count[2][x] + h->count[3][x]);
        if (k == 0)
            continue;
        v.min = fmin(v.min, x);
        v.max = fmax(v.max, x);
        n += k;
        v.mean += k * x;
        squares += k * x * x;
    }
    v.mean /= n;
    v.std = sqrt(fmax(squares / n - v.mean * v.mean, 0));
    return v;
}

static void summarize_images(DatasetSummary *s, const Dataset *d)
{
    Histogram h = { 0 };
    const int all = stored_samples(d);
    const size_t bytes = d->bytes / (size_t)all;
    for (int i = 0; i < s->samples; i++)
        count_bytes(&h, d->images + spread(i, s->samples, all) * bytes, bytes);
    s->all = summarize_bytes(&h);
}

/* Adds value number n, from 1, to v, whose std is the sum of squared deviations meanwhile. Welford
 * 1962: exact where the mean is much larger than the deviation. */
static void add_value(ValueSummary *v, double n, double x)
{
    const double delta = x - v->mean;
    v->min = fmin(v->min, x);
    v->max = fmax(v->max, x);
    v->mean += delta / n;
    v->std += delta * (x - v->mean);
}

/* From the columns, which have the same number of values. */
static ValueSummary merge_columns(const ValueSummary *column, int n)
{
    ValueSummary all = { INFINITY, -INFINITY, 0, 0 };
    for (int j = 0; j < n; j++) {
        all.min = fmin(all.min, column[j].min);
        all.max = fmax(all.max, column[j].max);
        all.mean += column[j].mean / n;
    }
    for (int j = 0; j < n; j++) {
        const double off = column[j].mean - all.mean;
        all.std += (column[j].std * column[j].std + off * off) / n;
    }
    all.std = sqrt(all.std);
    return all;
}

static Status summarize_points(DatasetSummary *s, const Dataset *d, Error *e)
{
    const int dim = shape_size(d->shape);
    s->columns = dim;
    s->column = calloc((size_t)dim, sizeof *s->column);
    if (!s->column)
        return fail(e, GT_ERESOURCE, "no memory for a summary of %d columns", dim);
    for (int j = 0; j < dim; j++)
        s->column[j] = (ValueSummary){ INFINITY, -INFINITY, 0, 0 };
    for (int i = 0; i < s->samples; i++) {
        const real *x = d->points + spread(i, s->samples, d->count) * (size_t)dim;
        for (int j = 0; j < dim; j++)
            add_value(&s->column[j], i + 1, (double)x[j]);
    }
    for (int j = 0; j < dim; j++)
        s->column[j].std = sqrt(s->column[j].std / s->samples);
    s->all = merge_columns(s->column, dim);
    return GT_OK;
}

/* ---- copies ---------------------------------------------------------------------------------- */

typedef struct Print {
    const unsigned char *at;
    size_t bytes;
    uint32_t crc;
} Print;

static int compare_prints(const void *a, const void *b)
{
    const Print *x = a, *y = b;
    if (x->crc != y->crc)
        return x->crc < y->crc ? -1 : 1;
    return memcmp(x->at, y->at, x->bytes);
}

static void count_copies(DatasetSummary *s, const Print *print, int n)
{
    int same = 1; /* equal samples that end at i */
    for (int i = 0; i < n; i++, same++) {
        if (i == 0 || compare_prints(&print[i - 1], &print[i]) != 0) {
            s->distinct++;
            same = 1;
        }
        s->repeated += same == 2;
        s->most = int_max(s->most, same);
    }
}

static Status find_copies(DatasetSummary *s, const Dataset *d, size_t limit, Error *e)
{
    const int all = stored_samples(d);
    const size_t bytes = d->bytes / (size_t)all;
    const unsigned char *at = d->points ? (const void *)d->points : (const void *)d->images;
    s->compared = limit / bytes < (size_t)all ? (int)(limit / bytes) : all;
    Print *print = malloc(((size_t)s->compared + 1) * sizeof *print);
    if (!print)
        return fail(e, GT_ERESOURCE, "no memory to compare %d samples", s->compared);
    for (int i = 0; i < s->compared; i++, at += bytes)
        print[i] = (Print){ at, bytes, (uint32_t)crc32_z(0, at, bytes) };
    qsort(print, (size_t)s->compared, sizeof *print, compare_prints);
    count_copies(s, print, s->compared);
    free(print);
    return GT_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

static void count_classes(DatasetSummary *s, const Dataset *d)
{
    for (int i = 0; d->labels && i < d->count; i++) {
        if (d->labels[i] == NO_LABEL) {
            s->unlabelled++;
            continue;
        }
        s->class_count[d->labels[i]]++;
        s->classes = int_max(s->classes, d->labels[i] + 1);
    }
}

Status dataset_summarize(DatasetSummary *s, const Dataset *d, const SummaryLimits *limits, Error *e)
{
    const int all = stored_samples(d);
    *s = (DatasetSummary){ .samples = limits ? int_min(limits->samples, all) : all };
    count_classes(s, d);
    if (d->points)
        TRY(summarize_points(s, d, e));
    else
        summarize_images(s, d);
    const Status status = find_copies(s, d, limits ? limits->comparison : SIZE_MAX, e);
    if (status != GT_OK)
        dataset_summary_free(s);
    return status;
}

ValueSummary summary_column(const DatasetSummary *s, const Units *u, int j)
{
    const ValueSummary *v = &s->column[j];
    return (ValueSummary){ units_value(u, j, v->min), units_value(u, j, v->max),
                           units_value(u, j, v->mean),
                           units_value(u, j, v->std) - units_value(u, j, 0) };
}

void dataset_summary_free(DatasetSummary *s)
{
    free(s->column);
    *s = (DatasetSummary){ 0 };
}
