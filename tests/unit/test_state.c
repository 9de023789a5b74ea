/* Where a run starts: anew, at the newest readable checkpoint, at a given one; and where it rolls
 * back to after a divergence. */
#include "support/toy_run.h"

static const TrainRequest fresh = { .resume = false },
                          resume = { .config = "toy.json", .resume = true },
                          overwrite = { .overwrite = true };

static Error e;

static void save_at(uint64_t step)
{
    toy_train(step);
    assert_int_equal(run_save(&toy, &e), GT_OK);
}

static void start_again(void)
{
    gan_reset(&toy.gan);
    toy.saved = UINT64_MAX;
    toy.n_damaged = 0;
    toy.n_failures = 0;
    memset(&toy.best, 0, sizeof toy.best);
    memset(&e, 0, sizeof e);
}

static Status begin(const TrainRequest *q)
{
    start_again();
    return run_start(&toy, q, &e);
}

static void spoil(uint64_t step)
{
    char path[FOLDER_FILE];
    folder_checkpoint(&toy.folder, step, path);
    assert_int_equal(truncate(path, 1000), 0);
}

static bool reports(const char *phrase)
{
    for (int i = 0; i < e.lines; i++)
        if (strstr(e.text[i], phrase))
            return true;
    return false;
}

/* ---- beginning ------------------------------------------------------------------------------- */

static void test_an_empty_folder(void **state)
{
    (void)state;
    assert_int_equal(begin(&fresh), GT_OK);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.gan.step, 0);
    assert_true(toy.saved == UINT64_MAX);
}

static void test_a_used_folder_is_refused(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    folder_file(&toy.folder, "config.json", path);
    assert_int_equal(durable_write(path, "{}", 2, &e), GT_OK);
    assert_int_equal(begin(&fresh), GT_EOUTPUT);
    assert_true(reports("(0 checkpoints): --resume to continue it, another --out"));
    save_at(2);
    assert_int_equal(begin(&fresh), GT_EOUTPUT);
    assert_true(reports("(1 checkpoint): "));
    save_at(4);
    assert_int_equal(begin(&fresh), GT_EOUTPUT);
    assert_true(reports("(2 checkpoints): "));
    assert_int_equal(begin(&overwrite), GT_OK);
    assert_false(folder_has_run(&toy.folder));
    assert_int_equal(begin(&fresh), GT_OK);
}

static void test_the_newest_that_can_be_read(void **state)
{
    (void)state;
    save_at(2);
    const uint64_t at_two = toy_hash();
    save_at(4);
    const uint64_t at_four = toy_hash();
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy_hash(), at_four);
    assert_int_equal(toy.saved, 4);
    spoil(4);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy_hash(), at_two);
    spoil(2);
    assert_int_equal(begin(&resume), GT_ECHECKPOINT);
    assert_true(reports("truncated: "));
    assert_true(reports("none of its 2 checkpoints can be read: start anew in another --out"));
    assert_int_equal(toy.gan.step, 0);
}

static void test_the_only_one_is_damaged(void **state)
{
    (void)state;
    save_at(2);
    spoil(2);
    assert_int_equal(begin(&resume), GT_ECHECKPOINT);
    assert_true(reports("none of its 1 checkpoint can be read"));
}

/* One of another config decides: an older one would be no better. */
static void test_another_config_is_not_skipped(void **state)
{
    (void)state;
    save_at(2);
    save_at(4);
    toy.config.train.batch_size = 17;
    assert_int_equal(begin(&resume), GT_ECHECKPOINT);
    assert_true(reports("ckpt-00000004.safetensors: belongs to another config"));
    assert_true(reports("train.batch_size"));
    assert_true(
        reports("to begin a new run with its weights: gantrain --config toy.json --init-from "));
    assert_false(reports("--overwrite"));
}

/* An older checkpoint would lose its steps. */
static void test_a_newer_format_is_not_skipped(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    save_at(2);
    save_at(4);
    folder_checkpoint(&toy.folder, 4, path);
    rewrite_file(path, path, "gantrain.format", "2", copy_tensor);
    assert_int_equal(begin(&resume), GT_ECHECKPOINT);
    assert_true(reports("checkpoint format 2"));
}

