/* The folder of a run when a system call fails: no file that may be there counts as missing, and
 * nothing is removed that should stay. */
#include "support/io_faults.h"
#include "support/run_folder.h"

/* ---- opening --------------------------------------------------------------------------------- */

static void make_clean(void *me)
{
    const Scratch *s = me;
    scratch_clear(s->folder);
}

static Status open_and_close(void *me, Error *e)
{
    const Scratch *s = me;
    RunFolder f;
    const Status status = folder_open(&f, s->folder, false, e);
    folder_close(&f);
    return status;
}

static void opened_or_failed(void *me, Status s, const Error *e)
{
    const Scratch *scratch = me;
    (void)folder_set(&here, scratch->folder);
    assert_true(s != GT_OK || (there("samples") && there("checkpoints")));
    if (s == GT_OK)
        return;
    assert_true(s == GT_EOUTPUT || s == GT_ERESOURCE);
    assert_int_equal(strncmp(e->text[0], "/tmp", 4), 0); /* or the part of it that was made */
}

static void test_opening_with_faults(void **state)
{
    static const int errors[] = { EIO, ENOSPC, EROFS, EMFILE, ENOLCK };
    const Operation operation = { make_clean, open_and_close, opened_or_failed };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        for (int onwards = 0; onwards < 2; onwards++) {
            const Fault f = { .error = errors[i], .onwards = onwards };
            assert_true(fault_each(&operation, f, *state) >= 12);
        }
    Error e = { 0 };
    fault_arm((Fault){ .call = "open", .error = EMFILE, .nth = 1 });
    assert_int_equal(open_and_close(*state, &e), GT_ERESOURCE);
    assert_true(fault_disarm());
    fault_arm((Fault){ .call = "flock", .error = ENOLCK, .nth = 1 });
    assert_int_equal(open_and_close(*state, &e), GT_EOUTPUT);
    assert_true(fault_disarm());
    assert_non_null(strstr(e.text[0], "cannot lock the folder: No locks available"));
    make_clean(*state);
}

/* ---- listing --------------------------------------------------------------------------------- */

static Status list_all(void *me, Error *e)
{
    uint64_t *steps = NULL;
    int *n = me;
    TRY(folder_checkpoints(&here, &steps, n, e));
    free(steps);
    return GT_OK;
}

static void all_or_failed(void *me, Status s, const Error *e)
{
    const int *n = me;
    assert_true(s != GT_OK || *n == 36);
    assert_true(s == GT_OK || strstr(e->text[0], "/checkpoints: "));
}

/* A list that lacks one would make the run go on from an older state. */
static void test_lists_are_whole_or_fail(void **state)
{
    const Operation operation = { NULL, list_all, all_or_failed };
    char path[FOLDER_FILE];
    int n = 0;
    (void)state;
    put_files();
    for (uint64_t step = 100; step < 132; step++) {
        folder_checkpoint(&here, step, path);
        assert_int_equal(durable_write(path, "x", 1, NULL), GT_OK);
    }
    assert_true(fault_each(&operation, (Fault){ .error = EIO }, &n) > 70);
    assert_true(fault_each(&operation, (Fault){ .error = EMFILE, .onwards = true }, &n) > 70);
    assert_true(fault_each(&operation, (Fault){ .call = MEMORY, .error = ENOMEM }, &n) >= 2);
}

static void test_listing_that_is_interrupted(void **state)
{
    uint64_t steps[64];
    (void)state;
    put_files();
    fault_arm((Fault){ .call = "opendir", .error = EINTR, .nth = 1 });
    assert_int_equal(steps_there(steps), 4);
    assert_true(fault_disarm());
}

/* Gone between the two calls. */
static void test_a_file_that_vanishes_is_none(void **state)
{
    uint64_t *steps = NULL;
    int n = 0;
    (void)state;
    put_files();
    fault_arm((Fault){ .call = "fstatat", .error = ENOENT, .nth = 1 });
    assert_int_equal(folder_checkpoints(&here, &steps, &n, NULL), GT_OK);
    assert_true(fault_disarm());
    assert_true(n == 3 || n == 4); /* 4: it was one of those that are none anyway */
    free(steps);
}

