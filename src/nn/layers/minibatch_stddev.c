/* Minibatch standard deviation: appends the standard deviation within a small group of samples as
 * one more value, by which D recognizes a collapsed generator.
 *
 *   σ_v = √(mean over n rows of (x_v - μ_v)² + ε),   s = mean of σ_v over the A values of a sample
 *   y   = [x, s]        for images one more constant channel; the same s for all n rows
 *   dx  = dy + (x - μ)/σ · ds/(A·n)                                ds = Σ dy of all copies of s
 *   rs  = mean of rσ_v,  rσ_v = mean((x_v - μ_v)·rx_v)/σ_v
 *   rdx = rdy + ((x - μ)/σ·rds + ((rx - R{μ})/σ - (x - μ)·rσ/σ²)·ds)/(A·n)
 *
 * `group` consecutive rows form a subset; real and fake rows are never in one. If the batch is not
 * a multiple of `group`, some subsets have a few rows more; none has fewer unless the batch is
 * smaller, because one row has no deviation.
 * [1] Karras et al. 2017, "Progressive Growing of GANs", §3. */
#include "gantrain/nn/layer.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "columns.h"

static const double EPSILON = 1e-8; /* of the authors' code: keeps √ smooth at 0 */

typedef struct StddevOptions {
    int64_t group;
} StddevOptions;

