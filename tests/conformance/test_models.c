/* Every model with every setting (gan/settings.h), and with layers that read classes in G, in D and
 * in both: one error with the reason, or 20 steps that allocate nothing, leave no gradient,
 * are finite, and have the same bits on 1 to 4 threads and as 10 + save + load + 10. In double the
 * updates are compared with differences of the losses. */
#include "gantrain/base/hash.h"
#include "gantrain/run/checkpoint.h"
#include "support/scratch.h"
#include "support/tiny_gan.h"

enum { ROWS = 24, TRAINED = 20, HALF = 10, THREADS = 4, OVERRIDES = 8 };

/* Which players read classes. */
enum { IN_G = 1, IN_D = 2, CLASS_VARIANTS = 4 };

/* A model with one setting, or with none: SETTINGS. */
typedef struct Case {
    const Entry *model;
    int setting, classes;
    char name[160];
} Case;

static const char form[] =
    "{\"model\": \"%s\", \"data\": {\"kind\": \"ring\", \"modes\": 3, \"count\": 200},"
    " \"generator\": {\"latent\": 4, \"ema\": 0.9, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 40}%s, \"softplus\", {\"kind\": \"dense\"}]},"
    " \"discriminator\": {\"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 36, \"activation\": \"tanh\"}%s,"
    "  {\"kind\": \"dense\", \"units\": 20, \"activation\": \"softplus\"}, %s]},"
    " \"optimizer\": {\"generator\": {\"lr\": 0.01}, \"discriminator\": {\"lr\": 0.01}}}";

static bool is_layer(int setting, const char *player)
{
    return setting < SETTINGS && strncmp(gan_settings[setting].key, player, strlen(player)) == 0 &&
           strstr(gan_settings[setting].key, ".layers");
}

/* The layers that a case adds to a player. */
static void add_layers(const Case *c, const char *player, int id, bool reads, char out[256])
{
    const bool own = is_layer(c->setting, player);
    snprintf(out, 256, "%s%s%s%s", own ? ", " : "", own ? gan_settings[c->setting].example : "",
             reads ? ", " : "", reads ? gan_settings[id].example : "");
}

static Status read_case(const Case *c, const Override *more, int n, Config *config, Error *e)
{
    char text_of[2048], in_g[256], in_d[256];
    static Json json; /* its texts must outlive the config */
    Override o[OVERRIDES];
    json_free(&json);
    add_layers(c, "generator", CLASSES_IN_G, c->classes & IN_G, in_g);
    add_layers(c, "discriminator", CLASSES_IN_D, c->classes & IN_D, in_d);
    snprintf(text_of, sizeof text_of, form, c->model->name, in_g, in_d,
             c->classes & IN_D ? "\"projection\"" : "{\"kind\": \"dense\", \"units\": 1}");
    memset(e, 0, sizeof *e);
    assert_int_equal(json_parse(&json, text_of, strlen(text_of), "test", 0, e), GT_OK);
    for (int i = 0; i < n; i++)
        o[i] = more[i];
    if (c->setting < SETTINGS && !strstr(gan_settings[c->setting].key, ".layers"))
        o[n++] = (Override){ gan_settings[c->setting].key, gan_settings[c->setting].example, NULL };
    return config_make(config, json.root, o, n, e);
}

enum { REASONS = 3 };

static const char *conflict_of(const Case *c)
{
    const unsigned on = (c->classes & IN_G ? 1U << CLASSES_IN_G : 0U) |
                        (c->classes & IN_D ? 1U << CLASSES_IN_D : 0U);
    for (int i = 0; i < CONFLICTS; i++)
        if ((int)gan_conflicts[i].setting == c->setting && gan_conflicts[i].others & on)
            return gan_conflicts[i].why;
    return NULL;
}

static const char *refusal(const Case *c, int id)
{
    return id < SETTINGS ? ((const Model *)c->model)->refuses[id] : NULL;
}

/* Why the model does not train with it, by the tables, one reason a key; 0: it does. */
static int reasons_of(const Case *c, const char *why[REASONS])
{
    const int id[REASONS] = { c->setting, c->classes & IN_G ? CLASSES_IN_G : SETTINGS,
                              c->classes & IN_D ? CLASSES_IN_D : SETTINGS };
    const char *own = refusal(c, *id) ? refusal(c, *id) : conflict_of(c);
    int n = 0;
    if (own)
        why[n++] = own;
    for (int i = 1; i < REASONS; i++)
        if (refusal(c, id[i]) &&
            !(own && strcmp(gan_settings[*id].key, gan_settings[id[i]].key) == 0))
            why[n++] = refusal(c, id[i]);
    return n;
}

