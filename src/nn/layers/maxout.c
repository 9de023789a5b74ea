/* Maxout: the maximum of K affine maps ("pieces") for each of U units. Output u of piece k is row
 * k·U + u of W, so that the units of a piece are contiguous.
 *
 *   forward            a  = x·Wᵀ + b  [B,K·U],   y_u = max_k a_{k,u},  the first on ties
 *   backward           da = dy for the winning piece, else 0;  dx = da·W,  dW += daᵀ·x,  db += Σ da
 *   tangent forward    ra = rx·Wᵀ,   ry_u = ra of the winning piece
 *   tangent backward   rda = rdy for the winning piece;  rdx = rda·W,
 *                      dW += rdaᵀ·x + daᵀ·rx,  db += Σ rda
 *
 * [1] Goodfellow et al. 2013, "Maxout Networks", §2. */
#include "gantrain/nn/layer.h"

#include "gantrain/base/clones.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/reparam.h"

enum { WEIGHT, BIAS };

typedef struct MaxoutOptions {
    int64_t units, pieces;
    WeightOptions weight;
} MaxoutOptions;

static const Option maxout_options[] = {
    OPT_INT(MaxoutOptions, units, "240", 1, 1 << 20, "outputs"),
    OPT_INT(MaxoutOptions, pieces, "5", 2, 64, "affine maps whose maximum is an output"),
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

/* The cache: the winning pieces [B,U], and a buffer for all pieces [B,K·U]. */
static Mat winners_of(const Pass *p)
{
    return (Mat){ p->y.rows, p->y.cols, p->cache };
}

static Mat pieces_of(const Layer *l, const Pass *p)
{
    return (Mat){ p->y.rows, l->weight[WEIGHT].value.rows, p->cache + mat_size(p->y) };
}

/* y = max(y, a); a NaN wins, so that it is not lost */
GT_CLONES static void take_maximum(int n, const real *a, real piece, real *restrict y,
                                   real *restrict winner)
{
    for (int u = 0; u < n; u++) {
        const bool wins = a[u] > y[u] || isnan(a[u]);
        y[u] = wins ? a[u] : y[u];
        winner[u] = wins ? piece : winner[u];
    }
}

GT_CLONES static void scatter_to_winner(int n, const real *winner, real piece, const real *dy,
                                        real *restrict da)
{
    for (int u = 0; u < n; u++)
        da[u] = winner[u] >= piece && winner[u] <= piece ? dy[u] : 0;
}

GT_CLONES static void gather_from_winner(int n, const real *winner, real piece, const real *ra,
                                         real *restrict ry)
{
    for (int u = 0; u < n; u++)
        ry[u] = winner[u] >= piece && winner[u] <= piece ? ra[u] : ry[u];
}

/* y and the winners of a row */
static void maximum_row(const Layer *l, const Pass *p, int i)
{
    const int U = p->y.cols, K = pieces_of(l, p).cols / U;
    const real *a = mat_rows(pieces_of(l, p), i, 1).at;
    const Mat y = mat_rows(p->y, i, 1), winner = mat_rows(winners_of(p), i, 1);

    mat_copy(y, (View){ 1, U, a });
    mat_fill(winner, 0);
    for (int k = 1; k < K; k++)
        take_maximum(U, a + (size_t)k * (size_t)U, (real)k, y.at, winner.at);
}

/* row i of [B,K·U] = `values` [U] for the winning pieces, else 0 */
static void scatter_row(const Layer *l, const Pass *p, int i, View values)
{
    const int U = p->y.cols, K = pieces_of(l, p).cols / U;
    real *to = mat_rows(pieces_of(l, p), i, 1).at;
    for (int k = 0; k < K; k++, to += U)
        scatter_to_winner(U, mat_rows(winners_of(p), i, 1).at, (real)k, view_rows(values, i, 1).at,
                          to);
}

static void scatter_dy_row(const Layer *l, const Pass *p, int i)
{
    scatter_row(l, p, i, p->dy);
}

static void scatter_rdy_row(const Layer *l, const Pass *p, int i)
{
    scatter_row(l, p, i, p->rdy);
}

static void gather_ry_row(const Layer *l, const Pass *p, int i)
{
    const int U = p->y.cols, K = pieces_of(l, p).cols / U;
    const real *ra = mat_rows(pieces_of(l, p), i, 1).at;
    for (int k = 0; k < K; k++, ra += U)
        gather_from_winner(U, mat_rows(winners_of(p), i, 1).at, (real)k, ra,
                           mat_rows(p->ry, i, 1).at);
}

static void forward(const Layer *l, Pass *p)
{
    const View W = view(l->weight[WEIGHT].value), b = view(l->param[BIAS].value);

    gemm_row(N, p->x, T, W, b, pieces_of(l, p), NULL); /* a = x·Wᵀ + b [B,in]·[in,K·U] */
    pass_for(l, p, p->y.rows, maximum_row);
}

static void backward(const Layer *l, Pass *p)
{
    const View da = view(pieces_of(l, p));

    pass_for(l, p, p->y.rows, scatter_dy_row);
    if (p->want & WANT_INPUT)
        gemm(N, da, N, view(l->weight[WEIGHT].value), 0, p->dx); /* dx = da·W [B,K·U]·[K·U,in] */
    if (p->want & WANT_PARAMS) {
        pass_add_product(p, WEIGHT, da, p->x); /* dW += daᵀ·x [K·U,B]·[B,in] */
        pass_add_sums(p, BIAS, da);            /* db += Σ da      [1,K·U]    */
    }
}

static void tangent_forward(const Layer *l, Pass *p)
{
    gemm(N, p->rx, T, view(l->weight[WEIGHT].value), 0, pieces_of(l, p)); /* ra = rx·Wᵀ [B,K·U] */
    pass_for(l, p, p->y.rows, gather_ry_row);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    const View da = view(pieces_of(l, p)), rda = da; /* one buffer */

    pass_for(l, p, p->y.rows, scatter_dy_row);
    pass_add_product(p, WEIGHT, da, p->rx); /* dW += daᵀ·rx [K·U,B]·[B,in] */
    p->rdx_zero = !p->rdy.rows;
    if (p->rdx_zero)
        return;
    pass_for(l, p, p->y.rows, scatter_rdy_row);
    pass_add_product(p, WEIGHT, rda, p->x); /* dW += rdaᵀ·x [K·U,B]·[B,in] */
    pass_add_sums(p, BIAS, rda);            /* db += Σ rda         [1,K·U] */
    gemm(N, rda, N, view(l->weight[WEIGHT].value), 0, p->rdx); /* rdx = rda·W [B,K·U]·[K·U,in] */
}

const LayerKind layer_maxout = {
    .is = { "maxout", "the maximum of several affine maps, for each unit",
            "Goodfellow et al. 2013, §2", maxout_options, sizeof(MaxoutOptions) },
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
