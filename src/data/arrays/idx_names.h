/* Names of the IDX files of a data set: those of MNIST in their two spellings, and those of EMNIST
 * and the like with a name of the set in front; plain or .gz. */
#ifndef GANTRAIN_SRC_DATA_IDX_NAMES_H
#define GANTRAIN_SRC_DATA_IDX_NAMES_H

#include <stdbool.h>

#include "gantrain/base/status.h"

enum { IDX_PATH = 4400, IDX_HEAD = 96 };

/* The files of one part of one set in a folder. */
typedef struct IdxNames {
    const char *dir;
    char head[IDX_HEAD]; /* before "train-images...": "", "emnist-letters-"   */
    const char *part;    /* "train", "t10k" or "test"; NULL: there are none  */
} IdxNames;

/* idx_names_find: the files with the images of a part, train or test.
 *   subset   in   name of the set, where there are several: "letters"; "": the only one
 * GT_EDATA lists the sets if none or several are meant. Without any, *n has no part. */
Status idx_names_find(IdxNames *n, const char *dir, const char *subset, bool test, Error *e);

/* Path of a file of *n, "images" or "labels". False: there is none; then it is the usual name. */
bool idx_names_path(const IdxNames *n, const char *what, char path[IDX_PATH]);

/* Whether the set is one of EMNIST's, which are stored transposed. */
bool idx_names_is_emnist(const IdxNames *n);

/* idx_missing: reports that `dir` lacks the images of a part: what lies there instead, and what to
 * do. Returns GT_EDATA. */
Status idx_missing(const char *dir, bool test, Error *e);

#endif
