/* What was found about a source, as text. */
#include <stdio.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "survey_parts.h"

enum { SHOWN_COLUMNS = 20, SHOWN_CLASSES = 30, WIDTH = 100, INDENT = 13 };

static const char *channels_name(int channels)
{
    static const char *const names[] = { "", "grey", "grey and alpha", "RGB", "RGBA" };
    return channels <= 4 ? names[channels] : "channels";
}

/* "28 x 28 pixels, grey", "10 values" */
static void add_shape(const Dataset *d, Text *out)
{
    const Shape x = d->shape;
    if (d->points)
        text_add(out, "%d value%s", x.c, x.c == 1 ? "" : "s");
    else if (x.c > 4)
        text_add(out, "%d x %d pixels, %d channels", x.h, x.w, x.c);
    else
        text_add(out, "%d x %d pixels, %s", x.h, x.w, channels_name(x.c));
}

static int copies(const DatasetSummary *s)
{
    return s->compared - s->distinct;
}

static bool has_label(const DatasetSummary *s, int k)
{
    return s->class_count[k] > 0;
}

static int count_classes(const DatasetSummary *s)
{
    int n = 0;
    for (int k = 0; k < s->classes; k++)
        n += has_label(s, k);
    return n;
}

/* NULL: none */
static const char *class_name(const Dataset *d, int k)
{
    return k < d->n_classes ? d->class_name[k] : NULL;
}

static void add_title(Text *out, const char *title)
{
    text_add(out, "%-*s", INDENT, title);
}

static void print_samples(const Survey *s, Text *out)
{
    const Dataset *d = &s->data;
    add_title(out, "samples");
    text_add(out, "%d %s of ", d->count, dataset_things(d));
    add_shape(d, out);
    if (d->images && d->stored != d->count)
        text_add(out, ", combined from %d images", d->stored);
    text_add(out, "\n");
    add_title(out, "evaluation");
    if (s->kept_apart > 0)
        text_add(out, "%d more are kept apart\n", s->kept_apart);
    else
        text_add(out, "none are kept apart: %s\n", s->why_none.at ? s->why_none.at : "");
}

static void print_column(const Survey *s, int j, Text *out)
{
    const ValueSummary v = summary_column(&s->summary, &s->data.units, j);
    char room[UNITS_NAME], name[32];
    text_printable(name, sizeof name, units_name(&s->data.units, j, room));
    text_add(out, "  %-30s %12.6g %12.6g %12.6g %12.6g\n", name, v.min, v.max, v.mean, v.std);
}

static void print_values(const Survey *s, Text *out)
{
    const ValueSummary *v = &s->summary.all;
    if (s->data.images) {
        add_title(out, "pixels");
        text_add(out, "%g..%g, mean %.1f, deviation %.1f; trained on as %g..%g for 0..255\n",
                 v->min, v->max, v->mean, v->std, s->data.range->low, s->data.range->high);
        return;
    }
    text_add(out, "%-32s %12s %12s %12s %12s\n", "columns", "min", "max", "mean", "deviation");
    for (int j = 0; j < int_min(s->summary.columns, SHOWN_COLUMNS); j++)
        print_column(s, j, out);
    if (s->summary.columns > SHOWN_COLUMNS)
        text_add(out, "  and %d more (--json has all)\n", s->summary.columns - SHOWN_COLUMNS);
}

/* "3: 6131" or "cats (3): 6131", wrapped */
static void print_classes(const Survey *s, Text *out)
{
    const DatasetSummary *u = &s->summary;
    int shown = 0, column = INDENT;
    add_title(out, "classes");
    text_add(out, u->classes > 0 ? "" : "no labels");
    for (int k = 0; k < u->classes && shown < SHOWN_CLASSES; k++) {
        char item[96], name[64];
        int n = 0;
        if (!has_label(u, k))
            continue;
        text_printable(name, sizeof name, class_name(&s->data, k) ? class_name(&s->data, k) : "");
        n = *name ? snprintf(item, sizeof item, "%s (%d): %d", name, k, u->class_count[k])
                  : snprintf(item, sizeof item, "%d: %d", k, u->class_count[k]);
        if (shown > 0 && column + n + 2 > WIDTH) {
            text_add(out, ",\n%*s", INDENT, "");
            column = INDENT;
        } else if (shown > 0) {
            text_add(out, ", ");
        }
        text_add(out, "%s", item);
        column += n + 2;
        shown++;
    }
    if (count_classes(u) > shown)
        text_add(out, " and %d more", count_classes(u) - shown);
    if (u->unlabelled > 0)
        text_add(out, "; %d without a label", u->unlabelled);
    text_add(out, "\n");
}

static void print_copies(const DatasetSummary *u, Text *out)
{
    add_title(out, "copies");
    if (copies(u) == 0)
        text_add(out, "none\n");
    else
        text_add(out, "%d: %d sample%s more than once, up to %d times\n", copies(u), u->repeated,
                 u->repeated == 1 ? " occurs" : "s occur", u->most);
}

static void print_lines(const char *title, const Text *lines, Text *out)
{
    for (const char *at = lines->at; at && *at;) {
        const int n = (int)strcspn(at, "\n");
        add_title(out, title);
        text_add(out, "%.*s\n", n, at);
        at += n + (at[n] == '\n');
    }
}

void survey_print(const Survey *s, Text *out)
{
    const char *path = dataset_path(&s->config.data);
    add_title(out, "source");
    text_add_printable(out, path ? path : "generated");
    text_add(out, "%s%s\n", *s->found ? ": " : "", s->found);
    add_title(out, "kind");
    text_add(out, "%s, %s\n", s->data.kind->is.name, s->data.kind->is.summary);
    print_lines("read as", &s->data.note, out);
    print_samples(s, out);
    print_values(s, out);
    print_classes(s, out);
    print_copies(&s->summary, out);
    add_title(out, "config");
    text_add(out, "\"data\": ");
    survey_add_config(s, out);
    text_add(out, "\n");
    print_lines("warning", &s->warnings, out);
}
