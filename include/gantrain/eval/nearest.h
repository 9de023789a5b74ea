/* The images of a data set that are nearest to given ones: whether a generator makes images of its own or
 * gives training images back. */
#ifndef GANTRAIN_EVAL_NEAREST_H
#define GANTRAIN_EVAL_NEAREST_H

#include "gantrain/data/dataset.h"

/* A sample of the data and Σ (difference of two bytes)² over its pixels. */
typedef struct Neighbour {
    int index;
    int64_t square;
} Neighbour;

/* nearest_images: of every image the k nearest in `data`, nearest first; of equally near ones the earlier
 * first. Whole numbers: exact, and the same for any number of threads.
 *   x     in   [n, X] bytes
 *   skip  in   [n] a sample that image i is not compared with (itself); NULL: none
 *   k     in   at most data->count, one less with skip
 *   out   out  [n, k]
 * GT_ERESOURCE. */
Status nearest_images(const Dataset *data, const uint8_t *x, const int *skip, int n, int k,
                      Neighbour *out, Error *e);

/* The euclidean distance, with pixels from 0 to 1. */
double neighbour_distance(const Neighbour *near);

#endif
