/* Valid files that are no checkpoint of this run: each cause has its message, nothing is loaded. */
#include "support/toy_run.h"

static char path[FOLDER_FILE], other[FOLDER_FILE];

static int open_saved(void **state)
{
    if (toy_setup(state) != 0)
        return -1;
    toy_train(5);
    toy.best = (Best){ "reverse_kl, 50 samples", 0.5, 4, 1 };
    folder_checkpoint(&toy.folder, 5, path);
    folder_checkpoint(&toy.folder, 6, other);
    return toy_save(path, &(Error){ 0 }) == GT_OK ? 0 : -1;
}

#define SAVED_TEST(test) cmocka_unit_test_setup_teardown(test, open_saved, toy_teardown)

static void expect_phrase(const Error *e, const char *phrase)
{
    for (int i = 0; i < e->lines; i++)
        if (strstr(e->text[i], phrase))
            return;
    assert_string_equal(e->text[0], phrase);
}

/* ---- opening --------------------------------------------------------------------------------- */

static const char images[] = "{\"data\": {\"kind\": \"idx\", \"dir\": \"data\"}}";

typedef struct Row {
    const char *key, *value, *phrase; /* phrase NULL: it is a checkpoint all the same */
} Row;

static const Row rows[] = {
    { "gantrain.format", NULL, "has no \"gantrain.format\": a safetensors file, but not" },
    { "gantrain.format", "2", "checkpoint format 2, written by gantrain " },
    { "gantrain.step", NULL, "has no \"gantrain.step\"" },
    { "gantrain.step", "", "expected a count below 2^48" },
    { "gantrain.step", "five", "\"five\": expected a count" },
    { "gantrain.step", "5x", "expected a count" },
    { "gantrain.step", "-5", "expected a count" },
    { "gantrain.step", "+5", "expected a count" },
    { "gantrain.step", " 5", "expected a count" },
    { "gantrain.step", "5.0", "expected a count" },
    { "gantrain.step", "281474976710657", "expected a count" },
    { "gantrain.step", "99999999999999999999", "expected a count" },
    { "gantrain.step", "281474976710656", NULL },
    { "gantrain.updates", "x", "\"gantrain.updates\" is \"x\"" },
    { "gantrain.recoveries", "x", "\"gantrain.recoveries\" is \"x\"" },
    { "gantrain.recovered_at", "x", "\"gantrain.recovered_at\" is \"x\"" },
    { "gantrain.best", NULL, NULL },
    { "gantrain.best_value", NULL, "\"gantrain.best_value\" is \"missing\"" },
    { "gantrain.best_value", "", "expected a number" },
    { "gantrain.best_value", "0.5x", "expected a number" },
    { "gantrain.best_value", "nan", "expected a number" },
    { "gantrain.best_value", "inf", "expected a number" },
    { "gantrain.best_value", "-0.25", NULL },
    { "gantrain.best_step", "x", "\"gantrain.best_step\" is \"x\"" },
    { "gantrain.best_since", "x", "\"gantrain.best_since\" is \"x\"" },
    { "gantrain.config", NULL, "has no \"gantrain.config\"" },
    { "gantrain.config", "{", "its config:1:2: " },
    { "gantrain.config", "{\"seeds\": 1}", "unknown key" },
    /* the shape of points, and then of images */
    { "gantrain.shape", NULL, "\"gantrain.shape\" is missing: expected Dx1x1" },
    { "gantrain.shape", "2x1", "expected Dx1x1" },
    { "gantrain.shape", "2x1x1x", "expected Dx1x1" },
    { "gantrain.shape", "0x1x1", "expected Dx1x1" },
    { "gantrain.shape", "2x0x1", "expected Dx1x1" },
    { "gantrain.shape", "2x1x0", "expected Dx1x1" },
    { "gantrain.shape", "100000x1x1", "expected Dx1x1" },
    { "gantrain.shape", "2x2x1", "expected Dx1x1" },
    { "gantrain.shape", "2x1x2", "expected Dx1x1" },
    { "gantrain.shape", "3x99999x99999", "expected Dx1x1" },
    { "gantrain.shape", "1x1x1", NULL },
    { "gantrain.shape", "2x1x1", NULL },
    { "gantrain.config", images, "expected CxHxW with 1 or 3 channels" },
};

