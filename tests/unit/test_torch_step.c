/* The whole training step against PyTorch: gan_step runs as in use, from a seed and images; its
 * draws, statistics and state are compared with those of scripts/make_fixtures.py, which did the
 * same with its own random numbers, autograd and torch.optim.Adam.
 *
 * The expected values are float64. Differences are taken over the largest value of a tensor; for
 * weights over the largest change since the start: a step is small relative to the weight. */
#include "support/torch.h"

#include <math.h>

#include "gantrain/gan/gan.h"

enum { STEPS = 3, SHOWN = 2, CLASSES = 3 };
static const int shown_step[SHOWN] = { 1, 3 };

/* PyTorch's own float32 is up to 2.2e-6 from its float64 on these fixtures, chosen so that no
 * gradient is mere rounding (Adam's first step is lr*sign(g)); BLAS kernels of other processors
 * add their own. In double only the order of sums differs: 1e-14 was seen. */
static const double tolerance = sizeof(real) == sizeof(float) ? 1e-5 : 1e-12;

/* The random numbers are the same except for the last bits of log, sin and cos. */
static const double drawn_tolerance = 1e-6;

typedef struct Run {
    TensorFile torch;
    Config config;
    Dataset data;
    Gan gan;
    Error e;
    const char *prefix; /* of the tensors to compare with */
    int seen;           /* tensors compared with it       */
    double worst;       /* of all differences             */
} Run;

/* ---- comparing ------------------------------------------------------------------------------- */

static void expect(Run *r, const char *name, double distance, double scale, double most)
{
    const double apart = distance > 0 ? distance / scale : distance; /* 0/0 is near */
    if (!(apart <= most))
        fail_msg("%s.%s is %.2e from PyTorch, allowed are %.0e", r->prefix, name, apart, most);
    if (apart > r->worst)
        r->worst = apart;
}

/* start: the tensor that `want` is a change of, or NULL */
static void expect_near(Run *r, const char *name, View got, const Tensor *want, size_t first,
                        const Tensor *start, double most)
{
    const size_t n = (size_t)got.rows * (size_t)got.cols;
    double distance = 0, scale = 0;
    for (size_t i = 0; i < n; i++) {
        const double w = torch_at(want, first + i);
        const double d = fabs((double)got.at[i] - w);
        distance = d <= distance ? distance : d; /* keeps a NaN */
        scale = fmax(scale, fabs(w - (start ? torch_at(start, i) : 0)));
    }
    expect(r, name, distance, scale, most);
}

static void expect_shape(const char *name, const Tensor *t, int rank, Mat m)
{
    if (t->rank != rank || torch_size(t) != mat_size(m) || t->shape[rank - 1] != m.cols)
        fail_msg("%s has another shape in PyTorch", name);
}

/* Our initial weights are near PyTorch's; then they are set to the same bits. */
static void begin_tensor(void *args, const char *name, int rank, Mat m)
{
    Run *r = args;
    if (strncmp(name, "optimizer.", 10) == 0)
        return;
    const Tensor *t = torch_find(&r->torch, r->prefix, name);
    expect_shape(name, t, rank, m);
    for (size_t i = 0; i < mat_size(m); i++) {
        assert_true(fabs((double)m.at[i] - torch_at(t, i)) < drawn_tolerance);
        m.at[i] = (real)torch_at(t, i);
    }
}

static void compare_tensor(void *args, const char *name, int rank, Mat m)
{
    Run *r = args;
    const bool moment = strncmp(name, "optimizer.", 10) == 0;
    const Tensor *want = torch_find(&r->torch, r->prefix, name);
    const Tensor *start = moment ? NULL : torch_find(&r->torch, "initial", name);
    expect_shape(name, want, rank, m);
    expect_near(r, name, view(m), want, 0, start, tolerance);
    r->seen++;
}

static int count_prefix(const TensorFile *f, const char *prefix)
{
    int n = 0;
    for (int i = 0; i < f->n; i++)
        n += strncmp(f->tensor[i].name, prefix, strlen(prefix)) == 0;
    return n;
}

static void compare_state(Run *r, int step)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "after_%d", step);
    r->prefix = prefix;
    r->seen = 0;
    gan_tensors(&r->gan, compare_tensor, r);
    assert_int_equal(r->seen, count_prefix(&r->torch, prefix));
    r->prefix = NULL;
}

static void compare_draws(Run *r, int step)
{
    const Mat x = mat_rows(r->gan.game.images, 0, r->gan.batch);
    const Mat z = mat_rows(r->gan.game.z, 0, r->gan.batch);
    const size_t before = (size_t)step - 1;
    r->prefix = "drawn";
    expect_near(r, "x", view(x), tensors_find(&r->torch, "x"), before * mat_size(x), NULL,
                drawn_tolerance);
    expect_near(r, "z", view(z), tensors_find(&r->torch, "z"), before * mat_size(z), NULL,
                drawn_tolerance);
}

