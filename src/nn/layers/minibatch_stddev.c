/* Minibatch standard deviation: how much the samples of a small group differ, as one more value for D to
 * see; a generator that makes them all alike is found out by it.
 *
 *   σ_v = √(mean over n rows of (x_v - μ_v)² + ε),   s = mean of σ_v over the A values of a sample
 *   y   = [x, s]        for images one more channel that is s everywhere; the same s for all n rows
 *   dx  = dy + (x - μ)/σ · ds/(A·n)                                ds = Σ dy of all places of s
 *   rs  = mean of rσ_v,  rσ_v = mean((x_v - μ_v)·rx_v)/σ_v
 *   rdx = rdy + ((x - μ)/σ·rds + ((rx - R{μ})/σ - (x - μ)·rσ/σ²)·ds)/(A·n)
 *
 * `group` rows are compared with each other, next to each other in the batch; real and fake rows are never
 * compared. Where the batch is not a multiple of it some groups have a few rows more, none has fewer (but
 * for a batch that is smaller): a row on its own would have nothing to differ from.
 * [1] Karras et al. 2017, "Progressive Growing of GANs", §3. */
#include "gantrain/nn/layer.h"

#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "columns.h"

static const double EPSILON =
    1e-8; /* as in the authors' code: keeps √ smooth where all rows agree */

typedef struct StddevOptions {
    int64_t group;
} StddevOptions;

static const Option stddev_options[] = {
    OPT_INT(StddevOptions, group, "4", 2, 65536, "rows that are compared with each other"),
    OPT_END,
};

static Status infer(Layer *l, Error *e)
{
    (void)e;
    l->out = (Shape){ l->in.c + 1, l->in.h, l->in.w };
    return GT_OK;
}

/* Rows that are compared with each other. */
typedef struct Few {
    int row, n;
} Few;

typedef struct Sweep {
    const Layer *l;
    const Pass *p;
    int most, parts; /* rows of a group of the pass, and its parts */
    void (*work)(const Pass *p, Few few);
} Sweep;

static void one_part(void *args, int i)
{
    const Sweep *s = args;
    const int first = i / s->parts * s->most, k = i % s->parts;
    const int rows = s->p->y.rows - first < s->most ? s->p->y.rows - first : s->most;
    const int begin = (int)((int64_t)rows * k / s->parts);
    const int end = (int)((int64_t)rows * (k + 1) / s->parts);
    if (end > begin)
        s->work(s->p, (Few){ first + begin, end - begin });
}

static void sweep(const Layer *l, const Pass *p, void (*work)(const Pass *p, Few few))
{
    const int64_t group = ((const StddevOptions *)l->options)->group;
    const int parts = p->group > group ? (int)(p->group / group) : 1;
    Sweep s = { l, p, p->group, parts, work };
    parallel_for((p->y.rows + p->group - 1) / p->group * parts, one_part, &s);
}

/* ---- statistics of a block of columns ----------------------------------------------------------------- */

typedef struct Stats {
    real mean[COLUMN_BLOCK], sigma[COLUMN_BLOCK];
} Stats;

static Stats statistics(View x, Few few, Columns c)
{
    double mean[COLUMN_BLOCK], square[COLUMN_BLOCK];
    Stats s = { { 0 }, { 0 } };

    columns_moments(x, few.row, few.n, c, mean, square);
    for (int j = 0; j < c.n; j++) {
        s.mean[j] = (real)mean[j];
        s.sigma[j] = (real)sqrt(square[j] / few.n + EPSILON);
    }
    return s;
}

GT_CLONES static void deviations(int n, const Stats *s, const real *x, real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = (x[j] - s->mean[j]) / s->sigma[j];
}

