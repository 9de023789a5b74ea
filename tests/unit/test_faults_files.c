/* Reading files while each system call fails in turn. */
#include "support/faults.h"

#include "gantrain/base/file.h"
#include "data/gzip.h"
#include "gantrain/data/idx.h"
#include "data/arrays/idx_folder.h"
#include "gantrain/io/image.h"
#include "gantrain/io/json.h"
#include "gantrain/io/npy.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { IMAGES = 16 + 12 };

/* 2 images of 2 x 3 */
static const unsigned char images[IMAGES] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                              0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
static const unsigned char labels[] = { 0, 0, 8, 1, 0, 0, 0, 2, 7, 1 };

/* Failures of open, fstat and read, and those that reading survives. `expected`: the status of the
 * former. */
static void fail_all_of_reading(Trial trial, Status expected, void *me)
{
    fail_each(MEMORY, 0, GT_ERESOURCE, trial, me);
    fail_each("open", EMFILE, GT_ERESOURCE, trial, me);
    fail_each("open", EACCES, expected, trial, me);
    fail_each("fstat", EIO, expected, trial, me);
    fail_each("read", EIO, expected, trial, me);
    bend_each("open", EINTR, trial, me);
    bend_each("read", EINTR, trial, me);
    bend_each("read", 0, trial, me);
}

/* ---- whole files ----------------------------------------------------------------------------- */

static Status read_whole(void *me, Error *e)
{
    Bytes b;
    const Status s = file_read(&b, me, 1 << 20, GT_ECHECKPOINT, e);
    if (s == GT_OK)
        assert_memory_equal(b.at, images, IMAGES + 1); /* a NUL follows */
    else
        assert_null(b.at);
    bytes_free(&b);
    return s;
}

/* A file that reports 0 bytes: memory grows while it is read. */
static Status read_hidden(void *me, Error *e)
{
    (void)me;
    Bytes b;
    const Status s = file_read(&b, "/proc/self/status", 1 << 20, GT_EDATA, e);
    assert_true(s != GT_OK || b.size > 100);
    bytes_free(&b);
    return s;
}

static void whole_files(void **state)
{
    Scratch *f = *state;
    unsigned char with_nul[IMAGES + 1] = { 0 };
    memcpy(with_nul, images, IMAGES);
    scratch_put(f, with_nul, IMAGES);
    fail_all_of_reading(read_whole, GT_ECHECKPOINT, f->path);
    fail_each(MEMORY, 0, GT_ERESOURCE, read_hidden, NULL);
    bend_each("read", 0, read_hidden, NULL);
}

static Status read_json(void *me, Error *e)
{
    Json j;
    const Status s = json_read(&j, me, 100, e);
    assert_true((s == GT_OK) == (j.root != NULL));
    json_free(&j);
    return s;
}

static void json_files(void **state)
{
    Scratch *f = *state;
    static const char text[] = "{\"a\": [1, \"b\", {\"c\": null, \"d\": 2}]}";
    scratch_put(f, text, sizeof text - 1);
    fail_all_of_reading(read_json, GT_ECONFIG, f->path);
}

/* ---- IDX, plain and packed ------------------------------------------------------------------- */

static Status read_images(void *me, Error *e)
{
    Idx x;
    const Status s = idx_read(&x, me, 3, e);
    if (s == GT_OK)
        assert_memory_equal(x.data, images + 16, 12);
    else
        assert_null(x.data);
    idx_free(&x);
    return s;
}

static void plain_idx(void **state)
{
    Scratch *f = *state;
    scratch_put(f, images, IMAGES);
    fail_all_of_reading(read_images, GT_EDATA, f->path);
}

/* Two gzip members, so that a second one begins. */
static void put_packed(const char *path, const unsigned char *bytes, size_t n)
{
    for (int part = 0; part < 2; part++) {
        gzFile gz = gzopen(path, part ? "ab" : "wb");
        const size_t at = part ? n / 2 : 0, end = part ? n : n / 2;
        assert_non_null(gz);
        assert_int_equal(gzwrite(gz, bytes + at, (unsigned)(end - at)), end - at);
        assert_int_equal(gzclose(gz), Z_OK);
    }
}

static void packed_idx(void **state)
{
    Scratch *f = *state;
    put_packed(f->path, images, IMAGES);
    fail_all_of_reading(read_images, GT_EDATA, f->path);
    fail_each(ZLIB, Z_MEM_ERROR, GT_ERESOURCE, read_images, f->path);
}

/* zlib has no message for it. */
static void damage_without_a_reason(void **state)
{
    Scratch *f = *state;
    static Error e;
    put_packed(f->path, images, IMAGES);
    const Fault how = { .call = ZLIB, .nth = 2, .error = Z_STREAM_ERROR }; /* 1: the init */
    assert_int_equal(fault_try(how, read_images, f->path, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "damaged gzip data (unknown method)"));
}

