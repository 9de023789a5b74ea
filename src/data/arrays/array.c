#include "array.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 4096 }; /* values converted at a time: they stay in the nearest cache */

bool array_bytes(const Array *a, uint64_t most, uint64_t *bytes)
{
    *bytes = (uint64_t)a->type->bytes;
    for (int i = 0; i < a->rank; i++) {
        if (a->extent[i] > most / *bytes)
            return false;
        *bytes *= a->extent[i];
    }
    return *bytes <= most;
}

uint64_t array_size(const Array *a)
{
    uint64_t n = 1;
    for (int i = 0; i < a->rank; i++)
        n *= a->extent[i];
    return n;
}

void array_text(const Array *a, char text[ARRAY_TEXT])
{
    int used = snprintf(text, ARRAY_TEXT, a->rank == 0 ? "1 number" : "%s", "");
    for (int i = 0; i < a->rank && used < ARRAY_TEXT; i++)
        used += snprintf(text + used, (size_t)(ARRAY_TEXT - used), "%s%" PRIu64, i ? " x " : "",
                         a->extent[i]);
}

void array_index(const Array *a, uint64_t position, char text[ARRAY_TEXT])
{
    uint64_t index[ARRAY_RANK_MAX];
    for (int k = 0; k < a->rank; k++) {
        const int i = a->fortran ? k : a->rank - 1 - k; /* the fastest first */
        index[i] = position % a->extent[i];
        position /= a->extent[i];
    }
    int used = snprintf(text, ARRAY_TEXT, "[");
    for (int i = 0; i < a->rank && used < ARRAY_TEXT; i++)
        used += snprintf(text + used, (size_t)(ARRAY_TEXT - used), "%s%" PRIu64, i ? ", " : "",
                         index[i]);
    if (used < ARRAY_TEXT)
        snprintf(text + used, (size_t)(ARRAY_TEXT - used), "]");
}

/* ---- values ---------------------------------------------------------------------------------- */

typedef struct Piece {
    uint64_t raw[PIECE]; /* as in the file: up to NUMBER_BYTES_MAX a value */
    double value[PIECE];
} Piece;

static Status check_finite(const Array *a, const Piece *p, uint64_t first, size_t n, Error *e)
{
    double sum = 0; /* NaN if any value is not finite: x - x is 0 for others */
    for (size_t i = 0; i < n; i++)
        sum += p->value[i] - p->value[i];
    if (sum == 0)
        return GT_OK;
    size_t bad = 0;
    while (isfinite(p->value[bad]))
        bad++;
    char at[ARRAY_TEXT];
    array_index(a, first + bad, at);
    return fail(e, GT_EDATA, "%s: the value at %s is %g: expected a finite number", a->name, at,
                p->value[bad]);
}

static Status visit_pieces(Array *a, Piece *p, ArrayVisit *visit, void *context, Error *e)
{
    const uint64_t size = array_size(a);
    for (uint64_t first = 0; first < size; first += PIECE) {
        const size_t n = size - first < PIECE ? (size_t)(size - first) : PIECE;
        TRY(a->source->read(a, p->raw, n * (size_t)a->type->bytes, e));
        if (a->swapped)
            number_swap(a->type, p->raw, n);
        a->type->decode(p->raw, n, p->value);
        TRY(check_finite(a, p, first, n, e));
        TRY(visit(context, first, p->value, n, e));
    }
    return a->source->finish(a, e);
}

Status array_each(Array *a, ArrayVisit *visit, void *context, Error *e)
{
    Piece *p = malloc(sizeof *p);
    if (!p)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", a->name);
    const Status s = visit_pieces(a, p, visit, context, e);
    free(p);
    return s;
}

static Status widen(void *context, uint64_t first, const double *value, size_t n, Error *e)
{
    ArrayRange *r = context;
    (void)first;
    (void)e;
    for (size_t i = 0; i < n; i++) {
        r->low = value[i] < r->low ? value[i] : r->low;
        r->high = value[i] > r->high ? value[i] : r->high;
    }
    return GT_OK;
}

Status array_range(Array *a, ArrayRange *range, Error *e)
{
    *range = (ArrayRange){ (double)INFINITY, -(double)INFINITY };
    TRY(array_each(a, widen, range, e));
    return a->source->rewind(a, e);
}

void array_close(Array *a)
{
    if (a->source)
        a->source->close(a);
    *a = (Array){ 0 };
}
