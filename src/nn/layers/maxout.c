/* Maxout: the largest of `pieces` affine maps, for each of U units. Output u of piece k is row k·U + u of W,
 * so that the pieces of all units lie side by side.
 *
 *   forward            a  = x·Wᵀ + b  [B,K·U],   y_u = max_k a_{k,u},  the first of equal ones
 *   backward           da = dy where a piece won, else 0;  dx = da·W,  dW += daᵀ·x,  db += Σ da
 *   tangent forward    ra = rx·Wᵀ,   ry_u = ra of the piece that won
 *   tangent backward   rda = rdy where a piece won;  rdx = rda·W,  dW += rdaᵀ·x + daᵀ·rx,  db += Σ rda
 *
 * [1] Goodfellow et al. 2013, "Maxout Networks", §2. */
#include "gantrain/nn/layer.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/reparam.h"

enum { WEIGHT, BIAS };

typedef struct MaxoutOptions {
    int64_t units, pieces;
    WeightOptions weight;
} MaxoutOptions;

static const Option maxout_options[] = {
    OPT_INT(MaxoutOptions, units, "240", 1, 1 << 20, "outputs"),
    OPT_INT(MaxoutOptions, pieces, "5", 2, 64, "affine maps that each output is the largest of"),
    OPT_WEIGHT(MaxoutOptions, weight, "xavier"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const MaxoutOptions *o = l->options;
    const int in = shape_size(l->in);
    const double rows = (double)o->units * (double)o->pieces;

    if (rows * in > 1e9)
        return fail(e, GT_ECONFIG, "%.0f x %d weights are more than 1e9", rows, in);
    l->out = (Shape){ (int)o->units, 1, 1 };
    TRY(layer_add_weight(l, "weight", (int)rows, in, &o->weight, e));
    layer_add_param(l, "bias", 1, 1, (int)rows, NULL, 0);
    l->cache_per_row = (int)o->units + (int)rows;
    return GT_OK;
}

/* The cache: which piece won [B,U], and room for what belongs to all pieces [B,K·U]. */
static Mat winners_of(const Pass *p)
{
    return (Mat){ p->y.rows, p->y.cols, p->cache };
}

static Mat pieces_of(const Layer *l, const Pass *p)
{
    return (Mat){ p->y.rows, l->weight[WEIGHT].value.rows, p->cache + mat_size(p->y) };
}

/* ---- between pieces and units ------------------------------------------------------------------------ */

/* a beats y when it is larger; a NaN is kept, so that it is seen */
GT_CLONES static void challenge(int n, const real *a, real piece, real *restrict y,
                                real *restrict winner)
{
    for (int u = 0; u < n; u++) {
        const bool wins = a[u] > y[u] || isnan(a[u]);
        y[u] = wins ? a[u] : y[u];
        winner[u] = wins ? piece : winner[u];
    }
}

GT_CLONES static void give_to_winner(int n, const real *winner, real piece, const real *dy,
                                     real *restrict da)
{
    for (int u = 0; u < n; u++)
        da[u] = winner[u] >= piece && winner[u] <= piece ? dy[u] : 0;
}

GT_CLONES static void take_from_winner(int n, const real *winner, real piece, const real *ra,
                                       real *restrict ry)
{
    for (int u = 0; u < n; u++)
        ry[u] = winner[u] >= piece && winner[u] <= piece ? ra[u] : ry[u];
}

/* What moves between [B,U] and [B,K·U]. */
typedef struct Sweep {
    Mat winner, pieces; /* [B,U], [B,K·U] */
    View from;          /* [B,U]          */
    Mat to;             /* [B,U]          */
} Sweep;

static int pieces_in(const Sweep *s)
{
    return s->pieces.cols / s->winner.cols;
}

static void choose_row(void *args, int i)
{
    const Sweep *s = args;
    const int U = s->winner.cols;
    real *y = mat_rows(s->to, i, 1).at, *winner = mat_rows(s->winner, i, 1).at;
    const real *a = mat_rows(s->pieces, i, 1).at;

    mat_copy((Mat){ 1, U, y }, (View){ 1, U, a });
    mat_fill((Mat){ 1, U, winner }, 0);
    for (int k = 1; k < pieces_in(s); k++)
        challenge(U, a + (size_t)k * (size_t)U, (real)k, y, winner);
}

static void spread_row(void *args, int i)
{
    const Sweep *s = args;
    const int U = s->winner.cols;
    for (int k = 0; k < pieces_in(s); k++)
        give_to_winner(U, mat_rows(s->winner, i, 1).at, (real)k, view_rows(s->from, i, 1).at,
                       mat_rows(s->pieces, i, 1).at + (size_t)k * (size_t)U);
}

static void gather_row(void *args, int i)
{
    const Sweep *s = args;
    const int U = s->winner.cols;
    for (int k = 0; k < pieces_in(s); k++)
        take_from_winner(U, mat_rows(s->winner, i, 1).at, (real)k,
                         mat_rows(s->pieces, i, 1).at + (size_t)k * (size_t)U,
                         mat_rows(s->to, i, 1).at);
}

/* [B,K·U] with `values` [B,U] where a piece won, else 0 */
static View spread(const Layer *l, const Pass *p, View values)
{
    Sweep s = { .winner = winners_of(p), .pieces = pieces_of(l, p), .from = values };
    parallel_for(values.rows, spread_row, &s);
    return view(s.pieces);
}

/* ---- the passes ---------------------------------------------------------------------------------------- */

static void forward(const Layer *l, Pass *p)
{
    const View W = view(l->weight[WEIGHT].value), b = view(l->param[BIAS].value);
    Sweep s = { .winner = winners_of(p), .pieces = pieces_of(l, p), .to = p->y };

    gemm_row(N, p->x, T, W, b, s.pieces, NULL); /* a = x·Wᵀ + b [B,in]·[in,K·U] */
    parallel_for(p->y.rows, choose_row, &s);
}

static void backward(const Layer *l, Pass *p)
{
    const View da = spread(l, p, p->dy);

    if (p->want & WANT_INPUT)
        gemm(N, da, N, view(l->weight[WEIGHT].value), 0, p->dx); /* dx = da·W [B,K·U]·[K·U,in] */
    if (p->want & WANT_PARAMS) {
        pass_add_product(p, WEIGHT, da, p->x); /* dW += daᵀ·x [K·U,B]·[B,in] */
        pass_add_sums(p, BIAS, da);            /* db += Σ da      [1,K·U]    */
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    Sweep s = { .winner = winners_of(p), .pieces = pieces_of(l, p), .to = p->ry };

    gemm(N, p->rx, T, view(l->weight[WEIGHT].value), 0, s.pieces); /* ra = rx·Wᵀ [B,K·U] */
    parallel_for(p->y.rows, gather_row, &s);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    pass_add_product(p, WEIGHT, spread(l, p, p->dy), p->rx); /* dW += daᵀ·rx [K·U,B]·[B,in] */
    p->rdx_zero = !p->rdy.rows;
    if (p->rdx_zero)
        return;
    const View rda = spread(l, p, p->rdy);
    pass_add_product(p, WEIGHT, rda, p->x); /* dW += rdaᵀ·x [K·U,B]·[B,in] */
    pass_add_sums(p, BIAS, rda);            /* db += Σ rda         [1,K·U] */
    gemm(N, rda, N, view(l->weight[WEIGHT].value), 0, p->rdx); /* rdx = rda·W [B,K·U]·[K·U,in] */
}

static double flops(const Layer *l)
{
    return 2.0 * shape_size(l->in) * l->weight[WEIGHT].value.rows;
}

const LayerKind layer_maxout = {
    .is = { "maxout", "the largest of several affine maps, for each unit",
            "Goodfellow et al. 2013, §2", maxout_options, sizeof(MaxoutOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .flops = flops,
};
