/* Numerics of the metrics and the classifier. Sums are in double; their order depends on the shape
 * alone. */
#ifndef GANTRAIN_SRC_EVAL_NUMERICS_H
#define GANTRAIN_SRC_EVAL_NUMERICS_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/rng.h"
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

/* nearest_rows: squared distances of each row of a from its nearest row of b.   d2 [n] out
 * GT_ERESOURCE. */
Status nearest_rows(View a, const RowSource *b, const double *centre, real *d2, Error *e);

/* ---- sorted numbers, distances of distributions (float_sort.c, slices.c) --------------------- */

/* float_sort: keys of the numbers x, rounded to float, in ascending order; -0 equals 0, NaN sorts
 * to the ends.   x [n], `stride` apart;  key, spare [n] out */
void float_sort(int n, const real *x, size_t stride, uint32_t *key, uint32_t *spare);

/* The number of a key. Keys compare like their numbers. */
double float_of_key(uint32_t key);

/* The Wasserstein distance W1 of two sorted lists of numbers, ∫ |F - G|.   a [n], b [m] keys */
double wasserstein_1(int n, const uint32_t *a, int m, const uint32_t *b);

/* sliced_wasserstein: the mean of W1 over 512 random directions.   a [n,X], b [m,X]
 * GT_ERESOURCE. */
Status sliced_wasserstein(View a, View b, Draw directions, double *distance, Error *e);

/* ---- sets by class (by_class.c) -------------------------------------------------------------- */

/* class_count: rows of this class. class_rows: those rows of x, in their order.
 *   x [n,F], label [n], out [class_count, F] */
int class_count(const uint8_t *label, int n, int k);
void class_rows(View x, const uint8_t *label, int k, Mat out);

/* ---- the distance of two Gaussians (metrics/frechet.c) --------------------------------------- */

/* frechet_distance: of Gaussians fitted to the rows of two sets, of 2 rows or more each.
 *   r real [n,F], g generated [m,F];  scratch  an empty arena to build, which the caller closes
 * GT_ERESOURCE. */
Status frechet_distance(View r, View g, Arena *scratch, double *distance, Error *e);

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