/* ---- a case that trains ---------------------------------------------------------------------- */

static void open_case(Fixture *f, const Case *c, const Override *more, int n)
{
    static Error e;
    memset(f, 0, sizeof *f);
    if (read_case(c, more, n, &f->config, &e) != GT_OK ||
        dataset_open(&f->data, &f->config.data, 1, &e) != GT_OK ||
        gan_build(&f->gan, &f->config.gan, &f->data, f->data.shape, f->data.classes, ROWS, 1, &e) !=
            GT_OK)
        fail_msg("%s: %s", c->name, e.text[0]);
}

static void close_case(Fixture *f)
{
    dataset_close(&f->data);
    close_fixture(f);
}

static void hash_tensor(void *so_far, const char *name, int rank, Mat m)
{
    uint64_t *h = so_far;
    (void)rank;
    *h = hash_update(*h, name, strlen(name));
    *h = hash_update(*h, m.at, mat_size(m) * sizeof *m.at);
}

static uint64_t state_of(const Fixture *f)
{
    const uint64_t counters[] = { f->gan.step, f->gan.updates };
    uint64_t h = hash_update(HASH_INIT, counters, sizeof counters);
    gan_tensors(&f->gan, hash_tensor, &h);
    return h;
}

static void train(Fixture *f, const Case *c, int until)
{
    StepStats s;
    while (f->gan.step < (uint64_t)until) {
        const int before = allocations;
        gan_step(&f->gan, &s);
        if (!s.finite)
            fail_msg("%s: not finite at step %d", c->name, (int)f->gan.step);
        if (f->gan.step > 1 && allocations != before) /* the first may start threads */
            fail_msg("%s: step %d allocates", c->name, (int)f->gan.step);
    }
}

static void check_clean(const Fixture *f, const Case *c)
{
    for (int i = 0; i < f->gan.players; i++) {
        const Net *net = &f->gan.player[i].net;
        if (mat_norm2(view(net->dtheta)) > 0)
            fail_msg("%s: the %s keeps a gradient", c->name, net->name);
        if (!mat_finite(view(net->theta)))
            fail_msg("%s: the %s is not finite", c->name, net->name);
    }
}

static uint64_t trained_on(const Case *c, int threads)
{
    static Fixture f;
    parallel_set_threads(threads);
    open_case(&f, c, NULL, 0);
    train(&f, c, TRAINED);
    check_clean(&f, c);
    const uint64_t state = state_of(&f);
    close_case(&f);
    return state;
}

static uint64_t trained_in_halves(const Case *c, const char *path)
{
    static Fixture f;
    static Error e;
    Checkpoint k = { 0 };
    memset(&e, 0, sizeof e);
    open_case(&f, c, NULL, 0);
    train(&f, c, HALF);
    assert_int_equal(checkpoint_save(path, &f.gan, &f.config, &f.data, &(Best){ 0 }, &e), GT_OK);
    close_case(&f);
    open_case(&f, c, NULL, 0);
    if (checkpoint_open(&k, path, &e) != GT_OK || checkpoint_load(&k, path, &f.gan, &e) != GT_OK)
        fail_msg("%s: %s", c->name, e.text[0]);
    checkpoint_close(&k);
    train(&f, c, TRAINED);
    const uint64_t state = state_of(&f);
    close_case(&f);
    return state;
}

static void check_trained(const Case *c, const char *path)
{
    const uint64_t state = trained_on(c, 1);
    for (int threads = 2; threads <= THREADS; threads++)
        if (trained_on(c, threads) != state)
            fail_msg("%s: other bits on %d threads", c->name, threads);
    if (trained_in_halves(c, path) != state)
        fail_msg("%s: other bits after saving and loading", c->name);
    parallel_set_threads(1);
}

