/* Laplacian pyramids: an image as details of halving sizes, and a small blurred rest. */
#ifndef GANTRAIN_SRC_EVAL_PYRAMID_H
#define GANTRAIN_SRC_EVAL_PYRAMID_H

#include "gantrain/math/mat.h"

/* The number of levels of a pyramid whose smallest one has at least `min` rows and columns; 1 for
 * smaller images. */
int pyramid_levels(Shape s, int min);

/* The shape of level `level` of `levels`; 0 is the smallest. */
Shape pyramid_shape(Shape s, int levels, int level);

/* Memory for pyramid_level: three planes [h,w]. */
typedef struct PyramidScratch {
    real *level, *next, *half;
} PyramidScratch;
void pyramid_plan(PyramidScratch *p, Shape s, Arena *a);

/* pyramid_level: a level of one channel `plane` of an image of shape s, in p->level. */
void pyramid_level(const PyramidScratch *p, Shape s, int levels, int level, const real *plane);

#endif
