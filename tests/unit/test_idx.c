/* IDX reading: good files in every packing, and a table of damaged ones. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/data/gzip.h"
#include "gantrain/data/idx.h"

#include <cmocka.h> /* last: it has a macro fail() */

enum { BUFFER = 1 << 16 }; /* of the reader: packed members are cut around it */

/* ---- fixture ---------------------------------------------------------------------------------- */

typedef struct Fixture {
    char folder[32];
    char path[48];
} Fixture;

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/gantrain-idx-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/data", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    unlink(f->path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void put(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* One gzip member behind the others in `out`; returns the new end. */
static size_t add_member(unsigned char *out, size_t room, size_t end, const void *bytes, size_t n,
                         int level)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n };
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = out + end;
    z.avail_out = (uInt)(room - end);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    end += z.total_out;
    deflateEnd(&z);
    return end;
}

/* Bytes without a pattern that a packer could use. */
static void fill_noise(unsigned char *at, size_t n)
{
    uint32_t x = 2463534242U;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        at[i] = (unsigned char)x;
    }
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
    assert_int_equal(x.at[0], 2);
    assert_int_equal(x.at[1], 2);
    assert_int_equal(x.at[2], 3);
    assert_int_equal(x.bytes, 12);
    assert_memory_equal(x.data, images + 16, 12);
    idx_free(&x);
    assert_null(x.data);
}

/* The file is refused with GT_EDATA, its path and `phrase`; nothing is left allocated. */
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

/* ---- good files ------------------------------------------------------------------------------- */

static void test_plain_images(void **state)
{
    const Fixture *f = *state;
    put(f->path, images, sizeof images);
    expect_images(f->path);
}

