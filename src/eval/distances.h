/* Squared distances of all pairs of rows of two matrices, block by block. */
#ifndef GANTRAIN_SRC_EVAL_DISTANCES_H
#define GANTRAIN_SRC_EVAL_DISTANCES_H

#include <stdbool.h>

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* Receives the squared distances of row i of a from rows first .. first+n-1 of b.   d2 [n]
 * Calls for one i come in the order of `first`; calls for different i may be concurrent. */
typedef void DistanceVisit(void *args, int i, int first, int n, const real *d2);

/* distances_visit: for all rows of a and b. Equal rows have distance 0 exactly; a pair has the same
 * bits at any position and in both orders, for the same centre.
 *   a [n,X], b [m,X]   in
 *   centre [X]         in   a point within b, subtracted from both before the product
 * GT_ERESOURCE. */
Status distances_visit(View a, View b, const double *centre, DistanceVisit *visit, void *args,
                       Error *e);

/* nearest_distances: squared distances of each row of a from its k nearest rows of b, ascending.
 *   self      in    a and b are the same: excludes each row itself
 *   d2 [n,k]  out   INFINITY where b has fewer rows
 * GT_ERESOURCE. */
Status nearest_distances(View a, View b, const double *centre, bool self, int k, real *d2,
                         Error *e);

#endif
