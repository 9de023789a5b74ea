/* The table of an evaluation, as text and as JSON. */
#include "evaluate_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { CELL = 48, GAP = 2 };

static const char *column_name(const EvaluationTable *t, int column)
{
    static const char *const of_two[EVALUATE_SETS] = { "A", "B" };
    return column == REAL_COLUMN ? "real" : t->request->sets > 1 ? of_two[column] : "samples";
}

static void add_source(const EvaluationTable *t, int set, Text *out)
{
    const Samples *s = &t->samples[set];
    text_add(out, "%s: ", column_name(t, set));
    text_add_printable(out, s->source->path);
    if (s->source->is_checkpoint)
        text_add(out, ", step %" PRIu64 ", latents of seed %" PRIu64, s->file.step, s->seed);
    if (s->source->labels) {
        text_add(out, ", labels of ");
        text_add_printable(out, s->source->labels);
    }
    text_add(out, "\n");
}

static void add_data(const EvaluationTable *t, Text *out)
{
    text_add(out, "%d %s%s against ", t->n, t->things, t->request->sets > 1 ? " each" : "");
    if (t->test_n)
        text_add(out, "%d test images of ", t->test_n);
    text_add_printable(out, t->data);
    text_add(out, "; subsets of seed %" PRIu64 "\n", t->seed);
    if (t->classifier[0])
        text_add(out, "classifier %s, accuracy %.2f %% on the test images\n", t->classifier,
                 100 * t->accuracy);
    else if (*t->no_classifier)
        text_add(out, "%s: metrics that need one are skipped\n", t->no_classifier);
}

/* Left-justified; a character beyond ASCII counts as one column. */
static void add_cell(Text *out, const char *text, int width)
{
    const int columns = utf8_count(text);
    text_add(out, "%s%*s", text, columns < width ? width - columns : 1, "");
}

static void cell_text(const TableRow *r, int column, char cell[CELL])
{
    const MetricValue *v = &r->at[column];
    if (!r->known[column])
        snprintf(cell, CELL, "-");
    else if (isfinite(v->error))
        snprintf(cell, CELL, "%.4g ± %.2g", v->value, v->error);
    else
        snprintf(cell, CELL, "%.4g", v->value);
}

static int wider(int width, const char *text)
{
    const int columns = utf8_count(text) + GAP;
    return columns > width ? columns : width;
}

/* As narrow as the content.   column [TABLE_COLUMNS] out */
static void measure_widths(const EvaluationTable *t, int *name, int *column)
{
    char cell[CELL];
    *name = 0;
    for (int c = 0; c < TABLE_COLUMNS; c++)
        column[c] = wider(0, column_name(t, c));
    for (const TableRow *r = t->row; r < t->row + t->rows; r++) {
        *name = wider(*name, r->name);
        for (int c = 0; c < TABLE_COLUMNS; c++) {
            cell_text(r, c, cell);
            column[c] = wider(column[c], cell);
        }
    }
}

/* Of a single set there is no column B. */
static bool has_column(const EvaluationTable *t, int column)
{
    return column == REAL_COLUMN || column < t->request->sets;
}

static void add_rows(const EvaluationTable *t, Text *out)
{
    int name, width[TABLE_COLUMNS];
    char cell[CELL];
    measure_widths(t, &name, width);
    add_cell(out, "", name);
    for (int c = 0; c < TABLE_COLUMNS; c++)
        if (has_column(t, c))
            add_cell(out, column_name(t, c), width[c]);
    text_add(out, "best\n");
    for (const TableRow *r = t->row; r < t->row + t->rows; r++) {
        add_cell(out, r->name, name);
        for (int c = 0; c < TABLE_COLUMNS; c++) {
            cell_text(r, c, cell);
            if (has_column(t, c))
                add_cell(out, cell, width[c]);
        }
        text_add(out, "%s\n", direction_name(r->better));
    }
}

