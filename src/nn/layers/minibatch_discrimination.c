/* Minibatch discrimination: appends to every sample its similarity to the rest of its group, by K
 * trained kernels of D dimensions each. Real and fake rows are groups of their own.
 *
 *   M = x·Wᵀ [B,D·K],   c_b(i,j) = exp(-Σ_d |M_i,db - M_j,db|)
 *   o_ib = Σ_{j≠i} c_b(i,j),   y = [x, o]
 *   dM_i,db = -Σ_j (do_ib + do_jb)·c_b(i,j)·s_db,            s_db = sign(M_i,db - M_j,db)
 *   dx = dy + dM·W,   dW += dMᵀ·x                            (dy: of the columns of x)
 *   rM = rx·Wᵀ,   ro_ib = -Σ_j c_b·e_b,                      e_b = Σ_d s_db·(rM_i,db - rM_j,db)
 *   rdM_i,db = -Σ_j (rdo_ib + rdo_jb - (do_ib + do_jb)·e_b)·c_b·s_db
 *   rdx = rdy + rdM·W,   dW += rdMᵀ·x + dMᵀ·rx
 *
 * Row d·K + b of W computes dimension d of kernel b, so that kernels are contiguous and a multiple
 * of 16 fills the vector registers. The authors use 96 kernels for CIFAR-10. The cost is that of
 * all pairs: K·D times the square of the batch.
 * [1] Salimans et al. 2016, "Improved Techniques for Training GANs", §3.2. */
#include "gantrain/nn/layer.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/simd.h"
#include "gantrain/nn/reparam.h"

enum { WEIGHT };
enum { M, DM, RM, RDM, CACHED }; /* [B,D·K] each, in the cache */
enum { MAX_KERNELS = 256 };
enum { LANES = 16 }; /* kernels at a time */

typedef struct DiscriminationOptions {
    int64_t kernels, dims;
    WeightOptions weight;
} DiscriminationOptions;