static void expect_opened(const char *file, const Row *row)
{
    Checkpoint k;
    Error e = { 0 };
    const Status s = checkpoint_open(&k, file, &e);
    assert_int_equal(s, row->phrase ? GT_ECHECKPOINT : GT_OK);
    assert_int_equal(e.code, s);
    if (row->phrase) {
        expect_phrase(&e, row->phrase);
        assert_int_equal(strncmp(e.text[0], file, strlen(file)), 0);
    }
    checkpoint_close(&k); /* after a failure, too */
}

static void test_what_is_no_checkpoint(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rewrite_file(path, other, rows[i].key, rows[i].value, copy_tensor);
        expect_opened(other, &rows[i]);
    }
    checkpoint_close(NULL);
}

static void test_shapes_of_images(void **state)
{
    static const Row shapes[] = { { "gantrain.shape", "1x28x28", NULL },
                                  { "gantrain.shape", "3x32x32", NULL },
                                  { "gantrain.shape", "2x28x28", "1 or 3 channels" },
                                  { "gantrain.shape", "1x5000x5000", "1 or 3 channels" } };
    char wide[FOLDER_FILE];
    (void)state;
    folder_checkpoint(&toy.folder, 7, wide);
    rewrite_file(path, wide, "gantrain.config", images, copy_tensor);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        rewrite_file(wide, other, shapes[i].key, shapes[i].value, copy_tensor);
        expect_opened(other, &shapes[i]);
    }
}

static void test_what_is_kept_comes_back(void **state)
{
    Checkpoint k;
    (void)state;
    open_it(&k, path);
    assert_true(k.step == 5 && k.updates == toy.gan.updates);
    assert_true(k.shape.c == 2 && k.shape.h == 1 && k.shape.w == 1);
    assert_string_equal(k.best.score_id, toy.best.score_id);
    assert_true(k.best.value == 0.5 && k.best.step == 4 && k.best.stale_evaluations == 1);
    checkpoint_close(&k);
}

/* ---- fitting --------------------------------------------------------------------------------- */

static Status fits(const char *file, const Config *c, const Dataset *d, Text *warning, Error *e)
{
    Checkpoint k;
    memset(e, 0, sizeof *e);
    open_it(&k, file);
    const Status s = checkpoint_check_compatible(&k, file, c, d, warning, e);
    checkpoint_close(&k);
    return s;
}

static void test_facts_of_another_run(void **state)
{
    static const Row facts[] = {
        { "gantrain.data", "64 points, crc32 00000000", "was trained on other data (64 points" },
        { "gantrain.data", NULL, "was trained on other data (unknown" },
        { "gantrain.rng", "dice", "was trained with other random numbers (dice" },
        { "gantrain.kernel", "another", NULL },
        { "gantrain.kernel", NULL, NULL },
        { NULL, NULL, NULL },
    };
    Error e;
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        Text warning = { 0 };
        rewrite_file(path, other, facts[i].key, facts[i].value, copy_tensor);
        const Status s = fits(other, &toy.config, &toy.data, &warning, &e);
        assert_int_equal(s, facts[i].phrase ? GT_ECHECKPOINT : GT_OK);
        if (facts[i].phrase)
            expect_phrase(&e, facts[i].phrase);
        const bool warned = warning.at && strstr(warning.at, "the last bits may differ");
        assert_true(warned == (facts[i].key && !facts[i].phrase));
        text_free(&warning);
    }
}

