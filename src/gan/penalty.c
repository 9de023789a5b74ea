/* One routine for all gradient penalties: four ordinary passes (Pearlmutter's R-operator). */
#include "gantrain/gan/penalty.h"

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"

static const Penalty *row_of(const Spec *penalty)
{
    return (const Penalty *)penalty->is;
}

int64_t penalty_every(const Spec *penalty)
{
    return row_of(penalty)->points ? ((const PenaltyOptions *)penalty->options)->every : 0;
}

unsigned penalty_points(const Spec *penalty)
{
    return row_of(penalty)->points;
}

double penalty_clip_limit(const Spec *penalty)
{
    return row_of(penalty)->clips ? ((const PenaltyOptions *)penalty->options)->limit : 0;
}

static int global_batch(const PenaltyInputs *in)
{
    return in->global_batch ? in->global_batch : in->real.rows;
}

/* ε or α of a row, from the stream after that of u. */
static real row_factor(const PenaltyInputs *in, int row)
{
    Draw d = in->draw;
    d.stream++;
    return row_uniform(d, (uint32_t)(in->row_offset + row));
}

static void interpolate(const PenaltyInputs *in)
{
    for (int i = 0; i < in->points.rows; i++) {
        const real e = row_factor(in, i);
        const real *x = view_rows(in->real, i, 1).at, *gz = view_rows(in->fake, i, 1).at;
        real *point = mat_rows(in->points, i, 1).at;
        for (int j = 0; j < in->points.cols; j++)
            point[j] = e * x[j] + (1 - e) * gz[j];
    }
}

/* Standard deviation of all values of x, over all ranks. */
static double standard_deviation(const PenaltyInputs *in)
{
    const View x = in->real;
    const double n = (double)global_batch(in) * x.cols;
    double sum[] = { 0, mat_norm2(x) };
    for (size_t i = 0; i < (size_t)x.rows * (size_t)x.cols; i++)
        sum[0] += (double)x.at[i];
    if (global_batch(in) > x.rows)
        comm_sum(sum, 2);
    return sqrt(fmax(sum[1] / n - sum[0] / n * (sum[0] / n), 0));
}

static void perturb(const PenaltyInputs *in, double scale)
{
    const double s = scale * standard_deviation(in);
    mat_uniform(in->points, in->draw, (uint32_t)in->row_offset);
    for (int i = 0; i < in->points.rows; i++) {
        const real step = (real)(s * (double)row_factor(in, i));
        const real *x = view_rows(in->real, i, 1).at;
        real *point = mat_rows(in->points, i, 1).at;
        for (int j = 0; j < in->points.cols; j++)
            point[j] = x[j] + step * point[j];
    }
}

static View choose_points(const Spec *penalty, const PenaltyInputs *in, unsigned kind)
{
    if (kind == POINTS_REAL)
        return in->real;
    if (kind == POINTS_FAKE)
        return in->fake;
    if (kind == POINTS_INTERPOLATED)
        interpolate(in);
    else
        perturb(in, ((const PenaltyOptions *)penalty->options)->scale);
    return view(in->points);
}

/* P, and u = weight·∂P/∂g = weight·2φ'(‖g‖²)·g / B for every row.   g, u [B,X] */
static PenaltyValue mean_phi(const Spec *penalty, View g, Mat u, double weight, int B)
{
    PenaltyValue sum = { 0, 0 };

    for (int i = 0; i < g.rows; i++) {
        const View gi = view_rows(g, i, 1);
        const double norm2 = mat_norm2(gi);
        const Phi phi = row_of(penalty)->phi(penalty->options, norm2);
        const real factor = (real)(2 * phi.slope * (weight / B));
        real *ui = mat_rows(u, i, 1).at;
        for (int j = 0; j < g.cols; j++)
            ui[j] = factor * gi.at[j];
        sum.cost += phi.value;
        sum.gradient_norm += sqrt(norm2);
    }
    return (PenaltyValue){ sum.cost / B, sum.gradient_norm / B };
}

static PenaltyValue add_at(const Spec *penalty, Net *D, Trace *t, View points, double weight, int B)
{
    net_forward(D, t, points, WANT_TRAINING);
    mat_fill(t->dy, 1);                                         /* S = Σ D(x̂)                 */
    const View g = net_backward(D, t, view(t->dy), WANT_INPUT); /* g = ∂S/∂x̂           [B,X] */
    const PenaltyValue P = mean_phi(penalty, g, t->rx, weight, B); /* P; u = weight·∂P/∂g   [B,X] */
    net_tangent_forward(D, t);                                     /* R{y} layer by layer         */
    net_tangent_backward(D, t); /* dθ += R{∂S/∂θ}              */
    return P;
}

PenaltyValue penalty_add(const Spec *penalty, Net *D, Trace *t, PenaltyInputs in, double weight)
{
    PenaltyValue sum = { 0, 0 };
    weight *= (double)penalty_every(penalty);
    for (int i = 0; i < POINT_KINDS; i++)
        if (row_of(penalty)->points >> i & 1) {
            const View points = choose_points(penalty, &in, 1U << i);
            const PenaltyValue P = add_at(penalty, D, t, points, weight, global_batch(&in));
            sum.cost += P.cost;
            sum.gradient_norm = P.gradient_norm;
        }
    return sum;
}
