/* Drawing: coverage, opacity and clipping. */
#include "gantrain/io/raster.h"
#include "support/nets.h"

enum { WIDTH = 40, HEIGHT = 30 };

static const Colour white = { 255, 255, 255 }, black = { 0, 0, 0 }, rust = { 200, 80, 20 };
static uint8_t pixels[3 * WIDTH * HEIGHT];

static Raster paper(void)
{
    Raster r = { WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT, pixels };
    raster_fill(&r, white);
    return r;
}

static int at(int plane, int x, int y)
{
    return pixels[(plane * HEIGHT + y) * WIDTH + x];
}

/* The black area in pixels. */
static double darkness(void)
{
    double sum = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        sum += (255 - pixels[i]) / 255.0;
    return sum;
}

static void memory_comes_from_a_plan(void **state)
{
    (void)state;
    static Error e;
    Arena a = { 0 };
    assert_int_equal(arena_open(&a, 3 * 7 * 5 + 64, &e), GT_OK);
    const Raster r = raster_take(&a, 7, 5);
    assert_non_null(r.at);
    assert_true(r.right == 7 && r.bottom == 5 && r.left == 0 && r.top == 0);
    arena_close(&a);
}

static void colours_are_planes(void **state)
{
    (void)state;
    const Raster r = paper();
    raster_box(&r, 3, 4, 6, 5, rust);
    for (int x = 0; x < WIDTH; x++) {
        const bool in = x >= 3 && x < 6;
        assert_int_equal(at(0, x, 4), in ? 200 : 255);
        assert_int_equal(at(1, x, 4), in ? 80 : 255);
        assert_int_equal(at(2, x, 4), in ? 20 : 255);
        assert_int_equal(at(0, x, 5), 255);
        assert_int_equal(at(0, x, 3), 255);
    }
}

/* Antialiasing keeps the area: π·r² for a disc, 2π·r·w for a circle, l·w and a round end for a
 * line. */
static void shapes_have_their_area(void **state)
{
    (void)state;
    const double pi = 3.141592653589793;
    for (int i = 0; i < 20; i++) {
        const double x = 18 + 0.11 * i, y = 14 + 0.07 * i;
        Raster r = paper();
        raster_disc(&r, x, y, 6, black, 1);
        assert_true(fabs(darkness() / (pi * 36) - 1) < 0.02);
        r = paper();
        raster_circle(&r, x, y, 8, 2, black, 1);
        assert_true(fabs(darkness() / (2 * pi * 8 * 2) - 1) < 0.02);
        r = paper();
        raster_line(&r, x - 10, y - 5, x + 10, y + 5, 2, black, 1);
        assert_true(fabs(darkness() / (sqrt(500) * 2 + pi) - 1) < 0.03);
        r = paper();
        raster_disc(&r, x, y, 6, black, 0.5);
        assert_true(fabs(darkness() / (0.5 * pi * 36) - 1) < 0.02);
    }
}

static void a_disc_is_symmetric(void **state)
{
    (void)state;
    const Raster r = paper();
    raster_disc(&r, 20, 15, 5.3, black, 0.8);
    for (int dy = 0; dy <= 8; dy++)
        for (int dx = 0; dx <= 8; dx++) {
            const int here = at(0, 20 + dx, 15 + dy);
            assert_int_equal(here, at(0, 20 - dx, 15 + dy));
            assert_int_equal(here, at(0, 20 + dx, 15 - dy));
            assert_int_equal(here, at(0, 20 + dy, 15 + dx));
            if (dx * dx + dy * dy < 4.7 * 4.7)
                assert_int_equal(here, 51);
            if (dx * dx + dy * dy > 5.9 * 5.9)
                assert_int_equal(here, 255);
        }
}

static void nothing_lands_outside(void **state)
{
    (void)state;
    Raster r = paper();
    raster_clip(&r, 10, 8, 20, 18);
    raster_disc(&r, 10, 8, 30, black, 1);
    raster_text(&r, 18, 16, "888", 3, black);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(at(0, x, y), x >= 10 && x < 20 && y >= 8 && y < 18 ? 0 : 255);
}

static void strange_places_draw_nothing(void **state)
{
    (void)state;
    static const double strange[] = { NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e9, -1e9 };
    const Raster r = paper();
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        raster_disc(&r, strange[i], 5, 3, black, 1);
        raster_disc(&r, 5, strange[i], 3, black, 1);
        raster_disc(&r, strange[i], strange[i], 3, black, 1);
        raster_circle(&r, strange[i], 5, 3, 1, black, 1);
    }
    assert_true(darkness() < 1e-12);
}

static void numbers_are_readable(void **state)
{
    (void)state;
    static const char *const minus_one[] = {
        ".....#.", /* three columns each, one between them */
        "....##.", "###..#.", ".....#.", "....###",
    };
    const Raster r = paper();
    raster_text(&r, 1, 2, "-1", 1, black);
    for (int y = 0; y < GLYPH_HEIGHT; y++)
        for (int x = 0; x < 7; x++)
            assert_int_equal(at(0, 1 + x, 2 + y), minus_one[y][x] == '#' ? 0 : 255);
    assert_int_equal(raster_text_width("-1", 1), 7);
    assert_int_equal(raster_text_width("-1", 2), 14);
    assert_int_equal(raster_text_width("", 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_comes_from_a_plan), cmocka_unit_test(colours_are_planes),
        cmocka_unit_test(shapes_have_their_area),   cmocka_unit_test(a_disc_is_symmetric),
        cmocka_unit_test(nothing_lands_outside),    cmocka_unit_test(strange_places_draw_nothing),
        cmocka_unit_test(numbers_are_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
