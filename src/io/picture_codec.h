/* The decoders behind gantrain/io/picture.h. */
#ifndef GANTRAIN_SRC_IO_PICTURE_CODEC_H
#define GANTRAIN_SRC_IO_PICTURE_CODEC_H

#include "gantrain/io/picture.h"

/* png_decode, jpeg_decode: all pixels of a file in memory whose head is known, without turning. A
 * `strict` PNG may not even have a reason for a warning. GT_EDATA, GT_ERESOURCE. */
Status png_decode(const uint8_t *at, size_t n, const PictureHead *head, int background, bool strict,
                  Picture *out, Error *e);
Status jpeg_decode(const uint8_t *at, size_t n, const PictureHead *head, Picture *out, Error *e);

/* The orientation in an EXIF block, which begins with "Exif"; 1 where it has none. */
int exif_orientation(const uint8_t *at, size_t n);

/* Turns *p so that the EXIF orientation becomes 1. GT_ERESOURCE: *p is as before. */
Status picture_turn(Picture *p, int orientation, Error *e);

#endif
