/* .npy files of float32 matrices. */
#include "gantrain/base/file.h"
#include "gantrain/io/npy.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static const float numbers[6] = { 0, -1.5F, 3e38F, 1e-45F, 0.1F, 7 };

static void test_round_trip(void **state)
{
    const Scratch *f = *state;
    float *at = NULL;
    int rows = 0, cols = 0;
    assert_int_equal(npy_write(f->path, (View){ 2, 3, numbers }, 1, NULL), GT_OK);
    assert_int_equal(npy_read(f->path, &at, &rows, &cols, NULL), GT_OK);
    assert_int_equal(rows, 2);
    assert_int_equal(cols, 3);
    assert_memory_equal(at, numbers, sizeof numbers);
    free(at);
}

/* The same bytes as numpy.save. */
static void test_layout(void **state)
{
    const Scratch *f = *state;
    static const char dict[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
    Bytes b;
    assert_int_equal(npy_write(f->path, (View){ 3, 2, numbers }, 1, NULL), GT_OK);
    assert_int_equal(file_read(&b, f->path, 4096, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, 128 + sizeof numbers);
    assert_memory_equal(b.at, "\x93NUMPY\x01\0\x76\0", 10);
    assert_memory_equal(b.at + 10, dict, sizeof dict - 1);
    for (size_t i = 10 + sizeof dict - 1; i < 127; i++)
        assert_int_equal(b.at[i], ' ');
    assert_int_equal(b.at[127], '\n');
    assert_memory_equal(b.at + 128, numbers, sizeof numbers);
    bytes_free(&b);
}

/* Magic and length, `dict`, `data` bytes. */
static void put_npy(const Scratch *f, const char *dict, size_t data)
{
    unsigned char file[512] = "\x93NUMPY\x01";
    const size_t n = strlen(dict);
    assert_true(10 + n + data <= sizeof file);
    file[8] = (unsigned char)n;
    memcpy(file + 10, dict, n);
    memset(file + 10 + n, 0, data);
    scratch_put(f, file, 10 + n + data);
}

static void expect_refused(const char *path, const char *phrase)
{
    float *at = NULL;
    int rows = 0, cols = 0;
    Error e = { 0 };
    const Status s = npy_read(path, &at, &rows, &cols, &e);
    if (s != GT_EDATA || strncmp(e.text[0], path, strlen(path)) != 0 || !strstr(e.text[0], phrase))
        fail_msg("status %d, \"%s\": expected \"%s\"", (int)s, e.text[0], phrase);
    assert_null(at);
}

#define DICT(descr, order, shape)                                                                  \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }\n"

static void test_other_spellings(void **state)
{
    const Scratch *f = *state;
    static const char *const good[] = {
        DICT("'<f4'", "False", "(1, 2)"),
        "{'shape': (1,2), 'fortran_order': False, 'descr': '<f4'}",
        "{ 'fortran_order':False,'shape':( 1 , 2 , ),'descr':'<f4' , }  \n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        float *at = NULL;
        int rows = 0, cols = 0;
        put_npy(f, good[i], 8);
        assert_int_equal(npy_read(f->path, &at, &rows, &cols, NULL), GT_OK);
        assert_int_equal(rows, 1);
        assert_int_equal(cols, 2);
        free(at);
    }
}

static const struct {
    const char *dict;
    size_t data;
    const char *phrase;
} damages[] = {
    { DICT("'<f8'", "False", "(1, 2)"), 16, "the elements are '<f8'" },
    { DICT("'>f4'", "False", "(1, 2)"), 8, "the elements are '>f4'" },
    { DICT("'<f4'", "True", "(1, 2)"), 8, "Fortran order" },
    { DICT("'<f4'", "False", "()"), 4, "0 dimensions" },
    { DICT("'<f4'", "False", "(2,)"), 8, "1 dimensions" },
    { DICT("'<f4'", "False", "(1, 2, 1)"), 8, "3 dimensions" },
    { DICT("'<f4'", "False", "(0, 2)"), 0, "0 rows" },
    { DICT("'<f4'", "False", "(2, 0)"), 0, "0 columns" },
    { DICT("'<f4'", "False", "(2147483648, 2)"), 8, "2147483648 rows" },
    { DICT("'<f4'", "False", "(2147483647, 2147483647)"), 4,
      "4 bytes of data: expected 2147483647 x" },
    { DICT("'<f4'", "False", "(1, 2)"), 4, "4 bytes of data: expected 1 x 2" },
    { DICT("'<f4'", "False", "(1, 2)"), 9, "9 bytes of data" },
    { DICT("'<f4'", "False", "(1, 2)"), 12, "12 bytes of data" },
    { DICT("'<f4'", "False", "(99999999999999999999, 1)"), 4, "damaged header" },
    { DICT("'<f4'", "False", "(-1, 2)"), 8, "damaged header" },
    { DICT("'<f4'", "False", "(1 2)"), 8, "damaged header" },
    { DICT("'<f4'", "False", "[1, 2]"), 8, "damaged header" },
    { DICT("'<f4'", "Maybe", "(1, 2)"), 8, "damaged header" },
    { DICT("[('a', '<f4')]", "False", "(1, 2)"), 8, "the elements are 'records'" },
    { DICT("[('a', [('b', '<f4')])]", "False", "(1, 2)"), 8, "the elements are 'records'" },
    { DICT("[('a', '<f4')", "False", "(1, 2)"), 8, "damaged header" },
    { "{'descr': '<f4', 'shape': (1, 2), }", 8, "damaged header" },
    { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", 8, "damaged" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'x': 1}", 8, "damaged header" },
    { "{'descr': '<f4' 'fortran_order': False, 'shape': (1, 2)}", 8, "damaged header" },
    { DICT("'<f4'", "False", "(1, 2)") "x", 8, "damaged header" },
    { "", 8, "damaged header" },
    { "{'descr': '<f4", 0, "damaged header" },
    { "{'descr and thirty-two characters more than any key': 1}", 0, "damaged header" },
    { "{descr: '<f4'}", 0, "damaged header" },
    { "{'descr' '<f4'}", 0, "damaged header" },
    { "{'descr': '<f4', 'shape': (12", 0, "damaged header" },
    { "{'descr': '<f4', 'shape': (1:", 0, "damaged header" },
    { "{'shape': (1, 2), 'shape': (1, 2)}", 0, "damaged header" },
    { "{'fortran_order': False, 'fortran_order': False}", 0, "damaged header" },
    { "{'descr': '<f4', 'fortran_order': False}", 0, "damaged header" },
    { "{'fortran_order': False, 'shape': (1, 2)}", 0, "damaged header" },
    { DICT("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"),
      4, "32 dimensions" },
    { DICT("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"),
      4, "damaged header" },
};

static void test_damaged_files(void **state)
{
    const Scratch *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        put_npy(f, damages[i].dict, damages[i].data);
        expect_refused(f->path, damages[i].phrase);
    }
    scratch_put(f, "\x89PNG and so on", 14);
    expect_refused(f->path, "not a .npy file");
    scratch_put(f, "\x93NUMPY\x04\0\0\0", 10);
    expect_refused(f->path, "version 4.0");
    scratch_put(f, "\x93NUMPY\0\0\0\0", 10);
    expect_refused(f->path, "version 0.0");
    scratch_put(f, "\x93NUMPY\x02\0\0\0", 10);
    expect_refused(f->path, "byte 8: damaged header");
    scratch_put(f, "\x93NUMPY\x03\0\0\0\0\x01", 12);
    expect_refused(f->path, "it would take 16777228 bytes");
    scratch_put(f, "\x93NUMPY\x02\0\x09\0\0\0{", 13);
    expect_refused(f->path, "truncated: the header alone takes 21 bytes");
    scratch_put(f, "\x93NUMPY\x01\x01\0\0", 10);
    expect_refused(f->path, "version 1.1");
    scratch_put(f, "\x93NUMPY\x01\0", 8);
    expect_refused(f->path, "not a .npy file");
    scratch_put(f, "\x93NUMPY\x01\0\xff\xff{", 11);
    expect_refused(f->path, "truncated");
    expect_refused(f->folder, "folder");
    unlink(f->path);
    expect_refused(f->path, "No such file");
}

static void test_every_truncation(void **state)
{
    const Scratch *f = *state;
    Bytes b;
    assert_int_equal(npy_write(f->path, (View){ 2, 3, numbers }, 1, NULL), GT_OK);
    assert_int_equal(file_read(&b, f->path, 4096, GT_EDATA, NULL), GT_OK);
    for (size_t n = 0; n < b.size; n++) {
        scratch_put(f, b.at, n);
        expect_refused(f->path, "");
    }
    bytes_free(&b);
}

static void test_folder_that_is_not_there(void **state)
{
    (void)state;
    Error e = { 0 };
    assert_int_equal(npy_write("/tmp/no/such/folder/a", (View){ 2, 3, numbers }, 1, &e),
                     GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "/tmp/no/such/folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_round_trip),       SCRATCH_TEST(test_layout),
        SCRATCH_TEST(test_other_spellings),  SCRATCH_TEST(test_damaged_files),
        SCRATCH_TEST(test_every_truncation), cmocka_unit_test(test_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