static void test_a_name_that_is_not_its_step(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    save_at(2);
    save_at(4);
    folder_checkpoint(&toy.folder, 4, path);
    rewrite_file(path, path, "gantrain.step", "40", copy_tensor);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.gan.step, 2);
}

static void with_nan(TensorWriter *w, const Tensor *t, int i)
{
    static real bad[64];
    if (i == 0 && t->bytes <= sizeof bad) {
        memcpy(bad, t->at, t->bytes);
        bad[0] = (real)NAN;
        tensors_add(w, t->name, t->type, t->rank, t->shape, bad);
    } else
        copy_tensor(w, t, i);
}

static void test_a_state_that_is_not_sound(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    save_at(2);
    save_at(4);
    folder_checkpoint(&toy.folder, 4, path);
    rewrite_file(path, path, NULL, NULL, with_nan);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.gan.step, 2);
}

/* A damaged one does not count as new, until its step is written anew; then an extra one has no
 * place. */
static void test_what_was_damaged_is_repaired(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    toy.config.checkpoint.keep = 2;
    save_at(2);
    save_at(4);
    spoil(4);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.n_damaged, 1);
    save_at(3);
    assert_int_equal(toy.n_damaged, 1);
    save_at(4);
    assert_int_equal(toy.n_damaged, 0);
    folder_checkpoint(&toy.folder, 3, path);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.gan.step, 4);
}

static void test_another_processor_is_a_warning(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    save_at(2);
    folder_checkpoint(&toy.folder, 2, path);
    rewrite_file(path, path, "gantrain.kernel", "another processor", copy_tensor);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.gan.step, 2);
}

