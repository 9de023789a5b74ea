/* Minibatch discrimination: D sees for every sample how near the others of its batch are, in K learnt
 * measures of D dimensions each. Rows of real and fake images are compared with their own kind only.
 *
 *   M = x·Wᵀ [B,D·K],   c_b(i,j) = exp(-Σ_d |M_i,db - M_j,db|),   o_ib = Σ_{j≠i} c_b(i,j),   y = [x, o]
 *   dM_i,db = -Σ_j (do_ib + do_jb)·c_b(i,j)·s_db,            s_db = sign(M_i,db - M_j,db)
 *   dx = dy + dM·W,   dW += dMᵀ·x                            (dy: its part that belongs to x)
 *   rM = rx·Wᵀ,   ro_ib = -Σ_j c_b·e_b,                      e_b = Σ_d s_db·(rM_i,db - rM_j,db)
 *   rdM_i,db = -Σ_j (rdo_ib + rdo_jb - (do_ib + do_jb)·e_b)·c_b·s_db
 *   rdx = rdy + rdM·W,   dW += rdMᵀ·x + dMᵀ·rx
 *
 * Row d·K + b of W makes dimension d of measure b, so that the measures lie side by side: a multiple of 16
 * of them fills the vectors. 48 are half of what the authors take for CIFAR-10, for images that are simpler;
 * comparing all pairs is what this layer costs, and it grows with K·D and the square of the batch.
 * [1] Salimans et al. 2016, "Improved Techniques for Training GANs", §3.2. */
#include "gantrain/nn/layer.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/simd.h"
#include "gantrain/math/vec.h"
#include "gantrain/nn/reparam.h"

enum { WEIGHT };
enum { M, DM, RM, RDM, NOTES }; /* [B,D·K] each, in the cache */
enum { KERNELS_MOST = 256 };
enum { LANES = 16 }; /* measures at a time */

typedef struct DiscriminationOptions {
    int64_t kernels, dims;
    WeightOptions weight;
} DiscriminationOptions;

static const Option discrimination_options[] = {
    OPT_INT(DiscriminationOptions, kernels, "48", 1, KERNELS_MOST,
            "measures of nearness, each one more output"),
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
    l->cache_per_row = NOTES * rows;
    return GT_OK;
}

static Mat note_of(const Layer *l, const Pass *p, int note)
{
    const Mat all = { p->y.rows, l->weight[WEIGHT].value.rows, NULL };
    return (Mat){ all.rows, all.cols, p->cache + (size_t)note * mat_size(all) };
}

/* ---- pairs: [K] for all measures at once -------------------------------------------------------------- */

/* c = exp(-Σ_d |M_i - M_j|);   mi, mj [D,K] */
GT_CLONES static void nearness(int K, int D, const real *mi, const real *mj, real *restrict c)
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

static inline real with_sign_of(real apart, real v)
{
    return apart > 0 ? v : apart < 0 ? -v : 0;
}

/* e = Σ_d s_d·(rM_i - rM_j) */
GT_CLONES static void approach(int K, int D, const real *mi, const real *mj, const real *rmi,
                               const real *rmj, real *restrict e)
{
    for (int b = 0; b < K; b++)
        e[b] = 0;
    for (int d = 0; d < D; d++, mi += K, mj += K, rmi += K, rmj += K)
        for (int b = 0; b < K; b++)
            e[b] += with_sign_of(mi[b] - mj[b], rmi[b] - rmj[b]);
}

/* dM_i -= f·s */
GT_CLONES static void pull(int K, int D, const real *mi, const real *mj, const real *f,
                           real *restrict dmi)
{
    for (int d = 0; d < D; d++, mi += K, mj += K, dmi += K)
        for (int b = 0; b < K; b++)
            dmi[b] -= with_sign_of(mi[b] - mj[b], f[b]);
}

/* ---- one row against the others of its group ---------------------------------------------------------- */

