/* What lies at a path: which kind of data set reads it. */
#ifndef GANTRAIN_DATA_RECOGNIZE_H
#define GANTRAIN_DATA_RECOGNIZE_H

#include <stdbool.h>

#include "gantrain/data/dataset.h"

typedef struct Recognized {
    const DatasetKind *kind; /* NULL: no kind reads it                                        */
    const char *name;        /* of the kind; NULL: none                                       */
    bool points;             /* its samples are points                                        */
    bool archive;            /* a zip archive                                                 */
    char what[200];          /* "a folder with 5 PNG or JPEG pictures", "a CSV table"; for users */
} Recognized;

/* dataset_recognize: looks at the names in a folder or at the first bytes of a file; reads no
 * sample. Follows links, opens only regular files and folders. */
void dataset_recognize(const char *path, Recognized *out);

#endif
