/* What a run says at its end about output that failed, and when its folder moves or goes. */
#include "support/toy_run.h"

static Error because(const char *why)
{
    Error e = { 0 };
    also_fail(&e, GT_EOUTPUT, "%s", why);
    return e;
}

/* The last line tells what became of the state. */
static void expect_end(const char *phrase)
{
    Error e = { 0 };
    assert_int_equal(run_report_failures(&toy, &e), GT_EOUTPUT);
    if (!strstr(e.text[e.lines - 1], phrase))
        assert_string_equal(e.text[e.lines - 1], phrase);
}

static void test_what_became_of_the_state(void **state)
{
    Error e = { 0 };
    char path[FOLDER_FILE];
    const Error why = because("no");
    (void)state;
    assert_int_equal(run_report_failures(&toy, &e), GT_OK);
    toy_train(3);
    run_write_failed(&toy, "checkpoint not written", &why);
    run_write_failed(&toy, "checkpoint not written", &why);
    expect_end("no state is saved: steps 1 to 3 are lost");
    assert_int_equal(run_save(&toy, &e), GT_OK);
    expect_end("the state of the last step, 3, is saved: ");
    toy_train(5);
    expect_end("steps 4 to 5 are lost; --resume goes on from step 3");
    folder_checkpoint(&toy.folder, 3, path);
    assert_int_equal(unlink(path), 0);
    expect_end("no state is saved: steps 1 to 5 are lost");
    run_warn_failures(&toy);
    memset(&toy.late, 0, sizeof toy.late);
    toy.gone = true;
    expect_end("the run folder was removed while training: steps 1 to 5 are lost");
}

static void test_a_folder_that_moves_or_goes(void **state)
{
    const Scratch *s = *state;
    char other[64];
    snprintf(other, sizeof other, "%s-moved", s->folder);
    assert_true(run_follow(&toy));
    assert_int_equal(rename(s->folder, other), 0);
    assert_true(run_follow(&toy));
    assert_string_equal(toy.folder.path, other);
    assert_int_equal(rename(other, s->folder), 0);
    assert_true(run_mend(&toy));
    assert_string_equal(toy.folder.path, s->folder);
    assert_false(run_mend(&toy));
    assert_int_equal(rename(s->folder, other), 0);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'; mkdir '%s'", other, s->folder);
    assert_int_equal(system(command), 0);
    assert_false(run_follow(&toy));
    assert_true(toy.gone);
    assert_false(run_follow(&toy)); /* told once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(test_what_became_of_the_state),
        TOY_TEST(test_a_folder_that_moves_or_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
