/* Samples from an array: images as bytes in planes, points, labels; and the keys that say how. */
#ifndef GANTRAIN_SRC_DATA_ARRAY_SAMPLES_H
#define GANTRAIN_SRC_DATA_ARRAY_SAMPLES_H

#include "array.h"
#include "gantrain/data/dataset.h"

/* The second member of the options of a kind that reads arrays of images. */
typedef struct ArrayOptions {
    const Entry *layout; /* of array_layouts                                             */
    Numbers values;      /* that become the bytes 0 and 255; none: array_values decides  */
    int64_t background;  /* grey behind transparent pixels, 0..255                       */
    bool transpose;      /* the files hold the columns of the images as rows             */
} ArrayOptions;

extern const Registry array_layouts;      /* auto, chw, hwc */
extern const ArrayOptions array_defaults; /* of the keys    */

/* Rows of the option table of S, whose member `array` is an ArrayOptions. */
#define ARRAY_ROW(S, key, type, field, lo, hi, init, registry, text)                               \
    {                                                                                              \
        key, type, offsetof(S, array.field), lo, hi, init, registry, NULL, text, NULL              \
    }
#define ARRAY_LAYOUT(S)                                                                            \
    ARRAY_ROW(S, "layout", OPTION_CHOICE, layout, 0, 0, "auto", &array_layouts,                    \
              "order of colour images: chw, hwc or auto")
#define ARRAY_VALUES(S)                                                                            \
    ARRAY_ROW(S, "values", OPTION_NUMBERS, values, -1e12, 1e12, "[]", NULL,                        \
              "values of black and white, as [0, 1]; none: by type")
#define ARRAY_BACKGROUND(S)                                                                        \
    ARRAY_ROW(S, "background", OPTION_INT, background, 0, 255, "255", NULL,                        \
              "grey behind transparent pixels")
#define ARRAY_TRANSPOSE(S)                                                                         \
    ARRAY_ROW(S, "transpose", OPTION_BOOL, transpose, 0, 0, "false", NULL,                         \
              "swap rows and columns of images, as for EMNIST")

/* array_check_options: GT_ECONFIG names the key. */
Status array_check_options(const ArrayOptions *o, const Spec *spec, Error *e);

/* array_values: the values that become the bytes 0 and 255: those of the options; else 0..255 for
 * unsigned bytes, 0..1 for bool; else, by the values of the array: 0..255 for integers within it;
 * for floats the first of 0..1, -1..1, 0..255 that holds them all. GT_EDATA if none does. */
Status array_values(Array *a, const ArrayOptions *o, ArrayRange *values, Error *e);

/* array_to_images: sets images, shape and counts of *d from [N,H,W], [N,C,H,W] or [N,H,W,C].
 * Transparent pixels are composed. Warns where values are clipped. GT_EDATA, GT_ERESOURCE. */
Status array_to_images(Dataset *d, Array *a, const ArrayOptions *o, ArrayRange values, Error *e);

/* array_to_points: the same for points from [N] or [N, ...]. */
Status array_to_points(Dataset *d, Array *a, Error *e);

/* array_to_doubles: the same with the points in *out [N, D], which the caller frees, and none yet
 * in *d, for those that are to be standardized. */
Status array_to_doubles(Dataset *d, Array *a, double **out, Error *e);

/* array_to_labels: d->labels from [N] or [N,1] integers 0..LABEL_MAX, one for each sample of d. */
Status array_to_labels(Dataset *d, Array *a, Error *e);

#endif
