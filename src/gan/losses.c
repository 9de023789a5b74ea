/* The losses of a training step. */
#include "losses.h"

#include "gantrain/math/comm.h"
#include "gantrain/math/scalar.h"
#include "gantrain/math/vec.h"

/* ---- the discriminator's --------------------------------------------------------------------------- */

/* Some pairs of a real and a fake sample exchange their labels: for the objective, their logits. Done
 * twice, it is undone. */
static void exchange_labels(const Gan *g, Mat c, uint64_t number)
{
    const double share = g->options->discriminator.label_flipping;
    const Draw draw = rng_draw(g->seed, RNG_LABEL, 0, number);
    const int R = c.rows / 2;
    for (int i = 0; share > 0 && i < R; i++) {
        if ((double)row_uniform(draw, (uint32_t)(rows_first(g) + i)) < share) {
            const real own = c.at[i];
            c.at[i] = c.at[R + i];
            c.at[R + i] = own;
        }
    }
}

/* L += drift·mean D(x)², of B rows in all */
static double drift(double weight, View c, Mat dc, int B)
{
    double sum = 0;
    for (int i = 0; i < c.rows; i++) {
        sum += (double)c.at[i] * (double)c.at[i];
        dc.at[i] += (real)(2 * weight / B) * c.at[i];
    }
    return weight * sum / B;
}

/* The gradient of the mean over several batches is the mean of theirs. */
static void share(const Gan *g, Mat dc)
{
    for (int i = 0; g->accumulate > 1 && i < dc.rows; i++)
        dc.at[i] /= (real)g->accumulate;
}

double d_loss_and_gradient(Gan *g, uint64_t number)
{
    const Mat c = net_output(&g->D, &g->both);
    const int R = c.rows / 2;
    const Mat dc = g->both.dy, d_real = mat_rows(dc, 0, R), d_fake = mat_rows(dc, R, R);
    const Logits logits = { view(mat_rows(c, 0, R)), view(mat_rows(c, R, R)), rows_whole(g) };
    const double weight = g->options->discriminator.drift;

    exchange_labels(g, c, number);
    double loss = objective_d(&g->options->objective, logits, d_real, d_fake);
    exchange_labels(g, dc, number);
    exchange_labels(g, c, number);
    if (weight > 0)
        loss += drift(weight, logits.real, d_real, rows_whole(g));
    share(g, dc);
    return loss;
}

PenaltyValue apply_penalty(Gan *g, View x, View gz, uint64_t number)
{
    const Spec *penalty = &g->options->penalty;
    const PenaltyPoints points = { packed(g, x),  packed(g, gz),
                                   g->points,     rng_draw(g->seed, RNG_POINTS, 0, number),
                                   rows_first(g), rows_whole(g) };
    return penalty_due(penalty, g->updates)
               ? penalty_add(penalty, &g->D, &g->slope, points, 1.0 / g->accumulate)
               : (PenaltyValue){ 0, 0 };
}

void judge(const Gan *g, StepStats *s, View c)
{
    const double whole = rows_whole(g);
    const real SURE = (real)4.59511985; /* σ(SURE) = 0.99 */
    const int R = c.rows / 2;
    double p_real = 0, p_fake = 0;
    int right_real = 0, right_fake = 0, sure = 0;
    for (int i = 0; i < R; i++) {
        const real real_c = c.at[i], fake_c = c.at[R + i];
        p_real += (double)real_logistic(real_c);
        p_fake += (double)real_logistic(fake_c);
        right_real += real_c > 0;
        right_fake += fake_c <= 0;
        sure += (real_fabs(real_c) > SURE) + (real_fabs(fake_c) > SURE);
    }
    s->d_real = p_real / whole;
    s->d_fake = p_fake / whole;
    s->d_accuracy_real = right_real / whole;
    s->d_accuracy_fake = right_fake / whole;
    s->d_saturation = sure / (2 * whole);
}

/* ---- the generator's --------------------------------------------------------------------------------- */

/* ∂L_G/∂G(z) by the logits of D.   [R,mX] */
static View back_from_logits(Gan *g, View x, View gz, double *loss)
{
    Net *D = &g->D;
    Trace *fake = &g->fake;
    Logits c = { .of = rows_whole(g) };

    if (objective_is_relativistic(&g->options->objective)) {
        mat_copy(g->compared, forward(D, fake, packed(g, x))); /* D(x) after D moved [R,1] */
        c.real = view(g->compared);
    }
    c.fake = forward(D, fake, packed(g, gz));                 /* D(G(z))   [R,1] */
    *loss = objective_g(&g->options->objective, c, fake->dy); /* L_G             */
    share(g, fake->dy);                                       /* ∂L_G/∂c   [R,1] */
    return net_backward(D, fake, view(fake->dy), WANT_INPUT);
}

/* mean over rows of f, the output of a layer of D.   out [1,F] */
static void mean_features(Gan *g, View x, Mat out)
{
    forward(&g->D, &g->fake, packed(g, x));
    const View f = view(g->fake.y[g->matched]); /* [R,F] */
    mat_fill(out, 0);
    mat_add_column_sums(out, f);
    if (g->D.data_parallel) {
        comm_start_allreduce(out);
        comm_wait();
    }
    mat_scale(out, 1 / (real)rows_whole(g));
}

/* ∂L_G/∂G(z) of L_G = ‖mean f(G(z)) - mean f(x)‖² (Salimans et al. 2016, §3.1).   [R,mX] */
static View back_from_features(Gan *g, View x, View gz, double *loss)
{
    const Mat of_real = mat_rows(g->features, 0, 1), of_fake = mat_rows(g->features, 1, 1);
    const Mat df = g->d_feature;

    mean_features(g, x, of_real);
    mean_features(g, gz, of_fake);
    for (int j = 0; j < df.cols; j++)
        of_fake.at[j] -= of_real.at[j];
    *loss = mat_norm2(view(of_fake)) * df.rows / rows_whole(g); /* this rank's part */
    mat_scale(of_fake, 2 / (real)(rows_whole(g) * g->accumulate));
    for (int i = 0; i < df.rows; i++)
        mat_copy(mat_rows(df, i, 1), view(of_fake));
    return net_backward_from(&g->D, &g->fake, g->matched, view(df), WANT_INPUT);
}

View g_loss_and_gradient(Gan *g, View x, View gz, double *loss)
{
    return g->features.rows ? back_from_features(g, x, gz, loss) : back_from_logits(g, x, gz, loss);
}
