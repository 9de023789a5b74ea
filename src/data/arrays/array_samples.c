/* Two passes over the file at most: one for the range of the values where the keys and the type
 * leave it open, one that converts them in place of an array in memory. */
#include "array_samples.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "array_layout.h"
#include "gantrain/io/alpha.h"

Status array_check_options(const ArrayOptions *o, const Spec *spec, Error *e)
{
    const Numbers *v = &o->values;
    if (v->n == 0 || (v->n == 2 && v->at[0] != v->at[1]))
        return GT_OK;
    return option_report_at(e, spec->location, "data.values",
                            "expected two different numbers, those of black and white, or []");
}

/* ---- range of the values --------------------------------------------------------------------- */

static bool is_bytes(const Array *a)
{
    return a->type->letter == 'u' && a->type->bytes == 1;
}

static bool holds(ArrayRange r, ArrayRange inner)
{
    return inner.low >= r.low && inner.high <= r.high;
}

static Status find_values(Array *a, ArrayRange *values, Error *e)
{
    static const ArrayRange usual[] = { { 0, 1 }, { -1, 1 }, { 0, 255 } };
    enum { USUAL = sizeof usual / sizeof *usual };
    ArrayRange found;
    TRY(array_range(a, &found, e));
    const bool integers = number_is_integer(a->type);
    for (int i = integers ? USUAL - 1 : 0; i < USUAL; i++)
        if (holds(usual[i], found)) {
            *values = usual[i];
            return GT_OK;
        }
    return fail(e, GT_EDATA,
                "%s: its %s values reach from %g to %g: expected %s0..255, or data.values: [values "
                "of black and white]",
                a->name, a->type->name, found.low, found.high, integers ? "" : "0..1, -1..1 or ");
}

Status array_values(Array *a, const ArrayOptions *o, ArrayRange *values, Error *e)
{
    if (o->values.n == 2)
        *values = (ArrayRange){ o->values.at[0], o->values.at[1] };
    else if (is_bytes(a))
        *values = (ArrayRange){ 0, 255 };
    else if (a->type->letter == 'b')
        *values = (ArrayRange){ 0, 1 };
    else
        return find_values(a, values, e);
    return GT_OK;
}

/* ---- images ---------------------------------------------------------------------------------- */

typedef struct Conversion {
    Placement place;
    double low, scale;  /* byte = (value - low)·scale        */
    double least, most; /* the range, in its order           */
    uint64_t clipped;   /* values outside of it              */
    uint8_t *bytes;     /* [N,X] out: images                 */
    double *doubles;    /* [N,X] out: points, as they are    */
    real *reals;        /* [N,X] out: points                 */
    const Array *array;
} Conversion;

/* Calls put(c, to, value) for each value: `to` is its index in the samples in memory. Inlined with
 * a known `put`, so that the loops are free of choices. */
static inline void place_each(Conversion *c, uint64_t first, const double *value, size_t n,
                              void (*put)(Conversion *c, size_t to, double value))
{
    const Placement *p = &c->place;
    const size_t inner = p->fortran ? (size_t)p->samples : p->values;
    size_t major = first / inner, minor = first % inner, run = 0;
    for (size_t i = 0; i < n; i += run, major++, minor = 0) {
        run = n - i < inner - minor ? n - i : inner - minor;
        const size_t base =
            p->fortran ? minor * p->values + (p->to ? p->to[major] : major) : major * p->values;
        if (p->fortran)
            for (size_t k = 0; k < run; k++)
                put(c, base + k * p->values, value[i + k]);
        else if (p->to)
            for (size_t k = 0; k < run; k++)
                put(c, base + p->to[minor + k], value[i + k]);
        else
            for (size_t k = 0; k < run; k++)
                put(c, base + minor + k, value[i + k]);
    }
}

static inline void put_byte(Conversion *c, size_t to, double value)
{
    const double x = (value - c->low) * c->scale;
    c->clipped += value < c->least || value > c->most;
    c->bytes[to] = (uint8_t)(x > 0 ? x < 255 ? x + 0.5 : 255.0 : 0.0);
}

static Status place_bytes(void *context, uint64_t first, const double *value, size_t n, Error *e)
{
    (void)e;
    place_each(context, first, value, n, put_byte);
    return GT_OK;
}

/* Samples of 4 planes become 3, in place: no plane is overwritten before it is read. */
static void compose(uint8_t *images, size_t count, size_t plane, uint8_t background)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = images + 4 * i * plane;
        uint8_t *to = images + 3 * i * plane;
        for (size_t j = 0; j < plane; j++)
            for (size_t k = 0; k < 3; k++)
                to[k * plane + j] =
                    alpha_over(from[k * plane + j], from[3 * plane + j], background);
    }
}

static void drop_alpha(Dataset *d, uint8_t background)
{
    compose(d->images, (size_t)d->count, (size_t)d->shape.h * (size_t)d->shape.w, background);
    d->shape.c = 3;
    d->bytes = d->bytes / 4 * 3;
    uint8_t *shorter = realloc(d->images, d->bytes);
    d->images = shorter ? shorter : d->images;
}

