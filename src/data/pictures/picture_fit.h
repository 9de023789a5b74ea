/* A picture as a sample: channels, centre crop, size, planes. */
#ifndef GANTRAIN_SRC_DATA_PICTURE_FIT_H
#define GANTRAIN_SRC_DATA_PICTURE_FIT_H

#include "gantrain/io/image.h"

/* picture_fit: writes *p as planes of bytes.   out [channels, height, width]
 *   size      in   0: as it is; else its centre square, resized to size x size by averaging areas
 *   channels  in   1 or 3; grey is repeated, colour becomes luma (ITU-R BT.601)
 * Only integers: the same bytes on every processor. GT_ERESOURCE. */
Status picture_fit(const Picture *p, int size, int channels, uint8_t *out, Error *e);

#endif
