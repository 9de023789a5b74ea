/* Points as a table (RFC 4180, with LF at the ends of lines): a line with the names of the columns,
 * then a line for each sample, in the units of the source. */
#include "gantrain/io/durable.h"
#include "sampler.h"

#include <stdio.h>
#include <string.h>

static void add_name(Text *out, const char *name)
{
    if (!strpbrk(name, ",\"\r\n") && *name && *name != ' ' && name[strlen(name) - 1] != ' ') {
        text_add(out, "%s", name);
        return;
    }
    text_add(out, "\"");
    for (; *name; name++)
        text_add(out, *name == '"' ? "\"\"" : "%c", *name);
    text_add(out, "\"");
}

static void add_header(Text *out, const Units *u, int columns)
{
    char room[UNITS_NAME];
    for (int j = 0; j < columns; j++) {
        text_add(out, j ? "," : "");
        add_name(out, units_name(u, j, room));
    }
    text_add(out, "\n");
}

static void add_row(Text *out, const Units *u, const int *digits, View x)
{
    enum { NUMBER = 32 };
    char number[NUMBER];
    for (int j = 0; j < x.cols; j++) {
        const double value = units_value(u, j, (double)x.at[j]);
        const int n = snprintf(number, sizeof number, "%.*g", digits[j], value);
        number[n] = j + 1 < x.cols ? ',' : '\n'; /* at most 24 characters */
        text_add_bytes(out, number, (size_t)n + 1);
    }
}

static Status write_csv(Sampler *s, Error *e)
{
    Text out = { 0 };
    int digits[UNITS_COLUMNS];
    const int columns = s->x.cols;
    if (columns > UNITS_COLUMNS)
        return fail(e, GT_EUSAGE, "%s: points of %d values: a .csv file has at most %d columns",
                    s->request->out, columns, UNITS_COLUMNS);
    for (int j = 0; j < columns; j++)
        digits[j] = units_digits(s->units, j);
    add_header(&out, s->units, columns);
    for (int i = 0; i < s->n && !out.failed; i++)
        add_row(&out, s->units, digits, view_rows(view(s->x), i, 1));
    const Status status =
        out.failed ? fail(e, GT_ERESOURCE, "%s: not enough memory to write it", s->request->out)
                   : durable_write(s->request->out, out.at, out.used, e);
    text_free(&out);
    return status;
}

const SampleForm form_csv = { ".csv", LAYOUT_PLAIN, false, NULL, NULL, write_csv };
