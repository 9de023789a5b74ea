/* Data sets: a source of samples behind one small interface; a row of `datasets` per kind. */
#ifndef GANTRAIN_DATA_DATASET_H
#define GANTRAIN_DATA_DATASET_H

#include <stdint.h>

#include "gantrain/base/entry.h"
#include "gantrain/base/option.h"
#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* The values a pixel is trained with: 0..255 becomes low..high. A row of `pixel_ranges`. */
typedef struct PixelRange {
    Entry is;
    double low, high;
} PixelRange;

extern const Registry pixel_ranges; /* signed (-1..1), unit (0..1) */

struct DatasetKind;

/* Samples in memory. Images stay uint8 and become `real` when a batch is drawn. */
typedef struct Dataset {
    const struct DatasetKind *kind;
    Shape shape;             /* of one sample                                */
    int count;               /* N samples                                    */
    uint8_t *images;         /* [N, c*h*w] owned                             */
    uint8_t *labels;         /* [N] owned, or NULL when the source has none  */
    const PixelRange *range; /* what 0..255 becomes                          */
    uint32_t crc32;          /* of the images: tells one data set from another */
} Dataset;

/* One kind of source: a row of `datasets`. */
typedef struct DatasetKind {
    Entry is;
    /* Fill *d (zeroed) from the options. GT_EDATA names the file and what is wrong with it. */
    Status (*open)(Dataset *d, const void *options, Error *e);
    const PixelRange *(*range)(const void *options);
} DatasetKind;

extern const Registry datasets;

/* dataset_open: the source a config asks for. Whoever opens closes. */
Status dataset_open(Dataset *d, const Spec *spec, Error *e);

/* dataset_gather: out[i] = sample index[i] in its pixel range.   index [out.rows], out [B,X] */
void dataset_gather(const Dataset *d, const int *index, Mat out);

/* The pixel range that a data config asks for, without opening the data. */
const PixelRange *dataset_range(const Spec *spec);

/* pixels_to_bytes: the way back, 8 bits a pixel: clamped and rounded; NaN becomes 0.
 * in [B,X], out [B*X] */
void pixels_to_bytes(const PixelRange *range, View in, uint8_t *out);

/* Accepts NULL and a zeroed Dataset. */
void dataset_close(Dataset *d);

#endif
