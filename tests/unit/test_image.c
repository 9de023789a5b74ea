/* PNG grids, taken apart by hand: signature, chunks with their CRC, zlib, row filters, pixels. */
#include <zlib.h>

#include "gantrain/base/file.h"
#include "gantrain/io/image.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

/* ---- a decoder for 8-bit grey and RGB without interlacing --------------------------------------- */

typedef struct Picture {
    int width, height, channels;
    uint8_t *at; /* [height][width][channels] owned */
} Picture;

static uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The chunk at *at must be `type`; checks its CRC and steps over it. */
static const uint8_t *take_chunk(const Bytes *file, size_t *at, const char *type, size_t *n)
{
    const uint8_t *chunk = file->at + *at;
    assert_true(*at + 12 <= file->size);
    *n = big_endian(chunk);
    assert_true(*n <= file->size - *at - 12);
    assert_memory_equal(chunk + 4, type, 4);
    assert_int_equal(big_endian(chunk + 8 + *n), crc32(0, chunk + 4, (uInt)(4 + *n)));
    *at += 12 + *n;
    return chunk + 8;
}

static int paeth(int left, int up, int corner)
{
    const int p = left + up - corner;
    const int a = abs(p - left), b = abs(p - up), c = abs(p - corner);
    return a <= b && a <= c ? left : b <= c ? up : corner;
}

static int predicted(int filter, int left, int up, int corner)
{
    switch (filter) {
    case 0:
        return 0;
    case 1:
        return left;
    case 2:
        return up;
    case 3:
        return (left + up) / 2;
    default:
        assert_int_equal(filter, 4);
        return paeth(left, up, corner);
    }
}

/* PNG specification, section 9: neighbours outside the picture count as 0. */
static void unfilter(Picture *p, const uint8_t *rows)
{
    const int step = p->channels, row = p->width * step;
    for (int y = 0; y < p->height; y++, rows += row + 1) {
        uint8_t *now = p->at + y * row;
        const uint8_t *above = now - row;
        for (int i = 0; i < row; i++) {
            const int left = i < step ? 0 : now[i - step], up = y ? above[i] : 0;
            const int corner = i < step || y == 0 ? 0 : above[i - step];
            now[i] = (uint8_t)(rows[1 + i] + predicted(rows[0], left, up, corner));
        }
    }
}

static Picture decode(const char *path)
{
    Bytes file;
    assert_int_equal(file_read(&file, path, 1 << 24, GT_EOUTPUT, NULL), GT_OK);
    assert_memory_equal(file.at, "\x89PNG\r\n\x1a\n", 8);
    size_t at = 8, n = 0;
    const uint8_t *head = take_chunk(&file, &at, "IHDR", &n);
    assert_int_equal(n, 13);
    assert_int_equal(head[8], 8);
    assert_true(head[9] == 0 || head[9] == 2);
    assert_memory_equal(head + 10, "\0\0\0", 3);
    Picture p = { (int)big_endian(head), (int)big_endian(head + 4), head[9] == 2 ? 3 : 1, NULL };

    const uint8_t *packed = take_chunk(&file, &at, "IDAT", &n);
    const size_t bytes = (size_t)p.height * (size_t)(p.width * p.channels + 1);
    uLongf got = bytes;
    uint8_t *rows = malloc(bytes);
    p.at = malloc(bytes);
    assert_true(rows && p.at);
    assert_int_equal(uncompress(rows, &got, packed, n), Z_OK);
    assert_int_equal(got, bytes);
    unfilter(&p, rows);
    free(rows);

    take_chunk(&file, &at, "IEND", &n);
    assert_int_equal(n, 0);
    assert_int_equal(at, file.size);
    bytes_free(&file);
    return p;
}

/* ---- what a grid must look like ----------------------------------------------------------------- */

/* The value at (x, y, k) of the picture, by the definition of Grid. */
static int wanted(const Grid *g, const uint8_t *tiles, int n, int x, int y, int k)
{
    const int across = g->width * g->zoom + g->gap, down = g->height * g->zoom + g->gap;
    const int col = (x - g->gap) / across, row = (y - g->gap) / down;
    const int px = (x - g->gap) % across / g->zoom, py = (y - g->gap) % down / g->zoom;
    const int i = row * g->cols + col;
    if (x < g->gap || y < g->gap || px >= g->width || py >= g->height || i >= n)
        return g->background;
    return tiles[((i * g->channels + k) * g->height + py) * g->width + px];
}

