/* Matrices from an arena. */
#include "gantrain/math/mat.h"

Mat mat_take(Arena *a, int rows, int cols)
{
    real *at = arena_take(a, (size_t)rows * (size_t)cols * sizeof(real));
    return (Mat){ rows, cols, at };
}
