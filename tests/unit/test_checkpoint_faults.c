/* A checkpoint when memory or a system call fails: the old or the new file is there, whole, and a
 * state is loaded entirely or not at all. */
#include "support/io_faults.h"
#include "support/toy_run.h"

static char path[FOLDER_FILE];

/* ---- saving ---------------------------------------------------------------------------------- */

static void save_first(void *me)
{
    const uint64_t *step = me;
    const uint64_t now = toy.gan.step;
    toy.gan.step = *step;
    assert_int_equal(toy_save(path, &(Error){ 0 }), GT_OK);
    toy.gan.step = now;
}

static Status save_again(void *me, Error *e)
{
    (void)me;
    return toy_save(path, e);
}

static void one_of_both(void *me, Status s, const Error *e)
{
    const uint64_t *step = me;
    const bool replaced = s == GT_OK || strstr(e->text[0], "fsync of its folder");
    char folder[FOLDER_FILE];
    Checkpoint k;
    open_it(&k, path);
    assert_int_equal(k.step, replaced ? toy.gan.step : *step);
    checkpoint_close(&k);
    assert_true(s == GT_OK || s == GT_EOUTPUT || s == GT_ERESOURCE);
    folder_file(&toy.folder, "checkpoints", folder);
    durable_sweep(folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was in it */
    assert_int_equal(mkdir(folder, 0777), 0);
}

static void test_saving_with_faults(void **state)
{
    const Operation operation = { save_first, save_again, one_of_both };
    uint64_t before = 3;
    (void)state;
    toy_train(5);
    snprintf(toy.best.score_id, sizeof toy.best.score_id, "reverse_kl");
    folder_checkpoint(&toy.folder, 5, path);
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, &before) > 20);
        assert_true(
            fault_each(&operation, (Fault){ .error = ENOSPC, .onwards = onwards }, &before) > 20);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &before) >
                    20);
    }
}

/* ---- taking up ------------------------------------------------------------------------------- */

static uint64_t first, saved;

static void begin_anew(void *me)
{
    (void)me;
    gan_reset(&toy.gan);
    toy.gan.step = 0;
    first = toy_hash();
}

static Status take_up(void *me, Error *e)
{
    Checkpoint k;
    Text *warning = me;
    TRY(checkpoint_open(&k, path, e));
    Status s = checkpoint_check_compatible(&k, path, &toy.config, &toy.data, warning, e);
    if (s == GT_OK)
        s = checkpoint_load(&k, path, &toy.gan, e);
    checkpoint_close(&k);
    return s;
}

static void whole_or_not_at_all(void *me, Status s, const Error *e)
{
    Text *warning = me;
    assert_int_equal(toy_hash(), s == GT_OK ? saved : first);
    assert_true(s == GT_OK || s == GT_ECHECKPOINT || s == GT_ERESOURCE);
    assert_true(s == GT_OK || strstr(e->text[0], path) || s == GT_ERESOURCE);
    text_free(warning);
}

static void test_taking_up_with_faults(void **state)
{
    const Operation operation = { begin_anew, take_up, whole_or_not_at_all };
    Text warning = { 0 };
    (void)state;
    toy_train(5);
    saved = toy_hash();
    folder_checkpoint(&toy.folder, 5, path);
    assert_int_equal(toy_save(path, &(Error){ 0 }), GT_OK);
    rewrite_file(path, path, "gantrain.kernel", "another processor", copy_tensor);
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, &warning) > 10);
        assert_true(fault_each(&operation, (Fault){ .error = EIO, .onwards = onwards }, &warning) >=
                    4);
    }
    assert_true(fault_each(&operation, (Fault){ .call = "read" }, &warning) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(test_saving_with_faults),
        TOY_TEST(test_taking_up_with_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
