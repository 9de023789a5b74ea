/* Ticks at 1, 2 and 5 times powers of ten, which are easy to interpolate by eye. */
#include "gantrain/report/axis.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { INTERVALS = 5, DECADES = 6 };

static const double limit = 1e300; /* beyond it the difference of two values overflows */

static double clamp(double v)
{
    return fmin(fmax(v, -limit), limit);
}

/* The smallest 1, 2 or 5 times a power of ten that is >= x > 0. */
static double round_up(double x)
{
    const double power = pow(10, floor(log10(x)));
    static const double factors[] = { 1, 2, 5 };
    for (int i = 0; i < 3; i++)
        if (factors[i] * power >= x * (1 - 1e-9))
            return factors[i] * power;
    return 10 * power;
}

/* The largest that is <= x > 0. */
static double round_down(double x)
{
    const double power = pow(10, floor(log10(x) + 1e-9));
    return x >= 5 * power * (1 - 1e-9)   ? 5 * power
           : x >= 2 * power * (1 - 1e-9) ? 2 * power
                                         : power;
}

static void add_tick(Axis *a, double v)
{
    if (a->n < AXIS_TICKS)
        a->tick[a->n++] = v;
}

/* i·step for all i with from <= i·step <= to. */
static void add_multiples(Axis *a, double step)
{
    const double first = ceil(a->from / step - 1e-9), last = floor(a->to / step + 1e-9);
    for (double i = first; i <= last && a->n < AXIS_TICKS; i++)
        add_tick(a, i == 0 ? 0 : i * step);
}

static Axis linear(double min, double max)
{
    const double size = fmax(fabs(min), fabs(max));
    if (max - min <= 1e-9 * size || max == min) { /* a constant: center it */
        const double margin = size > 0 ? 0.1 * size : 1;
        min -= margin;
        max += margin;
    }
    const double step = round_up((max - min) / INTERVALS);
    Axis a = { .scale = SCALE_LINEAR };
    a.from = floor(min / step + 1e-9) * step;
    a.to = ceil(max / step - 1e-9) * step;
    add_multiples(&a, step);
    return a;
}

static Axis logarithmic(double min, double max)
{
    Axis a = { .scale = SCALE_LOG, .from = round_down(min), .to = round_up(max) };
    if (a.from == a.to)
        a.to = round_up(1.5 * a.to);
    const double decades = log10(a.to) - log10(a.from);
    if (decades <= 2) {
        for (double v = a.from; v <= a.to * (1 + 1e-9) && a.n < AXIS_TICKS; v = round_up(1.5 * v))
            add_tick(&a, v);
        return a;
    }
    const double stride = ceil(decades / DECADES);
    for (double k = ceil(log10(a.from) - 1e-9); k <= log10(a.to) + 1e-9; k += stride)
        add_tick(&a, pow(10, k));
    return a;
}

static Axis shares(void)
{
    Axis a = { .scale = SCALE_SHARE, .from = 0, .to = 1 };
    add_multiples(&a, 0.25);
    return a;
}

static Axis counts(double max)
{
    Axis a = { .scale = SCALE_COUNT, .from = 0, .to = fmax(max, 1) };
    add_multiples(&a, fmax(round_up(a.to / INTERVALS), 1));
    return a;
}

Axis axis_for_range(Scale scale, double min, double max)
{
    min = clamp(min);
    max = clamp(max);
    switch (scale) {
    case SCALE_LOG:
        return logarithmic(fmax(min, 1e-300), fmax(max, 1e-300));
    case SCALE_SHARE:
        return min >= 0 && max <= 1 ? shares() : linear(min, max);
    case SCALE_COUNT:
        return counts(max);
    default:
        return linear(min, max);
    }
}

double axis_position(const Axis *a, double v)
{
    if (!isfinite(v) || (a->scale == SCALE_LOG && v <= 0))
        return NAN;
    if (a->scale == SCALE_LOG)
        return (log10(v) - log10(a->from)) / (log10(a->to) - log10(a->from));
    return (clamp(v) - a->from) / (a->to - a->from);
}

/* Fixed point, with thousands separators and U+2212 as minus sign. */
static void write_plain(double v, int decimals, char out[NUMBER_TEXT])
{
    char digits[NUMBER_TEXT];
    int used = 0;
    const int n = snprintf(digits, sizeof digits, "%.*f", decimals, fabs(v));
    const int whole = decimals ? n - decimals - 1 : n;
    const bool zero = strspn(digits, "0.") == (size_t)n;
    if (v < 0 && !zero)
        used = snprintf(out, NUMBER_TEXT, "−");
    for (int i = 0; i < n && used < NUMBER_TEXT - 2; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

/* m·10ᵏ; 10ᵏ where m is 1. */
static void write_power(double v, int digits, char out[NUMBER_TEXT])
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
    char text[NUMBER_TEXT];
    snprintf(text, sizeof text, "%.*e", digits - 1, fabs(v));
    char *e = strchr(text, 'e'), *end = e;
    while (strchr(text, '.') && end > text && (end[-1] == '0' || end[-1] == '.'))
        if (*--end == '.')
            break;
    const int mantissa = (int)(end - text);
    const bool one = mantissa == 1 && *text == '1';
    int used = snprintf(out, NUMBER_TEXT, "%s%.*s%s10%s", v < 0 ? "−" : "", one ? 0 : mantissa,
                        text, one ? "" : "·", e[1] == '-' ? "⁻" : "");
    const char *k = e + 2;
    while (*k == '0' && k[1])
        k++;
    for (; *k && used < NUMBER_TEXT - 4; k++)
        used += snprintf(out + used, (size_t)(NUMBER_TEXT - used), "%s", raised[*k - '0']);
}

static void trim_zeros(char *s)
{
    if (!strchr(s, '.'))
        return;
    char *end = s + strlen(s);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
}

/* Decimals that show v with this many significant digits. */
static int decimals_of(double v, int digits)
{
    const int before = (int)floor(log10(fabs(v))) + 1;
    return digits > before ? digits - before : 0;
}

void number_text(double v, char out[NUMBER_TEXT])
{
    const double size = fabs(v);
    if (!isfinite(v))
        snprintf(out, NUMBER_TEXT, "–");
    else if (size < 1e15 && v == floor(v))
        write_plain(v, 0, out);
    else if (size >= 1e-3 && size < 1e6) {
        write_plain(v, decimals_of(v, 4), out);
        trim_zeros(out);
    } else
        write_power(v, 3, out);
}

void scaled_text(Scale scale, double v, char out[NUMBER_TEXT])
{
    if (scale == SCALE_SHARE && isfinite(v))
        snprintf(out, NUMBER_TEXT, "%.1f %%", 100 * v);
    else
        number_text(v, out);
}

void axis_label(const Axis *a, int tick, char out[NUMBER_TEXT])
{
    const double v = a->tick[tick], size = fmax(fabs(a->from), fabs(a->to));
    if (a->scale == SCALE_SHARE) {
        snprintf(out, NUMBER_TEXT, "%.0f %%", 100 * v);
    } else if (a->scale == SCALE_LOG) {
        if (v >= 0.000999 && v < 10001)
            number_text(v, out);
        else
            write_power(v, 1, out);
    } else if (size >= 1e6 || size < 1e-3) {
        if (v == 0)
            snprintf(out, NUMBER_TEXT, "0");
        else if (size >= 1e6 && size < 1e9) {
            number_text(v / 1e6, out);
            strcat(out, "M");
        } else
            write_power(v, 3, out);
    } else {
        const double step = a->n > 1 ? a->tick[1] - a->tick[0] : 1;
        write_plain(v, step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0, out);
    }
}
