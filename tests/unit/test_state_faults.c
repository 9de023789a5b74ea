/* Saving, loading and rolling back a run when memory or a system call fails: there is always a
 * valid checkpoint, and a run has a whole state or does not start. */
#include "support/io_faults.h"
#include "support/toy_run.h"

static const TrainRequest resume = { .resume = true };

/* The hash of the state after each step, as the undisturbed run has it. */
static uint64_t state_at[8];

static void train_and_save(uint64_t until)
{
    Error e = { 0 };
    for (uint64_t step = toy.gan.step + 1; step <= until; step++) {
        toy_train(step);
        state_at[step] = toy_hash();
        if (step % 2 == 0)
            assert_int_equal(run_save(&toy, &e), GT_OK);
    }
}

static int setup(void **state)
{
    if (toy_setup(state) != 0)
        return -1;
    state_at[0] = toy_hash();
    train_and_save(6);
    return 0;
}

#define STATE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, toy_teardown)

/* Also removes what a failed removal left, so that the work does not grow with every call. */
static void reset_run(void)
{
    char folder[FOLDER_FILE];
    folder_file(&toy.folder, "checkpoints", folder);
    durable_sweep(folder);
    durable_sweep(toy.folder.path);
    gan_reset(&toy.gan);
    toy.saved = UINT64_MAX;
    free(toy.damaged);
    toy.damaged = NULL;
    toy.n_damaged = 0;
    toy.n_failures = 0;
    memset(&toy.best, 0, sizeof toy.best);
}

static void assert_at(uint64_t step)
{
    assert_int_equal(toy.gan.step, step);
    assert_int_equal(toy_hash(), state_at[step]);
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* Checkpoints 2 and 4 exist, the run is at step 6, with unsynced rows. */
static void stand_at_six(void *me)
{
    Error e = { 0 };
    char rows[FOLDER_FILE];
    (void)me;
    assert_int_equal(folder_clear(&toy.folder, &e), GT_OK);
    reset_run();
    train_and_save(4);
    toy_train(6);
    folder_file(&toy.folder, "metrics.jsonl", rows);
    assert_int_equal(durable_append(rows, "{\"step\": 6}\n", 12, &e), GT_OK);
}

static Status save(void *me, Error *e)
{
    (void)me;
    return run_save(&toy, e);
}

/* A resumed run starts at step 6 if saving succeeded, else at 4 or 6. */
static void resumes_again(void *me, Status s, const Error *e)
{
    Error late = { 0 };
    (void)me, (void)e;
    assert_true(s == GT_OK || s == GT_EOUTPUT || s == GT_ERESOURCE);
    assert_true((toy.saved == 6) == (s == GT_OK));
    reset_run();
    assert_int_equal(run_start(&toy, &resume, &late), GT_OK);
    assert_true(toy.gan.step == 6 || (s != GT_OK && toy.gan.step == 4));
    assert_at(toy.gan.step);
}

static void test_saving_with_faults(void **state)
{
    const Operation operation = { stand_at_six, save, resumes_again };
    (void)state;
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, NULL) > 10);
        assert_true(fault_each(&operation, (Fault){ .error = ENOSPC, .onwards = onwards }, NULL) >
                    15);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, NULL) > 15);
    }
}

/* The new checkpoint is saved: other failures are reported at the end of the run. */
static void test_what_goes_wrong_beside_it(void **state)
{
    static const struct {
        const char *call, *message;
        long nth;
    } rows[] = { { "unlink", "removing it failed", 1 }, { "fsync", "fsync failed", 1 } };
    Error e = { 0 };
    (void)state;
    for (int i = 0; i < 2; i++) {
        stand_at_six(NULL);
        fault_arm((Fault){ .call = rows[i].call, .error = EIO, .nth = rows[i].nth });
        assert_int_equal(run_save(&toy, &e), GT_OK);
        assert_true(fault_disarm());
        assert_int_equal(toy.n_failures, 1);
        assert_non_null(strstr(toy.failure[0].why.text[0], rows[i].message));
        assert_int_equal(toy.saved, 6);
    }
}

/* ---- loading ------------------------------------------------------------------------------- */

static void stand_at_the_beginning(void *me)
{
    (void)me;
    reset_run();
}

static Status begin(void *me, Error *e)
{
    return run_start(&toy, me, e);
}

/* A checkpoint that cannot be read is skipped; any other failure is an error. */
static void at_a_whole_state(void *me, Status s, const Error *e)
{
    (void)me, (void)e;
    if (s == GT_OK) {
        assert_true(toy.gan.step == 6 || toy.gan.step == 4);
        assert_int_equal(toy.saved, toy.gan.step);
    } else {
        assert_true(s == GT_ECHECKPOINT || s == GT_ERESOURCE || s == GT_EOUTPUT);
        assert_int_equal(toy.gan.step, 0);
    }
    assert_at(toy.gan.step);
}

static void at_the_newest_state(void *me, Status s, const Error *e)
{
    at_a_whole_state(me, s, e);
    assert_true(s != GT_OK || toy.gan.step == 6);
}

static void test_loading_with_faults(void **state)
{
    const Operation operation = { stand_at_the_beginning, begin, at_a_whole_state };
    const Operation must = { stand_at_the_beginning, begin, at_the_newest_state };
    TrainRequest q = resume;
    (void)state;
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&must, memory, &q) > 10);
        assert_true(fault_each(&must, (Fault){ .error = EMFILE, .onwards = onwards }, &q) > 8);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &q) > 8);
    }
    /* read in pieces, or interrupted: the same state */
    assert_true(fault_each(&must, (Fault){ .call = "read" }, &q) > 0);
    assert_true(fault_each(&must, (Fault){ .call = "read", .error = EINTR }, &q) > 0);
}

