/* Plots of points, checked by their pixels. */
#include "gantrain/base/file.h"
#include "gantrain/data/dataset.h"
#include "gantrain/sample/sample.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { SIDE = 512, COUNT = 400 };

static Colour at(const Raster *r, int x, int y)
{
    const size_t plane = SIDE * SIDE, i = (size_t)y * SIDE + (size_t)x;
    return (Colour){ r->at[i], r->at[plane + i], r->at[2 * plane + i] };
}

static bool is_grey(Colour c)
{
    return abs(c.red - c.green) < 8 && abs(c.blue - c.green) < 8;
}

static bool is_white(Colour c)
{
    return c.red == 255 && c.green == 255 && c.blue == 255;
}

static bool is_blue(Colour c)
{
    return c.blue > c.red + 60;
}

static int count(const Raster *r, bool (*is)(Colour))
{
    int n = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            n += is(at(r, x, y));
    return n;
}

typedef struct Fixture {
    Arena arena;
    Raster r;
    Dataset data;
    real points[2 * COUNT];
    double centre[2], std[1], weight[1];
} Fixture;

/* 2-D: a square with corners at ±1; 1-D: the numbers 0 and 1, three of four are 1. */
static void open_fixture(Fixture *f, int dim)
{
    static Error e;
    memset(f, 0, sizeof *f);
    assert_int_equal(arena_open(&f->arena, 1 << 20, &e), GT_OK);
    f->r = plot_take(&f->arena, &f->data);
    assert_non_null(f->r.at);
    for (int i = 0; i < COUNT; i++) {
        if (dim == 1)
            f->points[i] = i % 4 > 0;
        for (int j = 0; dim == 2 && j < 2; j++)
            f->points[2 * i + j] = i >> j & 1 ? 1 : -1;
    }
    f->data = (Dataset){ .shape = { dim, 1, 1 }, .count = COUNT, .points = f->points };
}

static void draw(Fixture *f, const char *path, int n, const real *generated)
{
    Error e = { 0 };
    const View v = { n, f->data.shape.c, generated };
    if (plot_write(path, &f->r, &f->data, v, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

/* The frame is 456 pixels wide and starts at 46, 10; the data take the middle 1/1.16 of it. */
static int across(double x)
{
    return (int)(46 + (x / 2.32 + 0.5) * 456);
}

static int down(double y)
{
    return (int)(10 + (0.5 - y / 2.32) * 456);
}

static void scatter_plot(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    const real generated[] = { 0, (real)0.5, (real)-0.5, 0, (real)NAN, 0, INFINITY, 1, 70, 70 };
    open_fixture(&f, 2);
    draw(&f, s->path, 5, generated);
    for (int i = 0; i < 4; i++) {
        const Colour c = at(&f.r, across(i & 1 ? 1 : -1), down(i & 2 ? 1 : -1));
        assert_true(is_grey(c) && !is_white(c));
    }
    assert_true(is_blue(at(&f.r, across(0), down(0.5))));
    assert_true(is_blue(at(&f.r, across(-0.5), down(0))));
    assert_true(count(&f.r, is_blue) < 2 * 16); /* two points only */
    assert_true(is_white(at(&f.r, 0, 0)) && is_white(at(&f.r, 511, 511)));
    assert_true(is_white(at(&f.r, across(0.25), down(0.25))));
    assert_true(at(&f.r, 45, 200).red < 100 && at(&f.r, 200, 9).red < 100); /* the frame */
    arena_close(&f.arena);
}

static void modes_are_circles_of_three_std(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    const real far[] = { 50, 50 };
    open_fixture(&f, 2);
    f.centre[0] = f.centre[1] = 0.3;
    f.std[0] = 0.1;
    f.weight[0] = 1;
    f.data.modes = (Modes){ 1, 2, f.centre, f.std, f.weight };
    draw(&f, s->path, 1, far);
    assert_int_equal(count(&f.r, is_blue), 0);
    assert_true(at(&f.r, across(0.6), down(0.3)).red < 200);
    assert_true(at(&f.r, across(0.3), down(0.0)).red < 200);
    assert_true(is_white(at(&f.r, across(0.3), down(0.3))));
    assert_true(is_white(at(&f.r, across(0.7), down(0.3))));
    arena_close(&f.arena);
}

/* The axes do not depend on generated points; the file has the pixels of the raster. */
static void axes_depend_on_the_data_alone(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    const real one[] = { 0, 0 }, other[] = { 90, -700 };
    open_fixture(&f, 2);
    draw(&f, s->path, 1, one);
    const Colour corner = at(&f.r, across(1), down(1));
    Bytes file, again;
    assert_int_equal(file_read(&file, s->path, 1 << 20, GT_EOUTPUT, NULL), GT_OK);
    assert_memory_equal(file.at + 1, "PNG", 3);
    draw(&f, s->path, 1, other);
    assert_int_equal(count(&f.r, is_blue), 0);
    assert_int_equal(at(&f.r, across(1), down(1)).red, corner.red);
    draw(&f, s->path, 1, one);
    assert_int_equal(file_read(&again, s->path, 1 << 20, GT_EOUTPUT, NULL), GT_OK);
    assert_int_equal(file.size, again.size);
    assert_memory_equal(file.at, again.at, file.size);
    bytes_free(&file);
    bytes_free(&again);
    arena_close(&f.arena);
}

/* The axis goes from -0.05 to 1.05: bars 5 and 108 of 114 hold the data, of proportions 1/4 and
 * 3/4, and the frame is 1.5 times the higher one high. */
static void histogram(void **state)
{
    const Scratch *s = *state;
    static Fixture f;
    const real generated[] = { (real)0.5, (real)0.5, 7, (real)NAN };
    open_fixture(&f, 1);
    draw(&f, s->path, 4, generated);
    const int low = 46 + 5 * 4 + 1, high = 46 + 108 * 4 + 1, middle = 46 + 57 * 4;
    const double full = 1.5 * 0.75;
    for (int y = 12; y < 464; y++) {
        const double height = (466 - y) / 456.0 * full;
        if (fabs(height - 0.25) > 0.01)
            assert_int_equal(!is_white(at(&f.r, low, y)), height < 0.25);
        if (fabs(height - 0.75) > 0.01)
            assert_int_equal(!is_white(at(&f.r, high, y)), height < 0.75);
        if (height > 0.51)
            assert_false(is_blue(at(&f.r, middle, y)) || is_blue(at(&f.r, middle + 3, y)));
    }
    const int top = (int)(466 - 0.5 / full * 456);
    bool found = false; /* the line at half of the generated numbers */
    for (int y = top - 2; y <= top + 2; y++)
        found = found || is_blue(at(&f.r, middle + 2, y));
    assert_true(found);
    arena_close(&f.arena);
}

static void missing_folder(void **state)
{
    (void)state;
    static Fixture f;
    static Error e;
    const real one[] = { 0, 0 };
    open_fixture(&f, 2);
    assert_int_equal(plot_write("/no/folder/x.png", &f.r, &f.data, (View){ 1, 2, one }, &e),
                     GT_EOUTPUT);
    arena_close(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(scatter_plot),
        SCRATCH_TEST(modes_are_circles_of_three_std),
        SCRATCH_TEST(axes_depend_on_the_data_alone),
        SCRATCH_TEST(histogram),
        cmocka_unit_test(missing_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
