/* A temporary folder for each test, with one file `path`; for cmocka's setup and teardown. */
#ifndef GANTRAIN_TESTS_SCRATCH_H
#define GANTRAIN_TESTS_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/status.h"

#include <cmocka.h> /* after our headers: it has a macro fail() */

typedef struct Scratch {
    char folder[32];
    char path[48];
} Scratch;

static inline int scratch_open(void **state)
{
    Scratch *s = calloc(1, sizeof *s);
    assert_non_null(s);
    strcpy(s->folder, "/tmp/gantrain-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/file", s->folder);
    *state = s;
    return 0;
}

/* Fails if the test left anything but `path`, for instance a temporary file. */
static inline int scratch_close(void **state)
{
    Scratch *s = *state;
    unlink(s->path);
    const int left = rmdir(s->folder);
    free(s);
    return left;
}

/* Empties a folder, or creates it. */
static inline void scratch_clear(const char *folder)
{
    char command[192];
    snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", folder, folder);
    assert_int_equal(system(command), 0);
}

static inline void scratch_put(const Scratch *s, const void *bytes, size_t n)
{
    unlink(s->path); /* cutting an old file makes some file systems flush it */
    FILE *file = fopen(s->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

#endif
