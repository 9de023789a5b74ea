/* The folder of a run: which checkpoints rotation keeps, its lock, and whether it was moved. */
#include "gantrain/run/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/durable_folder.h"

static void open_folder(const DurableFolder *p, RunFolder *f)
{
    char path[PATH_BYTES];
    path_in(p, "run", path);
    *f = (RunFolder){ .lock = -1 };
    assert_int_equal(folder_open(f, path, false, NULL), GT_OK);
}

static void put(const RunFolder *f, uint64_t step)
{
    char path[FOLDER_FILE];
    folder_checkpoint(f, step, path);
    assert_int_equal(durable_write(path, "x", 1, NULL), GT_OK);
}

static void expect_steps(const RunFolder *f, const uint64_t *expected, int n)
{
    uint64_t *steps = NULL;
    int found = 0;
    assert_int_equal(folder_checkpoints(f, &steps, &found, NULL), GT_OK);
    assert_int_equal(found, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(steps[i], expected[i]);
    free(steps);
}

/* ---- rotation -------------------------------------------------------------------------------- */

typedef struct Case {
    Retention keep;
    uint64_t newest;
    uint64_t left[10]; /* of steps 10, 20 ... 80 */
    int n;
} Case;

static const uint64_t damaged[] = { 70, 60 };

static const Case cases[] = {
    { { 3, 0, NULL, 0, NULL, NULL }, 80, { 80, 70, 60 }, 3 },
    { { 1, 0, NULL, 0, NULL, NULL }, 80, { 80 }, 1 },
    { { 99, 0, NULL, 0, NULL, NULL }, 80, { 80, 70, 60, 50, 40, 30, 20, 10 }, 8 },
    { { 1, 30, NULL, 0, NULL, NULL }, 80, { 80, 60, 30 }, 3 },
    { { 2, 40, NULL, 0, NULL, NULL }, 80, { 80, 70, 40 }, 3 },
    { { 2, 1, NULL, 0, NULL, NULL }, 80, { 80, 70, 60, 50, 40, 30, 20, 10 }, 8 },
    { { 2, 0, NULL, 0, NULL, NULL }, 50, { 80, 70, 60, 50, 40 }, 5 }, /* later ones stay */
    { { 2, 0, damaged, 2, NULL, NULL }, 80, { 80, 70, 60, 50 }, 4 },  /* they do not count */
    { { 1, 0, damaged, 2, NULL, NULL }, 80, { 80 }, 1 },              /* but go with their age */
    { { 3, 0, damaged, 1, NULL, NULL }, 80, { 80, 70, 60, 50 }, 4 },
    { { 0, 0, NULL, 0, NULL, NULL }, 80, { 80 }, 1 }, /* it stays itself */
};

static void test_rotation(void **state)
{
    const DurableFolder *p = *state;
    RunFolder f;
    open_folder(p, &f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (uint64_t step = 10; step <= 80; step += 10)
            put(&f, step);
        assert_int_equal(folder_rotate(&f, cases[i].newest, &cases[i].keep, NULL), GT_OK);
        expect_steps(&f, cases[i].left, cases[i].n);
    }
    folder_close(&f);
}

static void test_step_of_a_name(void **state)
{
    (void)state;
    uint64_t step = 0;
    assert_true(folder_step_of("a/b/ckpt-00000120.safetensors", &step));
    assert_int_equal(step, 120);
    assert_true(folder_step_of("ckpt-123456789.safetensors", &step));
    assert_int_equal(step, 123456789);
    static const char *const others[] = {
        "ckpt-0000120.safetensors",      "ckpt-000000120.safetensors", "best.safetensors",
        "ckpt-00000120.safetensors.bak", "ckpt-00000120.safetensors/", ""
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(folder_step_of(others[i], &step));
}

/* ---- lock and path --------------------------------------------------------------------------- */

static void test_a_second_lock(void **state)
{
    const DurableFolder *p = *state;
    RunFolder f, other = { .lock = -1 };
    Error e = { 0 };
    open_folder(p, &f);
    assert_int_equal(folder_open(&other, f.path, false, &e), GT_EBUSY);
    assert_int_equal(other.lock, -1);
    assert_non_null(strstr(e.text[0], "another gantrain"));
    assert_int_equal(folder_open(&other, f.path, true, &e), GT_EBUSY); /* --no-lock breaks none */
    folder_close(&f);
    assert_int_equal(folder_open(&other, other.path, false, &e), GT_EOUTPUT); /* "": no name left */
    open_folder(p, &f);
    assert_false(f.unlocked);
    folder_close(&f);
}

static void test_moved_or_removed(void **state)
{
    const DurableFolder *p = *state;
    RunFolder f;
    char before[FOLDER_PATH], after[PATH_BYTES];
    open_folder(p, &f);
    memcpy(before, f.path, sizeof before);
    path_in(p, "elsewhere", after);
    assert_true(folder_in_place(&f));
    assert_int_equal(rename(before, after), 0);
    assert_false(folder_in_place(&f));
    assert_int_equal(mkdir(before, 0777), 0); /* another one */
    assert_false(folder_in_place(&f));
    assert_int_equal(rmdir(before), 0);
    assert_int_equal(rename(after, before), 0);
    assert_true(folder_in_place(&f));
    folder_close(&f);
}

static void test_probe(void **state)
{
    const DurableFolder *p = *state;
    RunFolder f;
    char path[FOLDER_FILE];
    Error e = { 0 };
    open_folder(p, &f);
    assert_int_equal(folder_check_writable(&f, &e), GT_OK);
    assert_int_equal(count_names(f.path), 2);
    folder_file(&f, "samples", path);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(folder_check_writable(&f, &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "samples"));
    folder_close(&f);
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_rotation),      cmocka_unit_test(test_step_of_a_name),
        PLACE_TEST(test_a_second_lock), PLACE_TEST(test_moved_or_removed),
        PLACE_TEST(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
