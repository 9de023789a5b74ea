/* The bounded reader of plain and packed files. */
#include <fcntl.h>
#include <stdbool.h>
#include <zlib.h>

#include "data/gzip.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum {
    BUFFER = 1 << 16, /* of the reader: packed members are cut around it */
    TEXT_SIZE = 24,
};
static const char text[TEXT_SIZE + 1] = "abcabcabcabcabc, or so..";

/* Appends a gzip member to `out`; returns the new end. */
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

/* Incompressible bytes. */
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

/* Reads `path` in pieces of `step` bytes; *n bytes came out. */
static Status read_all(const char *path, size_t step, void *out, size_t room, size_t *n, Error *e)
{
    Gzip g;
    *n = 0;
    TRY(gzip_open(&g, path, e));
    Status s = GT_OK;
    for (size_t got = 1; s == GT_OK && got > 0 && *n < room; *n += s == GT_OK ? got : 0)
        s = gzip_read(&g, (char *)out + *n, step < room - *n ? step : room - *n, &got, e);
    gzip_close(&g);
    return s;
}

static void expect_text(const char *path)
{
    for (size_t step = 1; step <= TEXT_SIZE + 1; step++) {
        char out[64];
        size_t n = 0;
        assert_int_equal(read_all(path, step, out, sizeof out, &n, NULL), GT_OK);
        assert_int_equal(n, TEXT_SIZE);
        assert_memory_equal(out, text, TEXT_SIZE);
    }
}

static void expect_refused(const char *path, const char *phrase)
{
    char out[64];
    size_t n = 0;
    Error e = { 0 };
    const Status s = read_all(path, sizeof out, out, sizeof out, &n, &e);
    if (s != GT_EDATA || strncmp(e.text[0], path, strlen(path)) != 0 || !strstr(e.text[0], phrase))
        fail_msg("status %d, \"%s\": expected \"%s\"", (int)s, e.text[0], phrase);
}

/* ---- good files ------------------------------------------------------------------------------ */

static void test_plain(void **state)
{
    const Scratch *f = *state;
    scratch_put(f, text, TEXT_SIZE);
    expect_text(f->path);
    scratch_put(f, "\x1f", 1);
    char out[2];
    size_t n = 0;
    assert_int_equal(read_all(f->path, 2, out, 2, &n, NULL), GT_OK);
    assert_int_equal(n, 1);
}

static void test_members_cut_anywhere(void **state)
{
    const Scratch *f = *state;
    unsigned char packed[512];
    for (size_t cut = 0; cut <= TEXT_SIZE; cut++) { /* 0 and all: one member is empty */
        size_t n = add_member(packed, sizeof packed, 0, text, cut, 9);
        n = add_member(packed, sizeof packed, n, text + cut, TEXT_SIZE - cut, 9);
        scratch_put(f, packed, n);
        expect_text(f->path);
    }
}

/* Packed sizes around that of the reader's buffer: one member ends exactly at its end. */
static void test_members_around_the_buffer(void **state)
{
    const Scratch *f = *state;
    enum { DATA = 2 * BUFFER, ROOM = 4 * BUFFER };
    unsigned char *data = malloc(DATA), *packed = malloc(ROOM), *out = malloc(ROOM);
    assert_true(data && packed && out);
    fill_noise(data, DATA);
    bool met = false;
    for (size_t cut = BUFFER - 40; cut < BUFFER; cut++) {
        size_t n = add_member(packed, ROOM, 0, data, cut, 0);
        met = met || n == BUFFER;
        scratch_put(f, packed, add_member(packed, ROOM, n, data + cut, DATA - cut, 0));
        assert_int_equal(read_all(f->path, 50000, out, ROOM, &n, NULL), GT_OK);
        assert_int_equal(n, DATA);
        assert_memory_equal(out, data, DATA);
    }
    assert_true(met);
    free(data);
    free(packed);
    free(out);
}