static void test_another_config(void **state)
{
    static const char *const changes[][3] = {
        { "\"seed\": 3", "\"seed\": 4", "(1 key differs): seed" },
        { "\"units\": 4", "\"units\": 5", "(1 key differs): generator.layers" },
        { "3, \"std\": 0.05", "4, \"std\": 0.06", "(2 keys differ): data." },
    };
    Error e;
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char text[sizeof toy_config + 16];
        const char *at = strstr(toy_config, changes[i][0]);
        Config c;
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - toy_config), toy_config, changes[i][1],
                 at + strlen(changes[i][0]));
        toy_configure(&c, text);
        assert_int_equal(fits(path, &c, &toy.data, NULL, &e), GT_ECHECKPOINT);
        expect_phrase(&e, "belongs to another config");
        expect_phrase(&e, changes[i][2]);
        config_free(&c);
    }
}

/* ---- loading --------------------------------------------------------------------------------- */

static void drop_second(TensorWriter *w, const Tensor *t, int i)
{
    if (i != 1)
        copy_tensor(w, t, i);
}

static void add_one(TensorWriter *w, const Tensor *t, int i)
{
    copy_tensor(w, t, i);
    if (i == 0)
        tensors_add(w, "more", t->type, t->rank, t->shape, t->at);
}

static void as_bytes(TensorWriter *w, const Tensor *t, int i)
{
    if (i > 1)
        copy_tensor(w, t, i);
    else
        tensors_add(w, t->name, TENSOR_U8, t->rank, t->shape, t->at);
}

static void as_one_row(TensorWriter *w, const Tensor *t, int i)
{
    const int64_t all = t->rank == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    if (i == 0)
        tensors_add(w, t->name, t->type, 1, &all, t->at);
    else
        copy_tensor(w, t, i);
}

static void turned_round(TensorWriter *w, const Tensor *t, int i)
{
    const int64_t shape[2] = { t->shape[1], t->shape[0] };
    if (t->rank == 2 && shape[0] != shape[1])
        tensors_add(w, t->name, t->type, 2, shape, t->at);
    else
        copy_tensor(w, t, i);
}

/* Nothing of such a file is loaded; every mistake is reported. */
static void test_tensors_of_another_net(void **state)
{
    static const struct {
        RewriteTensor *tensor;
        const char *phrase;
    } nets[] = {
        { drop_second, "is missing" },
        { add_one, "tensors, its config needs" },
        { as_bytes, "is U8, expected F32: it was written by a build with another GANTRAIN_REAL" },
        { as_one_row, "], expected [" },
        { turned_round, "], expected [" },
    };
    (void)state;
    toy_train(8); /* other numbers than those of the file */
    const uint64_t before = toy_hash();
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        Checkpoint k;
        Error e = { 0 };
        rewrite_file(path, other, "gantrain.step", "9", nets[i].tensor);
        open_it(&k, other);
        assert_int_equal(checkpoint_load(&k, other, &toy.gan, &e), GT_ECHECKPOINT);
        expect_phrase(&e, nets[i].phrase);
        assert_int_equal(toy_hash(), before);
        checkpoint_close(&k);
    }
}

static double doubles[64];

static void as_double(TensorWriter *w, const Tensor *t, int i)
{
    if (i == 0)
        tensors_add(w, "doubles", TENSOR_F64, 1, (int64_t[]){ 64 }, doubles);
    if (i == 1) /* no numbers of ours: nothing to say about them */
        tensors_add(w, "bytes", TENSOR_U8, 1, (int64_t[]){ 64 }, doubles);
    copy_tensor(w, t, i);
}

static void negative(TensorWriter *w, const Tensor *t, int i)
{
    static float bad[64][4096]; /* unchanged until the file is saved */
    if (!strstr(t->name, "exp_avg_sq") || t->bytes > sizeof bad[0]) {
        copy_tensor(w, t, i);
        return;
    }
    memcpy(bad[i % 64], t->at, t->bytes);
    bad[i % 64][0] = -1e-20F;
    tensors_add(w, t->name, t->type, t->rank, t->shape, bad[i % 64]);
}

static void expect_sound(RewriteTensor *tensor, const char *phrase)
{
    Checkpoint k;
    Error e = { 0 };
    rewrite_file(path, other, NULL, NULL, tensor);
    open_it(&k, other);
    const Status s = checkpoint_validate(&k, other, &toy.gan, &e);
    assert_int_equal(s, phrase ? GT_ECHECKPOINT : GT_OK);
    if (phrase)
        expect_phrase(&e, phrase);
    checkpoint_close(&k);
}

