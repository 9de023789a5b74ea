/* Typed values of flags. Numbers have no sign, no exponent and no space: what scripts write by
 * mistake (an empty variable, "1e3") is an error instead of another number. */
#include "args.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/base/rng.h"
#include "gantrain/math/parallel.h"

static const char digits[] = "0123456789";

Status args_path(const Args *a, const char *name, const char **out, Error *e)
{
    *out = args_value(a, name);
    return *out && !**out ? fail(e, GT_EUSAGE, "%s: expected a path, got nothing", name) : GT_OK;
}

Status args_required(const Args *a, const char *name, const char **out, Error *e)
{
    TRY(args_path(a, name, out, e));
    return *out ? GT_OK
                : fail(e, GT_EUSAGE, "%s is missing; usage: gantrain %.*s", name,
                       (int)strcspn(a->command->usage, "\n"), a->command->usage);
}

Status args_exclude(const Args *a, const char *one, const char *other, Error *e)
{
    if (args_has(a, one) && args_has(a, other))
        return fail(e, GT_EUSAGE, "%s and %s exclude each other", one, other);
    return GT_OK;
}

Status args_integer(const Args *a, const char *name, int64_t least, int64_t most, int64_t initial,
                    int64_t *out, Error *e)
{
    const char *text = args_value(a, name);
    *out = initial;
    if (!text)
        return GT_OK;
    assert(most < INT64_MAX); /* strtoll returns that for anything larger */
    const size_t n_digits = strspn(text, digits);
    const long long n = n_digits && !text[n_digits] ? strtoll(text, NULL, 10) : -1;
    if (n < least || n > most)
        return fail(e, GT_EUSAGE, "%s: expected an integer %lld..%lld, got \"%s\"", name,
                    (long long)least, (long long)most, text);
    *out = n;
    return GT_OK;
}

Status args_threads(const Args *a, Error *e)
{
    int64_t n;
    TRY(args_integer(a, "--threads", 1, PARALLEL_MAX_THREADS, parallel_threads(), &n, e));
    parallel_set_threads((int)n);
    return GT_OK;
}

Status args_seed(const Args *a, int64_t initial, int64_t *out, Error *e)
{
    return args_integer(a, "--seed", 0, RNG_MAX_SEED, initial, out, e);
}

Status args_real(const Args *a, const char *name, double least, double most, double initial,
                 double *out, Error *e)
{
    const char *text = args_value(a, name);
    *out = initial;
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

/* How many integers the text names, at most `most` + 1; -1: no list of ranges. out may be NULL. */
static int64_t read_ranges(const char *text, int64_t most, uint64_t *out)
{
    const char *at = text;
    int64_t n = 0, first, last;
    do {
        if (!ranges_next(&at, &first, &last))
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
    const int64_t count = read_ranges(text, most, NULL);
    if (count < 0)
        return fail(e, GT_EUSAGE, "%s: expected integers and ranges such as 1,5,9-12, got \"%s\"",
                    name, text);
    if (count > most)
        return fail(e, GT_EUSAGE, "%s: \"%s\" names more than %d", name, text, most);
    *out = malloc((size_t)count * sizeof **out);
    if (!*out)
        return fail(e, GT_ERESOURCE, "%s: no memory for %d integers", name, (int)count);
    *n = (int)read_ranges(text, most, *out);
    return GT_OK;
}
