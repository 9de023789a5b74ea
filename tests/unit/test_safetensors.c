/* safetensors: round trips, and detection of every kind of damage. */
#include "gantrain/io/safetensors.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static const float weights[2][3] = { { 1, -2, 3.5F }, { 0, 1e-30F, 7 } };
static const int64_t counts[2] = { INT64_MIN, 42 };
static const double scalar = 0.1;
static const uint8_t pixels[3] = { 0, 128, 255 };
static const char key[] = "confi\"g", text[] = "{\"a\": 1}\n\xc3\xa4";

static void save_small(const char *path)
{
    TensorWriter w;
    Error e = { 0 };
    tensors_begin(&w);
    tensors_add(&w, "G.0.weight", TENSOR_F32, 2, (int64_t[]){ 2, 3 }, weights);
    tensors_add_text(&w, key, text);
    tensors_add(&w, "steps", TENSOR_I64, 1, (int64_t[]){ 2 }, counts);
    tensors_add(&w, "scalar", TENSOR_F64, 0, NULL, &scalar);
    tensors_add(&w, "pixels", TENSOR_U8, 3, (int64_t[]){ 1, 3, 1 }, pixels);
    assert_int_equal(tensors_save(&w, path, &e), GT_OK);
    tensors_free(&w);
}

static void expect_tensor(const TensorFile *f, const char *name, TensorType type, int rank,
                          const void *at, size_t bytes)
{
    const Tensor *t = tensors_find(f, name);
    assert_non_null(t);
    assert_int_equal(t->type, type);
    assert_int_equal(t->rank, rank);
    assert_int_equal(t->bytes, bytes);
    assert_memory_equal(t->at, at, bytes);
}

static void expect_small(const TensorFile *f)
{
    assert_int_equal(f->n, 4);
    expect_tensor(f, "G.0.weight", TENSOR_F32, 2, weights, sizeof weights);
    expect_tensor(f, "steps", TENSOR_I64, 1, counts, sizeof counts);
    expect_tensor(f, "scalar", TENSOR_F64, 0, &scalar, sizeof scalar);
    expect_tensor(f, "pixels", TENSOR_U8, 3, pixels, sizeof pixels);
    assert_string_equal(tensors_text(f, key), text);
    assert_string_equal(tensors_text(f, "format"), "pt");
}

static Bytes read_back(const char *path)
{
    Bytes b;
    assert_int_equal(file_read(&b, path, 1 << 20, GT_ECHECKPOINT, NULL), GT_OK);
    return b;
}

/* ---- writing and reading --------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
    const Scratch *f = *state;
    save_small(f->path);
    TensorFile file;
    Error e = { 0 };
    assert_int_equal(tensors_open(&file, f->path, &e), GT_OK);
    expect_small(&file);
    assert_int_equal(tensors_find(&file, "G.0.weight")->shape[1], 3);
    assert_string_equal(file.tensor[1].name, "steps");
    assert_null(tensors_find(&file, "G.0"));
    assert_null(tensors_text(&file, "config"));
    tensors_close(&file);
    assert_null(file.tensor);
}

/* The bytes themselves: length, '{', "format" first, padding, alignment, data in order. */
static void test_layout(void **state)
{
    const Scratch *f = *state;
    save_small(f->path);
    Bytes b = read_back(f->path);
    const size_t n = (size_t)b.at[0] + ((size_t)b.at[1] << 8);
    assert_memory_equal(b.at + 2, "\0\0\0\0\0\0", 6);
    assert_int_equal((8 + n) % 64, 0);
    static const char start[] = "{\"__metadata__\":{\"format\":\"pt\",\"crc32\":\"";
    assert_memory_equal(b.at + 8, start, sizeof start - 1);
    assert_int_equal(b.size, 8 + n + sizeof weights + sizeof counts + sizeof scalar + 3);
    assert_memory_equal(b.at + 8 + n, weights, sizeof weights);
    bytes_free(&b);
}

static void test_equal_arguments_give_equal_bytes(void **state)
{
    const Scratch *f = *state;
    save_small(f->path);
    Bytes first = read_back(f->path);
    save_small(f->path);
    Bytes second = read_back(f->path);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.at, second.at, first.size);
    bytes_free(&first);
    bytes_free(&second);
}

