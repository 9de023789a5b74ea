/* The parts of a PNG file that pictures and animations share. */
#ifndef GANTRAIN_SRC_IO_PNG_WRITE_H
#define GANTRAIN_SRC_IO_PNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/text.h"
#include "gantrain/io/image.h"

enum { PNG_FILTERS = 5 };

/* Stores n big-endian. */
void png_put32(uint8_t *to, uint32_t n);

/* png_add_chunk: appends length, name, data in two parts, and the CRC of name and data. */
void png_add_chunk(Text *file, const char name[4], const uint8_t *head, size_t n_head,
                   const uint8_t *body, size_t n_body);

/* Appends the signature and the IHDR of pictures of this size. */
void png_add_header(Text *file, int width, int height, int channels);

/* Bytes of the filtered rows: [height][1 + width·channels]. */
size_t png_row_bytes(const Picture *p);

/* png_deflate: filters each row with the best of the first `filters` filters and deflates all.
 *   rows  out  [png_row_bytes] scratch        to  out  [compressBound(png_row_bytes)]
 * Returns the bytes written to `to`; 0: no memory. */
size_t png_deflate(const Picture *p, int filters, int level, uint8_t *rows, uint8_t *to);

#endif