static void expect_grid(const Scratch *f, const Grid *g, int n)
{
    uint8_t tiles[4096];
    assert_true(n * g->channels * g->height * g->width <= (int)sizeof tiles);
    for (size_t i = 0; i < sizeof tiles; i++)
        tiles[i] = (uint8_t)(i * i / 7 + i);
    Error e = { 0 };
    assert_int_equal(png_write_grid(f->path, g, n ? tiles : NULL, n, &e), GT_OK);
    Picture p = decode(f->path);
    assert_int_equal(p.channels, g->channels);
    assert_int_equal(p.width, g->cols * g->width * g->zoom + (g->cols + 1) * g->gap);
    assert_int_equal(p.height, g->rows * g->height * g->zoom + (g->rows + 1) * g->gap);
    for (int y = 0; y < p.height; y++)
        for (int x = 0; x < p.width; x++)
            for (int k = 0; k < p.channels; k++)
                assert_int_equal(p.at[(y * p.width + x) * p.channels + k],
                                 wanted(g, tiles, n, x, y, k));
    free(p.at);
}

static void test_grey_grid(void **state)
{
    expect_grid(*state,
                &(Grid){ .rows = 2,
                         .cols = 3,
                         .channels = 1,
                         .height = 5,
                         .width = 4,
                         .gap = 2,
                         .zoom = 1,
                         .background = 200 },
                6);
}

static void test_colour_grid_with_missing_tiles(void **state)
{
    expect_grid(*state,
                &(Grid){ .rows = 3,
                         .cols = 2,
                         .channels = 3,
                         .height = 4,
                         .width = 7,
                         .gap = 1,
                         .zoom = 3,
                         .background = 0 },
                4);
}

static void test_one_tile_without_gap(void **state)
{
    expect_grid(*state,
                &(Grid){ .rows = 1,
                         .cols = 1,
                         .channels = 1,
                         .height = 28,
                         .width = 28,
                         .gap = 0,
                         .zoom = 1,
                         .background = 0 },
                1);
    expect_grid(*state,
                &(Grid){ .rows = 1,
                         .cols = 1,
                         .channels = 3,
                         .height = 1,
                         .width = 1,
                         .gap = 0,
                         .zoom = 1,
                         .background = 0 },
                1);
}

static void test_empty_grid(void **state)
{
    expect_grid(*state,
                &(Grid){ .rows = 1,
                         .cols = 2,
                         .channels = 3,
                         .height = 2,
                         .width = 2,
                         .gap = 1,
                         .zoom = 1,
                         .background = 77 },
                0);
}

/* ---- what is refused ---------------------------------------------------------------------------- */

static void expect_too_large(const Scratch *f, int rows, int cols, int side, int gap, int zoom)
{
    const Grid g = { rows, cols, 1, side, side, gap, zoom, 0 };
    Error e = { 0 };
    assert_int_equal(png_write_grid(f->path, &g, NULL, 0, &e), GT_EUSAGE);
    assert_non_null(strstr(e.text[0], "too large"));
    assert_memory_equal(e.text[0], f->path, strlen(f->path));
    assert_int_equal(access(f->path, F_OK), -1);
}

static void test_limits(void **state)
{
    const Scratch *f = *state;
    const int most = IMAGE_MAX_SIDE, huge = INT32_MAX;
    expect_too_large(f, 1, most + 1, 1, 0, 1);
    expect_too_large(f, most + 1, 1, 1, 0, 1);
    expect_too_large(f, 1, most, 1, 1, 1);
    expect_too_large(f, 1, 1, 2, 0, most / 2 + 1);
    expect_too_large(f, most, most, 1, 0, 1); /* each side allowed, the area not */
    expect_too_large(f, huge, huge, huge, huge, huge);
    const Grid g = { 1, most, 1, 1, 1, 0, 1, 9 };
    assert_int_equal(png_write_grid(f->path, &g, NULL, 0, NULL), GT_OK);
    Picture p = decode(f->path);
    assert_int_equal(p.width, most);
    free(p.at);
}

static void test_folder_that_is_not_there(void **state)
{
    (void)state;
    const Grid g = { 1, 1, 1, 1, 1, 0, 1, 9 };
    Error e = { 0 };
    assert_int_equal(png_write_grid("/tmp/no/such/folder/a.png", &g, NULL, 0, &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "/tmp/no/such/folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_grey_grid),
        SCRATCH_TEST(test_colour_grid_with_missing_tiles),
        SCRATCH_TEST(test_one_tile_without_gap),
        SCRATCH_TEST(test_empty_grid),
        SCRATCH_TEST(test_limits),
        cmocka_unit_test(test_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
