/* Calls of the system that fail when a test says so (SQLite's way [1]): a trial is repeated with the first call
 * failing, then the second, and so on, until it ends without reaching that number; once with that call alone
 * failing, once with all after it as well. Under the address sanitizer this also shows that nothing leaks.
 *
 * For tests called test_faults_*, which tests/CMakeLists.txt links with --wrap. The calls of cJSON go through
 * ours after faults_take_cjson(); of libpng and zlib their functions fail as a whole.
 * [1] https://www.sqlite.org/testing.html, section 3 */
#ifndef GANTRAIN_TESTS_FAULTS_H
#define GANTRAIN_TESTS_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cjson/cJSON.h>

#include "gantrain/base/status.h"

#include <cmocka.h> /* after our headers: it has a macro fail() */

typedef enum FaultKind {
    FAULT_MEMORY = 1,
    FAULT_OPEN = 2,
    FAULT_STAT = 4,
    FAULT_READ = 8,
    FAULT_ZLIB = 16, /* `error` is zlib's */
    FAULT_PNG = 32,  /* no memory in libpng, in its own words */
} FaultKind;

enum { ONE_BYTE = 0 }; /* as the error of a read: it succeeds with one byte */

typedef struct Faults {
    int kinds; /* which calls are counted; 0: none fails */
    int nth;   /* the call that fails, from 1            */
    bool on;   /* and all after it                       */
    int error;
    int calls;
} Faults;

static Faults faults;

static inline bool fault_hits(FaultKind kind)
{
    if (!(faults.kinds & (int)kind))
        return false;
    faults.calls++;
    const bool hit = faults.on ? faults.calls >= faults.nth : faults.calls == faults.nth;
    if (hit && kind != FAULT_ZLIB)
        errno = faults.error;
    return hit;
}

/* ---- what the linker puts in the place of the system's ------------------------------------------- */

/* visible, because the linker looks at what the libraries want, too */
#define WRAP(result, name, ...)                                                                    \
    result __real_##name(__VA_ARGS__);                                                             \
    __attribute__((visibility("default"))) result __wrap_##name(__VA_ARGS__);                      \
    result __wrap_##name(__VA_ARGS__)

WRAP(void *, malloc, size_t n)
{
    return fault_hits(FAULT_MEMORY) ? NULL : __real_malloc(n);
}

WRAP(void *, calloc, size_t n, size_t size)
{
    return fault_hits(FAULT_MEMORY) ? NULL : __real_calloc(n, size);
}

WRAP(void *, realloc, void *p, size_t n)
{
    return fault_hits(FAULT_MEMORY) ? NULL : __real_realloc(p, n);
}

WRAP(void *, aligned_alloc, size_t alignment, size_t n)
{
    return fault_hits(FAULT_MEMORY) ? NULL : __real_aligned_alloc(alignment, n);
}

WRAP(char *, strdup, const char *s)
{
    return fault_hits(FAULT_MEMORY) ? NULL : __real_strdup(s);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const unsigned mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;
    va_end(args);
    return fault_hits(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

WRAP(int, fstat, int fd, struct stat *st)
{
    return fault_hits(FAULT_STAT) ? -1 : __real_fstat(fd, st);
}

WRAP(ssize_t, read, int fd, void *out, size_t n)
{
    if (!fault_hits(FAULT_READ))
        return __real_read(fd, out, n);
    return faults.error == ONE_BYTE ? __real_read(fd, out, n > 0) : -1;
}

WRAP(ssize_t, pread, int fd, void *out, size_t n, off_t at)
{
    if (!fault_hits(FAULT_READ))
        return __real_pread(fd, out, n, at);
    return faults.error == ONE_BYTE ? __real_pread(fd, out, n > 0, at) : -1;
}

WRAP(int, inflateInit2_, z_streamp z, int bits, const char *version, int size)
{
    return fault_hits(FAULT_ZLIB) ? faults.error : __real_inflateInit2_(z, bits, version, size);
}

WRAP(int, inflateReset, z_streamp z)
{
    return fault_hits(FAULT_ZLIB) ? faults.error : __real_inflateReset(z);
}

WRAP(int, inflate, z_streamp z, int flush)
{
    return fault_hits(FAULT_ZLIB) ? faults.error : __real_inflate(z, flush);
}

/* As libpng ends when it has no memory for its structures, or for what it unpacks into. */
static inline int png_fails(png_image *image, const char *words)
{
    png_image_free(image);
    snprintf(image->message, sizeof image->message, "%s", words);
    image->warning_or_error = PNG_IMAGE_ERROR;
    return 0;
}

WRAP(int, png_image_begin_read_from_memory, png_image *image, png_const_voidp at, size_t n)
{
    return fault_hits(FAULT_PNG) ? png_fails(image, "png_image_read: out of memory")
                                 : __real_png_image_begin_read_from_memory(image, at, n);
}

WRAP(int, png_image_finish_read, png_image *image, png_const_colorp background, void *out,
     png_int_32 stride, void *colours)
{
    return fault_hits(FAULT_PNG)
               ? png_fails(image, "Memory allocation failed")
               : __real_png_image_finish_read(image, background, out, stride, colours);
}

/* ---- trials ---------------------------------------------------------------------------------------- */

static inline void *cjson_malloc(size_t n)
{
    return malloc(n);
}

static inline void cjson_free(void *p)
{
    free(p);
}

static inline void faults_take_cjson(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){ cjson_malloc, cjson_free });
}

/* Does something and undoes it; it must fail with one line of `e`, or succeed. */
typedef Status (*Trial)(void *me, Error *e);

static inline Status fault_try(Faults how, Trial trial, void *me, Error *e)
{
    memset(e, 0, sizeof *e);
    faults = how;
    const Status s = trial(me, e);
    faults.kinds = 0;
    return s;
}

/* How many calls of these kinds a trial makes that succeeds. */
static inline int fault_count(int kinds, Trial trial, void *me)
{
    static Error e;
    const Status s = fault_try((Faults){ .kinds = kinds, .nth = -1 }, trial, me, &e);
    if (s != GT_OK)
        fail_msg("without a fault: %s", e.text[0]);
    return faults.calls;
}

/* Every call of these kinds fails in turn with `error`, and the trial with it, with status `expected`. */
static inline void fail_each(int kinds, int error, Status expected, Trial trial, void *me)
{
    static Error e;
    const int calls = fault_count(kinds, trial, me);
    assert_true(calls > 0);
    for (int n = 1; n <= calls; n++)
        for (int on = 0; on <= 1; on++) {
            const Faults how = { .kinds = kinds, .nth = n, .on = on, .error = error };
            const Status s = fault_try(how, trial, me, &e);
            if (s != expected || e.lines != 1 || e.code != expected)
                fail_msg("call %d of %d: status %d, \"%s\"", n, calls, (int)s, e.text[0]);
        }
}

/* Every call of these kinds goes wrong in turn in a way that the trial must survive. */
static inline void bend_each(int kinds, int error, Trial trial, void *me)
{
    static Error e;
    const int calls = fault_count(kinds, trial, me);
    assert_true(calls > 0);
    for (int n = 1; n <= calls; n++) {
        const Faults how = { .kinds = kinds, .nth = n, .error = error };
        if (fault_try(how, trial, me, &e) != GT_OK)
            fail_msg("call %d of %d: \"%s\"", n, calls, e.text[0]);
    }
}

#endif
