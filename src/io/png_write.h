/* PNG files in memory. */
#ifndef GANTRAIN_SRC_IO_PNG_WRITE_H
#define GANTRAIN_SRC_IO_PNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/io/image.h"

/* The file is: signature, IHDR, one IDAT from here on, IEND. */
enum { PNG_IDAT = 33 };

/* png_encode: `filtered`: each row gets the best filter (RFC 2083, §9.6); else none.
 * Returns a malloc'ed file of *bytes; NULL: no memory. */
uint8_t *png_encode(const Picture *p, bool filtered, int level, size_t *bytes);

#endif