static Status read_images(Dataset *d, Array *a, Conversion *c, ArrayRange values, Error *e)
{
    const bool same = values.low == 0 && values.high == 255 && is_bytes(a);
    if (same && placement_is_direct(&c->place)) {
        TRY(a->source->read(a, d->images, d->bytes, e));
        return a->source->finish(a, e);
    }
    if (!is_bytes(a))
        text_add(&d->note, "%s: %s; %g is black, %g is white", a->name, a->type->name, values.low,
                 values.high);
    c->low = values.low;
    c->scale = 255 / (values.high - values.low);
    c->least = fmin(values.low, values.high);
    c->most = fmax(values.low, values.high);
    c->bytes = d->images;
    TRY(array_each(a, place_bytes, c, e));
    if (c->clipped)
        text_add(&d->warning,
                 "%s: %" PRIu64 " values outside of %g..%g are clipped (data.values)\n", a->name,
                 c->clipped, c->least, c->most);
    return GT_OK;
}

static Status no_memory(const Array *a, size_t bytes, Error *e)
{
    return fail(e, GT_ERESOURCE, "%s: no memory for its %zu bytes", a->name, bytes);
}

Status array_to_images(Dataset *d, Array *a, const ArrayOptions *o, ArrayRange values, Error *e)
{
    Conversion c = { .array = a };
    TRY(placement_of_images(&c.place, &d->shape, a, o, e));
    d->count = d->stored = (int)c.place.samples;
    d->bytes = c.place.samples * c.place.values;
    d->black = values.low;
    d->white = values.high;
    d->images = malloc(d->bytes);
    const Status s = d->images ? read_images(d, a, &c, values, e) : no_memory(a, d->bytes, e);
    placement_free(&c.place);
    if (s == GT_OK && d->shape.c == 4)
        drop_alpha(d, (uint8_t)o->background);
    return s;
}

/* ---- points ---------------------------------------------------------------------------------- */

static inline void put_real(Conversion *c, size_t to, double value)
{
    c->reals[to] = (real)value;
}

static inline void put_double(Conversion *c, size_t to, double value)
{
    c->doubles[to] = value;
}

static Status place_numbers(void *context, uint64_t first, const double *value, size_t n, Error *e)
{
    Conversion *c = context;
    char at[ARRAY_TEXT];
    if (c->reals)
        place_each(c, first, value, n, put_real);
    else
        place_each(c, first, value, n, put_double);
    for (size_t i = 0; i < n; i++)
        if (isinf((real)value[i])) {
            array_index(c->array, first + i, at);
            return fail(e, GT_EDATA, "%s: the value at %s is %g: too large for the type %s",
                        c->array->name, at, value[i], REAL_NAME);
        }
    return GT_OK;
}

/* Into an array with `bytes` a value. */
static Status read_points(Dataset *d, Array *a, size_t bytes, void **out, Error *e)
{
    Conversion c = { .array = a };
    if (a->rank == 0)
        return fail(e, GT_EDATA, "%s: it holds one number: expected N x D for N points", a->name);
    TRY(placement_of_rows(&c.place, a, e));
    d->shape = (Shape){ (int)c.place.values, 1, 1 };
    d->count = d->stored = (int)c.place.samples;
    d->bytes = c.place.samples * c.place.values * sizeof *d->points;
    *out = malloc(d->bytes / sizeof *d->points * bytes);
    if (bytes == sizeof *c.reals)
        c.reals = *out;
    else
        c.doubles = *out;
    const Status s = *out ? array_each(a, place_numbers, &c, e) : no_memory(a, d->bytes, e);
    placement_free(&c.place);
    return s;
}

Status array_to_points(Dataset *d, Array *a, Error *e)
{
    void *at = NULL;
    const Status s = read_points(d, a, sizeof *d->points, &at, e);
    d->points = at;
    return s;
}

Status array_to_doubles(Dataset *d, Array *a, double **out, Error *e)
{
    void *at = NULL;
    const Status s = read_points(d, a, sizeof **out, &at, e);
    *out = at;
    return s;
}

/* ---- labels ---------------------------------------------------------------------------------- */

typedef struct Labels {
    const Array *array;
    uint8_t *at; /* [N] */
} Labels;

static Status put_labels(void *context, uint64_t first, const double *value, size_t n, Error *e)
{
    const Labels *l = context;
    char at[ARRAY_TEXT];
    for (size_t i = 0; i < n; i++) {
        if (value[i] < 0 || value[i] > LABEL_MAX) {
            array_index(l->array, first + i, at);
            return fail(e, GT_EDATA, "%s: the label at %s is %.0f: expected 0 to %d",
                        l->array->name, at, value[i], LABEL_MAX);
        }
        l->at[first + i] = (uint8_t)value[i];
    }
    return GT_OK;
}

static Status check_labels(const Dataset *d, const Array *a, Error *e)
{
    char text[ARRAY_TEXT];
    array_text(a, text);
    if (!number_is_integer(a->type))
        return fail(e, GT_EDATA, "%s: its labels are %s: expected integers 0 to %d", a->name,
                    a->type->name, LABEL_MAX);
    if (a->rank == 0 || (a->rank > 1 && array_size(a) != a->extent[0]))
        return fail(e, GT_EDATA, "%s: its labels are %s: expected one integer for each sample",
                    a->name, text);
    if (a->extent[0] == (uint64_t)d->count)
        return GT_OK;
    return fail(e, GT_EDATA, "%s: %" PRIu64 " labels for %d %s: the files do not belong together",
                a->name, a->extent[0], d->count, d->points ? "points" : "images");
}

Status array_to_labels(Dataset *d, Array *a, Error *e)
{
    Labels l = { .array = a };
    TRY(check_labels(d, a, e));
    d->labels = l.at = malloc((size_t)d->count);
    return l.at ? array_each(a, put_labels, &l, e) : no_memory(a, (size_t)d->count, e);
}
