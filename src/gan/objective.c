/* Batch means of an objective and their gradients, summed in double in the order of the rows. */
#include "gantrain/gan/objective.h"

#include <assert.h>

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"

enum { CHUNK = 256 }; /* logits of one call of a LogitLoss */

static const Objective *row_of(const Spec *objective)
{
    return (const Objective *)objective->is;
}

static int global_rows(Outputs c)
{
    return c.global_rows ? c.global_rows : c.fake.rows;
}

static double sum_over_ranks(Outputs c, double sum)
{
    if (global_rows(c) > c.fake.rows)
        comm_sum(&sum, 1);
    return sum;
}

static double column_mean(Outputs c, View v)
{
    double sum = 0;
    for (int i = 0; i < v.rows; i++)
        sum += (double)v.at[i];
    return sum_over_ranks(c, sum) / global_rows(c);
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
static double mean_loss(LogitLoss f, const Spec *objective, Outputs c, bool fake, Mat d)
{
    const View own = fake ? c.fake : c.real, other = fake ? c.real : c.fake;
    const Relation relation = row_of(objective)->relation;
    const double mean = relation == AVERAGED ? column_mean(c, other) : 0;
    const int rows = own.rows, B = global_rows(c);
    assert(own.cols == 1 && d.rows == rows);
    real t[CHUNK], value[CHUNK];
    double sum = 0;

    for (int i = 0; i < rows; i += CHUNK) {
        const int n = rows - i < CHUNK ? rows - i : CHUNK;
        relate(relation, own, other, mean, i, n, t);
        f(objective->options, (size_t)n, t, value, d.at + i);
        for (int j = 0; j < n; j++) {
            sum += (double)value[j];
            d.at[i + j] /= (real)B;
        }
    }
    return sum / B;
}

static void add_to_rows(Mat d, double value)
{
    for (int i = 0; i < d.rows; i++)
        d.at[i] += (real)value;
}

/* The chain rule from ∂L/∂t to the logits c' of the other kind that t contains. */
static void add_through_relation(Relation relation, Outputs c, Mat d_real, Mat d_fake)
{
    if (relation == PAIRED) /* t_fake is -t_real: one term, one t */
        for (int i = 0; i < d_real.rows; i++)
            d_fake.at[i] = -d_real.at[i];
    if (relation == AVERAGED) {
        const double mean_real = column_mean(c, view(d_real));
        const double mean_fake = column_mean(c, view(d_fake));
        add_to_rows(d_real, -mean_fake);
        add_to_rows(d_fake, -mean_real);
    }
}

double objective_d(const Spec *objective, Outputs c, Mat d_real, Mat d_fake)
{
    const Objective *o = row_of(objective);
    double loss = mean_loss(o->d_real, objective, c, false, d_real);
    if (o->d_fake)
        loss += mean_loss(o->d_fake, objective, c, true, d_fake);
    add_through_relation(o->relation, c, d_real, d_fake);
    return loss;
}

/* mean over rows of g_real(t); D(G(z)) is in the mean of every t. */
static double mean_loss_of_real(const Spec *objective, Outputs c, Mat d_fake)
{
    const double mean = column_mean(c, c.fake);
    const int B = global_rows(c);
    real t, value, slope;
    double sum = 0, slopes = 0;

    for (int i = 0; i < c.real.rows; i++) {
        relate(AVERAGED, c.real, c.fake, mean, i, 1, &t);
        row_of(objective)->g_real(objective->options, 1, &t, &value, &slope);
        sum += (double)value;
        slopes += (double)slope;
    }
    add_to_rows(d_fake, -sum_over_ranks(c, slopes) / B / B);
    return sum / B;
}

double objective_g(const Spec *objective, Outputs c, int batches, Mat d_fake)
{
    const Objective *o = row_of(objective);
    if (o->g_features)
        return o->g_features(c, batches, d_fake);
    double loss = mean_loss(o->g_fake, objective, c, true, d_fake);
    if (o->g_real)
        loss += mean_loss_of_real(objective, c, d_fake);
    mat_divide(d_fake, (real)batches);
    return loss;
}

bool objective_is_relativistic(const Spec *objective)
{
    return row_of(objective)->relation != ABSOLUTE;
}

bool objective_matches_features(const Spec *objective)
{
    return row_of(objective)->g_features != NULL;
}

bool objective_g_reads_real(const Spec *objective)
{
    return objective_is_relativistic(objective) || objective_matches_features(objective);
}

int objective_g_layer(const Spec *objective, int n)
{
    const Objective *o = row_of(objective);
    const int layer = o->feature_layer ? o->feature_layer(objective->options) : n - 1;
    return layer < 0 ? n - 2 : layer;
}
