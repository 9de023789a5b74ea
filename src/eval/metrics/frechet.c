/* The Fréchet distance between Gaussians fitted to the classifier's features of real (r) and
 * generated (g) images; with Inception's features it would be the FID:
 *
 *   FCD = |μ_r - μ_g|² + tr(Σ_r + Σ_g - 2 (Σ_r^½ Σ_g Σ_r^½)^½)
 *
 * With Σ_r = Bᵀ·B, B = diag(√w)·V from its eigenvalues w and eigenvectors V, the matrix under the
 * root has the eigenvalues λ of B·Σ_g·Bᵀ, and the trace of the root is Σ √λ, without any matrix
 * root. All in double; eigenvalues that rounding makes negative count as 0. The value decreases
 * with the number of samples, so compare only equal numbers.
 * [1] Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
 *     Equilibrium", eq. 6. [2] Dowson and Landau 1982, "The Fréchet distance between multivariate
 *     normal distributions". */
#include "gantrain/eval/metric.h"

#include "eval/numerics.h"
#include "gantrain/math/blas.h"

typedef struct Gaussian {
    double *mean; /* [F]   */
    double *cov;  /* [F,F] */
} Gaussian;

typedef struct Work {
    int F;
    Gaussian real, fake;
    double *w;         /* [F]   eigenvalues          */
    double *B;         /* [F,F] root of Σ_r          */
    double *B_cov, *M; /* [F,F] B·Σ_g, B·Σ_g·Bᵀ      */
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

static double clamped_sqrt(double w)
{
    return w > 0 ? sqrt(w) : 0;
}

/* Σ_r = Bᵀ·B */
static Status factor_real(Work *w, Error *e)
{
    const size_t F = (size_t)w->F;
    for (size_t i = 0; i < F * F; i++)
        w->B[i] = w->real.cov[i];
    TRY(blas_eigen(w->F, w->B, w->w, true, e));
    for (size_t i = 0; i < F; i++)
        for (size_t j = 0; j < F; j++)
            w->B[i * F + j] *= clamped_sqrt(w->w[i]);
    return GT_OK;
}

/* tr (Σ_r^½ Σ_g Σ_r^½)^½ */
static Status trace_of_root(Work *w, double *trace, Error *e)
{
    const int F = w->F;
    TRY(factor_real(w, e));
    add_abt(F, F, F, w->B, w->fake.cov, w->B_cov); /* B·Σ_g: Σ_g is symmetric */
    add_abt(F, F, F, w->B_cov, w->B, w->M);        /* (B·Σ_g)·Bᵀ              */
    TRY(blas_eigen(F, w->M, w->w, false, e));
    *trace = 0;
    for (int i = 0; i < F; i++)
        *trace += clamped_sqrt(w->w[i]);
    return GT_OK;
}

Status frechet_distance(View r, View g, Arena *scratch, double *distance, Error *e)
{
    Work w = { .F = r.cols };
    double means = 0, traces = 0, root;
    TRY(arena_build(scratch, plan, &w, e));
    TRY(fit(w.real, r, e));
    TRY(fit(w.fake, g, e));
    TRY(trace_of_root(&w, &root, e));
    for (int j = 0; j < w.F; j++) {
        const double d = w.real.mean[j] - w.fake.mean[j];
        const size_t diagonal = (size_t)j * (size_t)w.F + (size_t)j;
        means += d * d;
        traces += w.real.cov[diagonal] + w.fake.cov[diagonal];
    }
    *distance = means + (traces - 2 * root);
    return GT_OK;
}

static Status measure(const MetricInput *in, Arena *scratch, MetricValue *out, Error *e)
{
    return frechet_distance(in->real.features, in->fake.features, scratch, &out->value, e);
}

static Status prepare(Error *e)
{
    return blas_load(1, e);
}

const Metric metric_frechet = {
    .is = { "frechet", "Fréchet distance between classifier features of samples and real images",
            "Heusel et al. 2017, eq. 6", NULL, 0 },
    .value = { "fcd" },
    .about = { "Fréchet distance of Gaussians fitted to features; compare equal numbers of samples "
               "only" },
    .better = { LOWER },
    .while_training = true,
    .needs = "a classifier, so labelled data, and 2 samples",
    .inputs = INPUT_FEATURES,
    .min_samples = 2,
    .prepare = prepare,
    .measure = measure,
};
