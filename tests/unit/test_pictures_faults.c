/* Pictures when memory or a system call fails: the old file or the new one, no other files. */
#include "gantrain/base/file.h"
#include "gantrain/io/apng.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/image.h"

#include "support/io_faults.h"
#include "support/scratch.h"

enum { SIDE = 5, TILES = 4, FRAMES = 2 };

static const uint8_t tiles[TILES * SIDE * SIDE] = { 1, 2, 3, 255, 0, 17 };
static const Grid grid = { 2, 2, 1, SIDE, SIDE, 2, 3, 0, 1, 1 };
static const char old[] = "the picture that was there";

/* ---- written files --------------------------------------------------------------------------- */

typedef struct Writing {
    const Scratch *f;
    Status (*write)(const char *path, Error *e);
    Bytes good; /* the expected file */
} Writing;

static void put_old(void *me)
{
    const Writing *p = me;
    scratch_put(p->f, old, sizeof old);
}

static Status write_new(void *me, Error *e)
{
    const Writing *p = me;
    return p->write(p->f->path, e);
}

static void old_or_new(void *me, Status s, const Error *e)
{
    const Writing *p = me;
    const bool replaced = s == GT_OK || strstr(e->text[0], "fsync of its folder");
    Bytes b;
    assert_int_equal(file_read(&b, p->f->path, 1 << 20, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, replaced ? p->good.size : sizeof old);
    assert_memory_equal(b.at, replaced ? p->good.at : (const void *)old, b.size);
    bytes_free(&b);
    durable_sweep(p->f->folder);
    assert_int_equal(unlink(p->f->path), 0);
    assert_int_equal(rmdir(p->f->folder), 0);
    assert_int_equal(mkdir(p->f->folder, 0700), 0);
    assert_true(s == GT_OK || s == GT_EOUTPUT || s == GT_ERESOURCE);
}

static void write_with_faults(const Scratch *f, Status (*write)(const char *path, Error *e),
                              int allocations)
{
    Writing p = { .f = f, .write = write };
    const Operation operation = { put_old, write_new, old_or_new };
    assert_int_equal(write(f->path, NULL), GT_OK);
    assert_int_equal(file_read(&p.good, f->path, 1 << 20, GT_EDATA, NULL), GT_OK);
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, &p) >= allocations);
        assert_true(fault_each(&operation, (Fault){ .error = ENOSPC, .onwards = onwards }, &p) >=
                    8);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &p) >= 8);
    }
    bytes_free(&p.good);
}

static Status write_grid(const char *path, Error *e)
{
    return png_write_grid(path, &grid, tiles, TILES, e);
}

static Status write_animation(const char *path, Error *e)
{
    Apng a;
    TRY(apng_open(&a, SIDE, SIDE, 1, FRAMES, e));
    Status s = GT_OK;
    for (int i = 0; s == GT_OK && i < FRAMES; i++) {
        uint8_t pixels[SIDE * SIDE];
        for (int j = 0; j < SIDE * SIDE; j++)
            pixels[j] = (uint8_t)(i * 7 + j * 3);
        s = apng_add(&a, &(Picture){ SIDE, SIDE, 1, pixels }, 100, e);
    }
    if (s == GT_OK)
        s = apng_write(&a, path, e);
    apng_close(&a);
    return s;
}

static void test_a_grid_with_faults(void **state)
{
    write_with_faults(*state, write_grid, 6);
}

static void test_an_animation_with_faults(void **state)
{
    write_with_faults(*state, write_animation, 4);
}

/* Even the last chunk may find no memory. */
static void test_an_animation_without_memory_at_the_end(void **state)
{
    const Scratch *f = *state;
    uint8_t pixels[SIDE * SIDE] = { 0 };
    Apng a;
    Error e = { 0 };
    assert_int_equal(apng_open(&a, SIDE, SIDE, 1, 1, &e), GT_OK);
    assert_int_equal(apng_add(&a, &(Picture){ SIDE, SIDE, 1, pixels }, 100, &e), GT_OK);
    while (a.file.used + 1 < a.file.size)
        text_add_bytes(&a.file, "", 1);
    fault_arm((Fault){ .call = MEMORY, .nth = 1 });
    assert_int_equal(apng_write(&a, f->path, &e), GT_ERESOURCE);
    assert_true(fault_disarm());
    assert_non_null(strstr(e.text[0], "not written: not enough memory"));
    assert_int_not_equal(access(f->path, F_OK), 0);
    apng_close(&a);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* Each side alone is refused before any product is computed. */
static void test_sides_beyond_the_limit(void **state)
{
    const int beyond = IMAGE_MAX_SIDE + 1;
    (void)state;
    Grid g = grid;
    assert_true(grid_fits(&g));
    g.rows = beyond;
    assert_false(grid_fits(&g));
    g = grid, g.cols = beyond;
    assert_false(grid_fits(&g));
    g = grid, g.width = beyond;
    assert_false(grid_fits(&g));
    g = grid, g.height = beyond;
    assert_false(grid_fits(&g));
    g = grid, g.zoom = beyond;
    assert_false(grid_fits(&g));
    g = grid, g.gap = beyond;
    assert_false(grid_fits(&g));
    g = grid, g.rows = 8000; /* each number is allowed, their product is not */
    assert_false(grid_fits(&g));
    g = grid, g.cols = 8000;
    assert_false(grid_fits(&g));
    picture_free(NULL);
    apng_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_a_grid_with_faults),
        SCRATCH_TEST(test_an_animation_with_faults),
        SCRATCH_TEST(test_an_animation_without_memory_at_the_end),
        cmocka_unit_test(test_sides_beyond_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
