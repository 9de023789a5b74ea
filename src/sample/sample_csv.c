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

/* The column of classes in Sampler.inputs, of a model that was trained with a label; else -1. */
static int find_label(const Sampler *s)
{
    return s->units->label ? gan_find_input(&s->gan, "class") : -1;
}

static void add_header(Text *out, const Sampler *s)
{
    char room[UNITS_NAME];
    for (int j = 0; j < s->x.cols; j++) {
        text_add(out, j ? "," : "");
        add_name(out, units_name(s->units, j, room));
    }
    if (find_label(s) >= 0) {
        text_add(out, ",");
        add_name(out, s->units->label);
    }
    text_add(out, "\n");
}

static void add_row(Text *out, const Sampler *s, const int *digits, int i)
{
    enum { NUMBER = 32 };
    char number[NUMBER];
    const real *x = mat_rows(s->x, i, 1).at;
    const int label = find_label(s), columns = s->x.cols;
    for (int j = 0; j < columns; j++) {
        const double value = units_value(s->units, j, (double)x[j]);
        const int n = snprintf(number, sizeof number, "%.*g", digits[j], value);
        number[n] = j + 1 < columns || label >= 0 ? ',' : '\n'; /* at most 24 characters */
        text_add_bytes(out, number, (size_t)n + 1);
    }
    const int k = label >= 0 ? (int)mat_rows(s->inputs, i, 1).at[label] : 0;
    if (label >= 0 && k < s->units->classes)
        add_name(out, s->units->class[k]);
    text_add(out, label >= 0 ? "\n" : "");
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
    add_header(&out, s);
    for (int i = 0; i < s->n && !out.failed; i++)
        add_row(&out, s, digits, i);
    const Status status =
        out.failed ? fail(e, GT_ERESOURCE, "%s: not enough memory to write it", s->request->out)
                   : durable_write(s->request->out, out.at, out.used, e);
    text_free(&out);
    return status;
}

const SampleForm form_csv = { ".csv", LAYOUT_PLAIN, false, NULL, NULL, write_csv };
