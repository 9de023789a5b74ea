/* The table of reparametrisations. W [out,in] is trained, the layer computes with w [out,in]; dW,
 * dw are their gradients, i a row and j a column.
 *
 *   none           w = W, the same memory
 *   spectral_norm  w = W/σ,  σ = uᵀWv ≈ ‖W‖₂               dW = (dw - ⟨dw,w⟩·u·vᵀ)/σ     [1]
 *                  after an update v = Wᵀu/‖Wᵀu‖, u = Wv/‖Wv‖; constants in the derivative,
 *                  which is exact for singular vectors
 *   weight_norm    w_i = g_i·W_i/‖W_i‖                      dg_i = ⟨dw_i,W_i⟩/‖W_i‖      [2]
 *                                            dW_i = g_i/‖W_i‖·(dw_i - ⟨dw_i,W_i⟩/‖W_i‖²·W_i)
 *   equalized      w = c·W,  c = gain·√(2/in),  W ~ N(0,1)  dW = c·dw                    [3]
 *
 * Arrays have the names of torch.nn.utils: weight_orig, weight_u, weight_v; weight_g, weight_v.
 * Sums are in double, each in the order of its row or column, whichever thread computes it.
 *
 * [1] Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks", §2.2,
 *     Algorithm 1.
 * [2] Salimans and Kingma 2016, "Weight Normalization", eq. 2 and 3.
 * [3] Karras et al. 2017, "Progressive Growing of GANs", §4.1. */
#include "gantrain/nn/reparam.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/vec.h"

enum { ROWS = 8, COLUMNS = 256 }; /* of a chunk */

/* The least length: a weight that is all zero stays zero instead of becoming NaN. */
static const double MIN_LENGTH = 1e-12;

typedef struct SpectralOptions {
    int64_t iterations;
} SpectralOptions;

typedef struct EqualizedOptions {
    double gain;
} EqualizedOptions;

static const Option spectral_options[] = {
    OPT_INT(SpectralOptions, iterations, "5", 1, 100,
            "power iterations after an update; the paper's 1 lags behind a fast weight"),
    OPT_END,
};
static const Option equalized_options[] = {
    OPT_REAL(EqualizedOptions, gain, "1", 1e-6, 1e6, "factor on c"),
    OPT_END,
};

/* ---- loops over the weight, cut by its shape ------------------------------------------------- */

/* The arguments of the loops, named as above. */
typedef struct Job {
    Mat W, dW, w, dw;        /* [out,in]                             */
    real *u, *v;             /* [out], [in]  of spectral_norm        */
    real *g, *dg;            /* [out] each   of weight_norm          */
    double *of_row, *of_col; /* [out], [in]                          */
    double norm, factor;
    void (*row)(const struct Job *job, int i); /* the loop's body */
} Job;

static Job job_of(Layer *l, int j)
{
    const Weight *w = &l->weight[j];
    return (Job){ .W = l->param[j].value,
                  .dW = l->param[j].grad,
                  .w = w->value,
                  .dw = w->grad,
                  .of_row = w->of_row,
                  .of_col = w->of_col,
                  .norm = w->norm };
}

static int chunk_end(int chunk, int size, int n)
{
    return (chunk + 1) * size < n ? (chunk + 1) * size : n;
}

static void run_rows(void *args, int chunk)
{
    const Job *job = args;
    for (int i = chunk * ROWS; i < chunk_end(chunk, ROWS, job->W.rows); i++)
        job->row(job, i);
}

static void for_rows(Job *job, void (*row)(const Job *job, int i))
{
    job->row = row;
    parallel_for((job->W.rows + ROWS - 1) / ROWS, run_rows, job);
}

static View row_of(Mat m, int i)
{
    return view(mat_rows(m, i, 1));
}

/* ⟨m_i, x⟩ */
static double dot(Mat m, int i, const real *x)
{
    return vec_dot((size_t)m.cols, row_of(m, i).at, x);
}

static double bounded(double length)
{
    return length < MIN_LENGTH ? MIN_LENGTH : length; /* NaN stays NaN */
}

GT_CLONES static void times(real *restrict to, const real *restrict from, real factor, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] = factor * from[k];
}

/* to += factor·(from + along·direction), from = 0 */
GT_CLONES static void pull(real *restrict to, real *restrict from, real factor, real along,
                           const real *restrict direction, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        to[k] += factor * (from[k] + along * direction[k]);
        from[k] = 0;
    }
}

GT_CLONES static void add_times(double *restrict to, const real *restrict from, double factor,
                                int n)
{
    for (int k = 0; k < n; k++)
        to[k] += factor * (double)from[k];
}

