/* PNG grids, decoded independently: signature, chunks with their CRC, zlib, row filters, pixels. */
#include "support/png_parts.h"

static Picture decode(const char *path)
{
    Bytes file = open_png(path);
    size_t at = 8, n = 0;
    Picture p = take_head(&file, &at);
    const uint8_t *packed = take_chunk(&file, &at, "IDAT", &n);
    unpack(&p, packed, n);
    take_end(&file, at);
    bytes_free(&file);
    return p;
}

/* ---- contents of a grid ---------------------------------------------------------------------- */

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

/* A rule moves later tiles by IMAGE_RULE and spans the whole picture. */
static void test_rules(void **state)
{
    const Scratch *f = *state;
    uint8_t tiles[2 * 3 * 4];
    memset(tiles, 255, sizeof tiles);
    const Grid g = { .rows = 2,
                     .cols = 3,
                     .channels = 1,
                     .height = 2,
                     .width = 2,
                     .gap = 1,
                     .zoom = 1,
                     .rule_row = 1,
                     .rule_col = 2 };
    assert_int_equal(png_write_grid(f->path, &g, tiles, 6, NULL), GT_OK);
    Picture p = decode(f->path);
    assert_int_equal(p.width, 3 * 3 + 1 + IMAGE_RULE);
    assert_int_equal(p.height, 2 * 3 + 1 + IMAGE_RULE);
    static const char across[] = " ## ##  ||   ## ", down[] = " ##  --   ## ";
    for (int x = 0; x < p.width; x++)
        assert_int_equal(p.at[1 * p.width + x], across[x] == '#'   ? 255
                                                : across[x] == '|' ? 128
                                                                   : 0);
    for (int y = 0; y < p.height; y++)
        assert_int_equal(p.at[y * p.width + 1], down[y] == '#' ? 255 : down[y] == '-' ? 128 : 0);
    picture_free(&p);
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

/* ---- refusals -------------------------------------------------------------------------------- */

static void expect_too_large(const Scratch *f, int rows, int cols, int side, int gap, int zoom)
{
    const Grid g = { rows, cols, 1, side, side, gap, zoom, 0, 0, 0 };
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
    const Grid g = { 1, most, 1, 1, 1, 0, 1, 9, 0, 0 };
    assert_int_equal(png_write_grid(f->path, &g, NULL, 0, NULL), GT_OK);
    Picture p = decode(f->path);
    assert_int_equal(p.width, most);
    free(p.at);
}

static void test_folder_that_is_not_there(void **state)
{
    (void)state;
    const Grid g = { 1, 1, 1, 1, 1, 0, 1, 9, 0, 0 };
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
        SCRATCH_TEST(test_rules),
        SCRATCH_TEST(test_empty_grid),
        SCRATCH_TEST(test_limits),
        cmocka_unit_test(test_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
