/* The data set kind "idx", for other kinds made of its images. */
#ifndef GANTRAIN_SRC_DATA_IDX_FOLDER_H
#define GANTRAIN_SRC_DATA_IDX_FOLDER_H

#include "array_samples.h"
#include "data/source.h"

typedef struct IdxOptions {
    SourceOptions source;
    ArrayOptions array;
    const char *subset; /* name of one of several sets in the folder; "": the only one */
} IdxOptions;

/* A folder of IDX files: images, their count and shape, and labels if there are any. GT_EDATA. */
Status idx_folder_read(Dataset *d, const SourceOptions *o, Error *e);

#endif
