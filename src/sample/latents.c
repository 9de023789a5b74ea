/* Truncation by drawing again (Brock et al. 2019): attempt a of value j of latent i has the address
 * (seed, RNG_SAMPLE sub 2, step a, row i, word j), attempt 0 is the latent itself. So a value depends on
 * nothing but its address and the bound. */
#include "gantrain/sample/latents.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gantrain/gan/gan.h"
#include "gantrain/math/vec.h"

enum { SUB_AGAIN = 2 }; /* of RNG_SAMPLE */

/* ---- drawn ---------------------------------------------------------------------------------------- */

/* The values of `row` beyond the bound become those of `again`; whether one is still beyond it. */
static bool replace(Mat row, View again, double most)
{
    bool beyond = false;
    for (int j = 0; j < row.cols; j++)
        if (fabs((double)row.at[j]) > most) {
            row.at[j] = again.at[j];
            beyond = beyond || fabs((double)row.at[j]) > most;
        }
    return beyond;
}

/* Latent `number` of a seed, already drawn, within the bound.   row, again [1,Z] */
static void truncate_row(uint64_t seed, uint32_t number, double most, Mat row, Mat again)
{
    bool beyond = false;
    for (int j = 0; j < row.cols; j++)
        beyond = beyond || fabs((double)row.at[j]) > most;
    for (uint64_t attempt = 1; beyond; attempt++) {
        mat_normal(again, rng_draw(seed, RNG_SAMPLE, SUB_AGAIN, attempt), number);
        beyond = replace(row, view(again), most);
    }
}

void latents_draw(uint64_t seed, double most, Mat z, Mat again)
{
    assert(most >= TRUNCATION_MIN);
    gan_latents(seed, z);
    for (int i = 0; isfinite(most) && i < z.rows; i++)
        truncate_row(seed, (uint32_t)i, most, mat_rows(z, i, 1), again);
}

void latents_from_seeds(const uint64_t *seed, double most, Mat z, Mat again)
{
    for (int i = 0; i < z.rows; i++)
        latents_draw(seed[i], most, mat_rows(z, i, 1), again);
}

/* ---- between -------------------------------------------------------------------------------------- */

/* out = from·a + to·b */
static void mix(int n, const real *a, const real *b, double from, double to, real *out)
{
    for (int j = 0; j < n; j++)
        out[j] = (real)(from * (double)a[j] + to * (double)b[j]);
}

static void lerp(int n, const real *a, const real *b, double t, real *out)
{
    mix(n, a, b, 1 - t, t, out);
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
    const bool flat = sin(angle) < 1e-6; /* the same direction, or the opposite one */
    mix(n, a, b, flat ? 1 - t : sin((1 - t) * angle) / sin(angle),
        flat ? t : sin(t * angle) / sin(angle), out);
}

const Interpolation interpolations[] = { { "slerp", slerp }, { "lerp", lerp }, { NULL, NULL } };

void latents_interpolate(const Interpolation *path, int cols, Mat z)
{
    assert(cols > 1 && z.rows % cols == 0);
    for (int first = 0; first < z.rows; first += cols) {
        const real *a = mat_rows(z, first, 1).at, *b = mat_rows(z, first + cols - 1, 1).at;
        for (int c = 1; c + 1 < cols; c++)
            path->at(z.cols, a, b, (double)c / (cols - 1), mat_rows(z, first + c, 1).at);
    }
}

/* ---- along a closed way --------------------------------------------------------------------------- */

/* In whole numbers, so that a frame which falls on a stop is that stop. */
static void walk_loop(const Interpolation *path, View stops, int frames, Mat z)
{
    for (int f = 0; f < frames; f++) {
        const int64_t way = (int64_t)f * stops.rows;
        const int stop = (int)(way / frames), part = (int)(way % frames);
        const real *a = view_rows(stops, stop, 1).at;
        const real *b = view_rows(stops, (stop + 1) % stops.rows, 1).at;
        real *out = mat_rows(z, f, 1).at;
        if (part)
            path->at(z.cols, a, b, (double)part / frames, out);
        else
            memcpy(out, a, (size_t)z.cols * sizeof *a);
    }
}

void latents_walk(const Interpolation *path, View stops, int n, int frames, Mat z)
{
    assert(n > 0 && stops.rows % n == 0 && z.rows == stops.rows / n * frames);
    for (int loop = 0; loop < stops.rows / n; loop++)
        walk_loop(path, view_rows(stops, loop * n, n), frames, mat_rows(z, loop * frames, frames));
}
