/* Collecting the names of pictures. */
#ifndef GANTRAIN_SRC_DATA_PICTURE_NAMES_H
#define GANTRAIN_SRC_DATA_PICTURE_NAMES_H

#include "picture_list.h"

/* picture_names_collect: fills l->file and l->names from the folder or the archive l->path, in any
 * order, and counts the files that it cannot read. GT_EDATA, GT_ERESOURCE. */
Status picture_names_collect(PictureList *l, Error *e);

#endif
