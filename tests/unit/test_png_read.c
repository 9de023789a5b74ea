/* png_read: round trips with png_write_grid, and one message for every other file. */
#include "gantrain/base/text.h"
#include "support/png_parts.h"

/* ---- round trips ----------------------------------------------------------------------------- */

/* One tile as the whole picture, in planes. */
static void expect_round_trip(const Scratch *s, int width, int height, int channels)
{
    static uint8_t tile[1 << 14];
    const size_t plane = (size_t)width * (size_t)height;
    assert_true(plane * (size_t)channels <= sizeof tile);
    for (size_t i = 0; i < plane * (size_t)channels; i++)
        tile[i] = (uint8_t)(i < 2 * 256 ? i : i * i / 7 + i); /* all levels */
    const Grid g = { 1, 1, channels, height, width, 0, 1, 0, 0, 0 };
    assert_int_equal(png_write_grid(s->path, &g, tile, 1, NULL), GT_OK);
    Picture p;
    Error e = { 0 };
    assert_int_equal(png_read(&p, s->path, &e), GT_OK);
    assert_int_equal(p.width, width);
    assert_int_equal(p.height, height);
    assert_int_equal(p.channels, channels);
    for (size_t i = 0; i < plane; i++)
        for (size_t k = 0; k < (size_t)channels; k++)
            assert_int_equal(p.at[i * (size_t)channels + k], tile[k * plane + i]);
    picture_free(&p);
}

static void test_round_trips(void **state)
{
    expect_round_trip(*state, 64, 32, 1);
    expect_round_trip(*state, 37, 29, 3);
    expect_round_trip(*state, 1, 1, 1);
    expect_round_trip(*state, 1, 300, 3);
}

/* ---- constructed files ----------------------------------------------------------------------- */

