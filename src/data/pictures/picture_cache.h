/* Decoded pictures on disk, so that the next command need not decode them. */
#ifndef GANTRAIN_SRC_DATA_PICTURE_CACHE_H
#define GANTRAIN_SRC_DATA_PICTURE_CACHE_H

#include "picture_read.h"

/* What the decoded pictures follow from. One file of the cache belongs to a `place`; it is replaced
 * when the `content` has changed. */
typedef struct PictureKey {
    uint64_t place;   /* the path of the folder, and the options                */
    uint64_t content; /* names, sizes and times of all files; in it, the place  */
} PictureKey;

PictureKey picture_cache_key(const PictureList *l, const PictureOptions *options);

/* picture_cache_read: false: they are not in the cache, or damaged there, which is a warning. */
bool picture_cache_read(Pictures *p, PictureKey key);

/* picture_cache_write: a failure is a warning. */
void picture_cache_write(const Pictures *p, PictureKey key);

#endif
