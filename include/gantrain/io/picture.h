/* Pictures that others made: PNG and JPEG of every type, decoded from memory to 8-bit grey or RGB.
 *
 * Colour profiles and gamma are ignored: the values are those of the file. Messages name neither
 * the file nor a path; the caller adds it (error_add_prefix). */
#ifndef GANTRAIN_IO_PICTURE_H
#define GANTRAIN_IO_PICTURE_H

#include "gantrain/io/image.h"

enum {
    PICTURE_FILE_BYTES = 256 << 20, /* of one file, at most                            */
    PICTURE_HEAD_BYTES = 16 << 10,  /* of a file usually hold its head                 */
    JPEG_MAX_SCANS = 100,           /* each scan of a progressive JPEG costs a pass    */
};

typedef enum PictureFormat { PICTURE_PNG, PICTURE_JPEG } PictureFormat;

/* What the first bytes of a file say, without decoding. */
typedef struct PictureHead {
    PictureFormat format;
    int width, height; /* as shown, that is, after `orientation`                 */
    int channels;      /* 1: a grey type, 3: a colour type, palettes included    */
    int orientation;   /* EXIF, 1..8: how a JPEG is to be turned; 1: as it is    */
    bool alpha;        /* PNG: a channel of its own                              */
    int depth;         /* bits of a value                                        */
    bool palette;
} PictureHead;

/* picture_examine: reads the head. No memory is taken; sizes beyond IMAGE_MAX_SIDE or
 * IMAGE_MAX_PIXELS are refused here. `n` may be only the first bytes of the file: then GT_EDATA may
 * mean that the head is longer. */
Status picture_examine(const uint8_t *at, size_t n, PictureHead *head, Error *e);

/* picture_decode: decodes a whole file and turns it as its EXIF orientation says. Transparent
 * pixels are composed over the grey level `background`. The same bytes on every processor. May be
 * called by several threads at once. GT_EDATA: damaged, incomplete, too large or another format;
 * GT_ERESOURCE. The caller frees *out with picture_free. */
Status picture_decode(const uint8_t *at, size_t n, int background, Picture *out, Error *e);

#endif
