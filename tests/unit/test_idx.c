/* Reading IDX: valid files, plain and packed, and a table of damaged ones. */
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include "gantrain/data/idx.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static void put_packed(const char *path, const void *bytes, size_t n)
{
    gzFile gz = gzopen(path, "wb9");
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(gz), Z_OK);
}

/* 2 images of 2 x 3 */
static const unsigned char images[28] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                          0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

static void expect_images(const char *path)
{
    Idx x;
    Error e = { 0 };
    assert_int_equal(idx_read(&x, path, 3, &e), GT_OK);
    assert_int_equal(x.rank, 3);
    assert_int_equal(x.extent[0], 2);
    assert_int_equal(x.extent[1], 2);
    assert_int_equal(x.extent[2], 3);
    assert_int_equal(x.bytes, 12);
    assert_memory_equal(x.data, images + 16, 12);
    idx_free(&x);
    assert_null(x.data);
}

/* Expects GT_EDATA with the path and `phrase`, and no memory left allocated. */
static void expect_refused(const char *path, int rank, const char *phrase)
{
    Idx x;
    Error e = { 0 };
    const Status s = idx_read(&x, path, rank, &e);
    if (s != GT_EDATA || e.lines != 1 || strncmp(e.text[0], path, strlen(path)) != 0 ||
        !strstr(e.text[0], phrase))
        fail_msg("status %d, \"%s\": expected \"%s\"", (int)s, e.text[0], phrase);
    assert_null(x.data);
}

/* ---- good files ------------------------------------------------------------------------------ */

static void test_plain_images(void **state)
{
    const Scratch *f = *state;
    scratch_put(f, images, sizeof images);
    expect_images(f->path);
}

static void test_labels_and_four_dimensions(void **state)
{
    const Scratch *f = *state;
    Idx x;
    Error e = { 0 };
    scratch_put(f, (unsigned char[]){ 0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9 }, 11);
    assert_int_equal(idx_read(&x, f->path, 1, &e), GT_OK);
    assert_int_equal(x.extent[0], 3);
    assert_memory_equal(x.data, ((unsigned char[]){ 7, 8, 9 }), 3);
    idx_free(&x);

    const uint32_t at[4] = { 2, 3, 1, 2 };
    unsigned char *file = NULL;
    size_t bytes = 0;
    assert_int_equal(idx_encode(at, 4, images + 16, &file, &bytes, &e), GT_OK);
    scratch_put(f, file, bytes);
    free(file);
    assert_int_equal(idx_read(&x, f->path, 3, &e), GT_OK);
    assert_int_equal(x.rank, 4);
    assert_memory_equal(x.extent, at, sizeof at);
    assert_memory_equal(x.data, images + 16, 12);
    idx_free(&x);
}

static void test_encode_is_the_format(void **state)
{
    (void)state;
    unsigned char *file = NULL;
    size_t bytes = 0;
    assert_int_equal(idx_encode((uint32_t[]){ 2, 2, 3 }, 3, images + 16, &file, &bytes, NULL),
                     GT_OK);
    assert_int_equal(bytes, sizeof images);
    assert_memory_equal(file, images, sizeof images);
    free(file);
}

static void test_free_accepts_nothing(void **state)
{
    (void)state;
    idx_free(NULL);
    Idx x = { 0 };
    idx_free(&x);
}

/* ---- other formats --------------------------------------------------------------------------- */

static void test_paths(void **state)
{
    const Scratch *f = *state;
    Idx x;
    Error e = { 0 };
    assert_int_equal(idx_read(&x, f->path, 3, &e), GT_EDATA);
    char want[96];
    snprintf(want, sizeof want, "%s: cannot be opened: No such file or directory", f->path);
    assert_string_equal(e.text[0], want);
    expect_refused(f->folder, 3, "is a folder");
    expect_refused("/dev/zero", 3, "not a regular file");
    assert_int_equal(mkfifo(f->path, 0600), 0);
    expect_refused(f->path, 3, "not a regular file");
    unlink(f->path);
    assert_int_equal(symlink(f->path, f->path), 0);
    expect_refused(f->path, 3, "symbolic links");
}

typedef struct Damage {
    const char *bytes;
    size_t n;
    int rank;
    const char *phrase;
} Damage;

#define ROW(text, rank, phrase)                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1, rank, phrase                                                       \
    }