/* A file whose stat fails does not count as absent: a new run would overwrite it. */
static void test_what_cannot_be_asked_for_may_be_there(void **state)
{
    (void)state;
    assert_false(folder_has_run(&here));
    for (int nth = 1; nth <= 2; nth++) {
        fault_arm((Fault){ .call = "access", .error = EIO, .nth = nth });
        assert_true(folder_has_run(&here));
        assert_true(fault_disarm());
    }
}

/* A file counts as missing only after ENOENT. */
static void test_finding_with_faults(void **state)
{
    static const struct {
        int error;
        Status status;
        const char *message;
    } rows[] = { { ENOENT, GT_EDATA, "no such folder" },
                 { ENOTDIR, GT_EDATA, "no such folder" },
                 { EIO, GT_EDATA, ": Input/output error" },
                 { ENOMEM, GT_ERESOURCE, ": Cannot allocate memory" } };
    const Scratch *s = *state;
    put("config.json");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RunFolder f;
        Error e = { 0 };
        fault_arm((Fault){ .call = "stat", .error = rows[i].error, .nth = 1 });
        assert_int_equal(folder_find(&f, s->folder, &e), rows[i].status);
        assert_true(fault_disarm());
        assert_non_null(strstr(e.text[0], rows[i].message));
    }
}

/* ---- removing -------------------------------------------------------------------------------- */

static void put_run(void *me)
{
    (void)me;
    put_files();
    put("metrics.jsonl");
    put("config.json");
    put("mine.txt");
}

static Status clear(void *me, Error *e)
{
    (void)me;
    return folder_clear(&here, e);
}

/* The config is the last to go: until then the folder counts as used. */
static void cleared_or_used(void *me, Status s, const Error *e)
{
    (void)me;
    assert_true(folder_has_run(&here) == (s != GT_OK));
    assert_true(s == GT_OK || e->lines == 1);
    assert_true(there("mine.txt"));
    for (int i = 0; i < OTHERS; i++)
        assert_true(there(others[i]) || strcmp(others[i], FOLDER_BEST) == 0);
}

static Status forget(void *me, Error *e)
{
    (void)me;
    return folder_truncate(&here, 4, 1, e);
}

/* Kept files exist, whichever removal failed. */
static void kept(void *me, Status s, const Error *e)
{
    uint64_t steps[64];
    (void)me, (void)s, (void)e;
    const uint64_t n = steps_there(steps);
    assert_true(n >= 2 && steps[n - 2] == 4 && steps[n - 1] == 2);
    assert_true(there("samples/epoch-0001.png"));
    assert_true(s != GT_OK || n == 2);
}

static void test_removing_with_faults(void **state)
{
    const Operation clearing = { put_run, clear, cleared_or_used },
                    forgetting = { put_run, forget, kept };
    (void)state;
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault f = { .error = EIO, .onwards = onwards };
        assert_true(fault_each(&clearing, f, NULL) > 20);
        assert_true(fault_each(&forgetting, f, NULL) > 20);
        assert_true(fault_each(&forgetting, (Fault){ .call = MEMORY, .onwards = onwards }, NULL) >=
                    2);
    }
    Error e = { 0 };
    put_run(NULL);
    fault_arm((Fault){ .call = "unlink", .error = EACCES, .nth = 1 });
    assert_int_equal(forget(NULL, &e), GT_EOUTPUT);
    assert_true(fault_disarm());
    assert_non_null(strstr(e.text[0], "removing it failed: Permission denied"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_opening_with_faults),
        HERE_TEST(test_lists_are_whole_or_fail),
        HERE_TEST(test_listing_that_is_interrupted),
        HERE_TEST(test_a_file_that_vanishes_is_none),
        HERE_TEST(test_what_cannot_be_asked_for_may_be_there),
        HERE_TEST(test_finding_with_faults),
        HERE_TEST(test_removing_with_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
