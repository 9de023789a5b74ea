/* Latents of samples: drawn, interpolated, along a closed walk.
 *
 * Legend: Z values of one latent. */
#ifndef GANTRAIN_SAMPLE_LATENTS_H
#define GANTRAIN_SAMPLE_LATENTS_H

#include <stdint.h>

#include "gantrain/math/mat.h"

#define TRUNCATION_MIN 0.05

/* latents_draw: row i is latent i of a seed, as gan_latents gives it, but values beyond
 * -truncation..truncation are redrawn until they lie within (truncated normal). Values within are
 * the same as without truncation.
 *   truncation   in   INFINITY for none, else at least TRUNCATION_MIN
 *   z [n,Z] out, scratch [1,Z]
 * Source: Brock et al. 2019 (BigGAN), §3.1, the truncation trick. */
void latents_draw(uint64_t seed, double truncation, Mat z, Mat scratch);

/* A curve from latent a to latent b: out is its point at t, 0..1.   a, b, out [n] */
typedef struct Interpolation {
    const char *name;
    void (*point)(int n, const real *a, const real *b, double t, real *out);
} Interpolation;

/* The first is the default; ends with a row without a name.
 *   slerp  along the great circle (Shoemake 1985; White 2016, §2.1): points on the straight line
 *          between normal latents are shorter than those that the generator was trained on
 *   lerp   along the straight line */
extern const Interpolation interpolations[];

/* latents_interpolate: in groups of `cols` rows, replaces those between the first and the last.
 * z [rows*cols, Z] in/out */
void latents_interpolate(const Interpolation *by, int cols, Mat z);

/* latents_walk: frame f is the point at position f·n/frames of the closed curve through n rows of
 * waypoints.   waypoints [loops*n, Z], z [loops*frames, Z] out */
void latents_walk(const Interpolation *by, View waypoints, int n, int frames, Mat z);

#endif