static const Damage damages[] = {
    ROW("", 3, "empty"),
    ROW("\0\0\x08", 3, "byte 3: truncated"),
    ROW("\0\0\x08\x03\0\0\0\x01\0\0", 3, "byte 10: truncated"),
    ROW("\0\0\x08\x01\0\0\0\x01\x05", 3, "IDX label file"),
    ROW("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x05", 1, "IDX image file"),
    ROW("\0\0\x08\x04\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\x05", 1, "IDX image file"),
    ROW("\0\0\x08\x02\0\0\0\x01\0\0\0\x01\x05", 3, "2 dimensions: expected images"),
    ROW("\0\0\x08\x02\0\0\0\x01\0\0\0\x01\x05", 1, "2 dimensions: expected labels"),
    ROW("\0\0\x08\0\0\0\0\x01", 3, "0 dimensions"),
    ROW("\0\0\x08\xff\0\0\0\x01", 3, "255 dimensions"),
    ROW("\x03\x08\0\0\x01\0\0\0", 3, "byte order"),
    ROW("\0\0\x0e\x01\0\0\0\x01\0\0\0\0\0\0\0\0", 1, "the elements are float64: expected uint8"),
    ROW("\0\0\x0a\x01\0\0\0\x01", 1, "no known type (0x0a)"),
    ROW("\0\0\x0f\x01\0\0\0\x01", 1, "no known type (0x0f)"),
    ROW("\0\0\x08\x03\x02\0\0\0\x02\0\0\0\x01\0\0\0....", 3,
        "the extents have the wrong byte order (little-endian): found 33554432 x 33554432 x "
        "16777216 "
        "for 2 x 2 x 1"),
    ROW("\0\0\x0d\x02\0\0\0\x01\0\0\0\x01....", 3, "reads points"),
    ROW("\0\0\0\0\0\0\0\0", 3, "no known type"),
    ROW("\0\0\x08\x03\0\0\0\0\0\0\0\x01\0\0\0\x01", 3, "byte 4: the header promises 0 items"),
    ROW("\0\0\x08\x03\0\0\0\x01\0\0\0\0\0\0\0\x01", 3, "byte 8: the header promises 0 pixels"),
    ROW("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\0", 3, "byte 12: the header promises 0 pixels"),
    /* products that wrap: modulo 2^64, and to 0 modulo 2^32 */
    ROW("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 3, "impossible"),
    ROW("\0\0\x08\x03\0\x01\0\0\0\x01\0\0\0\0\0\x01\x05", 3, "promises 4294967296 bytes"),
    ROW("\0\0\x08\x03\x80\0\0\0\0\0\0\x1c\0\0\0\x1c", 3, "2147483648 x 28 x 28"),
    ROW("\0\0\x08\x01\0\0\0\x03\x01\x02", 1, "promises 3 bytes of data (3), there are 2"),
    ROW("\0\0\x08\x01\0\0\0\x03\x01\x02\x03\x04", 1, "byte 11: the file continues"),
    ROW("\x89PNG\r\n\x1a\n", 3, "PNG"),
    ROW("\xff\xd8\xff\xe0 JFIF", 3, "JPEG"),
    ROW("PK\x03\x04 and so on", 3, "unzip it first"),
    ROW("\xfd"
        "7zXZ\0 and so on",
        3, "xz"),
    ROW("\x28\xb5\x2f\xfd and so on", 3, "zstd"),
    ROW("BZh91AY", 3, "bzip2"),
    ROW("\x93NUMPY\x01\0", 3, "NumPy"),
    ROW("version https://git-lfs.github.com/spec/v1", 3, "git lfs pull"),
    ROW("\r\n <!DOCTYPE html><html>404</html>", 3, "HTML"),
    ROW("<html>", 3, "HTML"),
    ROW("some words", 3, "is in an unknown format"),
    ROW("\0\x01\x08\x03", 3, "unknown format"),
    ROW("      ", 3, "unknown format"), /* white space only */
    /* a little-endian header except for one byte */
    ROW("\x03\x08\0\x01\x01", 3, "unknown format"),
    ROW("\x03\x08\x01\0\x01", 3, "unknown format"),
    ROW("\x03\x07\0\0\x01", 3, "unknown format"),
    ROW("\x03\x0f\0\0\x01", 3, "unknown format"),
    ROW("\0\x08\0\0\x01", 3, "unknown format"),
    ROW("\x05\x08\0\0\x01", 3, "unknown format"),
    ROW("\x1f\x8b", 3, "truncated"),
    ROW("\x1f\x8b\x07 no such method", 3, "damaged gzip data"),
};

static void test_damaged_files(void **state)
{
    const Scratch *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const Damage *d = &damages[i];
        scratch_put(f, d->bytes, d->n);
        expect_refused(f->path, d->rank, d->phrase);
    }
}

