/* A safetensors file while it is checked. */
#ifndef GANTRAIN_SRC_IO_SAFETENSORS_SCAN_H
#define GANTRAIN_SRC_IO_SAFETENSORS_SCAN_H

#include "gantrain/io/safetensors.h"

enum { LENGTH_BYTES = 8 };

typedef struct Scan {
    const char *path;
    const unsigned char *start; /* of the file         */
    const unsigned char *data;  /* after the header    */
    size_t header;              /* bytes of the header */
    size_t size;                /* bytes of data       */
    char *edited;               /* where a wrong checksum is noted; NULL: it is an error */
} Scan;

/* GT_ECHECKPOINT, or a note in s->edited, if a checksum is wrong. Older files have no checksums of
 * single tensors; one of the header comes with every one of the data. */
Status tensors_check_header_crc(const TensorFile *f, const Scan *s, Error *e);
Status tensors_check_data_crc(const TensorFile *f, const Scan *s, Error *e);

#endif
