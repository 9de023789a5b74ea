/* The one routine for all gradient penalties: four ordinary passes (Pearlmutter's R-operator). */
#include "gantrain/gan/penalty.h"

#include "gantrain/math/vec.h"

int64_t penalty_every(const Spec *penalty)
{
    return ((const Penalty *)penalty->is)->every(penalty->options);
}

bool penalty_due(const Spec *penalty, uint64_t update)
{
    const int64_t every = penalty_every(penalty);
    return every > 0 && (update + 1) % (uint64_t)every == 0;
}

/* P, and u = every·∂P/∂g = every·2φ'(‖g‖²)·g / B for every row.   g, u [B,X] */
static double slope_cost(const Spec *penalty, View g, Mat u)
{
    const Penalty *p = (const Penalty *)penalty->is;
    const double scale = (double)penalty_every(penalty) / g.rows;
    double sum = 0;

    for (int i = 0; i < g.rows; i++) {
        const View gi = view_rows(g, i, 1);
        const SlopeCost cost = p->cost(penalty->options, mat_norm2(gi));
        const real factor = (real)(2 * cost.slope * scale);
        real *ui = mat_rows(u, i, 1).at;
        for (int j = 0; j < g.cols; j++)
            ui[j] = factor * gi.at[j];
        sum += cost.value;
    }
    return sum / g.rows;
}

double penalty_add(const Spec *penalty, Net *D, Trace *t, View points)
{
    net_forward(D, t, points, WANT_TRAINING);
    mat_fill(t->dy, 1); /* S = Σ D(x̂)                    */
    const View g = net_backward(D, t, view(t->dy), WANT_INPUT); /* g = ∂S/∂x̂            [B,X] */
    const double P = slope_cost(penalty, g, t->rx); /* P, and u = ∂P/∂g        [B,X] */
    net_tangent_forward(D, t);                      /* R{y} layer by layer           */
    net_tangent_backward(D, t);                     /* dθ += R{∂S/∂θ}                */
    return P;
}
