/* Animated PNG: plays in every browser; other viewers show its first frame. */
#ifndef GANTRAIN_IO_APNG_H
#define GANTRAIN_IO_APNG_H

#include "gantrain/base/text.h"
#include "gantrain/io/image.h"

enum {
    APNG_MAX_FRAMES = 10000,
    APNG_MAX_DELAY = 60000,         /* milliseconds               */
    APNG_MAX_BYTES = INT32_MAX / 2, /* of the pixels of all frames */
};

/* An animation under construction; it repeats forever. */
typedef struct Apng {
    int width, height, channels; /* of every frame */
    int frames, added;
    uint32_t sequence; /* of the next fcTL or fdAT */
    Text file;
} Apng;

/* apng_check_size: whether an animation of that size is possible. GT_EUSAGE names the limit. */
Status apng_check_size(int width, int height, int channels, int64_t frames, Error *e);

/* apng_open: an animation of exactly `frames` frames. GT_EUSAGE, GT_ERESOURCE. */
Status apng_open(Apng *a, int width, int height, int channels, int frames, Error *e);

/* apng_add: appends a frame, shown for `delay` milliseconds (0..APNG_MAX_DELAY). GT_ERESOURCE. */
Status apng_add(Apng *a, const Picture *frame, int delay, Error *e);

/* apng_write: writes the file durably, after the last frame. GT_EOUTPUT, GT_ERESOURCE. */
Status apng_write(Apng *a, const char *path, Error *e);

/* Accepts NULL and a zeroed Apng. */
void apng_close(Apng *a);

#endif