static const Option discrimination_options[] = {
    OPT_INT(DiscriminationOptions, kernels, "48", 1, MAX_KERNELS,
            "similarity kernels, one more output each"),
    OPT_INT(DiscriminationOptions, dims, "5", 1, 64, "dimensions of each"),
    OPT_WEIGHT(DiscriminationOptions, weight, "normal"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    const DiscriminationOptions *o = l->options;
    const int in = shape_size(l->in), rows = (int)(o->kernels * o->dims);

    if ((double)rows * in > 1e9)
        return fail(e, GT_ECONFIG, "%d x %d weights are more than 1e9", rows, in);
    l->out = (Shape){ in + (int)o->kernels, 1, 1 };
    TRY(layer_add_weight(l, "weight", rows, in, &o->weight, e));
    l->cache_per_row = CACHED * rows;
    return GT_OK;
}

static Mat cached(const Layer *l, const Pass *p, int which)
{
    const Mat all = { p->y.rows, l->weight[WEIGHT].value.rows, NULL };
    return (Mat){ all.rows, all.cols, p->cache + (size_t)which * mat_size(all) };
}

/* ---- pairs of rows: [K] for all kernels at once ---------------------------------------------- */

/* c = exp(-Σ_d |M_i - M_j|);   mi, mj [D,K] */
GT_CLONES static void similarity(int K, int D, const real *mi, const real *mj, real *restrict c)
{
    int b = 0;
    for (; b + LANES <= K; b += LANES) { /* a block's sums stay in a register */
        real sum[LANES] = { 0 };
        for (int d = 0; d < D; d++)
            for (int k = 0; k < LANES; k++)
                sum[k] -= real_fabs(mi[d * K + b + k] - mj[d * K + b + k]);
        for (int k = 0; k < LANES; k++)
            c[b + k] = sum[k];
    }
    for (; b < K; b++) {
        c[b] = 0;
        for (int d = 0; d < D; d++)
            c[b] -= real_fabs(mi[d * K + b] - mj[d * K + b]);
    }
    for (b = 0; b < K; b++)
        c[b] = real_exp(c[b]);
}

static inline real with_sign_of(real difference, real v)
{
    return difference > 0 ? v : difference < 0 ? -v : 0;
}

/* e = Σ_d s_d·(rM_i - rM_j) */
GT_CLONES static void distance_tangent(int K, int D, const real *mi, const real *mj,
                                       const real *rmi, const real *rmj, real *restrict e)
{
    for (int b = 0; b < K; b++)
        e[b] = 0;
    for (int d = 0; d < D; d++, mi += K, mj += K, rmi += K, rmj += K)
        for (int b = 0; b < K; b++)
            e[b] += with_sign_of(mi[b] - mj[b], rmi[b] - rmj[b]);
}

/* dM_i -= f·s */
GT_CLONES static void subtract_signed(int K, int D, const real *mi, const real *mj, const real *f,
                                      real *restrict dmi)
{
    for (int d = 0; d < D; d++, mi += K, mj += K, dmi += K)
        for (int b = 0; b < K; b++)
            dmi[b] -= with_sign_of(mi[b] - mj[b], f[b]);
}

/* ---- one row with the others of its group ---------------------------------------------------- */

/* Row i and the rows [first, end) of its group. */
typedef struct Pairs {
    int A, K, D, first, end; /* A: values of x */
} Pairs;

static Pairs pairs_of(const Layer *l, const Pass *p, int i)
{
    const DiscriminationOptions *o = l->options;
    const int first = i / p->group * p->group, end = first + p->group;
    return (Pairs){ .A = p->x.cols,
                    .K = (int)o->kernels,
                    .D = (int)o->dims,
                    .first = first,
                    .end = end < p->y.rows ? end : p->y.rows };
}

static const real *row(View v, int i)
{
    return view_rows(v, i, 1).at;
}

/* y_i = [x_i, Σ_j c] */
static void forward_row(const Layer *l, const Pass *p, int i)
{
    const View m = view(cached(l, p, M));
    const Pairs q = pairs_of(l, p, i);
    real c[MAX_KERNELS], *y = mat_rows(p->y, i, 1).at, *o = y + q.A;

    memcpy(y, row(p->x, i), (size_t)q.A * sizeof *y);
    memset(o, 0, (size_t)q.K * sizeof *o);
    for (int j = q.first; j < q.end; j++) {
        if (j == i)
            continue;
        similarity(q.K, q.D, row(m, i), row(m, j), c);
        for (int b = 0; b < q.K; b++)
            o[b] += c[b];
    }
}

/* ry_i = [rx_i, -Σ_j c∘e] */
static void tangent_forward_row(const Layer *l, const Pass *p, int i)
{
    const View m = view(cached(l, p, M)), rm = view(cached(l, p, RM));
    const Pairs q = pairs_of(l, p, i);
    real c[MAX_KERNELS], e[MAX_KERNELS], *ry = mat_rows(p->ry, i, 1).at, *ro = ry + q.A;

    memcpy(ry, row(p->rx, i), (size_t)q.A * sizeof *ry);
    memset(ro, 0, (size_t)q.K * sizeof *ro);
    for (int j = q.first; j < q.end; j++) {
        similarity(q.K, q.D, row(m, i), row(m, j), c);
        distance_tangent(q.K, q.D, row(m, i), row(m, j), row(rm, i), row(rm, j), e);
        for (int b = 0; b < q.K; b++)
            ro[b] -= c[b] * e[b]; /* e is 0 where j = i */
    }
}

/* dM_i = -Σ_j (do_i + do_j)∘c∘s */
static void backward_row(const Layer *l, const Pass *p, int i)
{
    const View m = view(cached(l, p, M));
    const Pairs q = pairs_of(l, p, i);
    const real *do_i = row(p->dy, i) + q.A;
    real c[MAX_KERNELS], *dm = mat_rows(cached(l, p, DM), i, 1).at;

    memset(dm, 0, (size_t)m.cols * sizeof *dm);
    for (int j = q.first; j < q.end; j++) {
        const real *do_j = row(p->dy, j) + q.A;
        similarity(q.K, q.D, row(m, i), row(m, j), c);
        for (int b = 0; b < q.K; b++)
            c[b] *= do_i[b] + do_j[b];
        subtract_signed(q.K, q.D, row(m, i), row(m, j), c, dm); /* s is 0 where j = i */
    }
}

/* rdM_i = -Σ_j (rdo_i + rdo_j - (do_i + do_j)∘e)∘c∘s */
static void tangent_backward_row(const Layer *l, const Pass *p, int i)
{
    static const real zero[MAX_KERNELS];
    const View m = view(cached(l, p, M)), rm = view(cached(l, p, RM));
    const Pairs q = pairs_of(l, p, i);
    const real *do_i = row(p->dy, i) + q.A, *rdo_i = p->rdy.rows ? row(p->rdy, i) + q.A : zero;
    real c[MAX_KERNELS], e[MAX_KERNELS], *rdm = mat_rows(cached(l, p, RDM), i, 1).at;

    memset(rdm, 0, (size_t)m.cols * sizeof *rdm);
    for (int j = q.first; j < q.end; j++) {
        const real *do_j = row(p->dy, j) + q.A;
        const real *rdo_j = p->rdy.rows ? row(p->rdy, j) + q.A : zero;
        similarity(q.K, q.D, row(m, i), row(m, j), c);
        distance_tangent(q.K, q.D, row(m, i), row(m, j), row(rm, i), row(rm, j), e);
        for (int b = 0; b < q.K; b++)
            c[b] *= rdo_i[b] + rdo_j[b] - (do_i[b] + do_j[b]) * e[b];
        subtract_signed(q.K, q.D, row(m, i), row(m, j), c, rdm);
    }
}

/* out [B,A] = the columns of x in dy; no dy: zero */
static void copy_first_columns(View dy, Mat out)
{
    for (int i = 0; i < out.rows; i++) {
        real *to = mat_rows(out, i, 1).at;
        if (dy.rows)
            memcpy(to, row(dy, i), (size_t)out.cols * sizeof *to);
        else
            memset(to, 0, (size_t)out.cols * sizeof *to);
    }
}

static void forward(const Layer *l, Pass *p)
{
    gemm(N, p->x, T, view(l->weight[WEIGHT].value), 0, cached(l, p, M)); /* M = x·Wᵀ */
    pass_for(l, p, p->y.rows, forward_row);
}

static void backward(const Layer *l, Pass *p)
{
    const View dm = view(cached(l, p, DM));

    pass_for(l, p, p->y.rows, backward_row);
    if (p->want & WANT_INPUT) {
        copy_first_columns(p->dy, p->dx);
        gemm(N, dm, N, view(l->weight[WEIGHT].value), 1, p->dx); /* dx = dy + dM·W */
    }
    if (p->want & WANT_PARAMS)
        pass_add_product(p, WEIGHT, dm, p->x); /* dW += dMᵀ·x */
}

static void tangent_forward(const Layer *l, Pass *p)
{
    gemm(N, p->rx, T, view(l->weight[WEIGHT].value), 0, cached(l, p, RM)); /* rM = rx·Wᵀ */
    pass_for(l, p, p->y.rows, tangent_forward_row);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    const View dm = view(cached(l, p, DM)), rdm = view(cached(l, p, RDM));

    pass_for(l, p, p->y.rows, tangent_backward_row);
    pass_add_product(p, WEIGHT, rdm, p->x); /* dW += rdMᵀ·x */
    pass_add_product(p, WEIGHT, dm, p->rx); /* dW += dMᵀ·rx */
    copy_first_columns(p->rdy, p->rdx);
    gemm(N, rdm, N, view(l->weight[WEIGHT].value), 1, p->rdx); /* rdx = rdy + rdM·W */
}

const LayerKind layer_minibatch_discrimination = {
    .is = { "minibatch_discrimination",
            "appends the similarity of each sample to the rest of the batch",
            "Salimans et al. 2016, §3.2", discrimination_options, sizeof(DiscriminationOptions) },
    .flags = LAYER_MIXES_BATCH | LAYER_COMPARES,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
