/* The arrays of an .npz archive, as numpy.savez writes it: zip entries NAME.npy. */
#ifndef GANTRAIN_SRC_DATA_NPZ_FILE_H
#define GANTRAIN_SRC_DATA_NPZ_FILE_H

#include "array.h"
#include "gantrain/io/zip.h"

/* Entries of an archive; -1: there is none. */
typedef struct NpzMembers {
    int samples, labels; /* of the part                                                */
    int training;        /* the samples of the other part, where the archive has parts */
    bool parts;          /* the archive holds the part apart                           */
} NpzMembers;

/* npz_choose: the arrays of a part, train or test.
 *   samples, labels   in   names of arrays, "" for the usual ones: x_train, y_train, x_test ...;
 *                          else the only array of the archive is the samples
 * GT_EDATA lists the arrays. */
Status npz_choose(const Zip *z, const char *samples, const char *labels, bool test, NpzMembers *out,
                  Error *e);

/* npz_open: entry i of the archive, which must outlive *a. GT_EDATA, GT_ERESOURCE. */
Status npz_open(Array *a, const Zip *z, int i, Error *e);

/* npz_rank: dimensions of the samples that npz_choose finds in the archive `path`; -1: none. */
int npz_rank(const char *path);

#endif