static const Option stddev_options[] = {
    OPT_INT(StddevOptions, group, "4", 2, 65536, "rows in a subset"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->out = (Shape){ l->in.c + 1, l->in.h, l->in.w };
    return GT_OK;
}

/* Rows [row, row + n) of a pass. */
typedef struct Subset {
    int row, n;
} Subset;

/* Subsets of a whole group. */
static int subsets_of(const Layer *l, const Pass *p)
{
    const int64_t size = ((const StddevOptions *)l->options)->group;
    return p->group > size ? (int)(p->group / size) : 1;
}

/* Subset i of the pass; of a last group with fewer rows than subsets some are empty. */
static Subset subset_of(const Layer *l, const Pass *p, int i)
{
    const int subsets = subsets_of(l, p), k = i % subsets, first = i / subsets * p->group;
    const int n = p->y.rows - first < p->group ? p->y.rows - first : p->group;
    const int begin = (int)((int64_t)n * k / subsets);
    const int end = (int)((int64_t)n * (k + 1) / subsets);
    return (Subset){ first + begin, end - begin };
}

static void for_subsets(const Layer *l, const Pass *p, PassWork *work)
{
    pass_for(l, p, (p->y.rows + p->group - 1) / p->group * subsets_of(l, p), work);
}

/* ---- statistics of a block of columns -------------------------------------------------------- */

typedef struct Stats {
    real mean[COLUMN_BLOCK], sigma[COLUMN_BLOCK];
} Stats;

static Stats statistics(View x, Subset rows, Columns c)
{
    double mean[COLUMN_BLOCK], square[COLUMN_BLOCK];
    Stats s = { { 0 }, { 0 } };

    columns_moments(x, rows.row, rows.n, c, mean, square);
    for (int j = 0; j < c.n; j++) {
        s.mean[j] = (real)mean[j];
        s.sigma[j] = (real)sqrt(square[j] / rows.n + EPSILON);
    }
    return s;
}

GT_CLONES static void deviations(int n, const Stats *s, const real *x, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = (x[j] - s->mean[j]) / s->sigma[j];
}

/* R{μ} and rσ of the columns */
static Stats tangents(View x, View rx, const Stats *s, Subset rows, Columns c)
{
    double mean[COLUMN_BLOCK] = { 0 }, sigma[COLUMN_BLOCK] = { 0 };
    real u[COLUMN_BLOCK];
    Stats r;

    for (int i = 0; i < rows.n; i++) {
        deviations(c.n, s, columns_in(x, rows.row + i, c), u);
        columns_add(c.n, columns_in(rx, rows.row + i, c), mean);
        columns_add_product(c.n, u, columns_in(rx, rows.row + i, c), sigma);
    }
    for (int j = 0; j < c.n; j++) {
        r.mean[j] = (real)(mean[j] / rows.n);
        r.sigma[j] = (real)(sigma[j] / rows.n);
    }
    return r;
}

static double sum_of(const real v[COLUMN_BLOCK], int n)
{
    double sum = 0;
    for (int j = 0; j < n; j++)
        sum += (double)v[j];
    return sum;
}

/* ---- the appended value ---------------------------------------------------------------------- */

/* out = [in, s] in each of the rows */
static void append(View in, Subset rows, real s, Mat out)
{
    for (int i = rows.row; i < rows.row + rows.n; i++) {
        real *row = mat_rows(out, i, 1).at;
        memcpy(row, view_rows(in, i, 1).at, (size_t)in.cols * sizeof *row);
        for (int j = in.cols; j < out.cols; j++)
            row[j] = s;
    }
}

/* Σ over all copies of s */
static double sum_appended(View v, int A, Subset rows)
{
    double sum = 0;
    for (int i = rows.row; i < rows.row + rows.n; i++)
        for (int j = A; j < v.cols; j++)
            sum += (double)view_rows(v, i, 1).at[j];
    return sum;
}

static void forward_subset(const Layer *l, const Pass *p, int subset)
{
    const Subset rows = subset_of(l, p, subset);
    double sum = 0;
    for (int b = 0; b < column_blocks(p->x.cols); b++) {
        const Columns c = columns_of(p->x.cols, b);
        const Stats s = statistics(p->x, rows, c);
        sum += sum_of(s.sigma, c.n);
    }
    append(p->x, rows, (real)(sum / p->x.cols), p->y);
}

/* out = in + f·(x - μ)/σ */
GT_CLONES static void add_deviations(int n, const Stats *s, const real *x, real f, const real *in,
                                     real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = in[j] + f * ((x[j] - s->mean[j]) / s->sigma[j]);
}

static void backward_subset(const Layer *l, const Pass *p, int subset)
{
    const Subset rows = subset_of(l, p, subset);
    const real ds = (real)(sum_appended(p->dy, p->x.cols, rows) / p->x.cols / rows.n);
    for (int b = 0; b < column_blocks(p->x.cols); b++) {
        const Columns c = columns_of(p->x.cols, b);
        const Stats s = statistics(p->x, rows, c);
        for (int i = rows.row; i < rows.row + rows.n; i++)
            add_deviations(c.n, &s, columns_in(p->x, i, c), ds, columns_in(p->dy, i, c),
                           columns_out(p->dx, i, c));
    }
}

static void tangent_forward_subset(const Layer *l, const Pass *p, int subset)
{
    const Subset rows = subset_of(l, p, subset);
    double sum = 0;
    for (int b = 0; b < column_blocks(p->x.cols); b++) {
        const Columns c = columns_of(p->x.cols, b);
        const Stats s = statistics(p->x, rows, c), r = tangents(p->x, p->rx, &s, rows, c);
        sum += sum_of(r.sigma, c.n);
    }
    append(p->rx, rows, (real)(sum / p->x.cols), p->ry);
}

/* rdx += ds·((rx - R{μ})/σ - (x - μ)·rσ/σ²) */
GT_CLONES static void add_second_order(int n, const Stats *s, const Stats *r, const real *x,
                                       const real *rx, real ds, real *restrict rdx)
{
    for (int j = 0; j < n; j++) {
        const real u = (x[j] - s->mean[j]) / s->sigma[j];
        rdx[j] += ds * ((rx[j] - r->mean[j] - u * r->sigma[j]) / s->sigma[j]);
    }
}

static void tangent_backward_subset(const Layer *l, const Pass *p, int subset)
{
    const Subset rows = subset_of(l, p, subset);
    static const real zero[COLUMN_BLOCK];
    const int A = p->x.cols;
    const real ds = (real)(sum_appended(p->dy, A, rows) / A / rows.n);
    const real rds = p->rdy.rows ? (real)(sum_appended(p->rdy, A, rows) / A / rows.n) : 0;

    for (int b = 0; b < column_blocks(A); b++) {
        const Columns c = columns_of(A, b);
        const Stats s = statistics(p->x, rows, c), r = tangents(p->x, p->rx, &s, rows, c);
        for (int i = rows.row; i < rows.row + rows.n; i++) {
            const real *x = columns_in(p->x, i, c);
            const real *rdy = p->rdy.rows ? columns_in(p->rdy, i, c) : zero;
            real *rdx = columns_out(p->rdx, i, c);
            add_deviations(c.n, &s, x, rds, rdy, rdx);
            add_second_order(c.n, &s, &r, x, columns_in(p->rx, i, c), ds, rdx);
        }
    }
}

static void forward(const Layer *l, Pass *p)
{
    for_subsets(l, p, forward_subset);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_INPUT)
        for_subsets(l, p, backward_subset);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    for_subsets(l, p, tangent_forward_subset);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    for_subsets(l, p, tangent_backward_subset);
}

const LayerKind layer_minibatch_stddev = {
    .is = { "minibatch_stddev", "appends the standard deviation within a group of samples",
            "Karras et al. 2017, §3", stddev_options, sizeof(StddevOptions) },
    .flags = LAYER_MIXES_BATCH | LAYER_COMPARES,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
