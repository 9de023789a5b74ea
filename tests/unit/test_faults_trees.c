/* Configs, studies, histories and lists while each allocation fails in turn. */
#include "support/faults.h"

#include "cli/args.h"
#include "gantrain/run/history.h"
#include "train/train_parts.h"
#include "study/study_parts.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

/* ---- configs --------------------------------------------------------------------------------- */

static const char config[] = "{\"name\": \"toy\", \"data\": \"ring\", \"train\": {\"steps\": 3}}";

static Status parse(void *me, Error *e)
{
    static Config c;
    const char *text = me;
    const Status s = config_parse(&c, text, strlen(text), "t", e);
    config_free(&c);
    return s;
}

static Status read_file(void *me, Error *e)
{
    static Config c;
    const Override o[] = { { "train.steps", "5", NULL }, { "objective.kind", "hinge", NULL } };
    const Status s = config_read(&c, me, o, 2, e);
    if (s == GT_OK)
        assert_int_equal(c.train.steps, 5);
    config_free(&c);
    return s;
}

static Status make(void *me, Error *e)
{
    static Config c;
    const Status s = config_make(&c, me, NULL, 0, e);
    config_free(&c);
    return s;
}

static Status print(void *me, Error *e)
{
    Text out = { 0 };
    const Status s = config_text(me, 0, &out, e);
    text_free(&out);
    return s;
}

static void configs(void **state)
{
    Scratch *f = *state;
    static Config c;
    static char text[sizeof config];
    static Error e;
    memcpy(text, config, sizeof config);
    fail_each(MEMORY, 0, GT_ERESOURCE, parse, text);
    scratch_put(f, config, sizeof config - 1);
    fail_each(MEMORY, 0, GT_ERESOURCE, read_file, f->path);
    assert_int_equal(config_read(&c, f->path, NULL, 0, &e), GT_OK);
    fail_each(MEMORY, 0, GT_ERESOURCE, make, c.file.root);
    fail_each(MEMORY, 0, GT_ERESOURCE, print, &c);
    config_free(&c);
}

/* Mistakes are reported even without memory for the list of names. */
static void mistakes_without_memory(void **state)
{
    (void)state;
    static const struct {
        const char *text, *phrase;
    } wrong[] = {
        { "{\"objective\": \"x\"}", "unknown objective \"x\"; known: none" },
        { "{\"penalty\": {\"gamma\": 5}}",
          "penalty \"none\" has no such key; it belongs to others (set penalty.kind)" },
    };
    static Error e;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        bool reported = false;
        snprintf(text, sizeof text, "%s", wrong[i].text);
        assert_int_equal(fault_try((Fault){ .call = MEMORY }, parse, text, &e), GT_ECONFIG);
        const long calls = faults.seen;
        for (long n = 1; n <= calls; n++) {
            const Fault how = { .call = MEMORY, .nth = n };
            const Status s = fault_try(how, parse, text, &e);
            assert_true(s == GT_ECONFIG || s == GT_ERESOURCE);
            reported = reported || strstr(e.text[0], wrong[i].phrase) != NULL;
        }
        if (!reported)
            fail_msg("\"%s\": never said \"%s\"", text, wrong[i].phrase);
    }
}

/* ---- studies --------------------------------------------------------------------------------- */

static Status read_study(void *me, Error *e)
{
    static Study s;
    const StudyRequest q = { .config = me };
    const Status status = study_read(&s, &q, e);
    study_close(&s);
    return status;
}

static Status print_study(void *me, Error *e)
{
    Text out = { 0 };
    const Status s = study_text(me, &out, e);
    text_free(&out);
    return s;
}

static void studies(void **state)
{
    Scratch *f = *state;
    static Study s;
    static Error e;
    static const char text[] =
        "{\"base\": {\"data\": \"ring\", \"train\": {\"steps\": 3}}, \"seeds\": \"1-2\","
        " \"axes\": {\"objective\": [\"hinge\", \"minimax\"]}, \"metrics\": [\"d_loss:lower\"]}";
    scratch_put(f, text, sizeof text - 1);
    fail_each(MEMORY, 0, GT_ERESOURCE, read_study, f->path);
    const StudyRequest q = { .config = f->path };
    assert_int_equal(study_read(&s, &q, &e), GT_OK);
    fail_each(MEMORY, 0, GT_ERESOURCE, print_study, &s);
    study_close(&s);
}

/* ---- histories ------------------------------------------------------------------------------- */