/* A file of another format is examined for the message; if that fails, the message is general. */
static void strangers(void **state)
{
    Scratch *f = *state;
    static Error e;
    scratch_put(f, "    <html>", 10);
    assert_int_equal(fault_try((Fault){ 0 }, read_images, f->path, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "HTML"));
    const Fault how = { .call = "read", .nth = 3, .error = EIO }; /* after peek and magic */
    assert_int_equal(fault_try(how, read_images, f->path, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "is in an unknown format"));
}

static Status encode(void *me, Error *e)
{
    (void)me;
    const uint32_t at[3] = { 2, 2, 3 };
    uint8_t *file = NULL;
    size_t bytes = 0;
    const Status s = idx_encode(at, 3, images + 16, &file, &bytes, e);
    if (s == GT_OK)
        assert_memory_equal(file, images, IMAGES);
    free(file);
    return s;
}

static void encoding(void **state)
{
    (void)state;
    fail_each(MEMORY, 0, GT_ERESOURCE, encode, NULL);
    /* more than can be addressed: refused before the data are read */
    static Error e;
    const uint32_t at[3] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
    uint8_t *file = NULL;
    size_t bytes = 0;
    assert_int_equal(idx_encode(at, 3, NULL, &file, &bytes, &e), GT_ERESOURCE);
    assert_null(file);
}

/* ---- a folder of them ------------------------------------------------------------------------ */

static Status open_folder(void *me, Error *e)
{
    Dataset d;
    IdxOptions o = { .source = { .path = me,
                                 .part = registry_find(&source_parts, "train"),
                                 .range = registry_find(&pixel_ranges, "unit") },
                     .array = array_defaults,
                     .subset = "" };
    const Spec spec = { .is = registry_find(&datasets, "idx"), .options = &o };
    const Status s = dataset_open(&d, &spec, 1, e);
    assert_true((s == GT_OK) == (d.images && d.labels));
    dataset_close(&d);
    return s;
}

static void folders(void **state)
{
    Scratch *f = *state;
    char path[2][128];
    static const char *const name[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz" };
    for (int i = 0; i < 2; i++)
        snprintf(path[i], sizeof path[i], "%s/%s", f->folder, name[i]);
    Scratch put = *f;
    snprintf(put.path, sizeof put.path, "%s/x", f->folder);
    scratch_put(&put, images, IMAGES);
    assert_int_equal(rename(put.path, path[0]), 0);
    put_packed(path[1], labels, sizeof labels);
    fail_all_of_reading(open_folder, GT_EDATA, f->folder);
    unlink(path[0]);
    unlink(path[1]);
}

/* ---- matrices and pictures ------------------------------------------------------------------- */

static const float numbers[6] = { 0, 1, 2, 3, 4, 5 };

static Status read_matrix(void *me, Error *e)
{
    float *at = NULL;
    int rows = 0, cols = 0;
    const Status s = npy_read(me, &at, &rows, &cols, e);
    if (s == GT_OK)
        assert_memory_equal(at, numbers, sizeof numbers);
    else
        assert_null(at);
    free(at);
    return s;
}

static Status write_matrix(void *me, Error *e)
{
    const real m[6] = { 0, 1, 2, 3, 4, 5 };
    return npy_write(me, (View){ 2, 3, m }, 1, e);
}

static void matrices(void **state)
{
    Scratch *f = *state;
    assert_int_equal(npy_write(f->path, (View){ 2, 3, numbers }, 1, NULL), GT_OK);
    fail_all_of_reading(read_matrix, GT_EDATA, f->path);
    fail_each(MEMORY, 0, GT_ERESOURCE, write_matrix, f->path);
    assert_true(fault_count("read", read_matrix, f->path) > 0); /* still whole */
}

static Status read_picture(void *me, Error *e)
{
    Picture p;
    const Status s = png_read(&p, me, e);
    assert_true((s == GT_OK) == (p.at != NULL));
    picture_free(&p);
    return s;
}

static void pictures(void **state)
{
    Scratch *f = *state;
    const Grid g = { 1, 1, 1, 3, 4, 0, 1, 0, 0, 0 };
    assert_int_equal(png_write_grid(f->path, &g, images, 1, NULL), GT_OK);
    fail_all_of_reading(read_picture, GT_EDATA, f->path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(whole_files),
        SCRATCH_TEST(json_files),
        SCRATCH_TEST(plain_idx),
        SCRATCH_TEST(packed_idx),
        SCRATCH_TEST(damage_without_a_reason),
        SCRATCH_TEST(strangers),
        cmocka_unit_test(encoding),
        SCRATCH_TEST(folders),
        SCRATCH_TEST(matrices),
        SCRATCH_TEST(pictures),
    };
    return cmocka_run_group_tests_name("faults.files", tests, NULL, NULL);
}
