/* The table of passes (gan_passes) against the passes that gan_step makes: the linker sends its
 * calls through the counters here (--wrap). */
#include "gantrain/gan/passes.h"
#include "support/tiny_gan.h"

enum { TRACES = 4, PARTS = 4, STEPS = 6 };

static const Trace *trace[TRACES];
static int count[TRACES][PARTS], rows[TRACES];
static bool fused; /* inside of a backward pass that updates */

View __real_net_forward(const Net *net, Trace *t, View x, unsigned want);
View __real_net_backward(Net *net, Trace *t, View dy, unsigned want);
View __real_net_backward_from(Net *net, Trace *t, int last, View dy, unsigned want);
double __real_net_backward_and_update(Net *net, Trace *t, View dy, Optim *o);
void __real_net_tangent_backward(Net *net, Trace *t);
View __wrap_net_forward(const Net *net, Trace *t, View x, unsigned want);
View __wrap_net_backward(Net *net, Trace *t, View dy, unsigned want);
View __wrap_net_backward_from(Net *net, Trace *t, int last, View dy, unsigned want);
double __wrap_net_backward_and_update(Net *net, Trace *t, View dy, Optim *o);
void __wrap_net_tangent_backward(Net *net, Trace *t);

static void add(const Trace *t, unsigned parts)
{
    int i = 0;
    while (i < TRACES && trace[i] != t)
        i++;
    assert_true(i < TRACES);
    for (int part = 0; part < PARTS && !fused; part++)
        count[i][part] += (int)(parts >> part & 1);
    rows[i] = t->x.rows;
}

static unsigned backward_parts(unsigned want)
{
    return (want & WANT_PARAMS ? PASS_TO_PARAMS : 0U) | (want & WANT_INPUT ? PASS_TO_INPUT : 0U);
}

View __wrap_net_forward(const Net *net, Trace *t, View x, unsigned want)
{
    const View y = __real_net_forward(net, t, x, want);
    add(t, PASS_FORWARD);
    return y;
}

View __wrap_net_backward(Net *net, Trace *t, View dy, unsigned want)
{
    add(t, backward_parts(want));
    return __real_net_backward(net, t, dy, want);
}

View __wrap_net_backward_from(Net *net, Trace *t, int last, View dy, unsigned want)
{
    add(t, backward_parts(want));
    return __real_net_backward_from(net, t, last, dy, want);
}

double __wrap_net_backward_and_update(Net *net, Trace *t, View dy, Optim *o)
{
    add(t, PASS_TO_PARAMS);
    fused = true;
    const double norm2 = __real_net_backward_and_update(net, t, dy, o);
    fused = false;
    return norm2;
}

void __wrap_net_tangent_backward(Net *net, Trace *t)
{
    add(t, PASS_TANGENTS);
    __real_net_tangent_backward(net, t);
}

static void check_passes(int accumulate, const char *const *change)
{
    static Fixture f;
    StepStats s;
    GanPass pass[GAN_PASSES];
    double want[TRACES][PARTS] = { { 0 } };
    open_with(&f, changed(change));
    const Trace *const of_gan[] = { &f.gan.game.g_trace, &f.gan.game.d_trace, &f.gan.game.d_on_fake,
                                    &f.gan.game.d_on_points };
    memcpy(trace, of_gan, sizeof trace);
    memset(count, 0, sizeof count);
    f.gan.accumulate = accumulate;
    for (int i = 0; i < STEPS; i++)
        gan_step(&f.gan, &s);

    const int n = gan_passes(&f.gan, pass);
    for (int i = 0; i < TRACES; i++)
        for (int k = 0; k < n; k++) {
            if (pass[k].trace != trace[i])
                continue;
            assert_int_equal(rows[i], pass[k].rows);
            for (int part = 0; part < PARTS; part++)
                want[i][part] += (pass[k].parts >> part & 1) * pass[k].times * STEPS;
        }
    for (int i = 0; i < TRACES; i++)
        for (int part = 0; part < PARTS; part++)
            if (fabs(count[i][part] - want[i][part]) > 1e-9)
                fail_msg("trace %d, part %d: %d passes, the table has %g (%s)", i, part,
                         count[i][part], want[i][part], *change);
    close_fixture(&f);
}

static void the_table_has_the_passes_of_a_step(void **state)
{
    (void)state;
    static const char STEPS_OF_D[] = "\"steps\": 2", LATENT[] = "\"latent\": 5";
    static const char R1[] = "\"penalty\": \"r1\"";
    check_passes(1, (const char *const[]){ R1, "\"penalty\": \"none\"", NULL });
    check_passes(1, (const char *const[]){ R1, "\"penalty\": {\"kind\": \"r1_r2\", \"every\": 3}",
                                           STEPS_OF_D, "\"steps\": 1, \"packing\": 3", NULL });
    check_passes(1, (const char *const[]){ LATENT, "\"latent\": 5, \"steps\": 3", R1,
                                           "\"penalty\": \"wgan_gp\", "
                                           "\"objective\": \"relativistic_average\"",
                                           NULL });
    check_passes(3, (const char *const[]){ R1, "\"objective\": \"feature_matching\"", LATENT,
                                           "\"latent\": 5, \"steps\": 2", NULL });
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_table_has_the_passes_of_a_step) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
