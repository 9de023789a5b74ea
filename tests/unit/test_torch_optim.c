/* Optimisers against torch.optim: the same gradients, from far below epsilon to far above 1,
 * give the same slots and weights after 1 and 20 steps; coupled and decoupled decay included. */
#include "support/nets.h"
#include "support/torch.h"

#include <math.h>

#include "gantrain/math/vec.h"
#include "gantrain/nn/optim.h"

enum { PARAMETERS = 64, UPDATES = 20 };

/* PyTorch in our number type does the same operations in nearly the same order; each of the 20
 * steps adds a few roundings. */
static const double tolerance = sizeof(real) == sizeof(float) ? 2e-6 : 1e-14;
static const char *const type_name = sizeof(real) == sizeof(float) ? "float" : "double";

/* Every row of the registry is compared, by one of its settings or more. */
static struct OptimSetting {
    char name[20];
    int slots;
    /* A slot grows as this power of the gradient: each is compared by a scale of its own, for the
     * gradients are 14 orders apart. */
    int power[OPTIM_SLOTS];
} settings[] = {
    { "adam", 2, { 1, 2 } },
    { "adam_paper", 2, { 1, 2 } },
    { "adam_coarse", 2, { 1, 2 } },
    { "adam_memoryless", 2, { 1, 2 } },
    { "adam_l2", 2, { 1, 2 } },
    { "adamw", 2, { 1, 2 } },
    { "adamw_decay", 2, { 1, 2 } },
    { "amsgrad", 3, { 1, 2, 2 } },
    { "amsgrad_l2", 3, { 1, 2, 2 } },
    { "rmsprop", 1, { 2 } },
    { "rmsprop_momentum", 2, { 2, 0 } },
    { "sgd", 0, { 0 } },
    { "sgd_l2", 0, { 0 } },
    { "sgd_momentum", 1, { 1 } },
    { "sgd_nesterov", 1, { 1 } },
    { "adagrad", 1, { 2 } },
    { "adagrad_l2", 1, { 2 } },
};
enum { OPTIM_SETTINGS = sizeof settings / sizeof *settings };

typedef struct Run {
    TensorFile torch;
    const struct OptimSetting *setting;
    Config config;
    Arena arena;
    Mat theta, dtheta; /* [1,P] */
    Optim optim;
    double
        largest[PARAMETERS];  /* of each parameter: max over time of |g| with what is added to it */
    double reach[PARAMETERS]; /* and of |θ| */
    double worst;             /* of all differences */
    Error e;
} Run;

static const Tensor *expected(const Run *r, const char *name, int t)
{
    char full[TENSOR_NAME];
    snprintf(full, sizeof full, "%s.%s_%d", type_name, name, t);
    const Tensor *want = torch_find(&r->torch, r->setting->name, full);
    assert_int_equal(torch_size(want), PARAMETERS);
    return want;
}

static void expect(Run *r, const char *name, int t, int i, double distance, double scale)
{
    const double apart = distance > 0 ? distance / scale : distance; /* 0/0 is near */
    if (!(apart <= tolerance))
        fail_msg("%s.%s_%d[%d] is %.2e from PyTorch", r->setting->name, name, t, i, apart);
    if (apart > r->worst)
        r->worst = apart;
}

static void expect_slot(Run *r, int slot, int t)
{
    const char *name = r->optim.slot_name[slot];
    const Tensor *want = expected(r, name, t);
    for (int i = 0; i < PARAMETERS; i++)
        expect(r, name, t, i, fabs((double)r->optim.slot[slot].at[i] - torch_at(want, (size_t)i)),
               pow(r->largest[i], r->setting->power[slot]));
}

static void expect_theta(Run *r, int t)
{
    const Tensor *want = expected(r, "theta", t);
    for (int i = 0; i < PARAMETERS; i++)
        expect(r, "theta", t, i, fabs((double)r->theta.at[i] - torch_at(want, (size_t)i)),
               r->reach[i]);
}

static double gradient(const Run *r, int t, int i)
{
    const size_t at = (size_t)(t - 1) * PARAMETERS + (size_t)i;
    return torch_at(tensors_find(&r->torch, "gradients"), at);
}

static void plan(Arena *a, void *plan_me)
{
    Run *r = plan_me;
    r->theta = mat_take(a, 1, PARAMETERS);
    r->dtheta = mat_take(a, 1, PARAMETERS);
    optim_plan(&r->optim, &r->config.gan.optimizer.generator, PARAMETERS, 1, a);
}

static void open_run(Run *r, const struct OptimSetting *setting)
{
    r->setting = setting;
    torch_open(&r->torch, "optim", &r->e);
    torch_config(&r->torch, setting->name, &r->config, &r->e);
    assert_int_equal(arena_build(&r->arena, plan, r, &r->e), GT_OK);
    for (int i = 0; i < PARAMETERS; i++) {
        r->theta.at[i] = (real)torch_at(tensors_find(&r->torch, "start"), (size_t)i);
        r->reach[i] = fabs((double)r->theta.at[i]);
    }
}

static void move(Run *r, int t)
{
    const double l2 = ((const OptimCommon *)r->optim.options)->l2;
    double norm2 = 0;
    for (int i = 0; i < PARAMETERS; i++) {
        const double g = gradient(r, t, i);
        r->dtheta.at[i] = (real)g;
        r->largest[i] = fmax(r->largest[i], fabs(g) + l2 * r->reach[i]);
        norm2 += g * g;
    }
    const double got = test_update(&r->optim, r->theta, r->dtheta);
    assert_true(fabs(got - norm2) <= 1e-12 * norm2); /* summed in double */
    assert_true(mat_norm2(view(r->dtheta)) == 0);
    for (int i = 0; i < PARAMETERS; i++)
        r->reach[i] = fmax(r->reach[i], fabs((double)r->theta.at[i]));
}

static void test_optimiser_is_that_of_pytorch(void **state)
{
    Run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    open_run(r, *state);
    for (int t = 1; t <= UPDATES; t++) {
        move(r, t);
        if (t != 1 && t != UPDATES)
            continue;
        for (int slot = 0; slot < r->setting->slots; slot++)
            expect_slot(r, slot, t);
        assert_null(r->optim.slot_name[r->setting->slots]);
        expect_theta(r, t);
    }
    print_message("%s: within %.1e of PyTorch\n", r->setting->name, r->worst);
    arena_close(&r->arena);
    config_free(&r->config);
    tensors_close(&r->torch);
    free(r);
}

/* A new row needs a setting here and in scripts/make_fixtures.py. */
static void every_row_is_compared(void **state)
{
    (void)state;
    for (const Entry *const *is = optimizers.entry; *is; is++) {
        int n = 0;
        for (int i = 0; i < OPTIM_SETTINGS; i++) {
            const size_t length = strlen((*is)->name);
            n += strncmp(settings[i].name, (*is)->name, length) == 0 &&
                 (settings[i].name[length] == '\0' || settings[i].name[length] == '_');
        }
        if (n == 0)
            fail_msg("%s is not compared with PyTorch", (*is)->name);
    }
}

int main(void)
{
    struct CMUnitTest tests[OPTIM_SETTINGS + 1] = { cmocka_unit_test(every_row_is_compared) };
    for (int i = 0; i < OPTIM_SETTINGS; i++)
        tests[i + 1] = (struct CMUnitTest){ settings[i].name, test_optimiser_is_that_of_pytorch,
                                            NULL, NULL, &settings[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
