/* Numerics of the metrics and the classifier. Sums are in double; their order depends on the shape
 * alone. */
#ifndef GANTRAIN_SRC_EVAL_NUMERICS_H
#define GANTRAIN_SRC_EVAL_NUMERICS_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/eval/metric.h"

/* ---- means and covariances (moments.c) ------------------------------------------------------- */

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

/* ---- squared distances of all pairs of rows of two matrices (distances.c) -------------------- */

/* Receives the squared distances of row i of a from rows first .. first+n-1 of b.   d2 [n]
 * Calls for one i come in the order of `first`; calls for different i may be concurrent. */
typedef void DistanceVisit(void *args, int i, int first, int n, const real *d2);

/* distances_visit: for all rows of a and b. Equal rows have distance 0 exactly; a pair has the same
 * bits at any position and in both orders, for the same centre.
 *   a [n,X], b [m,X]   in
 *   centre [X]         in   a point within b, subtracted from both before the product
 * GT_ERESOURCE. */
Status distances_visit(View a, View b, const double *centre, DistanceVisit *visit, void *args,
                       Error *e);

/* nearest_distances: squared distances of each row of a from its k nearest rows of b, ascending.
 *   self      in    a and b are the same: excludes each row itself
 *   d2 [n,k]  out   INFINITY where b has fewer rows
 * GT_ERESOURCE. */
Status nearest_distances(View a, View b, const double *centre, bool self, int k, real *d2,
                         Error *e);

/* ---- softmax and cross-entropy (cross_entropy.c) --------------------------------------------- */

/* p = softmax of each row, finite for any finite logits; p may alias logits.   [B,C] each */
void softmax(View logits, Mat p);

/* cross_entropy: L = -mean_i log p[i, label_i].
 *   logits [B,C]   labels [B] below C   d_logits [B,C] out: ∂L/∂logits, already divided by B
 *   right  out     number of rows whose argmax is their label */
double cross_entropy(View logits, const uint8_t *labels, Mat d_logits, int *right);

/* The column of the largest value of a row [1,C]; the first of equal ones. */
int argmax(View row);

#endif
