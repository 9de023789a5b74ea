/* Data sets: a source of samples behind one small interface; a row of `datasets` per kind. */
#ifndef GANTRAIN_DATA_DATASET_H
#define GANTRAIN_DATA_DATASET_H

#include <stdbool.h>
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

/* What a mixture of Gaussians is made of; n is 0 where a data set is none. */
typedef struct Modes {
    int n, dim;     /* M modes of `dim` values each                     */
    double *centre; /* [M, dim] owned                                   */
    double *std;    /* [M] owned; the same in all directions            */
    double *weight; /* [M] owned; the shares of the samples, sum 1      */
} Modes;

/* Samples in memory: images stay uint8 and become `real` when a batch is drawn, points are `real`. */
typedef struct Dataset {
    const struct DatasetKind *kind;
    Shape shape;             /* of one sample; a point is {dim, 1, 1}        */
    int count;               /* N samples                                    */
    uint8_t *images;         /* [stored, bytes of one] owned; NULL: points   */
    real *points;            /* [N, dim] owned; NULL: images                 */
    int stored;              /* images in memory: N, unless made of several  */
    size_t bytes;            /* of the images or points in memory            */
    uint8_t *labels;         /* [N] owned, or NULL when the source has none  */
    const PixelRange *range; /* what 0..255 becomes; NULL: points            */
    double scale;            /* times a value of a point: in the source's units */
    Modes modes;
    uint64_t seed;  /* of what is made when a batch is drawn               */
    uint32_t crc32; /* of those bytes: tells one data set from another     */
} Dataset;

/* One kind of source: a row of `datasets`. */
typedef struct DatasetKind {
    Entry is;
    const char *samples; /* what they are called: "images" or "points" */
    /* Fill *d (zeroed but for kind, seed and scale) from spec->options; what is made rather than read
     * comes from d->seed. GT_EDATA names the file and what is wrong with it, GT_ECONFIG the key;
     * GT_ERESOURCE. */
    Status (*open)(Dataset *d, const Spec *spec, Error *e);
    /* out[i] = sample index[i], for i in [0, out.rows) */
    void (*gather)(const Dataset *d, const int *index, Mat out);
    /* OPTIONAL: NULL: the samples are points */
    const PixelRange *(*range)(const void *options);
} DatasetKind;

extern const Registry datasets;

/* dataset_open: the source a config asks for. Whoever opens closes. GT_EDATA also where a number is not finite.
 *   seed   in   of the run: where data without files come from */
Status dataset_open(Dataset *d, const Spec *spec, uint64_t seed, Error *e);

/* The part of its source that a data config asks for ("train", "test"); NULL: the kind has no parts. */
const char *dataset_split(const Spec *spec);

/* dataset_open_split: the same with another part of the source, which must have some. */
Status dataset_open_split(Dataset *d, const Spec *spec, const char *split, uint64_t seed, Error *e);

/* dataset_count_distinct: how many different samples there are, `most` if there are more. Of what is made of several
 * images, those images count. */
enum { DISTINCT_MAX = 64 };
int dataset_count_distinct(const Dataset *d, int most);

/* dataset_gather: out[i] = sample index[i] in its pixel range.   index [out.rows], out [B,X] */
void dataset_gather(const Dataset *d, const int *index, Mat out);

/* The folder that a data config reads, without opening it; NULL: its kind reads none. */
const char *dataset_folder(const Spec *spec);

/* dataset_set_folder: from now on `spec` reads the folder `dir`, which must outlive it. False: its kind reads
 * none. */
bool dataset_set_folder(const Spec *spec, const char *dir);

/* The pixel range that a data config asks for, without opening the data; NULL: it gives points. */
const PixelRange *dataset_range(const Spec *spec);

/* pixels_to_bytes: the way back, 8 bits a pixel: clamped and rounded; NaN becomes 0.
 * in [B,X], out [B*X] */
void pixels_to_bytes(const PixelRange *range, View in, uint8_t *out);

/* pixels_from_bytes: bytes as a data set would give them.   in [B*X], out [B,X] */
void pixels_from_bytes(const PixelRange *range, const uint8_t *in, Mat out);

/* Accepts NULL and a zeroed Dataset. */
void dataset_close(Dataset *d);

#endif
