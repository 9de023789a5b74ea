/* Arrays in memory as images, points and labels: every type, byte order, layout and range. */
#include <math.h>

#include "data/arrays/array_layout.h"

#include "support/scratch.h" /* last: cmocka has a macro fail(), which (fail) is not */

static Error e;

/* ---- an array in memory ---------------------------------------------------------------------- */

typedef struct Memory {
    const char *at;
    size_t used, size;
} Memory;

static Status read_memory(Array *a, void *out, size_t want, Error *why)
{
    Memory *m = a->file;
    if (want > m->size - m->used)
        return (fail)(why, GT_EDATA, "%s: truncated", a->name);
    memcpy(out, m->at + m->used, want);
    m->used += want;
    return GT_OK;
}

static Status finish_memory(Array *a, Error *why)
{
    const Memory *m = a->file;
    return m->used == m->size ? GT_OK : (fail)(why, GT_EDATA, "%s: too long", a->name);
}

static Status rewind_memory(Array *a, Error *why)
{
    (void)why;
    ((Memory *)a->file)->used = 0;
    return GT_OK;
}

static void close_memory(Array *a)
{
    (void)a;
}

static const ArraySource memory_source = { read_memory, finish_memory, rewind_memory,
                                           close_memory };

typedef struct Extents {
    int rank;
    uint64_t at[4];
} Extents;

static Array open_array(Memory *m, const NumberType *type, Extents x, const void *at)
{
    Array a = { .source = &memory_source, .file = m, .name = "array", .type = type };
    a.rank = x.rank;
    memcpy(a.extent, x.at, sizeof x.at);
    *m = (Memory){ at, 0, array_size(&a) * (size_t)type->bytes };
    return a;
}

static Status read_images(Dataset *d, Array *a, const ArrayOptions *o)
{
    ArrayRange values;
    memset(&e, 0, sizeof e);
    *d = (Dataset){ 0 };
    Status s = array_values(a, o, &values, &e);
    return s == GT_OK ? array_to_images(d, a, o, values, &e) : s;
}

static void expect_bytes(Array *a, const ArrayOptions *o, Shape shape, const uint8_t *bytes)
{
    Dataset d;
    if (read_images(&d, a, o) != GT_OK)
        fail_msg("%s", e.text[0]);
    assert_memory_equal(&d.shape, &shape, sizeof shape);
    assert_int_equal(d.bytes, (size_t)d.count * (size_t)shape_size(shape));
    assert_memory_equal(d.images, bytes, d.bytes);
    dataset_close(&d);
}

static void expect_error(Array *a, const ArrayOptions *o, const char *phrase)
{
    Dataset d;
    assert_int_equal(read_images(&d, a, o), GT_EDATA);
    if (!strstr(e.text[0], phrase) || strncmp(e.text[0], "array: ", 7) != 0)
        fail_msg("\"%s\" lacks \"%s\"", e.text[0], phrase);
    dataset_close(&d);
}

/* ---- types ----------------------------------------------------------------------------------- */