static void check_refused(const Case *c, const char *const *why, int n)
{
    static Config config;
    static Error e;
    if (read_case(c, NULL, 0, &config, &e) == GT_OK)
        fail_msg("%s: is accepted, in spite of: %s", c->name, *why);
    for (int i = 0; i < n; i++)
        if (e.lines != n || !strstr(e.text[i], why[i]))
            fail_msg("%s: %d errors, %s", c->name, e.lines, e.text[i]);
    config_free(&config);
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* With SGD of rate 1 an update is the gradient, and random numbers depend on the step alone: a
 * player is compared while the other one stays. */
static const char *const rate_of[GAN_PLAYERS] = { "optimizer.generator.lr",
                                                  "optimizer.discriminator.lr" };

enum { MANY = 7, POINTS = 4 };
static const double H = 1e-4, TOLERANCE = 1e-7; /* errors of differences: H⁴ and 1e-16/H */
static const double point[POINTS] = { -2, -1, 1, 2 };
static const double weight[POINTS] = { 1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12 };

/* The loss of a player in the first step, with theta as initial weights. */
static double loss_of(Fixture *f, int player, View theta)
{
    StepStats s;
    Net *net = &f->gan.player[player].net;
    gan_reset(&f->gan);
    mat_copy(net->theta, theta);
    gan_refresh_weights(&f->gan);
    gan_step(&f->gan, &s);
    return player == GENERATOR ? s.g_loss : s.d_loss + s.penalty;
}

static void check_weights(Fixture *f, const Case *c, int player, Mat theta, const real *got)
{
    const int n = theta.cols * theta.rows, stride = n / 60 | 1;
    for (int i = 0; i < n; i += i < MANY ? 1 : stride) {
        const real at = theta.at[i];
        double want = 0;
        for (int k = 0; k < POINTS; k++) {
            theta.at[i] = (real)((double)at + point[k] * H);
            want += weight[k] * loss_of(f, player, view(theta)) / H;
        }
        theta.at[i] = at;
        if (!(fabs((double)got[i] - want) <= TOLERANCE * fmax(1, fabs(want))))
            fail_msg("%s: the gradient of weight %d of the %s is %.12g, differences say %.12g",
                     c->name, i, f->gan.player[player].net.name, (double)got[i], want);
    }
}

static void check_player(const Case *c, int player)
{
    static Fixture f;
    Override o[OVERRIDES] = { { "optimizer.generator", "sgd", NULL },
                              { "optimizer.discriminator", "sgd", NULL },
                              { rate_of[player], "1", NULL },
                              { rate_of[!player], "1e-12", NULL } };
    open_case(&f, c, o, 4);
    const Mat theta = f.gan.player[player].net.theta;
    const size_t bytes = mat_size(theta) * sizeof(real);
    Mat start = { theta.rows, theta.cols, malloc(bytes) };
    real *got = malloc(bytes);
    assert_true(start.at && got);
    memcpy(start.at, theta.at, bytes);
    loss_of(&f, player, view(start));
    for (size_t i = 0; i < mat_size(theta); i++)
        got[i] = start.at[i] - theta.at[i];
    assert_true(mat_norm2((View){ theta.rows, theta.cols, got }) > 1e-6);
    check_weights(&f, c, player, start, got);
    free(start.at);
    free(got);
    close_case(&f);
}

/* Settings whose update is not the gradient of one loss. */
static const unsigned several =
    1U << WEIGHT_CLIPPING | 1U << SEVERAL_D_STEPS | 1U << SEVERAL_G_STEPS;

/* ---- all of them ----------------------------------------------------------------------------- */

static void check_case(const Case *c, const char *path)
{
    const char *why[REASONS];
    const int reasons = reasons_of(c, why);
    if (reasons > 0) {
        check_refused(c, why, reasons);
        return;
    }
    check_trained(c, path);
    for (int player = 0; player < GAN_PLAYERS && sizeof(real) == 8; player++)
        if (!(several >> c->setting & 1))
            check_player(c, player);
}

static void every_model_with_every_setting(void **state)
{
    static const char *const words[] = { "", " and classes in G", " and classes in D",
                                         " and classes in both" };
    const Scratch *s = *state;
    for (const Entry *const *m = models.entry; *m; m++)
        for (int i = 0; i <= SETTINGS; i++)
            for (int v = 0; v < CLASS_VARIANTS; v++) {
                Case c = { *m, i, v, "" };
                if (i == CLASSES_IN_G || i == CLASSES_IN_D) /* the variants have them */
                    continue;
                snprintf(c.name, sizeof c.name, "%s with %s%s", (*m)->name,
                         i < SETTINGS ? gan_settings[i].words : "defaults", words[v]);
                check_case(&c, s->path);
            }
}

/* The example of a setting turns it on, and the config of the test does not. */
static void examples_turn_settings_on(void **state)
{
    (void)state;
    for (int i = 0; i < SETTINGS; i++) {
        static Config config;
        static Error e;
        Case c = { models.entry[0], i, 0, "" };
        (void)read_case(&c, NULL, 0, &config, &e); /* it may be refused */
        assert_true(gan_settings[i].is_on(&config.gan));
        config_free(&config);
        c.setting = SETTINGS;
        assert_int_equal(read_case(&c, NULL, 0, &config, &e), GT_OK);
        assert_false(gan_settings[i].is_on(&config.gan));
        config_free(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_turn_settings_on),
        cmocka_unit_test_setup_teardown(every_model_with_every_setting, scratch_open,
                                        scratch_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
