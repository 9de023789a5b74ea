/* Distances between the rows of two matrices, all pairs, piece by piece. */
#ifndef GANTRAIN_SRC_EVAL_DISTANCES_H
#define GANTRAIN_SRC_EVAL_DISTANCES_H

#include <stdbool.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* Gets the squared distances of row i of a from rows first .. first+n-1 of b.   d2 [n]
 * For one i the pieces come one after another, in the order of `first`; different i at the same time. */
typedef void DistanceVisit(void *args, int i, int first, int n, const real *d2);

/* distances_visit: for all rows of a and of b. Equal rows have the distance 0 exactly, and a pair has the
 * same bits wherever it stands and in both orders, as long as the centre is the same.
 *   a [n,X], b [m,X]   in
 *   centre [X]         in   a point amid b: what is subtracted from both before they are multiplied
 * GT_ERESOURCE. */
Status distances_visit(View a, View b, const double *centre, DistanceVisit *visit, void *args,
                       Error *e);

/* nearest_distances: the squared distances of every row of a from its k nearest rows of b, ascending.
 *   self      in    a and b are the same: a row is no neighbour of itself
 *   d2 [n,k]  out   INFINITY where b has fewer rows
 * GT_ERESOURCE. */
Status nearest_distances(View a, View b, const double *centre, bool self, int k, real *d2,
                         Error *e);

#endif
