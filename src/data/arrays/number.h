/* Number types of arrays in files, and their conversion to double. */
#ifndef GANTRAIN_SRC_DATA_NUMBER_H
#define GANTRAIN_SRC_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum { NUMBER_BYTES_MAX = 8 };

typedef struct NumberType {
    const char *name; /* as NumPy calls it                                        */
    char letter;      /* NumPy's: b bool, u unsigned, i signed, f floating point  */
    int bytes;        /* of one number                                            */
    void (*decode)(const void *in, size_t n, double *out); /* in: aligned, of this machine */
} NumberType;

/* number_type: NULL: there is none. */
const NumberType *number_type(char letter, int bytes);

bool number_is_integer(const NumberType *t);

/* number_swap: reverses the bytes of each of n numbers. */
void number_swap(const NumberType *t, void *at, size_t n);

#endif
