/* safetensors of other programs: valid variants, and every kind of damage in a header without
 * checksums. */
#include "gantrain/io/safetensors.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static void expect_refused(const char *path, const char *phrase)
{
    TensorFile f;
    Error e = { 0 };
    const Status s = tensors_open(&f, path, &e);
    if (s != GT_ECHECKPOINT || e.code != s || strncmp(e.text[0], path, strlen(path)) != 0 ||
        !strstr(e.text[0], phrase))
        fail_msg("status %d, \"%s\": expected \"%s\"", (int)s, e.text[0], phrase);
    assert_null(f.tensor);
    assert_null(f.file.at);
}

/* `header` unchanged, then `data` bytes 0, 1, 2, ... */
static void put_file(const Scratch *f, const char *header, size_t data)
{
    unsigned char file[4096] = { 0 };
    const size_t n = strlen(header);
    assert_true(8 + n + data <= sizeof file);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)((uint64_t)n >> (8 * i));
    memcpy(file + 8, header, n);
    for (size_t i = 0; i < data; i++)
        file[8 + n + i] = (unsigned char)i;
    scratch_put(f, file, 8 + n + data);
}

/* No metadata, spaces, members and tensors in another order than the data. */
static void test_foreign_file(void **state)
{
    const Scratch *f = *state;
    put_file(f,
             "{ \"b\": {\"shape\": [1], \"data_offsets\": [4, 8], \"dtype\": \"F32\"},\n"
             "  \"a\": {\"dtype\": \"U8\", \"shape\": [2, 2], \"data_offsets\": [0, 4]}}   \n",
             8);
    TensorFile file;
    assert_int_equal(tensors_open(&file, f->path, NULL), GT_OK);
    assert_null(file.metadata);
    assert_null(tensors_text(&file, "format"));
    assert_string_equal(file.tensor[0].name, "a");
    assert_memory_equal(tensors_find(&file, "a")->at, "\0\1\2\3", 4);
    assert_memory_equal(tensors_find(&file, "b")->at, "\4\5\6\7", 4);
    assert_int_equal(tensors_find(&file, "b")->type, TENSOR_F32);
    tensors_close(&file);
}

typedef struct Damage {
    const char *header;
    size_t data;
    const char *phrase;
} Damage;

#define ONE(dtype, shape, offsets)                                                                 \
    "{\"x\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(first, second)                                                                         \
    "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" first "},"                          \
    "\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" second "}}"

