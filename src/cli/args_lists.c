/* Values of flags that are more than one integer: a number with a point, rows and columns, ranges. No sign
 * and no space anywhere, as for integers. */
#include "args.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/ranges.h"

static const char digits[] = "0123456789";

/* Digits, perhaps a point and digits: nothing else that strtod takes. */
Status args_real(const Args *a, const char *name, double least, double most, double otherwise,
                 double *out, Error *e)
{
    const char *text = args_value(a, name);
    *out = otherwise;
    if (!text)
        return GT_OK;
    const size_t whole = strspn(text, digits);
    const size_t part = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
    const bool plain = whole && !text[whole + (text[whole] == '.' ? 1 + part : 0)];
    const double x = plain ? strtod(text, NULL) : -1;
    if (!(x >= least && x <= most) || (text[whole] == '.' && !part))
        return fail(e, GT_EUSAGE, "%s: expected a number %g..%g, got \"%s\"", name, least, most,
                    text);
    *out = x;
    return GT_OK;
}

Status args_pair(const Args *a, const char *name, int *rows, int *cols, Error *e)
{
    const char *text = args_value(a, name);
    *rows = *cols = 0;
    if (!text)
        return GT_OK;
    const size_t r = strspn(text, digits);
    const size_t c = text[r] == 'x' ? strspn(text + r + 1, digits) : 0;
    if (r >= 1 && r <= 4 && c >= 1 && c <= 4 && !text[r + 1 + c]) {
        *rows = (int)strtol(text, NULL, 10);
        *cols = (int)strtol(text + r + 1, NULL, 10);
    }
    if (*rows > 0 && *cols > 0)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%s: expected ROWSxCOLUMNS such as 8x8, got \"%s\"", name, text);
}

/* ---- ranges --------------------------------------------------------------------------------------- */

/* How many integers the text names, at most `most` + 1; -1: it is no list of ranges. out may be NULL. */
static int64_t read_ranges(const char *text, int64_t most, uint64_t *out)
{
    const char *at = text;
    int64_t n = 0, first, last;
    do {
        if (!ranges_take(&at, &first, &last))
            return -1;
        for (int64_t x = first; x <= last && n <= most; x++, n++)
            if (out)
                out[n] = (uint64_t)x;
    } while (*at);
    return n;
}

Status args_ranges(const Args *a, const char *name, int most, uint64_t **out, int *n, Error *e)
{
    const char *text = args_value(a, name);
    *out = NULL;
    *n = 0;
    if (!text)
        return GT_OK;
    const int64_t there = read_ranges(text, most, NULL);
    if (there < 0)
        return fail(e, GT_EUSAGE, "%s: expected integers and ranges such as 1,5,9-12, got \"%s\"",
                    name, text);
    if (there > most)
        return fail(e, GT_EUSAGE, "%s: \"%s\" names more than %d", name, text, most);
    *out = malloc((size_t)there * sizeof **out);
    if (!*out)
        return fail(e, GT_ERESOURCE, "%s: no memory for %d integers", name, (int)there);
    *n = (int)read_ranges(text, most, *out);
    return GT_OK;
}