/* Metrics that need more samples; add_data mentions those that need labels. */
static void add_skipped(const EvaluationTable *t, Text *out)
{
    int n = 0;
    for (const SkippedMetric *s = t->skipped; s < t->skipped + t->n_skipped; s++) {
        if (s->samples == 0)
            continue;
        text_add(out, n++ ? "; " : "\nnot measured: ");
        for (int i = 0; i < METRIC_VALUES && s->metric->value[i]; i++)
            text_add(out, "%s%s", i ? ", " : "", s->metric->value[i]);
        text_add(out, " (needs %d samples)", s->samples);
    }
    text_add(out, n ? "\n" : "");
}

void table_text(const EvaluationTable *t, Text *out)
{
    for (int i = 0; i < t->request->sets; i++)
        add_source(t, i, out);
    add_data(t, out);
    text_add(out, "\n");
    add_rows(t, out);
    add_skipped(t, out);
    text_add(out, "\nreal: %d %s instead of samples, the values of a perfect generator\n",
             t->real_n, t->test_n ? "training images" : "other points of the data");
    if (t->test_n)
        text_add(out, "gantrain list metrics explains the metrics\n");
}

static void add_metrics(const EvaluationTable *t, int column, Text *out)
{
    bool first = true;
    text_add(out, "\"metrics\": {");
    for (const TableRow *r = t->row; r < t->row + t->rows; r++) {
        if (!r->known[column])
            continue;
        text_add(out, "%s\"%s\": {\"value\": ", first ? "" : ", ", r->name);
        json_write_number(out, r->at[column].value);
        text_add(out, ", \"error\": ");
        json_write_number(out, r->at[column].error);
        text_add(out, "}");
        first = false;
    }
    text_add(out, "}");
}

static void add_set(const EvaluationTable *t, int set, Text *out)
{
    const Samples *s = &t->samples[set];
    text_add(out, "%s{\"path\": ", set ? ", " : "");
    json_write_string(out, s->source->path);
    text_add(out, ", \"kind\": \"%s\"", s->source->is_checkpoint ? "checkpoint" : "samples");
    if (s->source->is_checkpoint)
        text_add(out, ", \"step\": %" PRIu64 ", \"seed\": %" PRIu64, s->file.step, s->seed);
    if (s->source->labels) {
        text_add(out, ", \"labels\": ");
        json_write_string(out, s->source->labels);
    }
    text_add(out, ", \"n\": %d, ", t->n);
    add_metrics(t, set, out);
    text_add(out, "}");
}

static void add_classifier(const EvaluationTable *t, Text *out)
{
    if (t->classifier[0])
        text_add(out, ", \"classifier\": {\"id\": \"%s\", \"accuracy\": %.9g, \"trained\": %s}",
                 t->classifier, t->accuracy, t->trained ? "true" : "false");
    else
        text_add(out, ", \"classifier\": null");
}

static void add_not_measured(const EvaluationTable *t, Text *out)
{
    int n = 0;
    text_add(out, ", \"not_measured\": {");
    for (const SkippedMetric *s = t->skipped; s < t->skipped + t->n_skipped; s++)
        for (int i = 0; i < METRIC_VALUES && s->metric->value[i]; i++) {
            text_add(out, "%s\"%s\": \"needs ", n++ ? ", " : "", s->metric->value[i]);
            if (s->samples)
                text_add(out, "%d samples\"", s->samples);
            else
                text_add(out, "%s\"", s->metric->needs);
        }
    text_add(out, "}");
}

void table_json(const EvaluationTable *t, Text *out)
{
    text_add(out, "{\"samples\": [");
    for (int i = 0; i < t->request->sets; i++)
        add_set(t, i, out);
    text_add(out, "], \"real\": {\"n\": %d, ", t->real_n);
    add_metrics(t, REAL_COLUMN, out);
    text_add(out, "}, \"data\": ");
    json_write_string(out, t->data);
    if (t->test_n)
        text_add(out, ", \"split\": \"test\", \"test_n\": %d", t->test_n);
    text_add(out, ", \"seed\": %" PRIu64, t->seed);
    add_classifier(t, out);
    text_add(out, ", \"best\": {");
    for (int i = 0; i < t->rows; i++)
        text_add(out, "%s\"%s\": \"%s\"", i ? ", " : "", t->row[i].name,
                 direction_name(t->row[i].better));
    text_add(out, "}");
    add_not_measured(t, out);
    text_add(out, "}\n");
}
