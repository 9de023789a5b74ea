/* The best state, early stopping and environment.json, with and without failing system calls. */
#include "support/io_faults.h"
#include "support/toy_run.h"

static Error e;

/* An evaluation of this step with that value. */
static void score(uint64_t step, double value)
{
    TrainingScores *v = &toy.evaluation;
    memset(&e, 0, sizeof e);
    toy.gan.step = step;
    v->scored_step = step;
    for (int i = 0; i < v->n; i++)
        if (strcmp(v->score[i].name, "reverse_kl") == 0)
            v->score[i].value = value;
}

static void best_path(char path[FOLDER_FILE])
{
    folder_file(&toy.folder, FOLDER_BEST, path);
}

static uint64_t step_in_file(void)
{
    char path[FOLDER_FILE];
    Checkpoint k;
    best_path(path);
    open_it(&k, path);
    const uint64_t step = k.step;
    assert_int_equal(k.best.step, step); /* it holds itself as the best */
    checkpoint_close(&k);
    return step;
}

static void assert_best(double value, uint64_t step, uint64_t since)
{
    assert_true(toy.best.value == value);
    assert_int_equal(toy.best.step, step);
    assert_int_equal(toy.best.stale_evaluations, since);
    assert_int_equal(step_in_file(), step);
}

static void test_the_best_is_kept(void **state)
{
    (void)state;
    toy.config.evaluate.patience = 3;
    score(1, (double)NAN); /* nothing to compare with yet */
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_int_equal(toy.best.stale_evaluations, 0);
    assert_false(*toy.best.score_id);
    score(2, 5);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_best(5, 2, 0);
    assert_string_equal(toy.best.score_id, "reverse_kl, 50 samples");
    score(3, 6);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_best(5, 2, 1);
    score(4, 4);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_best(4, 4, 0);
    toy.gan.step = 5; /* not evaluated at this step */
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_best(4, 4, 0);
    run_log_best(&toy);
    for (uint64_t step = 6; step < 9; step++) {
        assert_false(run_patience_exhausted(&toy));
        score(step, 4);
        assert_int_equal(run_update_best(&toy, &e), GT_OK);
        assert_best(4, 4, step - 5);
    }
    assert_true(run_patience_exhausted(&toy));
    assert_int_equal(toy.steps, 8); /* the run ends here */
    run_log_best(&toy);
}

static void test_no_score_no_best(void **state)
{
    (void)state;
    toy.config.evaluate.best = "";
    score(2, 5);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_false(*toy.best.score_id);
    assert_false(run_patience_exhausted(&toy));
    toy.config.evaluate.patience = 1;
    assert_false(run_patience_exhausted(&toy));
    run_log_best(&toy);
}

/* A best score counts while its settings are unchanged and its file exists. */
static void test_a_record_by_another_rule_is_none(void **state)
{
    char path[FOLDER_FILE];
    Classifier *c = &toy.evaluation.image.classifier;
    (void)state;
    strcpy(c->id, "0123-1");
    score(2, 5);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_string_equal(toy.best.score_id, "reverse_kl, 50 samples, classifier 0123-1");
    run_validate_best(&toy);
    assert_best(5, 2, 0);
    *c->id = '\0'; /* not known yet */
    run_validate_best(&toy);
    assert_best(5, 2, 0);
    strcpy(c->id, "4567-1");
    run_validate_best(&toy);
    assert_false(*toy.best.score_id);
    score(3, 7);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_best(7, 3, 0);
    toy.best.step = 4; /* the file is of an older state than the record says */
    run_validate_best(&toy);
    assert_false(*toy.best.score_id);
    score(5, 6);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    assert_best(6, 5, 0);
    best_path(path);
    assert_int_equal(unlink(path), 0);
    run_validate_best(&toy);
    assert_false(*toy.best.score_id);
    *c->id = '\0';
}

/* ---- with faults ----------------------------------------------------------------------------- */

static void one_is_kept(void *me)
{
    (void)me;
    memset(&toy.best, 0, sizeof toy.best);
    score(2, 5);
    assert_int_equal(run_update_best(&toy, &e), GT_OK);
    score(4, 3);
}

static Status keep_better(void *me, Error *error)
{
    (void)me;
    return run_update_best(&toy, error);
}

/* The record is that of the file; only after a failing fsync of the folder the file is newer. */
static void record_and_file_agree(void *me, Status s, const Error *error)
{
    char folder[FOLDER_FILE];
    const bool newer = s != GT_OK && strstr(error->text[0], "fsync of its folder");
    (void)me;
    assert_int_equal(toy.best.step, s == GT_OK ? 4 : 2);
    assert_int_equal(step_in_file(), newer ? 4 : toy.best.step);
    folder_file(&toy.folder, "checkpoints", folder);
    durable_sweep(folder);
}

static void test_keeping_with_faults(void **state)
{
    const Operation operation = { one_is_kept, keep_better, record_and_file_agree };
    (void)state;
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&operation, memory, NULL) > 20);
        assert_true(fault_each(&operation, (Fault){ .error = ENOSPC, .onwards = onwards }, NULL) >
                    20);
    }
}

/* ---- environment.json ------------------------------------------------------------------------ */

static Status write_environment(void *me, Error *error)
{
    (void)me;
    return environment_write(&toy, error);
}

static void whole_or_none(void *me, Status s, const Error *error)
{
    const bool *scored = me;
    char path[FOLDER_FILE];
    Json j;
    folder_file(&toy.folder, "environment.json", path);
    const bool there = access(path, F_OK) == 0;
    assert_true(there == (s == GT_OK || strstr(error->text[0], "fsync of its folder") != NULL));
    if (there) {
        assert_int_equal(json_read(&j, path, 0, &e), GT_OK);
        assert_non_null(value_member(j.root, "flops_per_step"));
        assert_true((value_member(j.root, "classifier") != NULL) == *scored);
        json_free(&j);
        assert_int_equal(unlink(path), 0);
    }
    durable_sweep(toy.folder.path);
}

static void test_environment_with_faults(void **state)
{
    const Operation operation = { NULL, write_environment, whole_or_none };
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool scored = i % 2;
        toy.evaluation.image.classifier.classes = scored ? 10 : 0;
        const Fault memory = { .call = MEMORY, .error = ENOMEM, .onwards = i / 2 };
        assert_true(fault_each(&operation, memory, &scored) > 2);
        assert_true(fault_each(&operation, (Fault){ .error = ENOSPC, .onwards = i / 2 }, &scored) >
                    6);
    }
    toy.evaluation.image.classifier.classes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOY_TEST(test_the_best_is_kept),
        TOY_TEST(test_no_score_no_best),
        TOY_TEST(test_a_record_by_another_rule_is_none),
        TOY_TEST(test_keeping_with_faults),
        TOY_TEST(test_environment_with_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
