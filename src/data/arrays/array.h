/* An array of numbers in an open file: its type and extents, and its values in pieces, so that
 * an array of any type takes no more memory than what is made of it. */
#ifndef GANTRAIN_SRC_DATA_ARRAY_H
#define GANTRAIN_SRC_DATA_ARRAY_H

#include <stdint.h>

#include "gantrain/base/status.h"
#include "number.h"

enum { ARRAY_RANK_MAX = 8, ARRAY_TEXT = 128 };

typedef struct Array Array;

/* How a format reads the data. Errors are GT_EDATA or GT_ERESOURCE and name the file. */
typedef struct ArraySource {
    Status (*read)(Array *a, void *out, size_t want, Error *e); /* the next bytes of the data    */
    Status (*finish)(Array *a, Error *e); /* after the last byte: checks that nothing follows    */
    Status (*rewind)(Array *a, Error *e); /* to the first byte of the data                       */
    void (*close)(Array *a);
} ArraySource;

struct Array {
    const ArraySource *source; /* NULL: closed                                                */
    void *file;                /* of the source                                               */
    const char *name;          /* for messages; of the file                                   */
    const NumberType *type;
    bool swapped; /* the bytes of a number are in big-endian order                            */
    bool fortran; /* the first index runs fastest, not the last                               */
    int rank;
    uint64_t extent[ARRAY_RANK_MAX]; /* none is 0; array_bytes bounds their product          */
};

/* array_bytes: the bytes of the data, if they are at most `most`: for readers of headers, before
 * anything relies on the extents. None of these may be 0.
 * array_size: number of values.
 * array_text: "60000 x 28 x 28", "1 number" for rank 0. */
bool array_bytes(const Array *a, uint64_t most, uint64_t *bytes);
uint64_t array_size(const Array *a);
void array_text(const Array *a, char text[ARRAY_TEXT]);

/* array_index: the indices of the value at `position` in the file: "[5, 3, 2]". */
void array_index(const Array *a, uint64_t position, char text[ARRAY_TEXT]);

/* array_each: passes all values in the order of the file, from `first` on, n at a time, to `visit`.
 * GT_EDATA also for NaN and infinity, with its indices. */
typedef Status ArrayVisit(void *context, uint64_t first, const double *value, size_t n, Error *e);
Status array_each(Array *a, ArrayVisit *visit, void *context, Error *e);

/* array_range: the least and the greatest value; the array is at its first value again. */
typedef struct ArrayRange {
    double low, high;
} ArrayRange;
Status array_range(Array *a, ArrayRange *range, Error *e);

/* Accepts a zeroed Array. */
void array_close(Array *a);

#endif
