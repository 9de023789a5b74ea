/* Batch means of an objective and their gradients, summed in double in the order of the rows, and where
 * these are a rank's own and a sum decides about each of them, over ranks. */
#include "gantrain/gan/objective.h"

#include <assert.h>

#include "gantrain/math/comm.h"

enum { PIECE = 256 };

static const Objective *row_of(const Spec *objective)
{
    return (const Objective *)objective->is;
}

/* Rows of the whole batch. */
static int whole(Logits c)
{
    return c.of ? c.of : c.fake.rows;
}

/* A sum over the rows of all ranks. */
static double over_ranks(Logits c, double sum)
{
    if (whole(c) > c.fake.rows)
        comm_sum(&sum, 1);
    return sum;
}

static double mean_of(Logits c, View v)
{
    double sum = 0;
    for (int i = 0; i < v.rows; i++)
        sum += (double)v.at[i];
    return over_ranks(c, sum) / whole(c);
}

/* t of n logits from row i on */
static void relate(Relation relation, View own, View other, double mean, int i, int n, real *t)
{
    for (int j = 0; j < n; j++) {
        const real c = own.at[i + j];
        t[j] = relation == PAIRED     ? c - other.at[i + j]
               : relation == AVERAGED ? (real)((double)c - mean)
                                      : c;
    }
}

/* mean over rows of f(t), and d[i] = f'(t_i)/B */
static double mean_loss(LogitLoss f, const Spec *objective, Logits c, bool fake, Mat d)
{
    const View own = fake ? c.fake : c.real, other = fake ? c.real : c.fake;
    const Relation relation = row_of(objective)->relation;
    const double mean = relation == AVERAGED ? mean_of(c, other) : 0;
    const int rows = own.rows, B = whole(c);
    assert(own.cols == 1 && d.rows == rows);
    real t[PIECE], value[PIECE];
    double sum = 0;

    for (int i = 0; i < rows; i += PIECE) {
        const int n = rows - i < PIECE ? rows - i : PIECE;
        relate(relation, own, other, mean, i, n, t);
        f(objective->options, (size_t)n, t, value, d.at + i);
        for (int j = 0; j < n; j++) {
            sum += (double)value[j];
            d.at[i + j] /= (real)B;
        }
    }
    return sum / B;
}

static double sum_of(Mat d)
{
    double sum = 0;
    for (int i = 0; i < d.rows; i++)
        sum += (double)d.at[i];
    return sum;
}

static void add(Mat d, double value)
{
    for (int i = 0; i < d.rows; i++)
        d.at[i] += (real)value;
}

/* What ∂L/∂t means for the logits that t was taken relative to. */
static void chain(Relation relation, Logits c, Mat d_real, Mat d_fake)
{
    if (relation == PAIRED) /* t_fake is -t_real: one term, one t */
        for (int i = 0; i < d_real.rows; i++)
            d_fake.at[i] = -d_real.at[i];
    if (relation == AVERAGED) {
        const double of_real = over_ranks(c, sum_of(d_real)) / whole(c);
        const double of_fake = over_ranks(c, sum_of(d_fake)) / whole(c);
        add(d_real, -of_fake);
        add(d_fake, -of_real);
    }
}

double objective_d(const Spec *objective, Logits c, Mat d_real, Mat d_fake)
{
    const Objective *o = row_of(objective);
    double loss = mean_loss(o->d_real, objective, c, false, d_real);
    if (o->d_fake)
        loss += mean_loss(o->d_fake, objective, c, true, d_fake);
    chain(o->relation, c, d_real, d_fake);
    return loss;
}

/* mean over rows of g_real(t), and ∂/∂D(G(z)) of it, which every t holds in its mean */
static double loss_of_real(const Spec *objective, Logits c, Mat d_fake)
{
    const double mean = mean_of(c, c.fake);
    const int B = whole(c);
    real t, value, slope;
    double sum = 0, slopes = 0;

    for (int i = 0; i < c.real.rows; i++) {
        relate(AVERAGED, c.real, c.fake, mean, i, 1, &t);
        row_of(objective)->g_real(objective->options, 1, &t, &value, &slope);
        sum += (double)value;
        slopes += (double)slope;
    }
    add(d_fake, -over_ranks(c, slopes) / B / B);
    return sum / B;
}

double objective_g(const Spec *objective, Logits c, Mat d_fake)
{
    const Objective *o = row_of(objective);
    const double loss = mean_loss(o->g_fake, objective, c, true, d_fake);
    return o->g_real ? loss + loss_of_real(objective, c, d_fake) : loss;
}

bool objective_is_relativistic(const Spec *objective)
{
    return row_of(objective)->relation != ABSOLUTE;
}

bool objective_matches_features(const Spec *objective)
{
    return row_of(objective)->features != NULL;
}

int objective_layer(const Spec *objective)
{
    return row_of(objective)->features(objective->options);
}