static void test_many_tensors(void **state)
{
    const Scratch *f = *state;
    static const char long_name[] = "a-name-that-is-so-long-that-the-header-becomes-large";
    TensorWriter w;
    tensors_begin(&w);
    for (int i = 0; i < TENSORS_MAX; i++) {
        char name[TENSOR_NAME];
        snprintf(name, sizeof name, "%s-%d", long_name, i);
        tensors_add(&w, name, TENSOR_U8, 1, (int64_t[]){ 3 }, pixels);
    }
    assert_int_equal(tensors_save(&w, f->path, NULL), GT_OK);
    tensors_free(&w);
    TensorFile file;
    assert_int_equal(tensors_open(&file, f->path, NULL), GT_OK);
    assert_int_equal(file.n, TENSORS_MAX);
    tensors_close(&file);
}

static void test_file_without_tensors(void **state)
{
    const Scratch *f = *state;
    TensorWriter w;
    tensors_begin(&w);
    tensors_add_text(&w, "a", "b");
    assert_int_equal(tensors_save(&w, f->path, NULL), GT_OK);
    tensors_free(&w);
    TensorFile file;
    assert_int_equal(tensors_open(&file, f->path, NULL), GT_OK);
    assert_int_equal(file.n, 0);
    assert_string_equal(tensors_text(&file, "a"), "b");
    tensors_close(&file);
}

/* A file that could not be read again is not written, and the old file stays. */
static void test_two_equal_names_are_not_written(void **state)
{
    const Scratch *f = *state;
    scratch_put(f, "old", 3);
    TensorWriter w;
    Error e = { 0 };
    tensors_begin(&w);
    tensors_add(&w, "x", TENSOR_U8, 1, (int64_t[]){ 3 }, pixels);
    tensors_add(&w, "x", TENSOR_U8, 1, (int64_t[]){ 3 }, pixels);
    assert_int_equal(tensors_save(&w, f->path, &e), GT_EINTERNAL);
    assert_non_null(strstr(e.text[0], "duplicate key"));
    tensors_free(&w);
    Bytes b = read_back(f->path);
    assert_int_equal(b.size, 3);
    bytes_free(&b);
}

static void test_folder_that_is_not_there(void **state)
{
    (void)state;
    TensorWriter w;
    Error e = { 0 };
    tensors_begin(&w);
    assert_int_equal(tensors_save(&w, "/tmp/no/such/folder/a", &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "/tmp/no/such/folder"));
    tensors_free(&w);
    tensors_free(&w);
    tensors_free(NULL);
    tensors_close(NULL);
}

static void test_types(void **state)
{
    (void)state;
    assert_string_equal(tensor_type_name(TENSOR_F32), "F32");
    assert_string_equal(tensor_type_name(TENSOR_U8), "U8");
    assert_int_equal(tensor_type_bytes(TENSOR_F32), 4);
    assert_int_equal(tensor_type_bytes(TENSOR_F64), 8);
    assert_int_equal(tensor_type_bytes(TENSOR_I64), 8);
    assert_int_equal(tensor_type_bytes(TENSOR_U8), 1);
}

/* ---- truncated, doubled, flipped ------------------------------------------------------------- */

static void expect_damaged(const char *path)
{
    TensorFile f;
    Error e = { 0 };
    assert_int_equal(tensors_open(&f, path, &e), GT_ECHECKPOINT);
    assert_int_equal(e.code, GT_ECHECKPOINT);
    assert_memory_equal(e.text[0], path, strlen(path));
    assert_null(f.tensor);
}

static void test_every_truncation_and_doubling(void **state)
{
    const Scratch *f = *state;
    save_small(f->path);
    Bytes b = read_back(f->path);
    for (size_t n = 0; n < b.size; n++) {
        scratch_put(f, b.at, n);
        expect_damaged(f->path);
    }
    unsigned char *twice = malloc(2 * b.size);
    assert_non_null(twice);
    memcpy(twice, b.at, b.size);
    memcpy(twice + b.size, b.at, b.size);
    scratch_put(f, twice, 2 * b.size);
    expect_damaged(f->path);
    scratch_put(f, twice, b.size + 1);
    expect_damaged(f->path);
    free(twice);
    bytes_free(&b);
}

/* Every flipped bit is detected, also in the key "header_crc32", which then is other metadata;
 * damaged data name the tensor. */
static void test_every_flip(void **state)
{
    const Scratch *f = *state;
    save_small(f->path);
    Bytes b = read_back(f->path);
    const size_t data = 8 + (size_t)b.at[0] + ((size_t)b.at[1] << 8);
    for (size_t bit = 0; bit < 8 * b.size; bit++) {
        b.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        scratch_put(f, b.at, b.size);
        b.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        TensorFile file;
        Error e = { 0 };
        assert_int_equal(tensors_open(&file, f->path, &e), GT_ECHECKPOINT);
        if (bit / 8 >= data)
            assert_non_null(strstr(e.text[0], ": damaged: wrong checksum of tensor \""));
        tensors_close(&file);
    }
    bytes_free(&b);
}

