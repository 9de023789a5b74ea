/* The latents that samples are made of: drawn, of several seeds, between others, along a closed walk.
 *
 * Legend: Z values of one latent. */
#ifndef GANTRAIN_SAMPLE_LATENTS_H
#define GANTRAIN_SAMPLE_LATENTS_H

#include <stdint.h>

#include "gantrain/math/mat.h"

/* latents_draw: row i is latent number i of the samples of a seed, as gan_latents gives it, but every value
 * beyond -most..most is drawn again until it lies within: a truncated normal. Values within stay what they
 * are without truncation. most: INFINITY for none, else at least TRUNCATION_MIN.
 * Source: Brock et al. 2019 (BigGAN), §3.1, the truncation trick.
 * z [n,Z] out, again [1,Z] scratch */
#define TRUNCATION_MIN 0.05
void latents_draw(uint64_t seed, double most, Mat z, Mat again);

/* latents_from_seeds: row i is latent number 0 of seed[i]: what `--seed seed[i] --count 1` draws.
 * seed [n], z [n,Z] out, again [1,Z] scratch */
void latents_from_seeds(const uint64_t *seed, double most, Mat z, Mat again);

/* A way from latent a to latent b: out is the point at t, 0..1.   a, b, out [n] */
typedef struct Interpolation {
    const char *name;
    void (*at)(int n, const real *a, const real *b, double t, real *out);
} Interpolation;

/* By name. The first is the default:
 *   slerp  along the great circle (Shoemake 1985; White 2016, §2.1): a point between two normal latents on
 *          the straight line is shorter than those that the generator was trained on
 *   lerp   along the straight line
 * Ends with a row without a name. */
extern const Interpolation interpolations[];

/* latents_interpolate: of every `cols` rows the ones between the first and the last, at even steps.
 * z [rows*cols, Z] in/out */
void latents_interpolate(const Interpolation *path, int cols, Mat z);

/* latents_walk: `frames` points along a closed way through each `n` rows of stops: frame f is at f·n/frames
 * stops, the last of which leads back to the first.   stops [loops*n, Z], z [loops*frames, Z] out */
void latents_walk(const Interpolation *path, View stops, int n, int frames, Mat z);

#endif
