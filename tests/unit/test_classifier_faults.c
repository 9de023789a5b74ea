/* The cache of classifiers: a comfort and never a condition. Whatever fails with it, the classifier is the same, and
 * what lies there is whole. */
#include "gantrain/io/durable.h"

#include "support/io_faults.h"
#include "support/rewritten.h"
#include "support/small_classifier.h"

/* ---- with faults --------------------------------------------------------------------------------------- */

typedef struct Asking {
    const Scratch *place;
    bool cached; /* a sound file is there before */
    bool trained;
} Asking;

static void put_cache(void *me)
{
    const Asking *a = me;
    char path[600] = "";
    DIR *dir = opendir(a->place->folder);
    for (const struct dirent *d = readdir(dir); d && !a->cached; d = readdir(dir))
        if (*d->d_name != '.') {
            snprintf(path, sizeof path, "%s/%s", a->place->folder, d->d_name);
            assert_int_equal(unlink(path), 0);
        }
    closedir(dir);
    durable_sweep(a->place->folder);
    if (a->cached)
        (void)ask();
}

static Status open_classifier(void *me, Error *e)
{
    Asking *a = me;
    Classifier c;
    const Status s = classifier_open(&c, &train.data, &test.data, NULL, NULL, e);
    if (s == GT_OK) {
        a->trained = c.trained;
        assert_true(c.accuracy > 0.95);
    }
    classifier_close(&c);
    return s;
}

static void the_same_classifier(void *me, Status s, const Error *e)
{
    const Asking *a = me;
    (void)e;
    assert_int_equal(s, GT_OK);
    assert_true(a->trained || a->cached);
}

static void the_same_or_no_memory(void *me, Status s, const Error *e)
{
    (void)me, (void)e;
    assert_true(s == GT_OK || s == GT_ERESOURCE);
}

static void test_files_that_fail(void **state)
{
    static const Fault reading = { .error = EIO };
    const Deed deed = { put_cache, open_classifier, the_same_classifier };
    Asking a = { .place = *state, .cached = true };
    assert_true(fault_each(&deed, reading, &a) >= 4);
    a.cached = false;
    for (int i = 0; i < 3; i++) { /* every call of a write: test_durable_faults.c */
        static const char *const calls[] = { "mkdir", "write", "renameat" };
        static Error e;
        put_cache(&a);
        fault_arm((Fault){ .call = calls[i], .error = ENOSPC, .nth = 1, .onwards = true });
        the_same_classifier(&a, open_classifier(&a, &e), &e);
        assert_true(fault_disarm());
    }
    assert_true(ask().trained);
    assert_false(ask().trained); /* the last one that was written is sound */
}

static void test_memory_that_fails(void **state)
{
    const Deed deed = { put_cache, open_classifier, the_same_or_no_memory };
    Asking a = { .place = *state, .cached = true };
    assert_true(fault_each(&deed, (Fault){ .call = MEMORY, .error = ENOMEM }, &a) > 10);
}

/* ---- sound files that are not it --------------------------------------------------------------------------- */

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

static void test_sound_files_that_are_not_it(void **state)
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
    const Answers sound = ask();
    char path[600];
    cached_file(*state, path);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rewrite_file(path, path, rows[i].key, rows[i].value, rows[i].tensor);
        const Answers again = ask();
        assert_true(again.trained);
        assert_same(&sound, &again);
    }
    rewrite_file(path, path, NULL, NULL, copy_tensor);
    assert_false(ask().trained);
}

/* ---- where it is ------------------------------------------------------------------------------------------- */

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* By the XDG base directory specification; an empty variable is none. */
static void test_places(void **state)
{
    const Scratch *s = *state;
    char xdg[64], home[64], command[256], longer[6000];
    snprintf(xdg, sizeof xdg, "%s/xdg", s->folder);
    snprintf(home, sizeof home, "%s/home", s->folder);
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    const struct {
        const char *own, *xdg, *home, *place; /* place NULL: nowhere */
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
        assert_true(ask().trained);
        assert_int_equal(ask().trained, !rows[i].place);
        if (!rows[i].place)
            continue;
        snprintf(command, sizeof command,
                 "cd '%s' && ls %s | grep -q '^classifier-.*safetensors$' && rm -rf xdg home",
                 s->folder, rows[i].place);
        assert_int_equal(system(command), 0);
    }
    set("XDG_CACHE_HOME", NULL);
    set("HOME", before);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_files_that_fail),
        CACHE_TEST(test_memory_that_fails),
        CACHE_TEST(test_sound_files_that_are_not_it),
        CACHE_TEST(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