static void test_a_step_is_saved_once(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    save_at(2);
    folder_checkpoint(&toy.folder, 2, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(run_save(&toy, &e), GT_OK);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_a_state_that_diverged_is_not_saved(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    toy_train(1);
    toy.gan.player[GENERATOR].net.theta.at[0] = (real)NAN;
    assert_int_equal(run_save(&toy, &e), GT_EDIVERGED);
    assert_int_equal(e.lines, 1);
    assert_true(reports("not saved, training diverged"));
    folder_checkpoint(&toy.folder, 1, path);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* It starts at step 1; the files there are of a run that cannot be resumed. */
static void test_a_run_without_a_checkpoint_begins(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    const uint64_t at_first = toy_hash();
    folder_file(&toy.folder, "metrics.jsonl", path);
    assert_int_equal(durable_write(path, "", 0, &e), GT_OK);
    assert_int_equal(begin(&resume), GT_OK);
    assert_int_equal(toy.gan.step, 0);
    assert_int_equal(toy_hash(), at_first);
    assert_true(toy.saved == UINT64_MAX);
}

/* ---- from a file that is named --------------------------------------------------------------- */

static void test_a_checkpoint_from_elsewhere(void **state)
{
    const Scratch *s = *state;
    char elsewhere[64], path[FOLDER_FILE];
    snprintf(elsewhere, sizeof elsewhere, "%s/kept", s->folder);
    const TrainRequest q = { .resume_from = elsewhere };
    toy_train(3);
    const uint64_t there = toy_hash();
    assert_int_equal(toy_save(elsewhere, &e), GT_OK);
    assert_int_equal(begin(&q), GT_OK);
    assert_int_equal(toy_hash(), there);
    folder_checkpoint(&toy.folder, 3,
                      path); /* a copy, so that the folder can be resumed by itself */
    assert_int_equal(access(path, F_OK), 0);

    assert_int_equal(begin(&q), GT_EOUTPUT); /* now it holds a run */
    const TrainRequest own = { .resume_from = path };
    assert_int_equal(begin(&own), GT_OK); /* except its own */
    assert_int_equal(toy_hash(), there);
    spoil(3);
    assert_int_equal(begin(&own), GT_ECHECKPOINT);
}

/* Everything after it is removed, rows included. */
static void test_what_is_later_is_removed(void **state)
{
    static const char rows[] = "{\"step\": 2}\n{\"step\": 4}\n";
    char path[FOLDER_FILE], later[FOLDER_FILE];
    Bytes b;
    (void)state;
    save_at(2);
    save_at(4);
    folder_file(&toy.folder, "metrics.jsonl", path);
    assert_int_equal(durable_write(path, rows, strlen(rows), &e), GT_OK);
    folder_checkpoint(&toy.folder, 4, later);
    start_again();
    toy_train(2);
    assert_int_equal(run_truncate_after_step(&toy, &resume, &e), GT_OK); /* rows only */
    assert_int_equal(access(later, F_OK), 0);
    assert_int_equal(file_read(&b, path, 1000, GT_EDATA, &e), GT_OK);
    assert_int_equal(b.size, 12);
    bytes_free(&b);
    assert_int_equal(run_truncate_after_step(&toy, &(TrainRequest){ .resume_from = path }, &e),
                     GT_OK);
    assert_int_not_equal(access(later, F_OK), 0);
}

/* ---- rolling back ---------------------------------------------------------------------------- */

static Status diverge(uint64_t step)
{
    toy_train(step);
    memset(&e, 0, sizeof e);
    also_fail(&e, GT_EDIVERGED, "step %d: training diverged", (int)step);
    return run_recover(&toy, &e);
}

/* To the last checkpoint; when that led there twice, to the one before; never to one that a stop
 * made. */
static void test_rolling_back(void **state)
{
    char path[FOLDER_FILE];
    (void)state;
    toy.config.train.recoveries = 4;
    toy.config.checkpoint.keep = 9;
    save_at(2);
    save_at(4);
    save_at(5); /* not a regular checkpoint */
    assert_int_equal(diverge(7), GT_OK);
    assert_int_equal(toy.gan.step, 4);
    assert_int_equal(toy.gan.recovered_at, 4);
    assert_true(toy.gan.player[GENERATOR].optim.lr_scale == 0.5);
    folder_checkpoint(&toy.folder, 5, path);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(diverge(7), GT_OK);
    assert_int_equal(toy.gan.step, 2);
    assert_int_equal(diverge(3), GT_OK); /* no earlier checkpoint: starts over */
    assert_int_equal(toy.gan.step, 0);
    assert_int_equal(toy.gan.recoveries, 3);
    assert_int_equal(diverge(1), GT_OK);
    assert_true(toy.gan.player[GENERATOR].optim.lr_scale == 0.0625);
    assert_int_equal(diverge(1), GT_EDIVERGED); /* used up */
    assert_true(reports("step 1: training diverged"));
}

static void test_rolling_back_to_an_earlier_recovery(void **state)
{
    (void)state;
    toy.config.train.recoveries = 9;
    save_at(2);
    assert_int_equal(diverge(3), GT_OK);
    save_at(4);
    assert_int_equal(diverge(5), GT_OK); /* the way from 4 ended once */
    assert_int_equal(toy.gan.step, 4);
}

static void test_nothing_to_roll_back_to(void **state)
{
    (void)state;
    toy.config.train.recoveries = 9;
    save_at(2);
    spoil(2);
    assert_int_equal(diverge(3), GT_ECHECKPOINT);
    assert_true(reports("none of its 1 checkpoint"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(test_an_empty_folder),
        TOY_TEST(test_a_used_folder_is_refused),
        TOY_TEST(test_the_newest_that_can_be_read),
        TOY_TEST(test_the_only_one_is_damaged),
        TOY_TEST(test_another_config_is_not_skipped),
        TOY_TEST(test_a_newer_format_is_not_skipped),
        TOY_TEST(test_a_name_that_is_not_its_step),
        TOY_TEST(test_a_state_that_is_not_sound),
        TOY_TEST(test_what_was_damaged_is_repaired),
        TOY_TEST(test_another_processor_is_a_warning),
        TOY_TEST(test_a_step_is_saved_once),
        TOY_TEST(test_a_state_that_diverged_is_not_saved),
        TOY_TEST(test_a_run_without_a_checkpoint_begins),
        TOY_TEST(test_a_checkpoint_from_elsewhere),
        TOY_TEST(test_what_is_later_is_removed),
        TOY_TEST(test_rolling_back),
        TOY_TEST(test_rolling_back_to_an_earlier_recovery),
        TOY_TEST(test_nothing_to_roll_back_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
