/* Elementwise operations and sums over matrices. Sums run in a fixed order. */
#ifndef GANTRAIN_MATH_VEC_H
#define GANTRAIN_MATH_VEC_H

#include <stdbool.h>

#include "gantrain/base/rng.h"
#include "gantrain/math/mat.h"

/* out = value everywhere. */
void mat_fill(Mat out, real value);

/* out = in, same shape. */
void mat_copy(Mat out, View in);

/* out *= factor; out /= divisor */
void mat_scale(Mat out, real factor);
void mat_divide(Mat out, real divisor);

/* clamps every value to [-bound, bound]; NaN stays */
void mat_clamp(Mat out, real bound);

/* out[0,:] += sum over i of m[i,:], in the order of i            m [B,n], out [1,n] */
void mat_add_column_sums(Mat out, View m);

/* y = keep*y + (1-keep)*x: a moving average                      same shape         */
void mat_average(Mat y, View x, real keep);

/* sum of squares, in double */
double mat_norm2(View m);

/* to += from                                                          [n] */
void vec_add(real *restrict to, const real *restrict from, size_t n);

/* sum of a, sum of a∘b, in double                                     [n] */
double vec_sum(size_t n, const real *a);
double vec_dot(size_t n, const real *a, const real *b);

/* √(mean over columns of the variance over rows); √2 times it is the root mean square distance of
 * two rows, divided by √n                                             [B,n] */
double mat_spread(View m);

/* whether no value is infinite or NaN */
bool mat_finite(View m);

/* out ~ N(0,1), row i addressed as row first_row + i of the draw  [B,n] */
void mat_normal(Mat out, Draw d, uint32_t first_row);

/* the first number of that row of mat_uniform */
real row_uniform(Draw d, uint32_t row);

/* out ~ U(0,1), 23 bits                                              [B,n] */
void mat_uniform(Mat out, Draw d, uint32_t first_row);

#endif
