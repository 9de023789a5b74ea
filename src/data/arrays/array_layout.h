/* Where each value of an array of images goes in memory, in planes. */
#ifndef GANTRAIN_SRC_DATA_ARRAY_LAYOUT_H
#define GANTRAIN_SRC_DATA_ARRAY_LAYOUT_H

#include "array_samples.h"
#include "gantrain/math/mat.h"

typedef struct Placement {
    uint64_t samples; /* N                                                               */
    size_t values;    /* X of one sample                                                 */
    bool fortran;     /* value k of the file is of sample k % N, not k / X               */
    uint32_t *to;     /* [X] owned: place in the sample; NULL: as in the file            */
} Placement;

/* placement_of_images: also the shape, with 4 channels where there is transparency. `o` decides
 * the layout where the extents do not. GT_EDATA, GT_ERESOURCE.
 * placement_of_rows: the same for rows of numbers, [N, ...] in C order. */
Status placement_of_images(Placement *p, Shape *shape, const Array *a, const ArrayOptions *o,
                           Error *e);
Status placement_of_rows(Placement *p, const Array *a, Error *e);

/* placement_is_direct: the bytes of the file are the samples in memory, if the types agree. */
bool placement_is_direct(const Placement *p);

void placement_free(Placement *p);

#endif
