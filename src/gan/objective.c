/* Batch means of an objective and their gradients, summed in double in the order of the rows. */
#include "gantrain/gan/objective.h"

#include <assert.h>

enum { PIECE = 256 };

static const Objective *row_of(const Spec *objective)
{
    return (const Objective *)objective->is;
}

static double mean_of(View c)
{
    double sum = 0;
    for (int i = 0; i < c.rows; i++)
        sum += (double)c.at[i];
    return sum / c.rows;
}

/* t of n logits from row i on */
static void relate(Relation relation, View own, View other, double mean, int i, int n, real *t)
{
    for (int j = 0; j < n; j++) {
        const real c = own.at[i + j];
        t[j] = relation == TO_PARTNER ? c - other.at[i + j]
               : relation == TO_MEAN  ? (real)((double)c - mean)
                                      : c;
    }
}

/* mean over rows of f(t), and d[i] = f'(t_i)/B */
static double mean_loss(LogitLoss f, const Spec *objective, View own, View other, Mat d)
{
    assert(own.cols == 1 && d.rows == own.rows);
    const Relation relation = row_of(objective)->relation;
    const double mean = relation == TO_MEAN ? mean_of(other) : 0;
    const int B = own.rows;
    real t[PIECE], value[PIECE];
    double sum = 0;

    for (int i = 0; i < B; i += PIECE) {
        const int n = B - i < PIECE ? B - i : PIECE;
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
static void chain(Relation relation, Mat d_real, Mat d_fake)
{
    if (relation == TO_PARTNER) /* t_fake is -t_real: one term, one t */
        for (int i = 0; i < d_real.rows; i++)
            d_fake.at[i] = -d_real.at[i];
    if (relation == TO_MEAN) {
        const double of_real = sum_of(d_real) / d_real.rows, of_fake = sum_of(d_fake) / d_fake.rows;
        add(d_real, -of_fake);
        add(d_fake, -of_real);
    }
}

double objective_d(const Spec *objective, Logits c, Mat d_real, Mat d_fake)
{
    const Objective *o = row_of(objective);
    double loss = mean_loss(o->d_real, objective, c.real, c.fake, d_real);
    if (o->d_fake)
        loss += mean_loss(o->d_fake, objective, c.fake, c.real, d_fake);
    chain(o->relation, d_real, d_fake);
    return loss;
}

/* mean over rows of g_real(t), and ∂/∂D(G(z)) of it, which every t holds in its mean */
static double loss_of_real(const Spec *objective, Logits c, Mat d_fake)
{
    const double mean = mean_of(c.fake);
    const int B = c.real.rows;
    real t, value, slope;
    double sum = 0, slopes = 0;

    for (int i = 0; i < B; i++) {
        relate(TO_MEAN, c.real, c.fake, mean, i, 1, &t);
        row_of(objective)->g_real(objective->options, 1, &t, &value, &slope);
        sum += (double)value;
        slopes += (double)slope;
    }
    add(d_fake, -slopes / B / B);
    return sum / B;
}

double objective_g(const Spec *objective, Logits c, Mat d_fake)
{
    const Objective *o = row_of(objective);
    const double loss = mean_loss(o->g_fake, objective, c.fake, c.real, d_fake);
    return o->g_real ? loss + loss_of_real(objective, c, d_fake) : loss;
}

bool objective_compares(const Spec *objective)
{
    return row_of(objective)->relation != TO_NOTHING;
}

bool objective_matches(const Spec *objective)
{
    return row_of(objective)->features != NULL;
}

int objective_layer(const Spec *objective)
{
    return row_of(objective)->features(objective->options);
}
