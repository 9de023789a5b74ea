/* Means and covariances, in double; the order of summation depends on the shape alone. */
#ifndef GANTRAIN_SRC_EVAL_MOMENTS_H
#define GANTRAIN_SRC_EVAL_MOMENTS_H

#include "gantrain/eval/metric.h"

/* Mean of the rows of x [n,F], n at least 1.   mean [F] out */
void moments_mean(View x, double *mean);

/* cov = Σ (x_i - mean)(x_i - mean)ᵀ / (n - 1).   x [n,F], n at least 2, cov [F,F]. GT_ERESOURCE */
Status moments_covariance(View x, const double *mean, double *cov, Error *e);

/* c += a·bᵀ in double.   a [n,k], b [m,k], c [n,m] */
void add_abt(int n, int m, int k, const double *a, const double *b, double *c);

/* Mean of n numbers with its standard error (NaN for a single one). */
MetricValue mean_with_error(int n, const double *x);

/* The proportion hits / n with its standard error √(p(1-p)/n). */
MetricValue proportion(double hits, int n);

#endif
