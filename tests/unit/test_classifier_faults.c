/* The cache of classifiers is optional: whatever fails there, the classifier is the same, and
 * cached files are complete. */
#include "gantrain/io/durable.h"

#include "support/io_faults.h"
#include "support/rewritten.h"
#include "support/small_classifier.h"

/* Ends the training at once: only the cache is tested. */
static Status stop_at_once(void *context, double fraction, double accuracy)
{
    (void)context, (void)fraction, (void)accuracy;
    return GT_ETERMINATE;
}

/* GT_OK: read from the cache. GT_ETERMINATE: it would be trained. */
static Status try_cache(void *me, Error *e)
{
    Classifier c;
    (void)me;
    const Status s = classifier_open(&c, &train.data, &test.data, stop_at_once, NULL, e);
    assert_true(s != GT_OK || c.accuracy > 0.95);
    classifier_close(&c);
    return s == GT_ETERMINATE ? also_fail(e, s, "would be trained") : s;
}

static bool is_cached(void)
{
    static Error e;
    memset(&e, 0, sizeof e);
    return try_cache(NULL, &e) == GT_OK;
}

/* ---- with faults ----------------------------------------------------------------------------- */

static void cached_or_trained(void *me, Status s, const Error *e)
{
    (void)me, (void)e;
    assert_true(s == GT_OK || s == GT_ETERMINATE);
}

static void or_no_memory(void *me, Status s, const Error *e)
{
    (void)me, (void)e;
    assert_true(s == GT_OK || s == GT_ETERMINATE || s == GT_ERESOURCE);
}

static void test_reading_with_faults(void **state)
{
    const Operation files = { NULL, try_cache, cached_or_trained },
                    memory = { NULL, try_cache, or_no_memory };
    (void)state;
    (void)classify();
    for (int onwards = 0; onwards < 2; onwards++) {
        const Fault none = { .call = MEMORY, .error = ENOMEM, .onwards = onwards };
        assert_true(fault_each(&files, (Fault){ .error = EIO, .onwards = onwards }, NULL) >= 4);
        assert_true(fault_each(&memory, none, NULL) > 10);
    }
    assert_true(is_cached());
}

/* Every call of a write: test_durable_faults.c. */
static void test_writing_with_faults(void **state)
{
    static const char *const calls[] = { "mkdir", "write", "renameat" };
    const Scratch *s = *state;
    char path[600];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%d", s->folder, i);
        setenv("GANTRAIN_CACHE", path, 1);
        fault_arm((Fault){ .call = calls[i], .error = ENOSPC, .nth = 1, .onwards = true });
        assert_true(classify().trained);
        assert_true(fault_disarm());
        assert_false(is_cached());
        (void)rmdir(path);
    }
}

/* ---- valid files with the wrong contents ----------------------------------------------------- */

static void first_as_double(TensorWriter *w, const Tensor *t, int i)
{
    const int64_t one = 1;
    if (i == 0)
        tensors_add(w, t->name, TENSOR_U8, t->rank, t->shape, t->at);
    else if (i == 1)
        tensors_add(w, t->name, t->type, 1, &one, t->at);
    else
        copy_tensor(w, t, i);
}

static void without_first(TensorWriter *w, const Tensor *t, int i)
{
    if (i > 0)
        copy_tensor(w, t, i);
}

static void flat(TensorWriter *w, const Tensor *t, int i)
{
    const int64_t all = t->rank == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    tensors_add(w, t->name, t->type, 1, &all, t->at);
    (void)i;
}

static void with_one_more(TensorWriter *w, const Tensor *t, int i)
{
    copy_tensor(w, t, i);
    if (i == 0)
        tensors_add(w, "more", t->type, t->rank, t->shape, t->at);
}

/* In every bias. */
static void with_nan(TensorWriter *w, const Tensor *t, int i)
{
    static real bad[32][1024];
    assert_true(i < 32);
    if (t->rank == 1 && t->bytes <= sizeof bad[i]) {
        memcpy(bad[i], t->at, t->bytes);
        bad[i][0] = (real)NAN;
        tensors_add(w, t->name, t->type, t->rank, t->shape, bad[i]);
    } else
        copy_tensor(w, t, i);
}

static void test_valid_files_with_wrong_contents(void **state)
{
    static const struct {
        const char *key, *value;
        RewriteTensor *tensor;
    } rows[] = {
        { "gantrain.classifier", NULL, copy_tensor },
        { "gantrain.classifier", "another", copy_tensor },
        { "gantrain.accuracy", NULL, copy_tensor },
        { "gantrain.accuracy", "", copy_tensor },
        { "gantrain.accuracy", "0.5x", copy_tensor },
        { "gantrain.accuracy", "1.5", copy_tensor },
        { "gantrain.accuracy", "-0.5", copy_tensor },
        { "gantrain.accuracy", "nan", copy_tensor },
        { NULL, NULL, first_as_double },
        { NULL, NULL, without_first },
        { NULL, NULL, flat },
        { NULL, NULL, with_one_more },
        { NULL, NULL, with_nan },
    };
    char path[600], kept[640];
    const Scratch *s = *state;
    (void)classify();
    cached_file(s, path);
    snprintf(kept, sizeof kept, "%s/.kept", s->folder);
    assert_int_equal(rename(path, kept), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rewrite_file(kept, path, rows[i].key, rows[i].value, rows[i].tensor);
        assert_false(is_cached());
    }
    rewrite_file(kept, path, NULL, NULL, copy_tensor);
    assert_true(is_cached());
    assert_int_equal(unlink(kept), 0);
}

/* ---- its folder ------------------------------------------------------------------------------ */

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* By the XDG base directory specification; an empty variable counts as unset. */
static void test_folders(void **state)
{
    const Scratch *s = *state;
    char xdg[64], home[64], command[256], longer[6000];
    snprintf(xdg, sizeof xdg, "%s/xdg", s->folder);
    snprintf(home, sizeof home, "%s/home", s->folder);
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    const struct {
        const char *own, *xdg, *home, *folder; /* folder NULL: no cache */
    } rows[] = {
        { NULL, xdg, home, "xdg/gantrain" },
        { "", xdg, home, "xdg/gantrain" },
        { NULL, "rel", home, "home/.cache/gantrain" },
        { NULL, "", home, "home/.cache/gantrain" },
        { NULL, NULL, home, "home/.cache/gantrain" },
        { NULL, NULL, NULL, NULL },
        { NULL, NULL, "", NULL },
        { longer, NULL, NULL, NULL },
    };
    char *const before = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set("GANTRAIN_CACHE", rows[i].own);
        set("XDG_CACHE_HOME", rows[i].xdg);
        set("HOME", rows[i].home);
        assert_true(classify().trained);
        assert_int_equal(is_cached(), rows[i].folder != NULL);
        if (!rows[i].folder)
            continue;
        snprintf(command, sizeof command,
                 "cd '%s' && ls %s | grep -q '^classifier-.*safetensors$' && rm -rf xdg home",
                 s->folder, rows[i].folder);
        assert_int_equal(system(command), 0);
    }
    set("XDG_CACHE_HOME", NULL);
    set("HOME", before);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_reading_with_faults),
        CACHE_TEST(test_writing_with_faults),
        CACHE_TEST(test_valid_files_with_wrong_contents),
        CACHE_TEST(test_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