static void compare_stats(Run *r, const StepStats *s, int step)
{
    const struct {
        const char *name;
        double got;
    } row[] = {
        { "d_loss", s->d_loss },
        { "g_loss", s->g_loss },
        { "penalty", s->penalty },
        { "slope", s->slope },
        { "d_real", s->d_real },
        { "d_fake", s->d_fake },
        { "d_accuracy_real", s->d_accuracy_real },
        { "d_accuracy_fake", s->d_accuracy_fake },
        { "d_grad_norm", s->d_grad_norm },
        { "g_grad_norm", s->g_grad_norm },
    };
    r->prefix = "stats";
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const double want = torch_at(torch_find(&r->torch, "stats", row[i].name), (size_t)step - 1);
        expect(r, row[i].name, fabs(row[i].got - want), fabs(want), tolerance);
    }
    assert_true(s->finite);
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void open_data(Run *r)
{
    const Tensor *t = tensors_find(&r->torch, "images");
    assert_non_null(t);
    assert_int_equal(t->type, TENSOR_U8);
    r->data.kind = (const DatasetKind *)r->config.data.is;
    r->data.count = (int)t->shape[0];
    r->data.shape = (Shape){ 1, (int)t->shape[1], (int)t->shape[2] };
    r->data.range = dataset_range(&r->config.data);
    r->data.images = malloc(t->bytes);
    assert_non_null(r->data.images);
    memcpy(r->data.images, t->at, t->bytes);
    const Tensor *labels = tensors_find(&r->torch, "labels");
    if (!labels)
        return;
    r->data.labels = malloc(labels->bytes);
    assert_non_null(r->data.labels);
    memcpy(r->data.labels, labels->at, labels->bytes);
    r->data.classes = CLASSES;
}

static void open_run(Run *r, const char *fixture)
{
    const Config *c = &r->config;
    torch_open(&r->torch, fixture, &r->e);
    torch_config(&r->torch, "config", &r->config, &r->e);
    open_data(r);
    if (gan_build(&r->gan, &c->gan, &r->data, r->data.shape, r->data.classes,
                  (int)c->train.batch_size, (uint64_t)c->seed, &r->e) != GT_OK)
        fail_msg("%s", r->e.text[0]);
    r->prefix = "initial";
    gan_tensors(&r->gan, begin_tensor, r);
    gan_refresh_weights(&r->gan);
}

static void close_run(Run *r)
{
    gan_close(&r->gan);
    dataset_close(&r->data);
    config_free(&r->config);
    tensors_close(&r->torch);
    free(r);
}

static void test_steps_are_those_of_pytorch(void **state)
{
    const char *fixture = *state;
    Run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    open_run(r, fixture);
    for (int step = 1, shown = 0; step <= STEPS; step++) {
        StepStats s;
        gan_step(&r->gan, &s);
        compare_draws(r, step);
        compare_stats(r, &s, step);
        if (shown < SHOWN && step == shown_step[shown]) {
            compare_state(r, step);
            shown++;
        }
    }
    print_message("%s: within %.1e of PyTorch\n", fixture, r->worst);
    close_run(r);
}

static char *const cases[][2] = {
    /* what, fixture */
    { "minimax", "step_minimax" },
    { "non_saturating, moving average", "step_non_saturating" },
    { "label smoothing, two updates of D", "step_smoothing" },
    { "R1 through leaky_relu", "step_r1" },
    { "R1 through curved activations, unit range", "step_r1_smooth" },
    { "dropout, R1 every second update", "step_dropout" },
    { "batch norm in G, its moving average", "step_batch_norm" },
    { "WGAN-GP, two updates of D", "step_wgan_gp" },
    { "hinge, WGAN-LP", "step_wgan_lp" },
    { "f-GAN of KL, DRAGAN", "step_dragan" },
    { "relativistic, zero-centred penalty every second update", "step_zero_gp" },
    { "relativistic average, R1 and R2", "step_r1_r2" },
    { "relativistic average hinge, R2", "step_average_hinge" },
    { "WGAN, weights clipped", "step_weight_clip" },
    { "least squares", "step_least_squares" },
    { "feature matching, fakes' labels smoothed", "step_feature_matching" },
    { "spectral norm, R1 through it", "step_spectral_norm" },
    { "weight norm, R1 through it", "step_weight_norm" },
    { "equalized learning rate, R1 through it", "step_equalized" },
    { "R1 through batch norm", "step_r1_batch_norm" },
    { "layer norm, gelu, silu; R1 through them", "step_r1_layer_norm" },
    { "prelu, maxout, pixel norm, elu, selu; R1 through them", "step_r1_units" },
    { "minibatch discrimination and deviation, R1 through them", "step_r1_minibatch" },
    { "translation, fading noise", "step_augmented" },
    { "virtual batch norm in G, its moving average", "step_virtual_batch_norm" },
    { "projection, conditional batch norm, R1", "step_classes_projection" },
    { "labels appended, class scales, WGAN-GP", "step_classes_label" },
};

int main(void)
{
    enum { CASES = sizeof cases / sizeof *cases };
    struct CMUnitTest tests[CASES];
    for (int i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){ cases[i][0], test_steps_are_those_of_pytorch, NULL, NULL,
                                        cases[i][1] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
