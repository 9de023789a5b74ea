/* What the fuzz targets share: files that are memory, and a check that is there in every build.
 *
 * A target is one LLVMFuzzerTestOneInput: it feeds the bytes to a parser, which must come back, and says
 * with must() what has to hold then. Fast is good: 10^5 inputs a second find more than 10^3. */
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

/* What every file holds for whoever reads one, whatever its name; the caller's, not copied. */
void fuzz_give(const void *at, size_t n);

/* The file that was written last, and how many were; valid until the next one is. */
const uint8_t *fuzz_taken(size_t *n);
int fuzz_writes(void);

/* A path of a regular file with these bytes, for readers that open files themselves. */
const char *fuzz_file(const void *at, size_t n);

/* Aborts when it does not hold, with the promise that was broken. */
static inline void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: broken: %s\n", what);
    abort();
}

/* A failure has a message and a code of its own, a success has none. */
static inline void must_tell(Status s, const Error *e)
{
    must(s == GT_OK ? e->lines == 0 : e->lines > 0 && *e->text[0], "a failure says why");
    must(s == e->code, "the status is the error's");
    must(s != GT_EINTERNAL, "no internal error");
}

#endif
