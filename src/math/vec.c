/* Elementwise kernels and fixed-order sums. */
#include "gantrain/math/vec.h"

#include <assert.h>
#include <string.h>

#include "gantrain/math/parallel.h"

void mat_fill(Mat out, real value)
{
    for (size_t i = 0; i < mat_size(out); i++)
        out.at[i] = value;
}

void mat_copy(Mat out, View in)
{
    assert(out.rows == in.rows && out.cols == in.cols);
    memcpy(out.at, in.at, mat_size(out) * sizeof(real));
}

void mat_add_row(Mat y, View row)
{
    assert(row.cols == y.cols);
    for (int i = 0; i < y.rows; i++) {
        real *to = mat_rows(y, i, 1).at;
        for (int j = 0; j < y.cols; j++)
            to[j] += row.at[j];
    }
}

void mat_add_column_sums(Mat out, View m)
{
    assert(out.cols == m.cols);
    for (int i = 0; i < m.rows; i++) {
        const real *from = view_rows(m, i, 1).at;
        for (int j = 0; j < m.cols; j++)
            out.at[j] += from[j];
    }
}

typedef struct Average {
    Mat y;
    View x;
    real keep;
} Average;

static void average_range(void *args, size_t first, size_t last)
{
    const Average *a = args;
    real *y = a->y.at;
    const real *x = a->x.at;
    const real keep = a->keep, take = 1 - keep;
    for (size_t i = first; i < last; i++)
        y[i] = keep * y[i] + take * x[i];
}

void mat_average(Mat y, View x, real keep)
{
    assert(mat_size(y) == (size_t)x.rows * (size_t)x.cols);
    Average a = { y, x, keep };
    parallel_ranges(mat_size(y), average_range, &a);
}

double mat_norm2(View m)
{
    enum { LANES = 8 }; /* independent sums, so that the loop can use vector registers */
    const size_t n = (size_t)m.rows * (size_t)m.cols;
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += (double)m.at[i + (size_t)j] * (double)m.at[i + (size_t)j];
    double sum = 0;
    for (; i < n; i++)
        sum += (double)m.at[i] * (double)m.at[i];
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

/* ---- random matrices ---------------------------------------------------------------------------- */

typedef struct Noise {
    Mat out;
    Draw draw;
    uint32_t first_row;
} Noise;

/* The upper 24 bits of a word as a number in (0, 1]; 24 bits are what a float holds exactly. */
static real to_uniform(uint32_t word)
{
    return ((real)(word >> 8) + (real)0.5) * (real)(1.0 / 16777216.0);
}

/* Box and Muller 1958: two uniforms become two independent normals. */
static void to_normal(const uint32_t w[4], real out[4])
{
    const real two_pi = (real)6.283185307179586;
    for (int i = 0; i < 4; i += 2) {
        const real radius = real_sqrt(-2 * real_log(to_uniform(w[i])));
        const real angle = two_pi * to_uniform(w[i + 1]);
        out[i] = radius * real_cos(angle);
        out[i + 1] = radius * real_sin(angle);
    }
}

static void normal_row(void *args, int i)
{
    const Noise *n = args;
    real *row = mat_rows(n->out, i, 1).at;
    for (int j = 0; j < n->out.cols; j += 4) {
        uint32_t w[4];
        real four[4];
        rng_words(n->draw, n->first_row + (uint32_t)i, (uint32_t)j / 4, w);
        to_normal(w, four);
        for (int k = 0; k < 4 && j + k < n->out.cols; k++)
            row[j + k] = four[k];
    }
}

static void uniform_row(void *args, int i)
{
    const Noise *n = args;
    real *row = mat_rows(n->out, i, 1).at;
    for (int j = 0; j < n->out.cols; j += 4) {
        uint32_t w[4];
        rng_words(n->draw, n->first_row + (uint32_t)i, (uint32_t)j / 4, w);
        for (int k = 0; k < 4 && j + k < n->out.cols; k++)
            row[j + k] = to_uniform(w[k]);
    }
}

void mat_normal(Mat out, Draw d, uint32_t first_row)
{
    Noise n = { out, d, first_row };
    parallel_for(out.rows, normal_row, &n);
}

void mat_uniform(Mat out, Draw d, uint32_t first_row)
{
    Noise n = { out, d, first_row };
    parallel_for(out.rows, uniform_row, &n);
}
