/* The folder of a run: its lock, which files belong to the run, and which are removed. */
#include <sys/wait.h>

#include "support/run_folder.h"

/* ---- opening --------------------------------------------------------------------------------- */

/* One at a time; the kernel releases the lock of a process that dies. */
static void test_one_process_a_folder(void **state)
{
    const Scratch *s = *state;
    RunFolder second;
    Error e = { 0 };
    assert_int_equal(folder_open(&second, s->folder, false, &e), GT_EBUSY);
    assert_non_null(strstr(e.text[0], "another gantrain is training in this folder"));
    assert_int_equal(second.lock, -1);
    folder_close(&here);
    const pid_t child = fork();
    if (child == 0) {
        (void)folder_open(&second, s->folder, false, NULL);
        _exit(0); /* without closing it */
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(folder_open(&second, s->folder, false, NULL), GT_OK);
    folder_close(&second);
}

static void test_paths_that_are_too_long(void **state)
{
    (void)state;
    static char path[2 * FOLDER_FILE];
    RunFolder f;
    Error e = { 0 };
    memset(path, 'x', sizeof path - 1);
    assert_int_equal(folder_open(&f, path, false, &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "too long"));
    assert_int_equal(folder_find(&f, path, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "too long"));
    path[FOLDER_FILE + 5] = '/';
    assert_false(folder_contains(&here, path));
}

static void test_nothing_to_close(void **state)
{
    (void)state;
    RunFolder zero = { .lock = 0 }, set = { .lock = 0 };
    folder_close(NULL);
    folder_close(&zero);
    assert_true(folder_set(&set, "somewhere"));
    folder_close(&set);
    assert_true(dup(0) >= 0); /* descriptor 0 was left alone */
}

static void test_temporary_files_are_swept(void **state)
{
    static const char *const left[] = { ".tmp-0123456789abcdef-config.json",
                                        "samples/.tmp-0123456789abcdef-epoch-0001.png",
                                        "checkpoints/.tmp-0123456789abcdef-ckpt" };
    const Scratch *s = *state;
    put(".tmp-mine");
    for (int i = 0; i < 3; i++)
        put(left[i]);
    folder_close(&here);
    assert_int_equal(folder_open(&here, s->folder, false, NULL), GT_OK);
    for (int i = 0; i < 3; i++)
        assert_false(there(left[i]));
    assert_true(there(".tmp-mine"));
}

static void test_only_our_own_names_count(void **state)
{
    uint64_t steps[64], *epochs = NULL;
    int n = 0;
    (void)state;
    assert_int_equal(steps_there(steps), 0);
    put_files();
    assert_int_equal(steps_there(steps), 4);
    const uint64_t expected[] = { 123456789, 10, 4, 2 };
    assert_memory_equal(steps, expected, sizeof expected);
    assert_int_equal(folder_samples(&here, &epochs, &n, NULL), GT_OK);
    assert_int_equal(n, 2);
    assert_true(epochs[0] == 12345 && epochs[1] == 1);
    free(epochs);
}

/* ---- finding --------------------------------------------------------------------------------- */

static void expect_found(const char *path, Status status, const char *phrase)
{
    RunFolder f;
    Error e = { 0 };
    assert_int_equal(folder_find(&f, path, &e), status);
    if (phrase && !strstr(e.text[0], phrase))
        assert_string_equal(e.text[0], phrase);
    assert_int_equal(f.lock, -1);
    if (status == GT_OK)
        assert_string_equal(f.path, here.path);
}

static void test_finding(void **state)
{
    const Scratch *s = *state;
    char path[FOLDER_FILE];
    expect_found(s->folder, GT_EDATA, "holds no run");
    put("study.json");
    expect_found(s->folder, GT_EDATA, "holds a study");
    put("samples/epoch-0001.png");
    expect_found(s->folder, GT_OK, NULL);
    folder_sample(&here, 1, path);
    assert_int_equal(unlink(path), 0);
    put("metrics.jsonl");
    snprintf(path, sizeof path, "%s///", s->folder);
    expect_found(path, GT_OK, NULL);
    put("config.json");
    expect_found(path, GT_OK, NULL);
    folder_file(&here, "config.json", path);
    expect_found(path, GT_EDATA, "is a file");
    folder_file(&here, "missing", path);
    expect_found(path, GT_EDATA, "no such folder");
    expect_found("/", GT_EDATA, "holds no run");
}

/* Without its folder of pictures it is no run either. */
static void test_finding_without_pictures(void **state)
{
    const Scratch *s = *state;
    char path[FOLDER_FILE];
    folder_file(&here, "samples", path);
    assert_int_equal(rmdir(path), 0);
    expect_found(s->folder, GT_EDATA, "holds no run");
}

static void test_which_checkpoints_lie_here(void **state)
{
    const Scratch *s = *state;
    char path[FOLDER_FILE], before[512];
    folder_checkpoint(&here, 5, path);
    assert_true(folder_contains(&here, path));
    snprintf(path, sizeof path, "%s/samples/../checkpoints/any", s->folder);
    assert_true(folder_contains(&here, path));
    snprintf(path, sizeof path, "%s/any", s->folder);
    assert_false(folder_contains(&here, path));
    assert_false(folder_contains(&here, "/proc/any"));
    assert_false(folder_contains(&here, "/nowhere/any"));
    assert_false(folder_contains(&here, "any"));
    assert_non_null(getcwd(before, sizeof before));
    folder_file(&here, "checkpoints", path);
    assert_int_equal(chdir(path), 0);
    const bool holds = folder_contains(&here, "any");
    assert_int_equal(chdir(before), 0);
    assert_true(holds);
    assert_int_equal(rmdir(path), 0);
    assert_false(folder_contains(&here, "any"));
}

/* ---- removing -------------------------------------------------------------------------------- */

static void test_rotation(void **state)
{
    uint64_t steps[64];
    (void)state;
    put_files();
    assert_int_equal(folder_rotate(&here, 10, &(Retention){ .newest = 2 }, NULL), GT_OK);
    assert_int_equal(steps_there(steps), 3); /* the later one stays and does not count */
    assert_true(steps[0] == 123456789 && steps[1] == 10 && steps[2] == 4);
    for (int i = 0; i < OTHERS; i++)
        assert_true(there(others[i]));
}

/* Those of every k-th step are always kept; damaged ones do not count. */
static void test_rotation_keeps_every_kth(void **state)
{
    static const uint64_t damaged[] = { 3, 10 };
    uint64_t steps[64];
    (void)state;
    put_files(); /* 2, 4, 10 and 123456789 */
    assert_int_equal(folder_rotate(&here, 10, &(Retention){ 1, 4, damaged, 2, NULL, NULL }, NULL),
                     GT_OK);
    assert_int_equal(steps_there(steps), 3);
    assert_true(steps[0] == 123456789 && steps[1] == 10 && steps[2] == 4);
    put_files();
    assert_int_equal(folder_rotate(&here, 10, &(Retention){ .every = 5 }, NULL), GT_OK);
    assert_int_equal(steps_there(steps), 2);
    assert_int_equal(steps[1], 10);
}

static void test_steps_of_names(void **state)
{
    uint64_t step = 0;
    (void)state;
    assert_true(folder_step_of("a/ckpt-5/ckpt-00000012.safetensors", &step) && step == 12);
    assert_true(folder_step_of("ckpt-00000013.safetensors", &step) && step == 13);
    assert_false(folder_step_of("a/best.safetensors", &step));
}

/* metrics.jsonl that cannot be written, although files can be made in its folder. */
static void test_probing(void **state)
{
    char path[FOLDER_FILE];
    Error e = { 0 };
    (void)state;
    assert_int_equal(folder_check_writable(&here, &e), GT_OK);
    put("metrics.jsonl");
    assert_int_equal(folder_check_writable(&here, &e), GT_OK);
    folder_file(&here, "metrics.jsonl", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("metrics.jsonl", path), 0); /* to itself */
    assert_int_equal(folder_check_writable(&here, &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "cannot be written"));
}

static void test_truncating(void **state)
{
    uint64_t steps[64];
    (void)state;
    put_files();
    assert_int_equal(folder_truncate(&here, 4, 1, NULL), GT_OK);
    assert_int_equal(steps_there(steps), 2);
    assert_true(steps[0] == 4 && steps[1] == 2);
    assert_true(there("samples/epoch-0001.png") && !there("samples/epoch-12345.png"));
    for (int i = 0; i < OTHERS; i++)
        assert_true(there(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE_TEST(test_one_process_a_folder),
        HERE_TEST(test_paths_that_are_too_long),
        cmocka_unit_test(test_nothing_to_close),
        HERE_TEST(test_temporary_files_are_swept),
        HERE_TEST(test_only_our_own_names_count),
        HERE_TEST(test_finding),
        HERE_TEST(test_finding_without_pictures),
        HERE_TEST(test_which_checkpoints_lie_here),
        HERE_TEST(test_rotation),
        HERE_TEST(test_rotation_keeps_every_kth),
        HERE_TEST(test_steps_of_names),
        HERE_TEST(test_probing),
        HERE_TEST(test_truncating),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
