/* Plots of several columns, checked by their pixels. */
#include "gantrain/data/dataset.h"
#include "gantrain/sample/sample.h"
#include "sample/plot_frame.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { COUNT = 300, DIM = 7 };

typedef struct Fixture {
    Arena arena;
    Raster r;
    Dataset data;
    real points[COUNT * DIM];
} Fixture;

/* Column 1 is twice column 0; the others alternate between 0 and 1. */
static void open_fixture(Fixture *f, int dim)
{
    static Error e;
    memset(f, 0, sizeof *f);
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < dim; j++)
            f->points[i * dim + j] = j < 2 ? (real)(i * (j + 1)) : (real)(i % 2);
    f->data = (Dataset){ .shape = { dim, 1, 1 }, .count = COUNT, .points = f->points };
    assert_int_equal(arena_open(&f->arena, 1 << 24, &e), GT_OK);
    f->r = plot_take(&f->arena, &f->data);
    assert_non_null(f->r.at);
}

static void draw(Fixture *f, const char *path, int n, const real *generated)
{
    Error e = { 0 };
    if (plot_write(path, &f->r, &f->data, (View){ n, f->data.shape.c, generated }, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

typedef bool IsColour(Colour c);

static bool is_grey(Colour c)
{
    return c.red < 240 && c.red > 150 && abs(c.red - c.blue) < 12;
}

static bool is_blue(Colour c)
{
    return c.blue > c.red + 60;
}

static bool is_ink(Colour c)
{
    return c.red < 100 && c.blue < 100;
}

/* Pixels of a colour in cell (row, column) of the triangle, or above it if row is -1. */
static int count(const Raster *r, int row, int column, IsColour *is)
{
    const int cell = 184, left = 92 + column * cell, top = row < 0 ? 0 : 26 + row * cell;
    const size_t plane = (size_t)r->width * (size_t)r->height;
    int n = 0;
    for (int y = top; y < top + (row < 0 ? 24 : 176); y++)
        for (int x = left; x < left + 176; x++) {
            const uint8_t *at = r->at + (size_t)y * (size_t)r->width + (size_t)x;
            n += is((Colour){ at[0], at[plane], at[2 * plane] });
        }
    return n;
}

static void a_triangle_of_cells(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    const real generated[] = { 50, 500, 0 };
    open_fixture(&f, 3);
    draw(&f, s->path, 1, generated);
    assert_true(f.r.width == 92 + 3 * 184 + 8 && f.r.height == 26 + 3 * 184 + 20);
    for (int row = 0; row < 3; row++)
        for (int column = 0; column <= row; column++) {
            assert_true(count(&f.r, row, column, is_grey) > 20);
            assert_true(count(&f.r, row, column, is_blue) > 0);
        }
    assert_int_equal(count(&f.r, 0, 1, is_grey) + count(&f.r, 0, 1, is_blue), 0);
    assert_true(count(&f.r, 1, 0, is_blue) < 12); /* one point, of no column but 0 and 1 */
    arena_close(&f.arena);
}

static void five_columns_at_most(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    static const real generated[DIM];
    open_fixture(&f, 5);
    const int width = f.r.width;
    arena_close(&f.arena);
    open_fixture(&f, DIM);
    assert_int_equal(f.r.width, width);
    draw(&f, s->path, 1, generated);
    arena_close(&f.arena);
}

/* The tick labels are in the units of the table; two columns with names are pairs, too. */
static void names_and_units(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    static char first[] = "", second[] = "second column \xc3\xa9 that is longer than its cell";
    char *names[] = { first, second };
    double scale[] = { 1e-9, 1e9 }, offset[] = { 1e6, -1e12 };
    static const real generated[] = { (real)NAN, INFINITY, 1, 2 };
    open_fixture(&f, 2);
    arena_close(&f.arena);
    f.data.units = (Units){ .n = 2, .scale = scale, .offset = offset, .name = names };
    assert_int_equal(arena_open(&f.arena, 1 << 24, NULL), GT_OK);
    f.r = plot_take(&f.arena, &f.data);
    assert_int_equal(f.r.width, 92 + 2 * 184 + 8);
    draw(&f, s->path, 2, generated);
    assert_int_equal(count(&f.r, -1, 0, is_ink), 0); /* an empty name */
    assert_true(count(&f.r, 0, 1, is_ink) > 100);    /* above cell (1, 1) */
    arena_close(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_triangle_of_cells),
        SCRATCH_TEST(five_columns_at_most),
        SCRATCH_TEST(names_and_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
