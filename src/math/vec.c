/* Elementwise operations, and sums in a fixed order. */
#include "gantrain/math/vec.h"

#include <assert.h>
#include <string.h>

#include "gantrain/base/clones.h"
#include "gantrain/math/parallel.h"
#include "gantrain/math/simd.h"

Mat mat_take(Arena *a, int rows, int cols)
{
    real *at = arena_take(a, (size_t)rows * (size_t)cols * sizeof *at);
    return (Mat){ rows, cols, at };
}

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

void mat_scale(Mat out, real factor)
{
    for (size_t i = 0; i < mat_size(out); i++)
        out.at[i] *= factor;
}

void mat_divide(Mat out, real divisor)
{
    for (size_t i = 0; i < mat_size(out); i++)
        out.at[i] /= divisor;
}

GT_CLONES void mat_clamp(Mat out, real bound)
{
    for (size_t i = 0; i < mat_size(out); i++) {
        const real x = out.at[i];
        out.at[i] = x > bound ? bound : x < -bound ? -bound : x;
    }
}

/* ---- rows and columns ------------------------------------------------------------------------ */

enum { COLUMNS = 128 }; /* of a chunk: enough for vector registers, few enough for many chunks */

typedef struct RowSum {
    Mat to;
    View from;
} RowSum;

GT_CLONES void vec_add(real *restrict to, const real *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

static void add_chunk_of_columns(void *args, int chunk)
{
    const RowSum *s = args;
    const int first = chunk * COLUMNS;
    const int n = s->to.cols - first < COLUMNS ? s->to.cols - first : COLUMNS;
    for (int i = 0; i < s->from.rows; i++)
        vec_add(s->to.at + first, view_rows(s->from, i, 1).at + first, (size_t)n);
}

void mat_add_column_sums(Mat out, View m)
{
    assert(out.cols == m.cols);
    RowSum s = { out, m };
    parallel_for((m.cols + COLUMNS - 1) / COLUMNS, add_chunk_of_columns, &s);
}

typedef struct Average {
    Mat y;
    View x;
    real keep;
} Average;

GT_CLONES static void blend(real *restrict y, const real *restrict x, real keep, size_t n)
{
    const real take = 1 - keep;
    for (size_t i = 0; i < n; i++)
        y[i] = keep * y[i] + take * x[i];
}

static void average_range(void *args, size_t first, size_t last)
{
    const Average *a = args;
    blend(a->y.at + first, a->x.at + first, a->keep, last - first);
}

void mat_average(Mat y, View x, real keep)
{
    assert(mat_size(y) == (size_t)x.rows * (size_t)x.cols);
    Average a = { y, x, keep };
    parallel_ranges(mat_size(y), average_range, &a);
}

/* ---- sums ------------------------------------------------------------------------------------ */

enum { LANES = 16 }; /* independent partial sums, for vector registers */

GT_CLONES double vec_sum(size_t n, const real *a)
{
    double lane[LANES] = { 0 }, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double)a[i + j];
    for (; i < n; i++)
        sum += (double)a[i];
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

GT_CLONES double vec_dot(size_t n, const real *a, const real *b)
{
    double lane[LANES] = { 0 }, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double)a[i + j] * (double)b[i + j];
    for (; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

double mat_norm2(View m)
{
    const size_t n = (size_t)m.rows * (size_t)m.cols;
    return vec_dot(n, m.at, m.at);
}

/* Σ (m - mean)² of n columns from `first` on. Two passes: equal rows give exactly 0. */
GT_CLONES static double scatter(View m, size_t first, size_t n)
{
    const size_t rows = (size_t)m.rows, cols = (size_t)m.cols;
    double mean[COLUMNS] = { 0 }, square[COLUMNS] = { 0 }, sum = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            mean[j] += (double)m.at[i * cols + first + j];
    for (size_t j = 0; j < n; j++)
        mean[j] /= m.rows;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++) {
            const double d = (double)m.at[i * cols + first + j] - mean[j];
            square[j] += d * d;
        }
    for (size_t j = 0; j < n; j++)
        sum += square[j];
    return sum;
}

double mat_spread(View m)
{
    const size_t cols = (size_t)m.cols;
    double sum = 0;
    for (size_t first = 0; first < cols; first += COLUMNS)
        sum += scatter(m, first, cols - first < COLUMNS ? cols - first : COLUMNS);
    return sqrt(sum / ((double)m.rows * m.cols));
}

bool mat_finite(View m)
{
    return isfinite(vec_sum((size_t)m.rows * (size_t)m.cols, m.at)); /* floats cannot overflow it */
}

/* ---- random matrices ------------------------------------------------------------------------- */

typedef struct Noise {
    Mat out;
    Draw draw;
    uint32_t first_row;
} Noise;

enum { PIECE = 64, BLOCKS = PIECE / 4 }; /* numbers drawn at a time */

/* The upper 23 bits of a word, and a half bit that keeps the number in (0, 1): the 24 bits that a
 * float holds exactly. */
static inline real to_uniform(uint32_t word)
{
    return ((real)(word >> 9) + (real)0.5) * (real)(1.0 / 8388608.0);
}

/* Box and Muller 1958: the uniforms of words 2i and 2i+1 become two independent normals. */
GT_CLONES static void box_muller(const uint32_t word[PIECE], real out[PIECE])
{
    const real two_pi = (real)6.283185307179586;
    real radius[PIECE / 2], angle[PIECE / 2];
    for (int i = 0; i < PIECE / 2; i++) {
        radius[i] = real_sqrt(-2 * real_log(to_uniform(word[2 * i])));
        angle[i] = two_pi * to_uniform(word[2 * i + 1]);
    }
    for (int i = 0; i < PIECE / 2; i++)
        out[2 * i] = radius[i] * real_cos(angle[i]);
    for (int i = 0; i < PIECE / 2; i++)
        out[2 * i + 1] = radius[i] * real_sin(angle[i]);
}

GT_CLONES static void uniforms(const uint32_t word[PIECE], real out[PIECE])
{
    for (int i = 0; i < PIECE; i++)
        out[i] = to_uniform(word[i]);
}

static void noise_row(const Noise *n, int i, void (*make)(const uint32_t *, real *))
{
    uint32_t word[PIECE];
    real piece[PIECE];
    real *row = mat_rows(n->out, i, 1).at;
    for (int j = 0; j < n->out.cols; j += PIECE) {
        const int left = n->out.cols - j < PIECE ? n->out.cols - j : PIECE;
        rng_blocks(n->draw, n->first_row + (uint32_t)i, (uint32_t)j / 4, BLOCKS, word);
        make(word, piece);
        memcpy(row + j, piece, (size_t)left * sizeof *row);
    }
}

static void normal_row(void *args, int i)
{
    noise_row(args, i, box_muller);
}

static void uniform_row(void *args, int i)
{
    noise_row(args, i, uniforms);
}

void mat_normal(Mat out, Draw d, uint32_t first_row)
{
    Noise n = { out, d, first_row };
    parallel_for(out.rows, normal_row, &n);
}

real row_uniform(Draw d, uint32_t row)
{
    uint32_t word[4];
    rng_words(d, row, 0, word);
    return to_uniform(word[0]);
}

void mat_uniform(Mat out, Draw d, uint32_t first_row)
{
    Noise n = { out, d, first_row };
    parallel_for(out.rows, uniform_row, &n);
}
