/* Pixels: bytes in files and in memory, reals in the range that a net is trained with. */
#ifndef GANTRAIN_DATA_PIXELS_H
#define GANTRAIN_DATA_PIXELS_H

#include <stdint.h>

#include "gantrain/base/entry.h"
#include "gantrain/math/mat.h"

/* Bytes 0..255 become low..high. A row of `pixel_ranges`. */
typedef struct PixelRange {
    Entry is;
    double low, high;
} PixelRange;

extern const Registry pixel_ranges; /* signed (-1..1), unit (0..1) */

/* pixels_to_reals: out[j] = in[j] in the range, n values. */
void pixels_to_reals(const PixelRange *range, const uint8_t *in, size_t n, real *out);

/* pixels_gather: out[i] = image index[i], or image i where index is NULL.
 * images [N,X], index [B], out [B,X] */
void pixels_gather(const PixelRange *range, const uint8_t *images, const int *index, Mat out);

/* pixels_from_bytes: the same of consecutive images.   in [B,X], out [B,X] */
void pixels_from_bytes(const PixelRange *range, const uint8_t *in, Mat out);

/* pixels_to_bytes: the inverse, clamped and rounded; NaN becomes 0.   in [B,X], out [B,X] */
void pixels_to_bytes(const PixelRange *range, View in, uint8_t *out);

#endif