static void test_labels_and_four_dimensions(void **state)
{
    const Fixture *f = *state;
    Idx x;
    Error e = { 0 };
    put(f->path, (unsigned char[]){ 0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9 }, 11);
    assert_int_equal(idx_read(&x, f->path, 1, &e), GT_OK);
    assert_int_equal(x.at[0], 3);
    assert_memory_equal(x.data, ((unsigned char[]){ 7, 8, 9 }), 3);
    idx_free(&x);

    const uint32_t at[4] = { 2, 3, 1, 2 };
    unsigned char *file = NULL;
    size_t bytes = 0;
    assert_int_equal(idx_encode(at, 4, images + 16, &file, &bytes, &e), GT_OK);
    put(f->path, file, bytes);
    free(file);
    assert_int_equal(idx_read(&x, f->path, 3, &e), GT_OK);
    assert_int_equal(x.rank, 4);
    assert_memory_equal(x.at, at, sizeof at);
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

static void test_gzip_members_cut_anywhere(void **state)
{
    const Fixture *f = *state;
    unsigned char packed[512];
    for (size_t cut = 0; cut <= sizeof images; cut++) { /* 0 and all: one member is empty */
        size_t n = add_member(packed, sizeof packed, 0, images, cut, 9);
        n = add_member(packed, sizeof packed, n, images + cut, sizeof images - cut, 9);
        put(f->path, packed, n);
        expect_images(f->path);
    }
}

/* Members whose packed size is around the reader's buffer, so that they end at its very end. */
static void test_gzip_members_around_the_buffer(void **state)
{
    const Fixture *f = *state;
    enum { DATA = 2 * BUFFER, ROOM = 4 * BUFFER };
    unsigned char *file = malloc(8 + DATA), *packed = malloc(ROOM);
    assert_true(file && packed);
    memcpy(file, (unsigned char[]){ 0, 0, 8, 1, 0, 2, 0, 0 }, 8);
    fill_noise(file + 8, DATA);
    bool met = false;
    for (size_t cut = BUFFER - 40; cut < BUFFER; cut++) {
        size_t n = add_member(packed, ROOM, 0, file, cut, 0);
        met = met || n == BUFFER;
        n = add_member(packed, ROOM, n, file + cut, 8 + DATA - cut, 0);
        put(f->path, packed, n);
        Idx x;
        Error e = { 0 };
        assert_int_equal(idx_read(&x, f->path, 1, &e), GT_OK);
        assert_int_equal(x.bytes, DATA);
        assert_memory_equal(x.data, file + 8, DATA);
        idx_free(&x);
    }
    assert_true(met);
    free(file);
    free(packed);
}

static void test_free_accepts_nothing(void **state)
{
    (void)state;
    idx_free(NULL);
    Idx x = { 0 };
    idx_free(&x);
    gzip_close(NULL);
    Gzip g = { 0 };
    gzip_close(&g); /* must not close descriptor 0 */
    assert_int_not_equal(fcntl(0, F_GETFD), -1);
}

/* ---- what is no file of ours ------------------------------------------------------------------ */

static void test_paths(void **state)
{
    const Fixture *f = *state;
    Idx x;
    Error e = { 0 };
    assert_int_equal(idx_read(&x, f->path, 3, &e), GT_EDATA);
    char want[96];
    snprintf(want, sizeof want, "%s: No such file or directory", f->path);
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
    ROW("\0\0\x08\x02\0\0\0\x01\0\0\0\x01\x05", 3, "2 dimensions: 3 or 4"),
    ROW("\0\0\x08\x02\0\0\0\x01\0\0\0\x01\x05", 1, "2 dimensions: 1 was"),
    ROW("\0\0\x08\0\0\0\0\x01", 3, "0 dimensions"),
    ROW("\0\0\x08\xff\0\0\0\x01", 3, "255 dimensions"),
    ROW("\x03\x08\0\0\x01\0\0\0", 3, "byte order"),
    ROW("\0\0\x09\x03\0\0\0\x01", 3, "signed bytes"),
    ROW("\0\0\x0b\x03\0\0\0\x01", 3, "16-bit integers"),
    ROW("\0\0\x0c\x03\0\0\0\x01", 3, "32-bit integers"),
    ROW("\0\0\x0d\x03\0\0\0\x01", 3, "32-bit floats"),
    ROW("\0\0\x0e\x03\0\0\0\x01", 3, "64-bit floats"),
    ROW("\0\0\0\0\0\0\0\0", 3, "no known type"),
    ROW("\0\0\x08\x03\0\0\0\0\0\0\0\x01\0\0\0\x01", 3, "byte 4: the header promises 0 items"),
    ROW("\0\0\x08\x03\0\0\0\x01\0\0\0\0\0\0\0\x01", 3, "byte 8: the header promises 0 pixels"),
    ROW("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\0", 3, "byte 12: the header promises 0 pixels"),
    /* products that wrap: modulo 2^64, and to 0 modulo 2^32 */
    ROW("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 3, "impossible"),
    ROW("\0\0\x08\x03\0\x01\0\0\0\x01\0\0\0\0\0\x01\x05", 3, "promises 4294967296 bytes"),
    ROW("\0\0\x08\x03\x80\0\0\0\0\0\0\x1c\0\0\0\x1c", 3, "2147483648 x 28 x 28"),
    ROW("\0\0\x08\x01\0\0\0\x03\x01\x02", 1, "promises 3 bytes of data (3), there are 2"),
    ROW("\0\0\x08\x01\0\0\0\x03\x01\x02\x03\x04", 1, "byte 11: the file goes on"),
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
    ROW("some words", 3, "begins with 00 00 08: this is something else"),
    ROW("\x1f\x8b", 3, "truncated"),
    ROW("\x1f\x8b\x07 no such method", 3, "damaged gzip data"),
};

static void test_damaged_files(void **state)
{
    const Fixture *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const Damage *d = &damages[i];
        put(f->path, d->bytes, d->n);
        expect_refused(f->path, d->rank, d->phrase);
    }
}

static void test_damaged_files_in_gzip(void **state)
{
    const Fixture *f = *state;
    unsigned char packed[1024];
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const Damage *d = &damages[i];
        const size_t n = add_member(packed, sizeof packed, 0, d->bytes, d->n, 9);
        put(f->path, packed, n);
        expect_refused(f->path, d->rank,
                       d->n < 4                               ? "truncated"
                       : memcmp(d->bytes, "\x1f\x8b", 2) == 0 ? "gzip twice"
                       : strstr(d->phrase, "promises 3")      ? "there are 2"
                                                              : d->phrase);
    }
}

