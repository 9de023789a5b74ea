/* The header of a .npy file: magic, version, length, a Python dict as text. The length has two
 * bytes in version 1.0; four in 2.0 and 3.0, for dicts that are longer or in UTF-8.
 *
 * The dict is scanned for exactly the three keys that NumPy writes, in any order. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/npy.h"

enum {
    NPY_MAGIC = 6,           /* bytes of "\x93NUMPY"            */
    NPY_SHORT = 10,          /* bytes before the dict           */
    NPY_LONG = 12,           /* likewise, from version 2.0 on   */
    NPY_HEADER_MAX = 1 << 20 /* of an array without fields it is below 300 */
};

/* ---- the dict -------------------------------------------------------------------------------- */

typedef struct Dict {
    NpyHeader *header;
    bool has_descr, has_order, has_shape;
} Dict;

typedef struct Cursor {
    const char *at, *end;
} Cursor;

static void skip_space(Cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n'))
        c->at++;
}

static bool accept(Cursor *c, const char *word)
{
    skip_space(c);
    const size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool scan_string(Cursor *c, char text[NPY_WORD])
{
    if (!accept(c, "'"))
        return false;
    int n = 0;
    while (c->at < c->end && *c->at != '\'' && n < NPY_WORD - 1)
        text[n++] = *c->at++;
    text[n] = '\0';
    return accept(c, "'");
}

static bool scan_integer(Cursor *c, int64_t *x)
{
    skip_space(c);
    const char *start = c->at;
    for (*x = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        if (*x > (INT64_MAX - 9) / 10)
            return false;
        *x = *x * 10 + (*c->at - '0');
    }
    return c->at > start;
}

/* (), (5,), (2, 3), (2, 3, 4) */
static bool scan_shape(Cursor *c, NpyHeader *d)
{
    if (!accept(c, "("))
        return false;
    bool more = true; /* after a comma; else only the end may follow */
    for (d->rank = 0; !accept(c, ")"); d->rank++) {
        int64_t side = 0;
        if (!more || d->rank == NPY_RANK || !scan_integer(c, &side))
            return false;
        d->shape[d->rank] = side;
        more = accept(c, ",");
    }
    return true;
}

/* A string; a list of fields becomes "records". */
static bool scan_descr(Cursor *c, char descr[NPY_WORD])
{
    if (!accept(c, "["))
        return scan_string(c, descr);
    int depth = 1;
    for (; c->at < c->end && depth > 0; c->at++)
        depth += (*c->at == '[') - (*c->at == ']');
    strcpy(descr, "records");
    return depth == 0;
}

static bool scan_order(Cursor *c, bool *fortran)
{
    *fortran = accept(c, "True");
    return *fortran || accept(c, "False");
}

/* One "key: value"; fails for a duplicate key. */
static bool scan_member(Cursor *c, Dict *d)
{
    char key[NPY_WORD];
    if (!scan_string(c, key) || !accept(c, ":"))
        return false;
    if (strcmp(key, "descr") == 0 && !d->has_descr)
        return d->has_descr = scan_descr(c, d->header->descr);
    if (strcmp(key, "fortran_order") == 0 && !d->has_order)
        return d->has_order = scan_order(c, &d->header->fortran_order);
    if (strcmp(key, "shape") == 0 && !d->has_shape)
        return d->has_shape = scan_shape(c, d->header);
    return false;
}

static bool read_dict(Cursor *c, Dict *d)
{
    if (!accept(c, "{"))
        return false;
    for (bool more = true; !accept(c, "}"); more = accept(c, ","))
        if (!more || !scan_member(c, d))
            return false;
    skip_space(c);
    return c->at == c->end && d->has_descr && d->has_order && d->has_shape;
}

/* ---- the header ------------------------------------------------------------------------------ */

Status npy_header_bytes(const unsigned char *b, size_t n, const char *path, size_t *bytes, Error *e)
{
    if (n < NPY_SHORT || memcmp(b, "\x93NUMPY", NPY_MAGIC) != 0)
        return fail(e, GT_EDATA, "%s: byte 0: not a .npy file: expected one written by numpy.save",
                    path);
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return fail(e, GT_EDATA, "%s: byte 6: .npy version %d.%d: expected version 1.0, 2.0 or 3.0",
                    path, b[6], b[7]);
    *bytes = NPY_SHORT + (size_t)b[8] + ((size_t)b[9] << 8);
    if (b[6] > 1 && n >= NPY_LONG)
        *bytes += 2 + ((size_t)b[10] << 16) + ((size_t)b[11] << 24);
    if ((b[6] > 1 && n < NPY_LONG) || *bytes > NPY_HEADER_MAX)
        return fail(e, GT_EDATA, "%s: byte 8: damaged header: it would take %zu bytes", path,
                    *bytes);
    return GT_OK;
}

Status npy_parse(NpyHeader *h, const unsigned char *at, size_t n, const char *path, Error *e)
{
    *h = (NpyHeader){ 0 };
    TRY(npy_header_bytes(at, n, path, &h->bytes, e));
    if (h->bytes > n)
        return fail(e, GT_EDATA, "%s: byte %zu: truncated: the header alone takes %zu bytes", path,
                    n, h->bytes);
    Dict d = { .header = h };
    Cursor c = { (const char *)at + (at[6] > 1 ? NPY_LONG : NPY_SHORT),
                 (const char *)at + h->bytes };
    if (read_dict(&c, &d))
        return GT_OK;
    return fail(e, GT_EDATA,
                "%s: byte %td: damaged header: expected a dict of 'descr', 'fortran_order' and "
                "'shape'",
                path, c.at - (const char *)at);
}
