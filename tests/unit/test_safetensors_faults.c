/* safetensors when memory or a system call fails: the old file or the new one can be read, and a
 * reader that fails keeps no memory. Also branches that only a hostile header reaches. */
#include "gantrain/io/durable.h"
#include "gantrain/io/safetensors.h"

#include "support/io_faults.h"
#include "support/scratch.h"

static const float weights[3] = { 1, -2, 3.5F };
static const double scalar = 0.1;

/* Enough tensors and texts that the lists grow twice. */
enum { MANY = 40 };

static Status save(const char *path, const char *step, Error *e)
{
    TensorWriter w;
    tensors_begin(&w);
    tensors_add_text(&w, "step", step);
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer.%d", i);
        tensors_add(&w, name, TENSOR_F32, 1, (int64_t[]){ 3 }, weights);
        tensors_add_text(&w, name, "text");
    }
    tensors_add(&w, "scalar", TENSOR_F64, 0, NULL, &scalar);
    const Status s = tensors_save(&w, path, e);
    tensors_free(&w);
    return s;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void save_old(void *me)
{
    const Scratch *f = me;
    assert_int_equal(save(f->path, "1", NULL), GT_OK);
}

static Status save_new(void *me, Error *e)
{
    const Scratch *f = me;
    return save(f->path, "2", e);
}

/* The file is the old or the new one, valid, and there is no other file. */
static void one_of_both(void *me, Status s, const Error *e)
{
    const Scratch *f = me;
    const bool replaced = s == GT_OK || strstr(e->text[0], "fsync of its folder");
    TensorFile file;
    assert_int_equal(tensors_open(&file, f->path, NULL), GT_OK);
    assert_string_equal(tensors_text(&file, "step"), replaced ? "2" : "1");
    assert_int_equal(file.n, MANY + 1);
    tensors_close(&file);
    durable_sweep(f->folder); /* if even the removal of the temporary file failed */
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(rmdir(f->folder), 0); /* nothing else was there */
    assert_int_equal(mkdir(f->folder, 0700), 0);
    if (s != GT_OK)
        assert_int_equal(strncmp(e->text[0], f->path, strlen(f->path)), 0);
}

static void one_of_both_and_why(void *me, Status s, const Error *e)
{
    one_of_both(me, s, e);
    assert_true(s == GT_OK || s == GT_EOUTPUT || s == GT_ERESOURCE);
}

static void test_saving_with_faults(void **state)
{
    const Operation operation = { save_old, save_new, one_of_both_and_why };
    static const int errors[] = { EIO, ENOSPC, EMFILE };
    for (int onwards = 0; onwards < 2; onwards++) {
        for (int i = 0; i < 3; i++) {
            const Fault f = { .error = errors[i], .onwards = onwards };
            assert_true(fault_each(&operation, f, *state) > MANY);
        }
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, *state) >= 4);
    }
}

/* A header that readers would refuse is not written. */
static void test_a_header_that_is_too_large(void **state)
{
    const Scratch *f = *state;
    char *text = calloc(1, TENSORS_HEADER_MAX + 1);
    TensorWriter w;
    Error e = { 0 };
    assert_non_null(text);
    memset(text, 'x', TENSORS_HEADER_MAX);
    save_old(*state);
    tensors_begin(&w);
    tensors_add_text(&w, "long", text);
    assert_int_equal(tensors_save(&w, f->path, &e), GT_EINTERNAL);
    assert_non_null(strstr(e.text[0], "its header would have"));
    tensors_free(&w);
    tensors_free(NULL);
    free(text);
    one_of_both(*state, GT_EINTERNAL, &e);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct Reading {
    const char *path;
    TensorFile file;
} Reading;

static Status open_it(void *me, Error *e)
{
    Reading *r = me;
    return tensors_open(&r->file, r->path, e);
}

static void all_or_nothing(void *me, Status s, const Error *e)
{
    Reading *r = me;
    if (s == GT_OK) {
        assert_int_equal(r->file.n, MANY + 1);
        assert_memory_equal(tensors_find(&r->file, "scalar")->at, &scalar, sizeof scalar);
    } else {
        assert_true(s == GT_ECHECKPOINT || s == GT_ERESOURCE);
        assert_int_equal(strncmp(e->text[0], r->path, strlen(r->path)), 0);
        assert_true(!r->file.tensor && !r->file.file.at && !r->file.header.root);
    }
    tensors_close(&r->file);
}

static void test_opening_with_faults(void **state)
{
    const Scratch *f = *state;
    const Operation operation = { NULL, open_it, all_or_nothing };
    Reading r = { .path = f->path };
    save_old(*state);
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, &r) >= 5);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &r) >= 4);
        assert_true(fault_each(&operation, (Fault){ .error = EMFILE, .onwards = onwards }, &r) >=
                    4);
        assert_true(fault_each(&operation, (Fault){ .call = "read", .onwards = onwards }, &r) >= 1);
    }
}

/* ---- headers --------------------------------------------------------------------------------- */

static void put(const Scratch *f, const char *header, const char *data, size_t n_data)
{
    unsigned char file[1024] = { 0 };
    const size_t n = strlen(header);
    assert_true(8 + n + n_data <= sizeof file);
    file[0] = (unsigned char)n;
    file[1] = (unsigned char)(n >> 8);
    memcpy(file + 8, header, n);
    memcpy(file + 8 + n, data, n_data);
    scratch_put(f, file, 8 + n + n_data);
}

static void expect_refused(const Scratch *f, const char *phrase)
{
    TensorFile file;
    Error e = { 0 };
    assert_int_equal(tensors_open(&file, f->path, &e), GT_ECHECKPOINT);
    if (!strstr(e.text[0], phrase))
        assert_string_equal(e.text[0], phrase);
}

/* Sums of sizes must not wrap around to the size of the file. */
static void test_sums_that_wrap(void **state)
{
#define LARGE(name, end)                                                                           \
    "\"" name "\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807],\"data_offsets\":[0," end "]}"
    put(*state, "{" LARGE("a", "4") "," LARGE("b", "4") "," LARGE("c", "1") "}", "1234", 4);
    expect_refused(*state, "needs more bytes than the file has");
    put(*state, "{" LARGE("a", "9223372036854775807") "}", "1234", 4);
    expect_refused(*state, "truncated: ");
}

/* The digits of the header's checksum are searched in the header only, not in the data. */
static void test_data_that_look_like_a_checksum(void **state)
{
    static const char data[] = "\"header_crc32\":\"012345678901234567";
    put(*state,
        "{\"__metadata__\":{\"header_crc32\" : \"00000000\"},"
        "\"a\":{\"dtype\":\"U8\",\"shape\":[34],\"data_offsets\":[0,34]}}",
        data, 34);
    expect_refused(*state, "wrong checksum of the header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_saving_with_faults),
        SCRATCH_TEST(test_a_header_that_is_too_large),
        SCRATCH_TEST(test_opening_with_faults),
        SCRATCH_TEST(test_sums_that_wrap),
        SCRATCH_TEST(test_data_that_look_like_a_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
