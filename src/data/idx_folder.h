/* Data sets that read a folder of IDX files. */
#ifndef GANTRAIN_SRC_DATA_IDX_FOLDER_H
#define GANTRAIN_SRC_DATA_IDX_FOLDER_H

#include "gantrain/data/dataset.h"

/* A folder of IDX files; the first member of the options of every kind that reads one. */
typedef struct IdxOptions {
    const char *dir;
    const Entry *split; /* of idx_splits   */
    const Entry *range; /* of pixel_ranges */
} IdxOptions;

extern const Registry idx_splits; /* train, test */

/* idx_folder_read: images, their count and shape, and labels where there are any. GT_EDATA. */
Status idx_folder_read(Dataset *d, const IdxOptions *o, Error *e);

#endif