/* Where edits are accepted, a flip in the data opens and is described, and no flip of the header
 * crashes. */
static void test_every_flip_of_an_edited_file(void **state)
{
    const Scratch *f = *state;
    save_small(f->path);
    Bytes b = read_back(f->path);
    const size_t data = 8 + (size_t)b.at[0] + ((size_t)b.at[1] << 8);
    for (size_t bit = 0; bit < 8 * b.size; bit++) {
        b.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        scratch_put(f, b.at, b.size);
        b.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        TensorFile file;
        Error e = { 0 };
        const Status s = tensors_open_edited(&file, f->path, &e);
        assert_true(s == GT_OK || (s == GT_ECHECKPOINT && bit / 8 < data));
        assert_true(s != GT_OK || strlen(file.edited) > 20);
        tensors_close(&file);
    }
    scratch_put(f, b.at, b.size);
    TensorFile intact;
    assert_int_equal(tensors_open_edited(&intact, f->path, NULL), GT_OK);
    assert_string_equal(intact.edited, "");
    tensors_close(&intact);
    bytes_free(&b);
}

/* `b` with its only `old` overwritten by as many bytes. */
static void overwrite(const Bytes *b, const char *old, const char *new)
{
    char *at = strstr((char *)b->at + 8, old);
    assert_non_null(at);
    assert_int_equal(strlen(old), strlen(new));
    memcpy(at, new, strlen(new));
}

/* Older files have no checksums of single tensors. */
static void test_file_with_one_checksum(void **state)
{
    const Scratch *f = *state;
    TensorFile file;
    Error e = { 0 };
    save_small(f->path);
    Bytes b = read_back(f->path);
    overwrite(&b, "\"tensor_crc32\"", "\"xensor_crc32\"");
    overwrite(&b, "\"header_crc32\"", "\"xeader_crc32\"");
    scratch_put(f, b.at, b.size);
    assert_int_equal(tensors_open(&file, f->path, &e), GT_ECHECKPOINT);
    assert_non_null(strstr(e.text[0], "has \"crc32\" but no \"header_crc32\""));
    overwrite(&b, "\"crc32\"", "\"xrc32\"");
    b.at[b.size - 1] ^= 1;
    scratch_put(f, b.at, b.size);
    assert_int_equal(tensors_open(&file, f->path, NULL), GT_OK);
    tensors_close(&file);
    overwrite(&b, "\"xrc32\"", "\"crc32\"");
    scratch_put(f, b.at, b.size);
    assert_int_equal(tensors_open(&file, f->path, &e), GT_ECHECKPOINT);
    assert_non_null(strstr(e.text[0], "wrong checksum of the data"));
    bytes_free(&b);
}

/* A list of checksums that is too short, or not hexadecimal. */
static void test_lists_of_checksums(void **state)
{
    static const char *const lists[] = { "", "00000000", "00000000 0000000g", "00000000,00000000" };
    const Scratch *f = *state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        TensorFile file;
        Error e = { 0 };
        char header[300], whole[400];
        const int n = snprintf(header, sizeof header,
                               "{\"__metadata__\":{\"tensor_crc32\":\"%s\"},"
                               "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                               "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
                               lists[i]);
        memset(whole, 0, sizeof whole);
        memcpy(whole, &(uint64_t){ (uint64_t)n }, 8);
        memcpy(whole + 8, header, (size_t)n);
        scratch_put(f, whole, (size_t)n + 10);
        assert_int_equal(tensors_open(&file, f->path, &e), GT_ECHECKPOINT);
        assert_non_null(strstr(e.text[0], "wrong checksum of tensor"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_round_trip),
        SCRATCH_TEST(test_layout),
        SCRATCH_TEST(test_equal_arguments_give_equal_bytes),
        SCRATCH_TEST(test_many_tensors),
        SCRATCH_TEST(test_file_without_tensors),
        SCRATCH_TEST(test_two_equal_names_are_not_written),
        cmocka_unit_test(test_folder_that_is_not_there),
        cmocka_unit_test(test_types),
        SCRATCH_TEST(test_file_with_one_checksum),
        SCRATCH_TEST(test_lists_of_checksums),
        SCRATCH_TEST(test_every_truncation_and_doubling),
        SCRATCH_TEST(test_every_flip),
        SCRATCH_TEST(test_every_flip_of_an_edited_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