/* w = factor·W */
static void scale_range(void *args, size_t first, size_t last)
{
    const Job *job = args;
    times(job->w.at + first, job->W.at + first, (real)job->factor, last - first);
}

static void scale(Job *job, double factor)
{
    job->factor = factor;
    parallel_ranges(mat_size(job->W), scale_range, job);
}

/* ---- spectral_norm [1] ----------------------------------------------------------------------- */

/* From random u and v to the singular vectors. */
enum { INIT_ITERATIONS = 50 };

static void spectral_declare(Layer *l, int j)
{
    Weight *w = &l->weight[j];
    const Mat W = l->param[j].value;
    char name[LAYER_ARRAY_NAME];
    snprintf(name, sizeof name, "%s_u", w->name);
    w->extra = layer_add_buffer(l, name, 1, 1, W.rows, 0);
    snprintf(name, sizeof name, "%s_v", w->name);
    layer_add_buffer(l, name, 1, 1, W.cols, 0);
}

static Job spectral_job(Layer *l, int j)
{
    Job job = job_of(l, j);
    job.u = l->buffer[l->weight[j].extra].value.at;
    job.v = l->buffer[l->weight[j].extra + 1].value.at;
    return job;
}

/* of_row = W·v */
static void multiply_row(const Job *job, int i)
{
    job->of_row[i] = dot(job->W, i, job->v);
}

/* of_col = Wᵀ·u, every column in the order of the rows */
static void multiply_columns(void *args, int chunk)
{
    const Job *job = args;
    const int first = chunk * COLUMNS, n = chunk_end(chunk, COLUMNS, job->W.cols) - first;
    memset(job->of_col + first, 0, (size_t)n * sizeof *job->of_col);
    for (int i = 0; i < job->W.rows; i++)
        add_times(job->of_col + first, row_of(job->W, i).at + first, (double)job->u[i], n);
}

/* to = x/‖x‖; a zero x has no direction: to keeps its own */
static void normalise(real *to, const double *x, int n)
{
    double norm2 = 0;
    for (int i = 0; i < n; i++)
        norm2 += x[i] * x[i];
    const double norm = sqrt(norm2);
    for (int i = 0; i < n && norm > MIN_LENGTH; i++)
        to[i] = (real)(x[i] / norm);
}

/* The product W·v ends an iteration, so that σ has the same bits without one. */
static void spectral_iterate(Layer *l, int j, int64_t iterations)
{
    Job job = spectral_job(l, j);
    const int out = job.W.rows, in = job.W.cols;
    double sigma = 0;

    if (iterations == 0)
        for_rows(&job, multiply_row);
    for (; iterations > 0; iterations--) {
        parallel_for((in + COLUMNS - 1) / COLUMNS, multiply_columns, &job);
        normalise(job.v, job.of_col, in);
        for_rows(&job, multiply_row);
        normalise(job.u, job.of_row, out);
    }
    for (int i = 0; i < out; i++)
        sigma += (double)job.u[i] * job.of_row[i];
    l->weight[j].norm = bounded(sigma);
    scale(&job, 1 / l->weight[j].norm);
}

static void spectral_init_extra(Layer *l, int j, Draw d)
{
    Job job = spectral_job(l, j);
    const int out = job.W.rows, in = job.W.cols;
    mat_normal((Mat){ 1, in, job.v }, d, 0);
    mat_normal((Mat){ 1, out, job.u }, d, 1);
    for (int i = 0; i < in; i++)
        job.of_col[i] = (double)job.v[i];
    for (int i = 0; i < out; i++)
        job.of_row[i] = (double)job.u[i];
    normalise(job.v, job.of_col, in);
    normalise(job.u, job.of_row, out);
    spectral_iterate(l, j, INIT_ITERATIONS);
}

static void spectral_refresh(Layer *l, int j, bool updated)
{
    const SpectralOptions *o = l->weight[j].options;
    spectral_iterate(l, j, updated ? o->iterations : 0);
}

/* of_row = ⟨dw_i, w_i⟩ */
static void dot_row(const Job *job, int i)
{
    job->of_row[i] = dot(job->dw, i, row_of(job->w, i).at);
}

/* dW_i += (dw_i - ⟨dw,w⟩·u_i·v)/σ;  factor is ⟨dw,w⟩ */
static void spectral_pull_row(const Job *job, int i)
{
    pull(mat_rows(job->dW, i, 1).at, mat_rows(job->dw, i, 1).at, (real)(1 / job->norm),
         (real)(-job->factor * (double)job->u[i]), job->v, (size_t)job->W.cols);
}