typedef struct Sweep {
    int A, K, D, group; /* values of x, measures, dimensions; rows that are compared */
    View m, rm;         /* [B,D·K]                                                   */
    View in;            /* what is passed on beside                   [B,A] or more  */
    View dy, rdy;       /* [B,A+K]                                                   */
    Mat out, dm;        /* [B,A+K], [B,D·K]                                          */
} Sweep;

static Sweep sweep_of(const Layer *l, const Pass *p)
{
    const DiscriminationOptions *o = l->options;
    return (Sweep){ .A = p->x.cols,
                    .K = (int)o->kernels,
                    .D = (int)o->dims,
                    .group = p->group,
                    .m = view(note_of(l, p, M)),
                    .rm = view(note_of(l, p, RM)),
                    .dy = p->dy,
                    .rdy = p->rdy };
}

/* Rows [first, end) of the group that row i belongs to. */
typedef struct Group {
    int first, end;
} Group;

static Group group_of(const Sweep *s, int i)
{
    const int first = i / s->group * s->group, end = first + s->group;
    return (Group){ first, end < s->m.rows ? end : s->m.rows };
}

static const real *row(View v, int i)
{
    return view_rows(v, i, 1).at;
}

/* y_i = [x_i, Σ_j c] */
static void forward_row(void *args, int i)
{
    const Sweep *s = args;
    const Group g = group_of(s, i);
    real c[KERNELS_MOST], *y = mat_rows(s->out, i, 1).at, *o = y + s->A;

    memcpy(y, row(s->in, i), (size_t)s->A * sizeof *y);
    memset(o, 0, (size_t)s->K * sizeof *o);
    for (int j = g.first; j < g.end; j++) {
        if (j == i)
            continue;
        nearness(s->K, s->D, row(s->m, i), row(s->m, j), c);
        for (int b = 0; b < s->K; b++)
            o[b] += c[b];
    }
}

/* ry_i = [rx_i, -Σ_j c∘e] */
static void tangent_forward_row(void *args, int i)
{
    const Sweep *s = args;
    const Group g = group_of(s, i);
    real c[KERNELS_MOST], e[KERNELS_MOST], *ry = mat_rows(s->out, i, 1).at, *ro = ry + s->A;

    memcpy(ry, row(s->in, i), (size_t)s->A * sizeof *ry);
    memset(ro, 0, (size_t)s->K * sizeof *ro);
    for (int j = g.first; j < g.end; j++) {
        nearness(s->K, s->D, row(s->m, i), row(s->m, j), c);
        approach(s->K, s->D, row(s->m, i), row(s->m, j), row(s->rm, i), row(s->rm, j), e);
        for (int b = 0; b < s->K; b++)
            ro[b] -= c[b] * e[b]; /* e is 0 where j = i */
    }
}

/* dM_i = -Σ_j (do_i + do_j)∘c∘s */
static void backward_row(void *args, int i)
{
    const Sweep *s = args;
    const Group g = group_of(s, i);
    const real *do_i = row(s->dy, i) + s->A;
    real c[KERNELS_MOST], *dm = mat_rows(s->dm, i, 1).at;

    memset(dm, 0, (size_t)s->dm.cols * sizeof *dm);
    for (int j = g.first; j < g.end; j++) {
        const real *do_j = row(s->dy, j) + s->A;
        nearness(s->K, s->D, row(s->m, i), row(s->m, j), c);
        for (int b = 0; b < s->K; b++)
            c[b] *= do_i[b] + do_j[b];
        pull(s->K, s->D, row(s->m, i), row(s->m, j), c, dm); /* s is 0 where j = i */
    }
}

