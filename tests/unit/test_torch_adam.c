/* Adam against torch.optim.Adam: the same gradients, from far below epsilon to far above 1, give
 * the same moments and weights after 1, 2 and 20 steps. */
#include "support/nets.h"
#include "support/torch.h"

#include <math.h>

#include "gantrain/math/vec.h"
#include "gantrain/nn/optim.h"

enum { PARAMETERS = 64, MOVES = 20 };

/* PyTorch in our number type does the same operations in nearly the same order; each of the 20
 * steps adds a few roundings. */
static const double tolerance = sizeof(real) == sizeof(float) ? 2e-6 : 1e-14;
static const char *const type_name = sizeof(real) == sizeof(float) ? "float" : "double";

typedef struct Run {
    TensorFile torch;
    const char *setting;
    Config config;
    Arena arena;
    Mat theta, dtheta; /* [1,P] */
    Optim optim;
    double largest[PARAMETERS]; /* max over time of |g| of each parameter */
    double worst;               /* of all differences                     */
    Error e;
} Run;

static const Tensor *expected(const Run *r, const char *name, int t)
{
    char full[TENSOR_NAME];
    snprintf(full, sizeof full, "%s.%s_%d", type_name, name, t);
    const Tensor *want = torch_find(&r->torch, r->setting, full);
    assert_int_equal(torch_size(want), PARAMETERS);
    return want;
}

static void expect(Run *r, const char *name, int t, int i, double distance, double scale)
{
    const double apart = distance > 0 ? distance / scale : distance; /* 0/0 is near */
    if (!(apart <= tolerance))
        fail_msg("%s.%s_%d[%d] is %.2e from PyTorch", r->setting, name, t, i, apart);
    if (apart > r->worst)
        r->worst = apart;
}

/* Every moment is compared by a scale of its own: the gradients are 14 orders apart. */
static void expect_moment(Run *r, const char *name, int t, Mat got, int power)
{
    const Tensor *want = expected(r, name, t);
    for (int i = 0; i < PARAMETERS; i++)
        expect(r, name, t, i, fabs((double)got.at[i] - torch_at(want, (size_t)i)),
               pow(r->largest[i], power));
}

/* Weights by the largest change since the start: Adam moves all by about as much. */
static void expect_theta(Run *r, int t)
{
    const Tensor *want = expected(r, "theta", t), *start = tensors_find(&r->torch, "start");
    double change = 0;
    for (size_t i = 0; i < PARAMETERS; i++)
        change = fmax(change, fabs(torch_at(want, i) - torch_at(start, i)));
    for (int i = 0; i < PARAMETERS; i++)
        expect(r, "theta", t, i, fabs((double)r->theta.at[i] - torch_at(want, (size_t)i)), change);
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

static void open_run(Run *r, const char *setting)
{
    r->setting = setting;
    torch_open(&r->torch, "adam", &r->e);
    torch_config(&r->torch, setting, &r->config, &r->e);
    assert_int_equal(arena_build(&r->arena, plan, r, &r->e), GT_OK);
    for (int i = 0; i < PARAMETERS; i++) {
        r->theta.at[i] = (real)torch_at(tensors_find(&r->torch, "start"), (size_t)i);
        for (int t = 1; t <= MOVES; t++)
            r->largest[i] = fmax(r->largest[i], fabs(gradient(r, t, i)));
    }
}

static void move(Run *r, int t)
{
    double norm2 = 0;
    for (int i = 0; i < PARAMETERS; i++) {
        r->dtheta.at[i] = (real)gradient(r, t, i);
        norm2 += gradient(r, t, i) * gradient(r, t, i);
    }
    const double got = test_move(&r->optim, r->theta, r->dtheta);
    assert_true(fabs(got - norm2) <= 1e-12 * norm2); /* summed in double */
    assert_true(mat_norm2(view(r->dtheta)) == 0);
}

static void test_adam_is_that_of_pytorch(void **state)
{
    Run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    open_run(r, *state);
    for (int t = 1; t <= MOVES; t++) {
        move(r, t);
        if (t != 1 && t != 2 && t != MOVES)
            continue;
        expect_moment(r, "exp_avg", t, r->optim.slot[0], 1);
        expect_moment(r, "exp_avg_sq", t, r->optim.slot[1], 2);
        expect_theta(r, t);
    }
    print_message("adam, %s: within %.1e of PyTorch\n", r->setting, r->worst);
    arena_close(&r->arena);
    config_free(&r->config);
    tensors_close(&r->torch);
    free(r);
}

int main(void)
{
    static char setting[][16] = { "gan", "paper", "coarse", "memoryless" };
    struct CMUnitTest tests[4];
    for (int i = 0; i < 4; i++)
        tests[i] =
            (struct CMUnitTest){ setting[i], test_adam_is_that_of_pytorch, NULL, NULL, setting[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
