/* What a field of a table means: a number, or a missing value. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "csv_reader.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal number: mantissa · 10^exponent. */
typedef struct Decimal {
    bool minus;
    uint64_t mantissa; /* wraps beyond 19 digits */
    int digits, exponent;
} Decimal;

static const char *scan_digits(const char *s, const char *end, Decimal *d)
{
    for (; s < end && is_digit(*s); s++) {
        d->mantissa = d->mantissa * 10 + (uint64_t)(*s - '0');
        d->digits++;
    }
    return s;
}

/* NULL: no digits. */
static const char *scan_exponent(const char *s, const char *end, Decimal *d)
{
    enum { LARGE = 10000 };
    const bool minus = s < end && *s == '-';
    int n = 0;
    s += s < end && (*s == '-' || *s == '+');
    const char *first = s;
    for (; s < end && is_digit(*s); s++)
        n = n < LARGE ? n * 10 + (*s - '0') : n;
    d->exponent += minus ? -n : n;
    return s > first ? s : NULL;
}

static bool scan_decimal(const char *s, const char *end, Decimal *d)
{
    *d = (Decimal){ .minus = s < end && *s == '-' };
    s += s < end && (*s == '-' || *s == '+');
    s = scan_digits(s, end, d);
    if (s < end && *s == '.') {
        const int whole = d->digits;
        s = scan_digits(s + 1, end, d);
        d->exponent = whole - d->digits;
    }
    if (d->digits > 0 && s < end && (*s == 'e' || *s == 'E'))
        s = scan_exponent(s + 1, end, d);
    return d->digits > 0 && s == end;
}

static CsvField trimmed(CsvField f)
{
    while (f.n > 0 && (*f.at == ' ' || *f.at == '\t')) {
        f.at++;
        f.n--;
    }
    while (f.n > 0 && (f.at[f.n - 1] == ' ' || f.at[f.n - 1] == '\t'))
        f.n--;
    return f;
}

/* A mantissa of at most 2^53 and a power of ten of at most 22 are exact in double, so one product
 * or quotient of them is rounded correctly (Clinger 1990). */
bool csv_number(CsvField f, double *x)
{
    enum { EXACT_DIGITS = 19, EXACT_POWER = 22 };
    static const double power[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    Decimal d;
    f = trimmed(f);
    if (!scan_decimal(f.at, f.at + f.n, &d))
        return false;
    if (d.digits > EXACT_DIGITS || d.mantissa > UINT64_C(1) << 53 || d.exponent > EXACT_POWER ||
        d.exponent < -EXACT_POWER) {
        *x = strtod(f.at, NULL);
        return true;
    }
    const double m = d.minus ? -(double)d.mantissa : (double)d.mantissa;
    *x = d.exponent < 0 ? m / power[-d.exponent] : m * power[d.exponent];
    return true;
}

bool csv_decimal_comma(CsvField f)
{
    int commas = 0, digits = 0;
    for (size_t i = 0; i < f.n; i++) {
        commas += f.at[i] == ',' && digits > 0;
        digits += is_digit(f.at[i]);
        if (!is_digit(f.at[i]) && !strchr(",.+-eE ", f.at[i]))
            return false;
    }
    return commas > 0 && is_digit(f.at[f.n - 1]);
}

bool csv_missing(CsvField f)
{
    static const char *const words[] = { "",     "NA",   "N/A", "NaN", "-NaN", "+NaN",
                                         "null", "None", "nil", "?",   "-",    "." };
    f = trimmed(f);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (f.n == strlen(words[i]) && strncasecmp(f.at, words[i], f.n) == 0)
            return true;
    return false;
}
