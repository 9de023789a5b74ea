/* The largest singular value of a matrix, for tests: so many power iterations that it is exact. */
#ifndef GANTRAIN_TESTS_SPECTRUM_H
#define GANTRAIN_TESTS_SPECTRUM_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "gantrain/math/mat.h"

/* to = m·x, or mᵀ·x */
static inline void spectrum_multiply(View m, bool transposed, const double *x, double *to)
{
    for (int i = 0; i < (transposed ? m.cols : m.rows); i++)
        to[i] = 0;
    for (int i = 0; i < m.rows; i++)
        for (int j = 0; j < m.cols; j++) {
            const double w = (double)m.at[(size_t)i * (size_t)m.cols + (size_t)j];
            to[transposed ? j : i] += w * x[transposed ? i : j];
        }
}

static inline double largest_singular_value(View m)
{
    double *v = calloc((size_t)(m.rows + m.cols), sizeof *v), *u = v + m.cols, norm = 0;
    for (int j = 0; j < m.cols; j++)
        v[j] = sin(j + 1);
    for (int n = 0; n < 3000; n++) {
        spectrum_multiply(m, false, v, u);
        spectrum_multiply(m, true, u, v);
        norm = 0;
        for (int j = 0; j < m.cols; j++)
            norm += v[j] * v[j];
        norm = sqrt(norm);
        for (int j = 0; j < m.cols; j++)
            v[j] /= norm;
    }
    free(v);
    return sqrt(norm);
}

#endif