/* The same bytes inside gzip: the same messages, except for short ones. */
static void test_damaged_files_in_gzip(void **state)
{
    const Scratch *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const Damage *d = &damages[i];
        const bool gzip = d->n > 3 && memcmp(d->bytes, "\x1f\x8b", 2) == 0;
        const char *twice = "its content is packed with gzip: unpack it first (gunzip)";
        put_packed(f->path, d->bytes, d->n);
        expect_refused(f->path, d->rank, d->n < 4 ? "truncated" : gzip ? twice : d->phrase);
        unlink(f->path);
    }
}

static void test_tar(void **state)
{
    const Scratch *f = *state;
    unsigned char tar[1024] = "train-images-idx3-ubyte";
    memcpy(tar + 257, "ustar", 5);
    scratch_put(f, tar, sizeof tar);
    expect_refused(f->path, 3, "tar archive");
}

/* ---- truncated ------------------------------------------------------------------------------- */

static void test_every_truncation(void **state)
{
    const Scratch *f = *state;
    for (size_t n = 1; n < sizeof images; n++) {
        scratch_put(f, images, n);
        expect_refused(f->path, 3, "truncated");
        put_packed(f->path, images, n);
        expect_refused(f->path, 3, "truncated");
    }
}

static void test_truncated_floats(void **state)
{
    const Scratch *f = *state;
    scratch_put(f, "\0\0\x0e\x01\0\0\0\x01.......", 15);
    expect_refused(f->path, 1, "promises 8 bytes of data (1 of float64), there are 7");
}

static void test_packed_images(void **state)
{
    const Scratch *f = *state;
    put_packed(f->path, images, sizeof images);
    expect_images(f->path);
    put_packed(f->path, "", 0);
    expect_refused(f->path, 3, "byte 0: truncated");
}

/* ---- bombs ----------------------------------------------------------------------------------- */

static long peak_kib(void)
{
    struct rusage u;
    assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
    return u.ru_maxrss;
}

/* 256 MiB of zeros behind a header for 100 labels. */
static void put_bomb(const char *path)
{
    gzFile gz = gzopen(path, "wb9");
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, "\0\0\x08\x01\0\0\0\x64", 8), 8);
    unsigned char *zeros = calloc(1, 1 << 20);
    assert_non_null(zeros);
    for (int i = 0; i < 256; i++)
        assert_int_equal(gzwrite(gz, zeros, 1 << 20), 1 << 20);
    free(zeros);
    assert_int_equal(gzclose(gz), Z_OK);
}

static void test_bomb_takes_no_memory(void **state)
{
    const Scratch *f = *state;
    put_bomb(f->path);
    const long before = peak_kib();
    expect_refused(f->path, 1, "continues after the 100 bytes");
    assert_in_range(peak_kib() - before, 0, 8 << 10);
}

/* A header may promise only what deflate can hold in the size of the file. */
static void test_packed_promise_beyond_its_size(void **state)
{
    const Scratch *f = *state;
    put_packed(f->path, "\0\0\x08\x03\0\x0f\xff\xff\0\0\0\x1c\0\0\0\x1c", 16);
    expect_refused(f->path, 3, "there are at most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_plain_images),
        SCRATCH_TEST(test_labels_and_four_dimensions),
        cmocka_unit_test(test_encode_is_the_format),
        cmocka_unit_test(test_free_accepts_nothing),
        SCRATCH_TEST(test_paths),
        SCRATCH_TEST(test_damaged_files),
        SCRATCH_TEST(test_damaged_files_in_gzip),
        SCRATCH_TEST(test_tar),
        SCRATCH_TEST(test_every_truncation),
        SCRATCH_TEST(test_truncated_floats),
        SCRATCH_TEST(test_packed_images),
        SCRATCH_TEST(test_bomb_takes_no_memory),
        SCRATCH_TEST(test_packed_promise_beyond_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
