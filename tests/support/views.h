/* Views of memory that a test owns. */
#ifndef GANTRAIN_TESTS_VIEWS_H
#define GANTRAIN_TESTS_VIEWS_H

#include <stdlib.h>

#include "gantrain/math/mat.h"

static inline void free_view(View v)
{
    union {
        const real *in;
        void *out;
    } at = { v.at };
    free(at.out);
}

#endif
