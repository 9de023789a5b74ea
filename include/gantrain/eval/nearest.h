/* Nearest neighbours of images in a data set: does a generator reproduce its training images? */
#ifndef GANTRAIN_EVAL_NEAREST_H
#define GANTRAIN_EVAL_NEAREST_H

#include "gantrain/data/dataset.h"

typedef struct Neighbour {
    int index;
    int64_t distance2; /* Σ (difference of two bytes)² over the pixels */
} Neighbour;

/* nearest_images: for each image the k nearest in `data`, nearest first, ties by index. Exact
 * (integers), and the same for any number of threads.
 *   x     in   [n, X] bytes
 *   skip  in   [n] index of the sample that image i must not match (itself); NULL: none
 *   k     in   at most data->count, with skip data->count - 1
 *   out   out  [n, k]
 * GT_ERESOURCE. */
Status nearest_images(const Dataset *data, const uint8_t *x, const int *skip, int n, int k,
                      Neighbour *out, Error *e);

/* The Euclidean distance, with pixels in 0..1. */
double neighbour_distance(const Neighbour *n);

#endif