/* The same four pixels, black to white, in each type. */
static void every_type_gives_the_same_bytes(void **state)
{
    (void)state;
    static const uint8_t bytes[4] = { 0, 1, 128, 255 };
    static const uint16_t u16[4] = { 0, 1, 128, 255 };
    static const int16_t i16[4] = { 0, 1, 128, 255 };
    static const uint32_t u32[4] = { 0, 1, 128, 255 };
    static const int32_t i32[4] = { 0, 1, 128, 255 };
    static const uint64_t u64[4] = { 0, 1, 128, 255 };
    static const int64_t i64[4] = { 0, 1, 128, 255 };
    static const uint16_t f16[4] = { 0x0000, 0x3c00, 0x5800, 0x5bf8 };
    static const float f32[4] = { 0, 1, 128, 255 };
    static const double f64[4] = { 0, 1 / 255.0, 128 / 255.0, 1 };
    const struct {
        char letter;
        int bytes;
        const void *at;
    } rows[] = { { 'u', 1, bytes }, { 'u', 2, u16 }, { 'i', 2, i16 }, { 'u', 4, u32 },
                 { 'i', 4, i32 },   { 'u', 8, u64 }, { 'i', 8, i64 }, { 'f', 2, f16 },
                 { 'f', 4, f32 },   { 'f', 8, f64 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Memory m;
        const NumberType *type = number_type(rows[i].letter, rows[i].bytes);
        Array a = open_array(&m, type, (Extents){ 3, { 1, 2, 2 } }, rows[i].at);
        expect_bytes(&a, &array_defaults, (Shape){ 1, 2, 2 }, bytes);

        char swapped[32];
        memcpy(swapped, rows[i].at, 4 * (size_t)type->bytes);
        number_swap(type, swapped, 4);
        a = open_array(&m, type, (Extents){ 3, { 1, 2, 2 } }, swapped);
        a.swapped = true;
        expect_bytes(&a, &array_defaults, (Shape){ 1, 2, 2 }, bytes);
    }
    assert_null(number_type('c', 8));
    assert_null(number_type('f', 16));
}

static void floats_of_16_bits(void **state)
{
    (void)state;
    static const uint16_t in[] = { 0x0001, 0x03ff, 0x0400, 0x3555, 0x7bff, 0xc000, 0x8000, 0x7c00 };
    static const double want[] = { 0x1p-24, 0x3ffp-24, 0x1p-14, 0x1.554p-2,
                                   65504,   -2,        -0.0,    (double)INFINITY };
    double out[8];
    number_type('f', 2)->decode(in, 8, out);
    for (int i = 0; i < 8; i++)
        assert_true(out[i] == want[i] && signbit(out[i]) == signbit(want[i]));
    number_type('f', 2)->decode((const uint16_t[]){ 0x7e00 }, 1, out);
    assert_true(isnan(out[0]));
}

/* ---- values ---------------------------------------------------------------------------------- */

static void values_become_bytes(void **state)
{
    (void)state;
    Memory m;
    const Extents x = { 3, { 1, 1, 3 } };
    const NumberType *f4 = number_type('f', 4), *i4 = number_type('i', 4);
    ArrayOptions o = array_defaults;

    Array a = open_array(&m, f4, x, (const float[]){ -1, 0, 0.5F });
    expect_bytes(&a, &o, (Shape){ 1, 1, 3 }, (const uint8_t[]){ 0, 128, 191 });
    a = open_array(&m, f4, x, (const float[]){ 0, 2, 254.4F });
    expect_bytes(&a, &o, (Shape){ 1, 1, 3 }, (const uint8_t[]){ 0, 2, 254 });
    a = open_array(&m, f4, x, (const float[]){ -1, 0, 1.5F });
    expect_error(&a, &o,
                 "its float32 values reach from -1 to 1.5: expected 0..1, -1..1 or 0..255, or "
                 "data.values");
    a = open_array(&m, i4, x, (const int32_t[]){ 0, 1, 1 }); /* dark, not black and white */
    expect_bytes(&a, &o, (Shape){ 1, 1, 3 }, (const uint8_t[]){ 0, 1, 1 });
    a = open_array(&m, i4, x, (const int32_t[]){ -1, 0, 1 });
    expect_error(&a, &o, "its int32 values reach from -1 to 1: expected 0..255, or data.values");
    a = open_array(&m, number_type('b', 1), x, (const uint8_t[]){ 0, 1, 1 });
    expect_bytes(&a, &o, (Shape){ 1, 1, 3 }, (const uint8_t[]){ 0, 255, 255 });

    o.values = (Numbers){ { -1000, 1000 }, 2 };
    a = open_array(&m, i4, x, (const int32_t[]){ -1000, 500, 2000 }); /* the last is clipped */
    expect_bytes(&a, &o, (Shape){ 1, 1, 3 }, (const uint8_t[]){ 0, 191, 255 });
    o.values = (Numbers){ { 1, 0 }, 2 };
    a = open_array(&m, number_type('u', 1), x, (const uint8_t[]){ 0, 1, 1 });
    expect_bytes(&a, &o, (Shape){ 1, 1, 3 }, (const uint8_t[]){ 255, 0, 0 });

    a = open_array(&m, f4, (Extents){ 3, { 3, 1, 1 } }, (const float[]){ 0, 1, (float)NAN });
    expect_error(&a, &o, "the value at [2, 0, 0] is nan: expected a finite number");
    a = open_array(&m, f4, x, (const float[]){ 0, -(float)INFINITY, 1 });
    expect_error(&a, &array_defaults, "the value at [0, 0, 1] is -inf");
}

/* ---- layouts --------------------------------------------------------------------------------- */

enum { N = 2, H = 2, W = 5 };

/* The byte of channel c, row y and column x of image n. */
static uint8_t pixel(int n, int c, int y, int x)
{
    return (uint8_t)(100 * n + 25 * c + 5 * y + x);
}

/* Fills an array of `channels`; order: a permutation of n, c, y, x from slowest to fastest. */
static void fill(uint8_t *out, int channels, const char *order)
{
    const int sizes[4] = { N, channels, H, W };
    int at[4] = { 0 }, place[4];
    for (int k = 0; k < 4; k++)
        place[k] = (int)(strchr("ncyx", order[k]) - "ncyx");
    for (int i = 0; i < N * channels * H * W; i++) {
        int rest = i;
        for (int k = 3; k >= 0; k--) {
            at[place[k]] = rest % sizes[place[k]];
            rest /= sizes[place[k]];
        }
        out[i] = pixel(at[0], at[1], at[2], at[3]);
    }
}

static void layouts_become_planes(void **state)
{
    (void)state;
    uint8_t planes[N * 3 * H * W], in[N * 3 * H * W];
    Memory m;
    const NumberType *u1 = number_type('u', 1);
    fill(planes, 3, "ncyx");
    Array a = open_array(&m, u1, (Extents){ 4, { N, 3, H, W } }, planes);
    expect_bytes(&a, &array_defaults, (Shape){ 3, H, W }, planes);
    fill(in, 3, "nyxc");
    a = open_array(&m, u1, (Extents){ 4, { N, H, W, 3 } }, in);
    expect_bytes(&a, &array_defaults, (Shape){ 3, H, W }, planes);
    fill(in, 3, "cxyn"); /* [N,H,W,C] in Fortran order: the first index is the fastest */
    a = open_array(&m, u1, (Extents){ 4, { N, H, W, 3 } }, in);
    a.fortran = true;
    expect_bytes(&a, &array_defaults, (Shape){ 3, H, W }, planes);
    fill(in, 3, "xycn");
    a = open_array(&m, u1, (Extents){ 4, { N, 3, H, W } }, in);
    a.fortran = true;
    expect_bytes(&a, &array_defaults, (Shape){ 3, H, W }, planes);

    ArrayOptions o = array_defaults;
    o.transpose = true;
    fill(in, 1, "ncxy");
    fill(planes, 1, "ncyx");
    a = open_array(&m, u1, (Extents){ 3, { N, W, H } }, in);
    expect_bytes(&a, &o, (Shape){ 1, H, W }, planes);
    fill(in, 3, "nxyc");
    fill(planes, 3, "ncyx");
    a = open_array(&m, u1, (Extents){ 4, { N, W, H, 3 } }, in);
    expect_bytes(&a, &o, (Shape){ 3, H, W }, planes);
}

static void ambiguous_layouts(void **state)
{
    (void)state;
    static const uint8_t in[2 * 3 * 2 * 3] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
    Memory m;
    const NumberType *u1 = number_type('u', 1);
    const Extents x = { 4, { 2, 3, 2, 3 } };
    ArrayOptions o = array_defaults;
    Array a = open_array(&m, u1, x, in);
    expect_error(&a, &o, "2 x 3 x 2 x 3: N x C x H x W or N x H x W x C? data.layout says which");
    o.layout = registry_find(&array_layouts, "chw");
    a = open_array(&m, u1, x, in);
    expect_bytes(&a, &o, (Shape){ 3, 2, 3 }, in);
    o.layout = registry_find(&array_layouts, "hwc");
    Dataset d;
    a = open_array(&m, u1, x, in);
    assert_int_equal(read_images(&d, &a, &o), GT_OK);
    assert_true(d.shape.c == 3 && d.shape.h == 3 && d.shape.w == 2 && d.images[1] == 3);
    dataset_close(&d);

    a = open_array(&m, u1, (Extents){ 4, { 1, 2, 9, 2 } }, in);
    expect_error(&a, &array_defaults, "1 x 2 x 9 x 2: expected 1, 3 or 4 channels");
    expect_error(&a, &o, "\"hwc\" expects 1, 3 or 4 channels as the last extent");
    o.layout = registry_find(&array_layouts, "chw");
    expect_error(&a, &o, "\"chw\" expects 1, 3 or 4 channels after the count");
    a = open_array(&m, u1, (Extents){ 2, { 6, 6 } }, in);
    expect_error(&a, &o, "6 x 6: expected N x H x W, N x H x W x C or N x C x H x W");
}

static void transparent_pixels_are_composed(void **state)
{
    (void)state;
    static const uint8_t rgba[2 * 4] = { 100, 200, 0, 255, 10, 20, 30, 51 };
    static const uint8_t planes[2 * 3] = { 100, 200, 0, 206, 208, 210 };
    Memory m;
    const NumberType *u1 = number_type('u', 1);
    ArrayOptions o = array_defaults;
    Array a = open_array(&m, u1, (Extents){ 4, { 1, 1, 2, 4 } }, rgba);
    o.layout = registry_find(&array_layouts, "hwc");
    expect_bytes(&a, &o, (Shape){ 3, 1, 2 }, (const uint8_t[]){ 100, 206, 200, 208, 0, 210 });
    a = open_array(&m, u1, (Extents){ 4, { 2, 1, 1, 4 } }, rgba);
    expect_bytes(&a, &o, (Shape){ 3, 1, 1 }, planes);
    o.background = 0;
    a = open_array(&m, u1, (Extents){ 4, { 2, 1, 1, 4 } }, rgba);
    expect_bytes(&a, &o, (Shape){ 3, 1, 1 }, (const uint8_t[]){ 100, 200, 0, 2, 4, 6 });
}

/* ---- points and labels ----------------------------------------------------------------------- */

static void points_of_any_type(void **state)
{
    (void)state;
    Memory m;
    Dataset d = { 0 };
    const double rows[6] = { 1, 2, 3, 4, 5, 6 }, columns[6] = { 1, 4, 2, 5, 3, 6 };
    const NumberType *f8 = number_type('f', 8);
    for (int fortran = 0; fortran < 2; fortran++) {
        Array a = open_array(&m, f8, (Extents){ 2, { 2, 3 } }, fortran ? columns : rows);
        a.fortran = fortran;
        assert_int_equal(array_to_points(&d, &a, &e), GT_OK);
        assert_true(d.count == 2 && d.shape.c == 3 && d.bytes == 6 * sizeof(real));
        for (int i = 0; i < 6; i++)
            assert_true(d.points[i] == (real)rows[i]);
        dataset_close(&d);
    }
    Array a = open_array(&m, number_type('i', 1), (Extents){ 1, { 2 } }, (const int8_t[]){ -7, 7 });
    assert_int_equal(array_to_points(&d, &a, &e), GT_OK);
    assert_true(d.count == 2 && d.shape.c == 1 && d.points[0] == -7);
    dataset_close(&d);

    memset(&e, 0, sizeof e);
    a = open_array(&m, f8, (Extents){ 2, { 2, 3 } }, (const double[]){ 1, 2, 3, 4, 1e300, 6 });
    if (sizeof(real) == sizeof(float)) {
        assert_int_equal(array_to_points(&d, &a, &e), GT_EDATA);
        assert_non_null(strstr(e.text[0], "the value at [1, 1] is 1e+300: too large"));
        dataset_close(&d);
    }
    a = open_array(&m, f8, (Extents){ 0, { 0 } }, rows);
    assert_int_equal(array_to_points(&d, &a, &e), GT_EDATA);
    dataset_close(&d);
}

static void expect_labels(const NumberType *t, Extents x, const void *at, const char *phrase)
{
    static const uint8_t want[3] = { 0, 9, 254 };
    Memory m;
    Array a = open_array(&m, t, x, at);
    uint8_t images[3];
    Dataset d = { .count = 3, .images = images };
    memset(&e, 0, sizeof e);
    const Status s = array_to_labels(&d, &a, &e);
    if (phrase ? s != GT_EDATA || !strstr(e.text[0], phrase) : s != GT_OK)
        fail_msg("%s", e.text[0]);
    if (!phrase)
        assert_memory_equal(d.labels, want, 3);
    free(d.labels);
}

static void labels_of_any_integer_type(void **state)
{
    (void)state;
    const Extents x = { 1, { 3 } };
    const NumberType *i8 = number_type('i', 8);
    expect_labels(number_type('u', 1), x, (const uint8_t[]){ 0, 9, 254 }, NULL);
    expect_labels(i8, x, (const int64_t[]){ 0, 9, 254 }, NULL);
    expect_labels(i8, (Extents){ 2, { 3, 1 } }, (const int64_t[]){ 0, 9, 254 }, NULL);
    expect_labels(i8, x, (const int64_t[]){ 0, 9, 255 },
                  "the label at [2] is 255: expected 0 to 254");
    expect_labels(i8, x, (const int64_t[]){ 0, -1, 255 }, "the label at [1] is -1");
    expect_labels(i8, (Extents){ 1, { 2 } }, (const int64_t[]){ 0, 1 }, "2 labels for 3 images");
    expect_labels(i8, (Extents){ 2, { 3, 2 } }, (const int64_t[6]){ 0 }, "its labels are 3 x 2");
    expect_labels(number_type('f', 4), x, (const float[]){ 0, 9, 2 }, "its labels are float32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_gives_the_same_bytes),
        cmocka_unit_test(floats_of_16_bits),
        cmocka_unit_test(values_become_bytes),
        cmocka_unit_test(layouts_become_planes),
        cmocka_unit_test(ambiguous_layouts),
        cmocka_unit_test(transparent_pixels_are_composed),
        cmocka_unit_test(points_of_any_type),
        cmocka_unit_test(labels_of_any_integer_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
