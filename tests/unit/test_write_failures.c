/* Output that cannot be written: what is reported at the end of a run, and a run folder that is
 * moved or removed. */
#include "support/toy_run.h"

static Error because(const char *why)
{
    Error e = { 0 };
    also_fail(&e, GT_EOUTPUT, "%s", why);
    return e;
}

static void fail_at_step(uint64_t step, const char *what, const char *why)
{
    const Error e = because(why);
    toy.gan.step = step;
    run_write_failed(&toy, what, &e);
}

static void test_failures_are_counted_by_kind(void **state)
{
    Error e = { 0 };
    (void)state;
    assert_int_equal(run_report_failures(&toy, &e), GT_OK);
    fail_at_step(5, "checkpoint", "run/ckpt-5: write failed: No space left on device");
    fail_at_step(10, "checkpoint", "run/ckpt-10: write failed: No space left on device");
    fail_at_step(10, "picture", "run/10.png: write failed: No space left on device");
    assert_true(toy.failure[0].failing);
    run_output_recovered(&toy, "checkpoint");
    run_output_recovered(&toy, "never failed");
    assert_false(toy.failure[0].failing);
    fail_at_step(20, "checkpoint", "no memory"); /* a cause without a path */
    fail_at_step(30, "checkpoint", "no memory");
    assert_int_equal(toy.n_failures, 2);
    run_warn_failures(&toy);
    assert_int_equal(run_report_failures(&toy, &e), GT_EOUTPUT);
    assert_int_equal(e.lines, 3);
    assert_string_equal(e.text[0],
                        "checkpoint 4 times, at steps 5 to 30, the last time: no memory");
    assert_string_equal(e.text[1],
                        "picture at step 10: run/10.png: write failed: No space left on device");
}

/* The last line names the last step that is saved. */
static void expect_end(const char *phrase)
{
    Error e = { 0 };
    assert_int_equal(run_report_failures(&toy, &e), GT_EOUTPUT);
    if (!strstr(e.text[e.lines - 1], phrase))
        assert_string_equal(e.text[e.lines - 1], phrase);
}

static void test_the_last_saved_step_is_reported(void **state)
{
    Error e = { 0 };
    char path[FOLDER_FILE];
    (void)state;
    toy_train(3);
    fail_at_step(3, "checkpoint not written", "no");
    expect_end("no state is saved: steps 1 to 3 are lost");
    assert_int_equal(run_save(&toy, &e), GT_OK);
    expect_end("the state of the last step, 3, is saved: ");
    toy_train(5);
    expect_end("steps 4 to 5 are lost; --resume continues from step 3");
    folder_checkpoint(&toy.folder, 3, path);
    assert_int_equal(unlink(path), 0);
    expect_end("no state is saved: steps 1 to 5 are lost");
}

static void expect_moved(const char *phrase)
{
    Error e = { 0 };
    assert_int_equal(run_check_folder(&toy, &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], ": the run folder was moved or removed: training stopped"));
    if (!strstr(e.text[0], phrase))
        assert_string_equal(e.text[0], phrase);
}

static void test_a_folder_that_is_moved_or_removed(void **state)
{
    const Scratch *s = *state;
    Error e = { 0 };
    char other[64], command[128];
    snprintf(other, sizeof other, "%s-moved", s->folder);
    assert_int_equal(run_check_folder(&toy, &e), GT_OK);
    assert_int_equal(rename(s->folder, other), 0);
    expect_moved(" at step 0; no state was saved");
    assert_int_equal(rename(other, s->folder), 0);
    assert_int_equal(run_check_folder(&toy, &e), GT_OK);
    toy_train(2);
    assert_int_equal(run_save(&toy, &e), GT_OK);
    snprintf(command, sizeof command, "rm -r '%s'; mkdir '%s'", s->folder, s->folder);
    assert_int_equal(system(command), 0);
    expect_moved("its newest checkpoint is of step 2: if it was moved, resume with --out NEW_PATH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(test_failures_are_counted_by_kind),
        TOY_TEST(test_the_last_saved_step_is_reported),
        TOY_TEST(test_a_folder_that_is_moved_or_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
