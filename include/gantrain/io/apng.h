/* Animated PNG: a PNG that plays in every browser; other viewers show its first frame. */
#ifndef GANTRAIN_IO_APNG_H
#define GANTRAIN_IO_APNG_H

#include "gantrain/base/text.h"
#include "gantrain/io/image.h"

enum {
    APNG_MAX_FRAMES = 10000,
    APNG_MAX_DELAY = 60000,         /* milliseconds                        */
    APNG_MAX_BYTES = INT32_MAX / 2, /* of pixels of all frames together    */
};

/* An animation while it is put together; it plays over and over. */
typedef struct Apng {
    int width, height, channels; /* of every frame                                */
    int frames, added;
    uint32_t sequence; /* of the next chunk that is numbered                      */
    uint8_t *rows;     /* a frame with its rows filtered [height][1 + row] owned  */
    uint8_t *packed;   /* the same after deflate                           owned  */
    Text file;
} Apng;

/* apng_check_size: whether so many frames of that size are possible. GT_EUSAGE tells what is. */
Status apng_check_size(int width, int height, int channels, int64_t frames, Error *e);

/* apng_open: for exactly that many frames, which must fit. GT_EUSAGE, GT_ERESOURCE.
 * Whoever opens closes. */
Status apng_open(Apng *a, int width, int height, int channels, int frames, Error *e);

/* apng_add: the next frame, shown for `delay` milliseconds (0..APNG_MAX_DELAY). GT_ERESOURCE. */
Status apng_add(Apng *a, const Picture *frame, int delay, Error *e);

/* apng_write: durably, after the last frame. GT_EOUTPUT, GT_ERESOURCE. */
Status apng_write(Apng *a, const char *path, Error *e);

/* Accepts NULL and a zeroed Apng. */
void apng_close(Apng *a);

#endif