static void test_max_output(void **state)
{
    const Scratch *f = *state;
    Gzip g;
    scratch_put(f, text, TEXT_SIZE);
    assert_int_equal(gzip_open(&g, f->path, NULL), GT_OK);
    assert_int_equal(gzip_max_output(&g), TEXT_SIZE);
    gzip_close(&g);

    /* nothing packs better than zeros: their ratio is just below the bound */
    enum { ZEROS = 1 << 22 };
    unsigned char *zeros = calloc(1, ZEROS), packed[8192];
    assert_non_null(zeros);
    scratch_put(f, packed, add_member(packed, sizeof packed, 0, zeros, ZEROS, 9));
    free(zeros);
    assert_int_equal(gzip_open(&g, f->path, NULL), GT_OK);
    assert_in_range(gzip_max_output(&g), ZEROS, ZEROS + ZEROS / 20);
    g.size = UINT64_MAX / 1032 + 1; /* the bound saturates */
    assert_int_equal(gzip_max_output(&g), UINT64_MAX);
    gzip_close(&g);

    /* one byte, and two of which only one is that of gzip: plain */
    static const char *const nearly[] = { "\x1f", "\x1f ", "x\x8b" };
    for (int i = 0; i < 3; i++) {
        scratch_put(f, nearly[i], strlen(nearly[i]));
        assert_int_equal(gzip_open(&g, f->path, NULL), GT_OK);
        assert_int_equal(gzip_max_output(&g), strlen(nearly[i]));
        gzip_close(&g);
    }
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    Gzip g = { 0 };
    gzip_close(NULL);
    gzip_close(&g); /* must not close descriptor 0 */
    assert_int_not_equal(fcntl(0, F_GETFD), -1);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void test_nothing_stays_open(void **state)
{
    const Scratch *f = *state;
    const int before = open("/dev/null", O_RDONLY);
    close(before);
    expect_refused(f->path, "No such file or directory");
    expect_refused(f->folder, "is a folder");
    scratch_put(f, "", 0);
    expect_refused(f->path, "empty");
    const int after = open("/dev/null", O_RDONLY);
    close(after);
    assert_int_equal(before, after);
}

static void test_every_truncation(void **state)
{
    const Scratch *f = *state;
    unsigned char packed[256];
    const size_t one = add_member(packed, sizeof packed, 0, text, 20, 9);
    const size_t all = add_member(packed, sizeof packed, one, text, 4, 9);
    for (size_t n = 2; n < all; n++) {
        scratch_put(f, packed, n);
        if (n != one) /* the first member alone is a valid file */
            expect_refused(f->path, "truncated");
    }
}

static void test_trailing_bytes(void **state)
{
    const Scratch *f = *state;
    unsigned char packed[512];
    const size_t n = add_member(packed, sizeof packed, 0, text, TEXT_SIZE, 9);
    memcpy(packed + n, "\0\0\0", 3);
    scratch_put(f, packed, n + 3);
    expect_refused(f->path, "3 bytes after the end of the gzip data");
    memcpy(packed + n, "\x1f\x8c?????????????????", 19);
    scratch_put(f, packed, n + 19);
    expect_refused(f->path, "damaged gzip data");
}

/* A flipped bit is detected, or has no meaning: time, system, the flags of speed and text, and the
 * padding of the last byte of packed bits. */
static void test_every_flip(void **state)
{
    const Scratch *f = *state;
    unsigned char packed[256];
    char out[4096]; /* large enough to reach the CRC after any flip */
    const size_t size = add_member(packed, sizeof packed, 0, text, TEXT_SIZE, 9);
    size_t accepted = 0;
    for (size_t bit = 2 * 8; bit < 8 * size; bit++) {
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        scratch_put(f, packed, size);
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        size_t n = 0;
        const Status s = read_all(f->path, sizeof out, out, sizeof out, &n, NULL);
        assert_true(s == GT_EDATA || (n == TEXT_SIZE && memcmp(out, text, n) == 0));
        accepted += s == GT_OK;
    }
    assert_in_range(accepted, 6 * 8, 6 * 8 + 1 + 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_plain),
        SCRATCH_TEST(test_members_cut_anywhere),
        SCRATCH_TEST(test_members_around_the_buffer),
        SCRATCH_TEST(test_max_output),
        cmocka_unit_test(test_close_accepts_nothing),
        SCRATCH_TEST(test_nothing_stays_open),
        SCRATCH_TEST(test_every_truncation),
        SCRATCH_TEST(test_trailing_bytes),
        SCRATCH_TEST(test_every_flip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
