/* What the kinds of data sets share with each other; for the files of src/data/ alone. */
#ifndef GANTRAIN_SRC_DATA_DATASET_IMPL_H
#define GANTRAIN_SRC_DATA_DATASET_IMPL_H

#include "gantrain/data/dataset.h"

/* ---- images --------------------------------------------------------------------------------------- */

/* What a folder of IDX files is asked for. */
typedef struct IdxOptions {
    const char *dir;
    const Entry *split; /* of idx_splits   */
    const Entry *range; /* of pixel_ranges */
} IdxOptions;

extern const Registry idx_splits; /* train, test */

/* read_idx_folder: images, their number and shape, and labels where there are any. GT_EDATA. */
Status read_idx_folder(Dataset *d, const IdxOptions *o, Error *e);

/* The gather of whole images. */
void gather_images(const Dataset *d, const int *index, Mat out);

/* to[j] = from[j] in its range, n values */
void pixels_to_reals(const PixelRange *range, const uint8_t *from, size_t n, real *to);

/* ---- points --------------------------------------------------------------------------------------- */

enum { POINT_DIM = 2, POINTS_MAX = 100000000 };

/* The random numbers of one point, all independent. */
typedef struct PointDraw {
    double choice, along;     /* U(0,1) */
    double normal[POINT_DIM]; /* N(0,1) */
} PointDraw;

/* x [dim] out, from the numbers r */
typedef void (*PointMaker)(const void *source, const PointDraw *r, double *x);

/* points_make: fill d->points with `count` points of `dim` values; point i depends on d->seed and i
 * alone. GT_ERESOURCE. */
Status points_make(Dataset *d, int64_t count, int dim, PointMaker make, const void *source,
                   Error *e);

/* The gather of points. */
void gather_points(const Dataset *d, const int *index, Mat out);

#endif