static void spoil_the_newest(void *me)
{
    char path[FOLDER_FILE];
    stand_at_the_beginning(me);
    folder_checkpoint(&toy.folder, 6, path);
    assert_int_equal(truncate(path, 2000), 0);
}

static void at_the_one_before(void *me, Status s, const Error *e)
{
    at_a_whole_state(me, s, e);
    assert_true(s != GT_OK || toy.gan.step == 4);
}

static void test_skipping_without_memory(void **state)
{
    const Operation operation = { spoil_the_newest, begin, at_the_one_before };
    TrainRequest q = resume;
    (void)state;
    assert_true(fault_each(&operation, (Fault){ .call = MEMORY, .error = ENOMEM }, &q) > 10);
}

/* ---- --resume-from, new runs, later files --------------------------------------------------- */

static char elsewhere[64];

static void prepare_elsewhere(void *me)
{
    Error e = { 0 };
    (void)me;
    reset_run();
    assert_int_equal(folder_clear(&toy.folder, &e), GT_OK);
}

static void at_what_was_named(void *me, Status s, const Error *e)
{
    (void)me, (void)e;
    assert_true(s != GT_OK || (toy.gan.step == 6 && toy.saved == 6));
    if (toy.gan.step != 0)
        assert_at(6);
}

static void test_beginning_elsewhere_with_faults(void **state)
{
    const Scratch *s = *state;
    const Operation operation = { prepare_elsewhere, begin, at_what_was_named };
    Error e = { 0 };
    TrainRequest q = { .resume_from = elsewhere, .overwrite = true };
    snprintf(elsewhere, sizeof elsewhere, "%s/kept", s->folder);
    assert_int_equal(toy_save(elsewhere, &e), GT_OK);
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, &q) > 20);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &q) > 20);
    }
}

static void put_rows(void *me)
{
    static const char rows[] = "{\"step\": 2}\n{\"step\": 4}\n{\"step\": 6}\n";
    char path[FOLDER_FILE];
    Error e = { 0 };
    (void)me;
    folder_file(&toy.folder, "metrics.jsonl", path);
    assert_int_equal(durable_write(path, rows, strlen(rows), &e), GT_OK);
    reset_run();
    train_and_save(6);
    gan_reset(&toy.gan);
    toy_train(4);
}

static Status truncate_run(void *me, Error *e)
{
    return run_truncate_after_step(&toy, me, e);
}

/* Rows that are too many are found the next time; rows that are missing are not. */
static void no_row_too_few(void *me, Status s, const Error *e)
{
    char path[FOLDER_FILE];
    Bytes b;
    (void)me, (void)e;
    folder_file(&toy.folder, "metrics.jsonl", path);
    assert_int_equal(file_read(&b, path, 1 << 20, GT_EDATA, NULL), GT_OK);
    const bool trimmed = b.size == 24;
    assert_true(trimmed || b.size == 36);
    assert_true(s != GT_OK || trimmed);
    bytes_free(&b);
    folder_checkpoint(&toy.folder, 6, path);
    if (trimmed)
        assert_int_not_equal(access(path, F_OK), 0);
    folder_checkpoint(&toy.folder, 4, path);
    assert_int_equal(access(path, F_OK), 0);
}

static void test_truncating_with_faults(void **state)
{
    const Operation operation = { put_rows, truncate_run, no_row_too_few };
    TrainRequest q = { .resume_from = "any" };
    (void)state;
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, &q) >= 2);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &q) > 10);
    }
}

/* ---- rolling back ---------------------------------------------------------------------------- */

static void diverge_at_seven(void *me)
{
    Error e = { 0 };
    (void)me;
    stand_at_six(NULL);
    assert_int_equal(run_save(&toy, &e), GT_OK);
    toy_train(7);
    toy.config.train.recoveries = 3;
}

/* The way from the last checkpoint ended so before. */
static void diverge_again(void *me)
{
    diverge_at_seven(me);
    toy.gan.recovered_at = 6;
}

static Status recover(void *me, Error *e)
{
    (void)me;
    also_fail(e, GT_EDIVERGED, "step 7: training diverged");
    return run_recover(&toy, e);
}

/* Back at a saved state with half the rates, and that is what a resumed run finds. */
static void rolled_back(void *me, Status s, const Error *e)
{
    const uint64_t step = toy.gan.step;
    Error again = { 0 };
    (void)me, (void)e;
    if (s != GT_OK)
        return;
    assert_true(step == 6 || step == 4);
    assert_int_equal(toy.gan.recoveries, 1);
    assert_int_equal(toy.gan.recovered_at, step);
    reset_run();
    assert_int_equal(run_start(&toy, &resume, &again), GT_OK);
    assert_int_equal(toy.gan.step, step);
    assert_int_equal(toy.gan.recoveries, 1);
}

static void test_rolling_back_with_faults(void **state)
{
    const Operation deeds[] = { { diverge_at_seven, recover, rolled_back },
                                { diverge_again, recover, rolled_back } };
    (void)state;
    for (int i = 0; i < 4; i++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = i % 2 };
        assert_true(fault_each(&deeds[i / 2], memory, NULL) > 20);
        assert_true(fault_each(&deeds[i / 2], (Fault){ .error = EIO, .onwards = i % 2 }, NULL) >
                    20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATE_TEST(test_saving_with_faults),
        STATE_TEST(test_what_goes_wrong_beside_it),
        STATE_TEST(test_loading_with_faults),
        STATE_TEST(test_skipping_without_memory),
        STATE_TEST(test_beginning_elsewhere_with_faults),
        STATE_TEST(test_truncating_with_faults),
        STATE_TEST(test_rolling_back_with_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
