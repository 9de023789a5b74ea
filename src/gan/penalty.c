/* The one routine for all gradient penalties: four ordinary passes (Pearlmutter's R-operator). */
#include "gantrain/gan/penalty.h"

#include "gantrain/math/comm.h"
#include "gantrain/math/vec.h"
#include "penalty_options.h"

static const Penalty *row_of(const Spec *penalty)
{
    return (const Penalty *)penalty->is;
}

int64_t penalty_every(const Spec *penalty)
{
    return row_of(penalty)->at ? ((const PenaltyOptions *)penalty->options)->every : 0;
}

bool penalty_due(const Spec *penalty, uint64_t update)
{
    const int64_t every = penalty_every(penalty);
    return every > 0 && (update + 1) % (uint64_t)every == 0;
}

int penalty_places(const Spec *penalty)
{
    return __builtin_popcount(row_of(penalty)->at);
}

bool penalty_makes_points(const Spec *penalty)
{
    return (row_of(penalty)->at & (AT_BETWEEN | AT_AROUND)) != 0;
}

double penalty_bound(const Spec *penalty)
{
    return row_of(penalty)->bound ? row_of(penalty)->bound(penalty->options) : 0;
}

/* ---- points ----------------------------------------------------------------------------------------- */

static real *row_at(Mat m, int i)
{
    return mat_rows(m, i, 1).at;
}

/* One number in (0, 1) for each row, of the stream after the one for values. */
static real of_row(const PenaltyPoints *p, int i)
{
    Draw d = p->draw;
    d.stream++;
    return row_uniform(d, (uint32_t)(p->first + i));
}

static void interpolate(const PenaltyPoints *p)
{
    for (int i = 0; i < p->made.rows; i++) {
        const real e = of_row(p, i);
        const real *x = view_rows(p->real, i, 1).at, *gz = view_rows(p->fake, i, 1).at;
        real *to = row_at(p->made, i);
        for (int j = 0; j < p->made.cols; j++)
            to[j] = e * x[j] + (1 - e) * gz[j];
    }
}

/* Rows of the whole batch. */
static int whole(const PenaltyPoints *p)
{
    return p->of ? p->of : p->real.rows;
}

/* std of all values of x, those of all ranks */
static double deviation(const PenaltyPoints *p)
{
    const View x = p->real;
    const double n = (double)whole(p) * x.cols;
    double sum[] = { 0, mat_norm2(x) };
    for (size_t i = 0; i < (size_t)x.rows * (size_t)x.cols; i++)
        sum[0] += (double)x.at[i];
    if (whole(p) > x.rows)
        comm_sum(sum, 2);
    return sqrt(fmax(sum[1] / n - sum[0] / n * (sum[0] / n), 0));
}

static void perturb(const PenaltyPoints *p, double scale)
{
    const double s = scale * deviation(p);
    mat_uniform(p->made, p->draw, (uint32_t)p->first);
    for (int i = 0; i < p->made.rows; i++) {
        const real step = (real)(s * (double)of_row(p, i));
        const real *x = view_rows(p->real, i, 1).at;
        real *to = row_at(p->made, i);
        for (int j = 0; j < p->made.cols; j++)
            to[j] = x[j] + step * to[j];
    }
}

static View place(const Spec *penalty, const PenaltyPoints *p, unsigned at)
{
    if (at == AT_REAL)
        return p->real;
    if (at == AT_FAKE)
        return p->fake;
    if (at == AT_BETWEEN)
        interpolate(p);
    else
        perturb(p, ((const PenaltyOptions *)penalty->options)->scale);
    return view(p->made);
}

/* ---- the penalty ------------------------------------------------------------------------------------ */

/* P, and u = weight·∂P/∂g = weight·2φ'(‖g‖²)·g / B for every row.   g, u [B,X] */
static PenaltyValue slope_cost(const Spec *penalty, View g, Mat u, double weight, int B)
{
    PenaltyValue sum = { 0, 0 };

    for (int i = 0; i < g.rows; i++) {
        const View gi = view_rows(g, i, 1);
        const double norm2 = mat_norm2(gi);
        const SlopeCost cost = row_of(penalty)->cost(penalty->options, norm2);
        const real factor = (real)(2 * cost.slope * (weight / B));
        real *ui = row_at(u, i);
        for (int j = 0; j < g.cols; j++)
            ui[j] = factor * gi.at[j];
        sum.cost += cost.value;
        sum.norm += sqrt(norm2);
    }
    return (PenaltyValue){ sum.cost / B, sum.norm / B };
}

static PenaltyValue add_at(const Spec *penalty, Net *D, Trace *t, View points, double weight, int B)
{
    net_forward(D, t, points, WANT_TRAINING);
    mat_fill(t->dy, 1); /* S = Σ D(x̂)                           */
    const View g = net_backward(D, t, view(t->dy), WANT_INPUT); /* g = ∂S/∂x̂ [B,X] */
    const PenaltyValue P =
        slope_cost(penalty, g, t->rx, weight, B); /* P, and u = weight·∂P/∂g [B,X] */
    net_tangent_forward(D, t);                    /* R{y} layer by layer           */
    net_tangent_backward(D, t);                   /* dθ += R{∂S/∂θ}                */
    return P;
}

PenaltyValue penalty_add(const Spec *penalty, Net *D, Trace *t, PenaltyPoints points, double share)
{
    const double weight = (double)penalty_every(penalty) * share;
    PenaltyValue sum = { 0, 0 };
    for (int i = 0; i < PLACES; i++)
        if (row_of(penalty)->at >> i & 1) {
            const View at = place(penalty, &points, 1U << i);
            const PenaltyValue P = add_at(penalty, D, t, at, weight, whole(&points));
            sum.cost += P.cost;
            sum.norm = P.norm;
        }
    return sum;
}
