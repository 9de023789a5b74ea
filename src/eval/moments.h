/* Means and covariances of the rows of a matrix, in double. Sums run in an order that depends on the
 * shape alone. */
#ifndef GANTRAIN_SRC_EVAL_MOMENTS_H
#define GANTRAIN_SRC_EVAL_MOMENTS_H

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* mean of x [n,F], n at least 1.   mean [F] out */
void moments_mean(View x, double *mean);

/* Σ (x_i - mean)(x_i - mean)ᵀ / (n - 1).   x [n,F], n at least 2, mean [F], cov [F,F] out. GT_ERESOURCE */
Status moments_covariance(View x, const double *mean, double *cov, Error *e);

/* c += a·bᵀ in double.   a [n,k], b [m,k], c [n,m] */
void rows_by_rows(int n, int m, int k, const double *a, const double *b, double *c);

/* Of n numbers: their mean, and the standard error of it (NaN for a single one). */
typedef struct Mean {
    double value, error;
} Mean;
Mean mean_of(int n, const double *x);

/* The share of n things that `hits` of them are, with its standard error √(p(1-p)/n). */
Mean share_of(double hits, int n);

#endif