/* R{μ} and rσ of the columns */
static Stats tangents(View x, View rx, const Stats *s, Few few, Columns c)
{
    double mean[COLUMN_BLOCK] = { 0 }, sigma[COLUMN_BLOCK] = { 0 };
    real u[COLUMN_BLOCK];
    Stats r;

    for (int i = 0; i < few.n; i++) {
        deviations(c.n, s, columns_in(x, few.row + i, c), u);
        columns_add(c.n, columns_in(rx, few.row + i, c), mean);
        columns_add_product(c.n, u, columns_in(rx, few.row + i, c), sigma);
    }
    for (int j = 0; j < c.n; j++) {
        r.mean[j] = (real)(mean[j] / few.n);
        r.sigma[j] = (real)(sigma[j] / few.n);
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

/* ---- the value beside the others ---------------------------------------------------------------------- */

/* out = [in, s] in each of the rows */
static void append(View in, Few few, real s, Mat out)
{
    for (int i = few.row; i < few.row + few.n; i++) {
        real *row = mat_rows(out, i, 1).at;
        memcpy(row, view_rows(in, i, 1).at, (size_t)in.cols * sizeof *row);
        for (int j = in.cols; j < out.cols; j++)
            row[j] = s;
    }
}

/* Σ over all places where s stands */
static double sum_appended(View v, int A, Few few)
{
    double sum = 0;
    for (int i = few.row; i < few.row + few.n; i++)
        for (int j = A; j < v.cols; j++)
            sum += (double)view_rows(v, i, 1).at[j];
    return sum;
}

/* ---- the passes ----------------------------------------------------------------------------------------- */

static void forward_few(const Pass *p, Few few)
{
    double sum = 0;
    for (int b = 0; b < column_blocks(p->x.cols); b++) {
        const Columns c = columns_of(p->x.cols, b);
        const Stats s = statistics(p->x, few, c);
        sum += sum_of(s.sigma, c.n);
    }
    append(p->x, few, (real)(sum / p->x.cols), p->y);
}

/* out = in + f·(x - μ)/σ */
GT_CLONES static void add_deviations(int n, const Stats *s, const real *x, real f, const real *in,
                                     real *restrict out)
{
    for (int j = 0; j < n; j++)
        out[j] = in[j] + f * ((x[j] - s->mean[j]) / s->sigma[j]);
}

static void backward_few(const Pass *p, Few few)
{
    const real ds = (real)(sum_appended(p->dy, p->x.cols, few) / p->x.cols / few.n);
    for (int b = 0; b < column_blocks(p->x.cols); b++) {
        const Columns c = columns_of(p->x.cols, b);
        const Stats s = statistics(p->x, few, c);
        for (int i = few.row; i < few.row + few.n; i++)
            add_deviations(c.n, &s, columns_in(p->x, i, c), ds, columns_in(p->dy, i, c),
                           columns_out(p->dx, i, c));
    }
}

static void tangent_forward_few(const Pass *p, Few few)
{
    double sum = 0;
    for (int b = 0; b < column_blocks(p->x.cols); b++) {
        const Columns c = columns_of(p->x.cols, b);
        const Stats s = statistics(p->x, few, c), r = tangents(p->x, p->rx, &s, few, c);
        sum += sum_of(r.sigma, c.n);
    }
    append(p->rx, few, (real)(sum / p->x.cols), p->ry);
}

/* rdx += ds·((rx - R{μ})/σ - (x - μ)·rσ/σ²) */
GT_CLONES static void add_bend(int n, const Stats *s, const Stats *r, const real *x, const real *rx,
                               real ds, real *restrict rdx)
{
    for (int j = 0; j < n; j++) {
        const real u = (x[j] - s->mean[j]) / s->sigma[j];
        rdx[j] += ds * ((rx[j] - r->mean[j] - u * r->sigma[j]) / s->sigma[j]);
    }
}

static void tangent_backward_few(const Pass *p, Few few)
{
    static const real zero[COLUMN_BLOCK];
    const int A = p->x.cols;
    const real ds = (real)(sum_appended(p->dy, A, few) / A / few.n);
    const real rds = p->rdy.rows ? (real)(sum_appended(p->rdy, A, few) / A / few.n) : 0;

    for (int b = 0; b < column_blocks(A); b++) {
        const Columns c = columns_of(A, b);
        const Stats s = statistics(p->x, few, c), r = tangents(p->x, p->rx, &s, few, c);
        for (int i = few.row; i < few.row + few.n; i++) {
            const real *x = columns_in(p->x, i, c);
            const real *rdy = p->rdy.rows ? columns_in(p->rdy, i, c) : zero;
            real *rdx = columns_out(p->rdx, i, c);
            add_deviations(c.n, &s, x, rds, rdy, rdx);
            add_bend(c.n, &s, &r, x, columns_in(p->rx, i, c), ds, rdx);
        }
    }
}

static void forward(const Layer *l, Pass *p)
{
    sweep(l, p, forward_few);
}

static void backward(const Layer *l, Pass *p)
{
    if (p->want & WANT_INPUT)
        sweep(l, p, backward_few);
}

static void tangent_forward(const Layer *l, Pass *p)
{
    sweep(l, p, tangent_forward_few);
}

static void tangent_backward(const Layer *l, Pass *p)
{
    sweep(l, p, tangent_backward_few);
}

const LayerKind layer_minibatch_stddev = {
    .is = { "minibatch_stddev", "adds a value: how much the samples of a group differ",
            "Karras et al. 2017, §3", stddev_options, sizeof(StddevOptions) },
    .flags = LAYER_MIXES_BATCH | LAYER_COMPARES,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .tangent_forward = tangent_forward,
    .tangent_backward = tangent_backward,
};