/* The file is valid, but no training can have saved it. */
static void test_numbers_that_are_not_sound(void **state)
{
    (void)state;
    expect_sound(copy_tensor, NULL);
    expect_sound(as_double, NULL);
    doubles[7] = (double)NAN;
    expect_sound(as_double, "tensor \"doubles\" holds a value that is not finite (nan at 7)");
    doubles[7] = 0;
    expect_sound(negative, "holds squares, but one is negative (-1e-20 at 0)");
}

static void test_a_later_format_without_its_version(void **state)
{
    Checkpoint k;
    Error e = { 0 };
    (void)state;
    rewrite_file(path, other, "gantrain.version", NULL, copy_tensor);
    rewrite_file(other, other, "gantrain.format", "2", copy_tensor);
    assert_int_equal(checkpoint_open(&k, other, &e), GT_ECHECKPOINT);
    expect_phrase(&e, "written by gantrain unknown");
    assert_true(k.newer);
}

/* Learning rates are halved down to 0; the shift by the number of recoveries does not overflow. */
static void test_many_recoveries(void **state)
{
    Checkpoint k;
    Error e = { 0 };
    (void)state;
    rewrite_file(path, other, "gantrain.recoveries", "1000000", copy_tensor);
    open_it(&k, other);
    assert_int_equal(checkpoint_load(&k, other, &toy.gan, &e), GT_OK);
    assert_int_equal(toy.gan.recoveries, 1000);
    assert_true(toy.gan.player->optim.lr_scale >= 0 && toy.gan.player->optim.lr_scale < 1e-300);
    checkpoint_close(&k);
}

/* ---- saving and the rest --------------------------------------------------------------------- */

static void spoil(void *args, const char *name, int rank, Mat m)
{
    const char *wanted = args;
    (void)rank;
    if (strstr(name, wanted))
        m.at[0] = (real)NAN;
}

/* Of several the first is reported. */
static void test_what_is_not_finite_is_not_saved(void **state)
{
    char weight[] = "weight";
    Error e = { 0 };
    Checkpoint k;
    (void)state;
    gan_tensors(&toy.gan, spoil, weight);
    assert_int_equal(toy_save(path, &e), GT_EDIVERGED);
    expect_phrase(&e, "not saved, training diverged: ");
    expect_phrase(&e, "weight holds a value that is not finite");
    open_it(&k, path); /* the old one */
    checkpoint_close(&k);
}

/* Where the data of its config are not, --data is recommended. */
static void test_data_that_are_missing(void **state)
{
    static const struct {
        const char *config;
        bool hint;
    } places[] = {
        { toy_config, false },
        { "{\"data\": {\"kind\": \"idx\", \"dir\": \"/tmp\"}}", false },
        { "{\"data\": {\"kind\": \"idx\", \"dir\": \"/nowhere/data\"}}", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        Checkpoint k = { .step = 0 };
        Error e = { 0 };
        toy_configure(&k.config, places[i].config);
        also_fail(&e, GT_EDATA, "no data");
        assert_int_equal(checkpoint_hint_data(&k, &e), GT_EDATA);
        assert_string_equal(e.text[0],
                            places[i].hint ? "no data; or name them with --data" : "no data");
        checkpoint_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAVED_TEST(test_what_is_no_checkpoint),
        SAVED_TEST(test_shapes_of_images),
        SAVED_TEST(test_what_is_kept_comes_back),
        SAVED_TEST(test_facts_of_another_run),
        SAVED_TEST(test_another_config),
        SAVED_TEST(test_tensors_of_another_net),
        SAVED_TEST(test_numbers_that_are_not_sound),
        SAVED_TEST(test_a_later_format_without_its_version),
        SAVED_TEST(test_many_recoveries),
        SAVED_TEST(test_what_is_not_finite_is_not_saved),
        SAVED_TEST(test_data_that_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
