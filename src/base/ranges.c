/* range = number [ '-' number ] ( ',' | end ) */
#include "gantrain/base/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"

static bool parse_number(const char **at, int64_t *n)
{
    const size_t digits = strspn(*at, "0123456789");
    if (digits < 1 || digits > 16)
        return false;
    *n = strtoll(*at, NULL, 10);
    *at += digits;
    return *n <= RNG_MAX_SEED;
}

bool ranges_next(const char **at, int64_t *first, int64_t *last)
{
    if (!parse_number(at, first))
        return false;
    *last = *first;
    if (**at == '-') {
        ++*at;
        if (!parse_number(at, last))
            return false;
    }
    if (**at == ',' && (*at)[1])
        ++*at;
    else if (**at)
        return false;
    return *last >= *first;
}