static void put32(uint8_t *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void add_chunk(Text *file, const char *type, const uint8_t *data, size_t n)
{
    uint8_t word[4];
    uLong crc = crc32(0, (const uint8_t *)type, 4);
    crc = n ? crc32(crc, data, (uInt)n) : crc;
    put32(word, (uint32_t)n);
    text_add_bytes(file, word, 4);
    text_add_bytes(file, type, 4);
    text_add_bytes(file, data, n);
    put32(word, (uint32_t)crc);
    text_add_bytes(file, word, 4);
}

typedef struct Made {
    uint32_t width, height;
    uint8_t depth, type;
    size_t rows;         /* bytes of filtered rows that are packed: zeros */
    const char *chunk;   /* one more, before the data                  */
    const uint8_t *data; /* of it [n]                                  */
    size_t n;
} Made;

static void put_made(const Scratch *s, const Made *m)
{
    Text file = { 0 };
    uint8_t head[13] = { 0 };
    put32(head, m->width);
    put32(head + 4, m->height);
    head[8] = m->depth;
    head[9] = m->type;
    uint8_t *rows = calloc(1, m->rows + 1);
    uLongf n = compressBound(m->rows);
    uint8_t *packed = malloc(n);
    assert_int_equal(compress(packed, &n, rows, m->rows), Z_OK);
    text_add_bytes(&file, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(&file, "IHDR", head, 13);
    if (m->chunk)
        add_chunk(&file, m->chunk, m->data, m->n);
    add_chunk(&file, "IDAT", packed, n);
    add_chunk(&file, "IEND", NULL, 0);
    scratch_put(s, file.at, file.used);
    text_free(&file);
    free(rows);
    free(packed);
}

static void expect_refused(const Scratch *s, const char *phrase)
{
    Picture p;
    Error e = { 0 };
    assert_int_equal(png_read(&p, s->path, &e), GT_EDATA);
    assert_null(p.at);
    assert_int_equal(e.lines, 1);
    assert_memory_equal(e.text[0], s->path, strlen(s->path));
    if (!strstr(e.text[0], phrase))
        print_error("%s\n", e.text[0]);
    assert_non_null(strstr(e.text[0], phrase));
}

static void test_what_is_not_ours(void **state)
{
    const Scratch *s = *state;
    static const uint8_t palette[6] = { 1, 2, 3, 4, 5, 6 };
    put_made(s, &(Made){ 4, 4, 8, 3, 20, "PLTE", palette, 6 });
    expect_refused(s, "a PNG with a palette: expected 8-bit grey or RGB");
    put_made(s, &(Made){ 4, 4, 8, 6, 68, NULL, NULL, 0 });
    expect_refused(s, "transparency");
    put_made(s, &(Made){ 4, 4, 16, 0, 36, NULL, NULL, 0 });
    expect_refused(s, "16 bits a value");
    put_made(s, &(Made){ 4, 4, 8, 0, 20, NULL, NULL, 0 });
    Picture p;
    assert_int_equal(png_read(&p, s->path, NULL),
                     GT_OK); /* the same helper with a supported kind */
    picture_free(&p);
}

/* The size is checked before any memory is allocated for it. */
static void test_huge_sizes(void **state)
{
    const Scratch *s = *state;
    put_made(s, &(Made){ IMAGE_MAX_SIDE + 1, 1, 8, 0, 20, NULL, NULL, 0 });
    expect_refused(s, "at most 16384 per side");
    put_made(s, &(Made){ 1, IMAGE_MAX_SIDE + 1, 8, 0, 20, NULL, NULL, 0 });
    expect_refused(s, "at most 16384 per side");
    put_made(s, &(Made){ 16384, 16384, 8, 2, 20, NULL, NULL, 0 });
    expect_refused(s, "67108864 in total");
    put_made(s, &(Made){ 0x7fffffff, 0x7fffffff, 8, 2, 20, NULL, NULL, 0 });
    expect_refused(s, "2147483647 x 2147483647 pixels: at most");
    put_made(s, &(Made){ 0, 4, 8, 0, 20, NULL, NULL, 0 });
    expect_refused(s, "damaged");
}

/* Correct checksums of wrong contents: too few rows, too many. */
static void test_rows_that_do_not_fit(void **state)
{
    const Scratch *s = *state;
    put_made(s, &(Made){ 4, 4, 8, 0, 15, NULL, NULL, 0 });
    expect_refused(s, "damaged");
    put_made(s, &(Made){ 4, 4, 8, 0, 4000, NULL, NULL, 0 });
    expect_refused(s, "damaged");
}

/* ---- damage ---------------------------------------------------------------------------------- */

static Bytes good_file(const Scratch *s)
{
    uint8_t tile[3 * 60];
    for (size_t i = 0; i < sizeof tile; i++)
        tile[i] = (uint8_t)(i * i / 7 + i);
    const Grid g = { 1, 1, 3, 6, 10, 1, 1, 0, 0, 0 };
    assert_int_equal(png_write_grid(s->path, &g, tile, 1, NULL), GT_OK);
    return open_png(s->path);
}

static void test_cut_short_anywhere(void **state)
{
    const Scratch *s = *state;
    Bytes file = good_file(s);
    for (size_t n = 0; n < file.size; n++) {
        scratch_put(s, file.at, n);
        expect_refused(s, "truncated");
    }
    bytes_free(&file);
}

static void test_every_bit(void **state)
{
    const Scratch *s = *state;
    Bytes file = good_file(s);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.at[bit / 8] ^= (unsigned char)(1u << bit % 8);
        scratch_put(s, file.at, file.size);
        expect_refused(s, s->path);
        file.at[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    scratch_put(s, file.at, file.size);
    Picture p;
    assert_int_equal(png_read(&p, s->path, NULL), GT_OK);
    picture_free(&p);
    bytes_free(&file);
}

static void test_more_after_the_end(void **state)
{
    const Scratch *s = *state;
    Bytes file = good_file(s);
    scratch_put(s, file.at, file.size + 1); /* the NUL after the Bytes */
    expect_refused(s, "do not end in an IEND chunk");
    bytes_free(&file);
}

static void test_no_file(void **state)
{
    const Scratch *s = *state;
    expect_refused(s, "cannot be opened");
    scratch_put(s, "hello", 5);
    expect_refused(s, "or not a PNG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_round_trips),        SCRATCH_TEST(test_what_is_not_ours),
        SCRATCH_TEST(test_huge_sizes),         SCRATCH_TEST(test_rows_that_do_not_fit),
        SCRATCH_TEST(test_cut_short_anywhere), SCRATCH_TEST(test_every_bit),
        SCRATCH_TEST(test_more_after_the_end), SCRATCH_TEST(test_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