static void test_tar(void **state)
{
    const Fixture *f = *state;
    unsigned char tar[1024] = "train-images-idx3-ubyte";
    memcpy(tar + 257, "ustar", 5);
    put(f->path, tar, sizeof tar);
    expect_refused(f->path, 3, "tar archive");
}

/* ---- cut, longer, flipped --------------------------------------------------------------------- */

static void test_every_truncation(void **state)
{
    const Fixture *f = *state;
    unsigned char packed[256];
    const size_t one = add_member(packed, sizeof packed, 0, images, 20, 9);
    const size_t all = add_member(packed, sizeof packed, one, images + 20, sizeof images - 20, 9);
    for (size_t n = 1; n < sizeof images; n++) {
        put(f->path, images, n);
        expect_refused(f->path, 3, "truncated");
    }
    for (size_t n = 1; n < all; n++) {
        put(f->path, packed, n);
        expect_refused(f->path, 3, n == 1 ? "truncated" : n == one ? "there are 4" : "truncated");
    }
}

static void test_gzip_with_something_behind(void **state)
{
    const Fixture *f = *state;
    unsigned char packed[512];
    const size_t n = add_member(packed, sizeof packed, 0, images, sizeof images, 9);
    packed[n] = 0;
    put(f->path, packed, n + 1);
    expect_refused(f->path, 3, "garbage after the end of the gzip data: 1 bytes");
    memcpy(packed + n, "\x1f\x8c?????????????????", 19);
    put(f->path, packed, n + 19);
    expect_refused(f->path, 3, "damaged gzip data");
    put(f->path, packed, add_member(packed, sizeof packed, n, "x", 1, 9));
    expect_refused(f->path, 3, "goes on after the 12 bytes");
}

/* A flipped bit is found, or it says nothing: time, system, the flags of speed and of text, and what
 * fills the last byte of the packed bits. */
static void test_every_flip_in_gzip(void **state)
{
    const Fixture *f = *state;
    unsigned char packed[256];
    const size_t n = add_member(packed, sizeof packed, 0, images, sizeof images, 9);
    size_t accepted = 0;
    for (size_t bit = 0; bit < 8 * n; bit++) {
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        put(f->path, packed, n);
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        Idx x;
        const Status s = idx_read(&x, f->path, 3, NULL);
        if (s == GT_OK) {
            assert_memory_equal(x.data, images + 16, 12);
            accepted++;
        } else {
            assert_int_equal(s, GT_EDATA);
        }
        idx_free(&x);
    }
    assert_in_range(accepted, 6 * 8, 6 * 8 + 1 + 7);
}

/* ---- bombs ------------------------------------------------------------------------------------ */

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
    const Fixture *f = *state;
    put_bomb(f->path);
    const long before = peak_kib();
    expect_refused(f->path, 1, "goes on after the 100 bytes");
    assert_in_range(peak_kib() - before, 0, 8 << 10);
}

/* A packed promise is believed only as far as deflate could keep it. */
static void test_gzip_promise_beyond_its_size(void **state)
{
    const Fixture *f = *state;
    unsigned char packed[256];
    static const char header[] = "\0\0\x08\x03\0\x0f\xff\xff\0\0\0\x1c\0\0\0\x1c";
    const size_t n = add_member(packed, sizeof packed, 0, header, sizeof header, 9);
    put(f->path, packed, n);
    expect_refused(f->path, 3, "there are at most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain_images, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_labels_and_four_dimensions, set_up, tear_down),
        cmocka_unit_test(test_encode_is_the_format),
        cmocka_unit_test_setup_teardown(test_gzip_members_cut_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gzip_members_around_the_buffer, set_up, tear_down),
        cmocka_unit_test(test_free_accepts_nothing),
        cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_files_in_gzip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tar, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_truncation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gzip_with_something_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_flip_in_gzip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bomb_takes_no_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gzip_promise_beyond_its_size, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
