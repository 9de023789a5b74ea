/* Common parts of the fuzz targets: files in memory, and assertions that no build removes.
 *
 * A target is one LLVMFuzzerTestOneInput: it feeds the bytes to a parser, which must return, and
 * asserts the properties of the result with must(). */
#ifndef GANTRAIN_TESTS_FUZZ_H
#define GANTRAIN_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sets the contents of every file that is read, whatever its name. Not copied. */
void fuzz_set_file(const void *at, size_t n);

/* The last file written, valid until the next write, and the number of writes. */
const uint8_t *fuzz_written(size_t *n);
int fuzz_writes(void);

/* The path of a real file with these bytes, for readers that use descriptors. */
const char *fuzz_temp_path(const void *at, size_t n);

/* Aborts with the broken property unless it holds. */
static inline void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: broken: %s\n", what);
    abort();
}

/* A failure must have a message and its code in `e`, a success none. */
static inline void must_report(Status s, const Error *e)
{
    must(s == GT_OK ? e->lines == 0 : e->lines > 0 && *e->text[0], "a failure has a message");
    must(s == e->code, "the status is the error's");
    must(s != GT_EINTERNAL, "no internal error");
}

#endif