/* rdM_i = -Σ_j (rdo_i + rdo_j - (do_i + do_j)∘e)∘c∘s */
static void tangent_backward_row(void *args, int i)
{
    static const real zero[KERNELS_MOST];
    const Sweep *s = args;
    const Group g = group_of(s, i);
    const real *do_i = row(s->dy, i) + s->A, *rdo_i = s->rdy.rows ? row(s->rdy, i) + s->A : zero;
    real c[KERNELS_MOST], e[KERNELS_MOST], *rdm = mat_rows(s->dm, i, 1).at;

    memset(rdm, 0, (size_t)s->dm.cols * sizeof *rdm);
    for (int j = g.first; j < g.end; j++) {
        const real *do_j = row(s->dy, j) + s->A;
        const real *rdo_j = s->rdy.rows ? row(s->rdy, j) + s->A : zero;
        nearness(s->K, s->D, row(s->m, i), row(s->m, j), c);
        approach(s->K, s->D, row(s->m, i), row(s->m, j), row(s->rm, i), row(s->rm, j), e);
        for (int b = 0; b < s->K; b++)
            c[b] *= rdo_i[b] + rdo_j[b] - (do_i[b] + do_j[b]) * e[b];
        pull(s->K, s->D, row(s->m, i), row(s->m, j), c, rdm);
    }
}

/* out [B,A] = the part of dy that belongs to x; no dy: zero */
static void copy_first(View dy, Mat out)
{
    for (int i = 0; i < out.rows; i++) {
        real *to = mat_rows(out, i, 1).at;
        if (dy.rows)
            memcpy(to, row(dy, i), (size_t)out.cols * sizeof *to);
        else
            memset(to, 0, (size_t)out.cols * sizeof *to);
    }
}

/* ---- the passes ----------------------------------------------------------------------------------------- */

static void forward(const Layer *l, Pass *p)
{
    Sweep s = sweep_of(l, p);

    gemm(N, p->x, T, view(l->weight[WEIGHT].value), 0, note_of(l, p, M)); /* M = x·Wᵀ */
    s.in = p->x;
    s.out = p->y;
    parallel_for(p->y.rows, forward_row, &s);
}

static void backward(const Layer *l, Pass *p)
{
    Sweep s = sweep_of(l, p);

    s.dm = note_of(l, p, DM);
    parallel_for(p->y.rows, backward_row, &s);
    if (p->want & WANT_INPUT) {
        copy_first(p->dy, p->dx);
        gemm(N, view(s.dm), N, view(l->weight[WEIGHT].value), 1, p->dx); /* dx = dy + dM·W */
    }
    if (p->want & WANT_PARAMS)
        pass_add_product(p, WEIGHT, view(s.dm), p->x); /* dW += dMᵀ·x */
}

static void tangent_forward(const Layer *l, Pass *p)
{
    Sweep s = sweep_of(l, p);

    gemm(N, p->rx, T, view(l->weight[WEIGHT].value), 0, note_of(l, p, RM)); /* rM = rx·Wᵀ */
    s.in = p->rx;
    s.out = p->ry;
    parallel_for(p->y.rows, tangent_forward_row, &s);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    Sweep s = sweep_of(l, p);

    s.dm = note_of(l, p, RDM);
    parallel_for(p->y.rows, tangent_backward_row, &s);
    pass_add_product(p, WEIGHT, view(s.dm), p->x);               /* dW += rdMᵀ·x  */
    pass_add_product(p, WEIGHT, view(note_of(l, p, DM)), p->rx); /* dW += dMᵀ·rx  */
    copy_first(p->rdy, p->rdx);
    gemm(N, view(s.dm), N, view(l->weight[WEIGHT].value), 1, p->rdx); /* rdx = rdy + rdM·W */
}

static double flops(const Layer *l)
{
    return 2.0 * shape_size(l->in) * l->weight[WEIGHT].value.rows;
}

const LayerKind layer_minibatch_discrimination = {
    .is = { "minibatch_discrimination", "adds values: how near the rest of the batch is",
            "Salimans et al. 2016, §3.2", discrimination_options, sizeof(DiscriminationOptions) },
    .flags = LAYER_MIXES_BATCH | LAYER_COMPARES,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
    .flops = flops,
};