static const char rows[] = "{\"step\": 1, \"d_loss\": 0.5}\n"
                           "{\"step\": 2, \"d_loss\": null, \"fcd\": 3}\n"
                           "{\"step\": 2, \"d_l"; /* truncated */

static Status read_history(void *me, Error *e)
{
    History h;
    const Status s = history_read(&h, me, e);
    if (s == GT_OK)
        assert_true(h.rows == 2 && h.columns == 3);
    history_free(&h);
    return s;
}

static Status rescue_history(void *me, Error *e)
{
    History h;
    Text damaged = { 0 };
    const Status s = history_read_lenient(&h, me, &damaged, e);
    history_free(&h);
    text_free(&damaged);
    return s;
}

/* A row is appended, an earlier step truncates; after a failure the history is unchanged. */
static Status push_rows(void *me, Error *e)
{
    (void)me;
    static const char *const row[] = { "{\"step\": 1, \"a\": 2}", "{\"step\": 2, \"b\": 3}",
                                       "{\"step\": 1}" };
    static const int after[] = { 1, 2, 1 };
    History h = { 0 };
    Status s = GT_OK;
    for (int i = 0; i < 3 && s == GT_OK; i++) {
        const int before = h.rows;
        s = history_append(&h, row[i], strlen(row[i]), 5, e);
        assert_int_equal(h.rows, s == GT_OK ? after[i] : before);
    }
    history_free(&h);
    return s;
}

static void histories(void **state)
{
    Scratch *f = *state;
    scratch_put(f, rows, sizeof rows - 1);
    fail_each(MEMORY, 0, GT_ERESOURCE, read_history, f->path);
    fail_each("read", EIO, GT_EDATA, read_history, f->path);
    fail_each(MEMORY, 0, GT_ERESOURCE, push_rows, NULL);
    fail_each(MEMORY, 0, GT_ERESOURCE, rescue_history, f->path);
    fail_each("open", ENOMEM, GT_ERESOURCE, rescue_history, f->path);
}

static Status trim(void *me, Error *e)
{
    return metrics_truncate(me, 2, e);
}

static Status add_row(void *me, Error *e)
{
    static Run r;
    r.data.count = 10;
    r.config.train.batch_size = r.config.train.accumulate = 1;
    r.config.gan.discriminator.steps = 1;
    r.steps = 3;
    r.gan.step = 1;
    return metrics_append(&r, me, e);
}

static void rows_of_metrics(void **state)
{
    Scratch *f = *state;
    scratch_put(f, rows, sizeof rows - 1);
    fail_each(MEMORY, 0, GT_ERESOURCE, add_row, f->path);
    scratch_put(f, rows, sizeof rows - 1);
    static Error e;
    const Fault how = { .call = "read", .nth = 1, .error = EIO };
    assert_int_equal(fault_try(how, trim, f->path, &e), GT_EOUTPUT);
    const Fault memory = { .call = MEMORY, .nth = 1 };
    assert_int_equal(fault_try(memory, trim, f->path, &e), GT_ERESOURCE);
}

/* ---- strings --------------------------------------------------------------------------------- */

static Status take_ranges(void *me, Error *e)
{
    (void)me;
    const Args a = { .command = &command_sample, .value = { "1,3-5" } };
    uint64_t *out = NULL;
    int n = 0;
    const Status s = args_ranges(&a, command_sample.flags[0].name, 9, &out, &n, e);
    assert_true(s == GT_OK ? n == 4 && out[3] == 5 : out == NULL);
    free(out);
    return s;
}

static Status add_words(void *me, Error *e)
{
    (void)me;
    Text t = { 0 };
    text_add(&t, "%s", "twenty bytes of text");
    text_add_bytes(&t, e->text[0], 100); /* more than at first */
    const bool failed = t.failed;
    text_free(&t);
    return failed ? (fail)(e, GT_ERESOURCE, "no memory") : GT_OK;
}

static void words(void **state)
{
    (void)state;
    fail_each(MEMORY, 0, GT_ERESOURCE, take_ranges, NULL);
    fail_each(MEMORY, 0, GT_ERESOURCE, add_words, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(configs),         cmocka_unit_test(mistakes_without_memory),
        SCRATCH_TEST(studies),         SCRATCH_TEST(histories),
        SCRATCH_TEST(rows_of_metrics), cmocka_unit_test(words),
    };
    return cmocka_run_group_tests_name("faults.trees", tests, NULL, NULL);
}
