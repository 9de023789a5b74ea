/* The Fréchet distance between Gaussians that are fitted to the classifier's features of real (r) and
 * generated (g) images; with Inception's features it would be the FID:
 *
 *   FCD = |μ_r - μ_g|² + tr(Σ_r + Σ_g - 2 (Σ_r^½ Σ_g Σ_r^½)^½)
 *
 * With Σ_r = Bᵀ·B, B = diag(√w)·V from its eigenvalues w and eigenvectors V, the matrix under the root has
 * the eigenvalues λ of B·Σ_g·Bᵀ, and the trace of the root is Σ √λ: no matrix root is ever made. All in
 * double; eigenvalues that rounding has made negative count as 0. It is smaller the more samples there
 * are, so only values of equal numbers of samples compare.
 * [1] Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
 *     Equilibrium", eq. 6. [2] Dowson and Landau 1982, "The Fréchet distance between multivariate
 *     normal distributions". */
#include "gantrain/eval/metric.h"

#include "eval/moments.h"
#include "gantrain/math/blas.h"

/* A Gaussian. */
typedef struct Gaussian {
    double *mean; /* [F]   */
    double *cov;  /* [F,F] */
} Gaussian;

typedef struct Work {
    int F;
    Gaussian real, fake;
    double *w;         /* [F]   eigenvalues            */
    double *B;         /* [F,F] a root of Σ_r, by rows */
    double *B_cov, *M; /* [F,F] B·Σ_g, B·Σ_g·Bᵀ        */
} Work;

static double *take(Arena *a, int rows, int cols)
{
    return arena_take(a, (size_t)rows * (size_t)cols * sizeof(double));
}

static void plan(Arena *a, void *plan_me)
{
    Work *w = plan_me;
    w->real = (Gaussian){ take(a, 1, w->F), take(a, w->F, w->F) };
    w->fake = (Gaussian){ take(a, 1, w->F), take(a, w->F, w->F) };
    w->w = take(a, 1, w->F);
    w->B = take(a, w->F, w->F);
    w->B_cov = take(a, w->F, w->F);
    w->M = take(a, w->F, w->F);
}

static Status fit(Gaussian g, View features, Error *e)
{
    moments_mean(features, g.mean);
    return moments_covariance(features, g.mean, g.cov, e);
}

static double root(double w)
{
    return w > 0 ? sqrt(w) : 0;
}

/* Σ_r = Bᵀ·B */
static Status make_root(Work *w, Error *e)
{
    const size_t F = (size_t)w->F;
    for (size_t i = 0; i < F * F; i++)
        w->B[i] = w->real.cov[i];
    TRY(blas_eigen(w->F, w->B, w->w, true, e));
    for (size_t i = 0; i < F; i++)
        for (size_t j = 0; j < F; j++)
            w->B[i * F + j] *= root(w->w[i]);
    return GT_OK;
}

/* tr (Σ_r^½ Σ_g Σ_r^½)^½ */
static Status trace_of_root(Work *w, double *trace, Error *e)
{
    const int F = w->F;
    TRY(make_root(w, e));
    rows_by_rows(F, F, F, w->B, w->fake.cov, w->B_cov); /* B·Σ_g, Σ_g being symmetric */
    rows_by_rows(F, F, F, w->B_cov, w->B, w->M);        /* (B·Σ_g)·Bᵀ                 */
    TRY(blas_eigen(F, w->M, w->w, false, e));
    *trace = 0;
    for (int i = 0; i < F; i++)
        *trace += root(w->w[i]);
    return GT_OK;
}

static Status distance(Work *w, View real_features, View fake_features, double *out, Error *e)
{
    double apart = 0, traces = 0, of_root;
    TRY(fit(w->real, real_features, e));
    TRY(fit(w->fake, fake_features, e));
    TRY(trace_of_root(w, &of_root, e));
    for (int j = 0; j < w->F; j++) {
        const double d = w->real.mean[j] - w->fake.mean[j];
        const size_t diagonal = (size_t)j * (size_t)w->F + (size_t)j;
        apart += d * d;
        traces += w->real.cov[diagonal] + w->fake.cov[diagonal];
    }
    *out = apart + (traces - 2 * of_root);
    return GT_OK;
}

static Status measure(const MetricInput *in, MetricValue *out, Error *e)
{
    Work w = { .F = in->real.features.cols };
    Arena arena = { 0 };
    TRY(arena_build(&arena, plan, &w, e));
    const Status s = distance(&w, in->real.features, in->fake.features, &out[0].value, e);
    arena_close(&arena);
    return s;
}

static Status prepare(Error *e)
{
    return blas_load(1, e);
}

static bool possible(const MetricInput *in)
{
    return in->fake.features.at && in->real.features.at && in->fake.n > 1 && in->real.n > 1 &&
           in->fake.features.cols <= BLAS_EIGEN_MAX;
}

const Metric metric_frechet = {
    .is = { "frechet",
            "Fréchet distance between the classifier's features of samples and of real images",
            "Heusel et al. 2017, eq. 6", NULL, 0 },
    .value = { "fcd" },
    .about = { "Fréchet distance of Gaussians fitted to features; compare only equal numbers of "
               "samples" },
    .better = { LOWER },
    .while_training = true,
    .needs = "a classifier, so labelled data, and 2 samples",
    .possible = possible,
    .prepare = prepare,
    .measure = measure,
};
