/* Matrices: row-major, contiguous, one sample per row. Outputs are Mat, inputs are View. */
#ifndef GANTRAIN_MATH_MAT_H
#define GANTRAIN_MATH_MAT_H

#include <stddef.h>

#include "gantrain/base/arena.h"
#include "gantrain/math/real.h"

/* Writable [rows, cols]. Does not own `at`. */
typedef struct Mat {
    int rows, cols;
    real *at;
} Mat;

/* The same, read-only. */
typedef struct View {
    int rows, cols;
    const real *at;
} View;

/* The shape of one sample, a row of channels x height x width. */
typedef struct Shape {
    int c, h, w;
} Shape;

static inline int shape_size(Shape s)
{
    return s.c * s.h * s.w;
}

static inline View view(Mat m)
{
    return (View){ m.rows, m.cols, m.at };
}

static inline size_t mat_size(Mat m)
{
    return (size_t)m.rows * (size_t)m.cols;
}

/* Rows [first, first + rows) of m. */
static inline Mat mat_rows(Mat m, int first, int rows)
{
    return (Mat){ rows, m.cols, m.at ? m.at + (size_t)first * (size_t)m.cols : NULL };
}

static inline View view_rows(View v, int first, int rows)
{
    return (View){ rows, v.cols, v.at ? v.at + (size_t)first * (size_t)v.cols : NULL };
}

/* A zeroed [rows, cols] from the arena; at is NULL while the arena measures. */
Mat mat_take(Arena *a, int rows, int cols);

#endif