static void spectral_pull_back(Layer *l, int j)
{
    Job job = spectral_job(l, j);
    for_rows(&job, dot_row);
    for (int i = 0; i < job.W.rows; i++)
        job.factor += job.of_row[i];
    for_rows(&job, spectral_pull_row);
}

/* ---- weight_norm [2] ------------------------------------------------------------------------- */

static void norm_declare(Layer *l, int j)
{
    Weight *w = &l->weight[j];
    char name[LAYER_ARRAY_NAME];
    snprintf(name, sizeof name, "%s_g", w->name);
    w->extra = layer_add_param(l, name, 2, 1, l->param[j].value.rows, NULL, 1);
    l->param[w->extra].column = true;
}

static Job norm_job(Layer *l, int j)
{
    const LayerArray *g = &l->param[l->weight[j].extra];
    Job job = job_of(l, j);
    job.g = g->value.at;
    job.dg = g->grad.at;
    return job;
}

/* of_row = ‖W_i‖, w_i = g_i/‖W_i‖·W_i */
static void norm_refresh_row(const Job *job, int i)
{
    const View row = row_of(job->W, i);
    job->of_row[i] = bounded(sqrt(mat_norm2(row)));
    times(mat_rows(job->w, i, 1).at, row.at, (real)((double)job->g[i] / job->of_row[i]),
          (size_t)row.cols);
}

static void norm_refresh(Layer *l, int j, bool updated)
{
    Job job = norm_job(l, j);
    (void)updated;
    for_rows(&job, norm_refresh_row);
}

/* g_i = ‖W_i‖, so that w = W initially */
static void norm_init_extra(Layer *l, int j, Draw d)
{
    Job job = norm_job(l, j);
    (void)d;
    for (int i = 0; i < job.W.rows; i++)
        job.g[i] = (real)sqrt(mat_norm2(row_of(job.W, i)));
    norm_refresh(l, j, false);
}

static void norm_pull_row(const Job *job, int i)
{
    const View row = row_of(job->W, i);
    const double norm = job->of_row[i], along = dot(job->dw, i, row.at) / norm;
    job->dg[i] += (real)along;
    pull(mat_rows(job->dW, i, 1).at, mat_rows(job->dw, i, 1).at, (real)((double)job->g[i] / norm),
         (real)(-along / norm), row.at, (size_t)row.cols);
}

static void norm_pull_back(Layer *l, int j)
{
    Job job = norm_job(l, j);
    for_rows(&job, norm_pull_row);
}

/* ---- equalized [3] --------------------------------------------------------------------------- */

static double equalized_factor(const Layer *l, int j)
{
    const EqualizedOptions *o = l->weight[j].options;
    return o->gain * sqrt(2.0 / l->param[j].value.cols);
}

static void equalized_refresh(Layer *l, int j, bool updated)
{
    Job job = job_of(l, j);
    (void)updated;
    scale(&job, equalized_factor(l, j));
}

static void pull_range(void *args, size_t first, size_t last)
{
    const Job *job = args;
    pull(job->dW.at + first, job->dw.at + first, (real)job->factor, 0, job->W.at + first,
         last - first);
}

static void equalized_pull_back(Layer *l, int j)
{
    Job job = job_of(l, j);
    job.factor = equalized_factor(l, j);
    parallel_ranges(mat_size(job.W), pull_range, &job);
}

static const Reparam none = {
    .is = { "none", "the weights themselves are trained", "-", NULL, 0 },
    .suffix = "",
};
static const Reparam spectral_norm = {
    .is = { "spectral_norm", "divided by their largest singular value",
            "Miyato et al. 2018, Algorithm 1", spectral_options, sizeof(SpectralOptions) },
    .suffix = "_orig",
    .declare = spectral_declare,
    .init_extra = spectral_init_extra,
    .refresh = spectral_refresh,
    .pull_back = spectral_pull_back,
};
static const Reparam weight_norm = {
    .is = { "weight_norm", "direction and length of every row are trained separately",
            "Salimans and Kingma 2016, eq. 2", NULL, 0 },
    .suffix = "_v",
    .declare = norm_declare,
    .init_extra = norm_init_extra,
    .refresh = norm_refresh,
    .pull_back = norm_pull_back,
};
static const Reparam equalized = {
    .is = { "equalized", "initially N(0,1), times gain*sqrt(2/fan_in) when used",
            "Karras et al. 2017, §4.1", equalized_options, sizeof(EqualizedOptions) },
    .suffix = "_orig",
    .init = "standard_normal",
    .refresh = equalized_refresh,
    .pull_back = equalized_pull_back,
};

static const Entry *const all[] = { &none.is, &spectral_norm.is, &weight_norm.is, &equalized.is,
                                    NULL };

const Registry reparams = { "reparams", "reparametrisation", all };
