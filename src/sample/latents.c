/* Truncation by redrawing (Brock et al. 2019): attempt a of value j of latent i has the address
 * (seed, RNG_SAMPLE sub 2, step a, row i, word j); attempt 0 is the latent itself. So a value
 * depends on its address and the bound alone. */
#include "gantrain/sample/latents.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gantrain/gan/gan.h"
#include "gantrain/math/vec.h"

enum { SUB_REDRAW = 2 }; /* of RNG_SAMPLE */

static bool exceeds(Mat row, double bound)
{
    for (int j = 0; j < row.cols; j++)
        if (fabs((double)row.at[j]) > bound)
            return true;
    return false;
}

/* Redraws the values of latent `number` of a seed that exceed the bound.   row, scratch [1,Z] */
static void truncate_row(uint64_t seed, uint32_t number, double bound, Mat row, Mat scratch)
{
    for (uint64_t attempt = 1; exceeds(row, bound); attempt++) {
        mat_normal(scratch, rng_draw(seed, RNG_SAMPLE, SUB_REDRAW, attempt), number);
        for (int j = 0; j < row.cols; j++)
            if (fabs((double)row.at[j]) > bound)
                row.at[j] = scratch.at[j];
    }
}

void latents_draw(uint64_t seed, double truncation, Mat z, Mat scratch)
{
    assert(truncation >= TRUNCATION_MIN);
    gan_latents(seed, z);
    for (int i = 0; isfinite(truncation) && i < z.rows; i++)
        truncate_row(seed, (uint32_t)i, truncation, mat_rows(z, i, 1), scratch);
}

/* out = wa·a + wb·b */
static void combine(int n, const real *a, const real *b, double wa, double wb, real *out)
{
    for (int j = 0; j < n; j++)
        out[j] = (real)(wa * (double)a[j] + wb * (double)b[j]);
}

static void lerp(int n, const real *a, const real *b, double t, real *out)
{
    combine(n, a, b, 1 - t, t, out);
}

static void slerp(int n, const real *a, const real *b, double t, real *out)
{
    double dot = 0, aa = 0, bb = 0;
    for (int j = 0; j < n; j++) {
        dot += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    const double angle = acos(fmax(-1, fmin(1, dot / sqrt(aa * bb))));
    if (sin(angle) < 1e-6) /* (anti)parallel: no great circle is defined */
        lerp(n, a, b, t, out);
    else
        combine(n, a, b, sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle), out);
}

const Interpolation interpolations[] = { { "slerp", slerp }, { "lerp", lerp }, { NULL, NULL } };

void latents_interpolate(const Interpolation *by, int cols, Mat z)
{
    assert(cols > 1 && z.rows % cols == 0);
    for (int first = 0; first < z.rows; first += cols) {
        const real *a = mat_rows(z, first, 1).at, *b = mat_rows(z, first + cols - 1, 1).at;
        for (int c = 1; c + 1 < cols; c++)
            by->point(z.cols, a, b, (double)c / (cols - 1), mat_rows(z, first + c, 1).at);
    }
}

/* One loop. In integers, so that a frame at a waypoint equals it exactly. */
static void walk_loop(const Interpolation *by, View waypoints, int frames, Mat z)
{
    for (int f = 0; f < frames; f++) {
        const int64_t position = (int64_t)f * waypoints.rows; /* in units of 1/frames */
        const int i = (int)(position / frames), part = (int)(position % frames);
        const real *a = view_rows(waypoints, i, 1).at;
        const real *b = view_rows(waypoints, (i + 1) % waypoints.rows, 1).at;
        real *out = mat_rows(z, f, 1).at;
        if (part)
            by->point(z.cols, a, b, (double)part / frames, out);
        else
            memcpy(out, a, (size_t)z.cols * sizeof *a);
    }
}

void latents_walk(const Interpolation *by, View waypoints, int n, int frames, Mat z)
{
    assert(n > 0 && waypoints.rows % n == 0 && z.rows == waypoints.rows / n * frames);
    for (int loop = 0; loop < waypoints.rows / n; loop++)
        walk_loop(by, view_rows(waypoints, loop * n, n), frames,
                  mat_rows(z, loop * frames, frames));
}