static const Damage damages[] = {
    { "", 0, "not a safetensors file" },
    { "{", 0, "not a safetensors file" },
    { " {}", 0, "does not begin with '{'" },
    { "[1,2]", 0, "does not begin with '{'" },
    { "{\"x\":", 0, "header:1:" },
    { "{\"x\":{}} x", 0, "header:1:" },
    { "{\"\xff\":1}", 0, "UTF-8" },
    { "{\"x\":1,\"x\":1}", 0, "duplicate" },
    { "{\"x\":[]}", 0, "must be an object" },
    { "{\"x\":{}}", 0, "must have exactly dtype, shape and data_offsets" },
    { "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"more\":1}}", 4,
      "must have exactly" },
    { "{\"x\":{\"dtypes\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "\"dtype\"" },
    { "{\"x\":{\"dtype\":\"U8\",\"shapes\":[4],\"data_offsets\":[0,4]}}", 4, "\"shape\"" },
    { "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offset\":[0,4]}}", 4, "\"data_offsets\"" },
    { "{}", 1, "trailing bytes" },
    { ONE("\"U8\"", "[4]", "[0,4]"), 5, "trailing bytes" },
    { ONE("\"U8\"", "[4]", "[0,4]"), 3, "truncated: 64 of 65 bytes" },
    { TWO("[0,4]", "[4,8]"), 3, "truncated: " },
    { TWO("[0,4]", "[4,9]"), 3, "truncated: " },
    /* metadata */
    { "{\"__metadata__\":1}", 0, "__metadata__ must be an object" },
    { "{\"__metadata__\":{\"a\":1}}", 0, "\"a\" must be a string" },
    { "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "\"a\" must be a string" },
    { "{\"__metadata__\":{\"crc32\":\"00000001\"}}", 0, "checksum of the data" },
    { "{\"__metadata__\":{\"crc32\":\"0\"}}", 0, "checksum of the data" },
    { "{\"__metadata__\":{\"crc32\":\"00000000\"}}", 0, "has \"crc32\" but no \"header_crc32\"" },
    { "{\"__metadata__\":{\"crc32\":\"0000000x\"}}", 0, "checksum of the data" },
    { "{\"__metadata__\":{\"header_crc32\":\"00000000\"}}", 0, "checksum of the header" },
    { "{\"__metadata__\":{\"header_crc32\" : \"00000000\"}}", 0, "checksum of the header" },
    /* dtype */
    { ONE("1", "[4]", "[0,4]"), 4, "\"dtype\" must be a string" },
    { ONE("\"F16\"", "[2]", "[0,4]"), 4, "dtype \"F16\" is not supported" },
    { ONE("\"f32\"", "[1]", "[0,4]"), 4, "dtype \"f32\" is not supported" },
    { ONE("\"F64\"", "[1]", "[0,4]"), 4, "more bytes than the file has" },
    { ONE("\"U8\"", "[1]", "[0,4]"), 4, "span 4 bytes, shape and dtype need 1" },
    /* shape */
    { ONE("\"U8\"", "4", "[0,4]"), 4, "\"shape\" must be an array" },
    { ONE("\"U8\"", "[0,4]", "[0,0]"), 0, "positive integers" },
    { ONE("\"U8\"", "[-4]", "[0,4]"), 4, "positive integers" },
    { ONE("\"U8\"", "[4.0]", "[0,4]"), 4, "positive integers" },
    { ONE("\"U8\"", "[4e0]", "[0,4]"), 4, "positive integers" },
    { ONE("\"U8\"", "[\"4\"]", "[0,4]"), 4, "positive integers" },
    { ONE("\"U8\"", "[4194305,4194305,211106198978564]", "[0,4]"), 4, "more bytes than" },
    { ONE("\"U8\"", "[9223372036854775808]", "[0,4]"), 4, "positive integers" },
    { ONE("\"U8\"", "[18446744073709551617]", "[0,1]"), 1, "positive integers" },
    { ONE("\"U8\"", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "more than 8 dimensions" },
    /* offsets */
    { ONE("\"U8\"", "[4]", "4"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[4]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[0,2,4]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[-4,0]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[-0,4]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[0.5,4.5]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[0,4e0]"), 4, "two non-negative integers" },
    { ONE("\"U8\"", "[4]", "[4,0]"), 4, "are not within the 4 bytes" },
    { ONE("\"U8\"", "[4]", "[1,5]"), 4, "truncated: " },
    { ONE("\"U8\"", "[4]", "[9007199254740993,9007199254740997]"), 4,
      " of 9007199254741088 bytes" },
    { ONE("\"U8\"", "[4]", "[18446744073709551616,18446744073709551620]"), 4,
      "two non-negative integers" },
    { TWO("[0,4]", "[0,4]"), 8, "gap or overlap" },
    { TWO("[0,4]", "[2,6]"), 8, "gap or overlap" },
    { TWO("[0,4]", "[5,9]"), 9, "gap or overlap" },
    { TWO("[1,5]", "[5,9]"), 9, "gap or overlap" },
    { TWO("[4,8]", "[0,4]"), 9, "trailing bytes" },
};

static void test_damaged_headers(void **state)
{
    const Scratch *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        put_file(f, damages[i].header, damages[i].data);
        expect_refused(f->path, damages[i].phrase);
    }
}

static void test_damaged_lengths(void **state)
{
    const Scratch *f = *state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *phrase;
    } rows[] = {
        { "", 0, "truncated" },
        { "\x02\0\0\0\0\0\0", 7, "truncated" },
        { "\0\0\0\0\0\0\0\0", 8, "not a safetensors file: a header of 0 bytes" },
        { "\0\0\0\0\0\0\0\0{}", 10, "not a safetensors file: a header of 0 bytes" },
        { "\x01\0\0\0\0\0\0\0{}", 10, "not a safetensors file: a header of 1 bytes" },
        { "\x03\0\0\0\0\0\0\0{}", 10, "truncated: 10 bytes, its header alone has 3" },
        { "\0\0\0\0\0\0\0\x80{}", 10, "a header of 9223372036854775808 bytes" },
        { "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "a header of 18446744073709551615 bytes" },
        { "\xf8\xff\xff\xff\xff\xff\xff\xff{}", 10, "2 to 1048576" },
        { "<!DOCTYPE html>", 15, "not a safetensors file: this is an HTML page: expected" },
        { "\x01\0\x40\0\0\0\0\0{}", 10, "a header of 4194305 bytes, 2 to" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scratch_put(f, rows[i].bytes, rows[i].n);
        expect_refused(f->path, rows[i].phrase);
    }
    unsigned char zeros[512] = { 0 };
    scratch_put(f, zeros, sizeof zeros);
    expect_refused(f->path, "does not begin with '{'");
    unlink(f->path);
    expect_refused(f->path, "No such file");
    expect_refused(f->folder, "folder");
}

static void test_too_many_or_too_long(void **state)
{
    const Scratch *f = *state;
    char header[512] = "{\"";
    memset(header + 2, 'n', TENSOR_NAME);
    strcat(header, "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}");
    put_file(f, header, 1);
    expect_refused(f->path, "a tensor name has 128 bytes");

    enum { MEMBER = 16, MANY = TENSORS_MAX + 2 };
    char *large = calloc(1, 8 + MANY * MEMBER + 8);
    assert_non_null(large);
    size_t end = 8;
    for (int i = 0; i < MANY; i++)
        end += (size_t)snprintf(large + end, MEMBER, "%c\"%d\":0", i ? ',' : '{', i);
    large[end++] = '}';
    for (int i = 0; i < 8; i++)
        large[i] = (char)((end - 8) >> (8 * i));
    scratch_put(f, large, end);
    free(large);
    expect_refused(f->path, "at most 4096 are possible");
}

/* Without checksums a change may be accepted, but nothing may crash, and tensors stay within the
 * file. */
static void test_every_byte_of_an_unsigned_header(void **state)
{
    const Scratch *f = *state;
    static const char header[] = TWO("[0,4]", "[4,8]");
    unsigned char file[8 + sizeof header - 1 + 8] = { sizeof header - 1 };
    memcpy(file + 8, header, sizeof header - 1);
    int refused = 0;
    for (size_t i = 0; i < 8 + sizeof header - 1; i++) {
        const unsigned char good = file[i];
        for (int value = 0; value < 256; value += 3) {
            file[i] = (unsigned char)value;
            scratch_put(f, file, sizeof file);
            TensorFile open;
            const Status s = tensors_open(&open, f->path, NULL);
            assert_true(s == GT_OK || s == GT_ECHECKPOINT);
            size_t bytes = 0;
            for (int k = 0; k < open.n; k++)
                bytes += open.tensor[k].bytes;
            assert_int_equal(bytes, s == GT_OK ? 8 : 0);
            refused += s != GT_OK;
            tensors_close(&open);
        }
        file[i] = good;
    }
    /* only names may change undetected: two letters, at most 86 values each */
    assert_true(refused >= (int)(8 + sizeof header - 1) * 86 - 2 * 86 - (int)sizeof header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_foreign_file),
        SCRATCH_TEST(test_damaged_headers),
        SCRATCH_TEST(test_damaged_lengths),
        SCRATCH_TEST(test_too_many_or_too_long),
        SCRATCH_TEST(test_every_byte_of_an_unsigned_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
