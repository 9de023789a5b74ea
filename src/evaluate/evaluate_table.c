/* What is said of samples: a table for people, an object for programs. */
#include "evaluate_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 48, GAP = 2 };

/* A name for set i: its column, and in front of what it is. */
static const char *column_name(const Verdict *v, int i)
{
    static const char *const two[EVALUATE_SETS] = { "A", "B" };
    return i == REAL_COLUMN ? "real" : v->request->sets > 1 ? two[i] : "samples";
}

/* ---- for people --------------------------------------------------------------------------------------- */

static void tell_source(const Verdict *v, int i, Text *out)
{
    const Samples *s = &v->samples[i];
    text_add(out, "%s: ", column_name(v, i));
    text_add_printable(out, s->from->path);
    if (s->from->drawn)
        text_add(out, ", step %" PRIu64 ", latents of seed %" PRIu64, s->file.step, s->seed);
    if (s->from->labels) {
        text_add(out, ", labels of ");
        text_add_printable(out, s->from->labels);
    }
    text_add(out, "\n");
}

static void tell_real(const Verdict *v, Text *out)
{
    text_add(out, "%d %s%s against ", v->n, v->things, v->request->sets > 1 ? " each" : "");
    if (v->test_n)
        text_add(out, "%d test images of ", v->test_n);
    text_add_printable(out, v->data);
    text_add(out, "; subsets of seed %" PRIu64 "\n", v->seed);
    if (v->classifier[0])
        text_add(out, "classifier %s, right on %.2f %% of the test images\n", v->classifier,
                 100 * v->accuracy);
    else if (v->test_n)
        text_add(out, "without labels there is no classifier: what needs one is left out\n");
}

/* Left-justified in columns, of which a character beyond ASCII takes one as well. */
static void add_cell(Text *out, const char *text, int width)
{
    const int columns = utf8_characters(text);
    text_add(out, "%s%*s", text, columns < width ? width - columns : 1, "");
}

static void cell_text(const JudgeRow *r, int c, char cell[CELL])
{
    snprintf(cell, CELL, "-");
    if (r->known[c] && isfinite(r->at[c].error))
        snprintf(cell, CELL, "%.4g ± %.2g", r->at[c].value, r->at[c].error);
    else if (r->known[c])
        snprintf(cell, CELL, "%.4g", r->at[c].value);
}

static void tell_value(const JudgeRow *r, int c, int width, Text *out)
{
    char cell[CELL];
    cell_text(r, c, cell);
    add_cell(out, cell, width);
}

static int wider(int width, const char *text)
{
    const int columns = utf8_characters(text) + GAP;
    return columns > width ? columns : width;
}

/* As narrow as what stands in them: the table has to fit beside a picture.   column [JUDGE_COLUMNS] out */
static void measure_columns(const Verdict *v, int *name, int *column)
{
    char cell[CELL];
    *name = 0;
    for (int c = 0; c < JUDGE_COLUMNS; c++)
        column[c] = wider(0, column_name(v, c));
    for (const JudgeRow *r = v->row; r < v->row + v->rows; r++) {
        *name = wider(*name, r->name);
        for (int c = 0; c < JUDGE_COLUMNS; c++) {
            cell_text(r, c, cell);
            column[c] = wider(column[c], cell);
        }
    }
}

static void tell_rows(const Verdict *v, Text *out)
{
    int name, column[JUDGE_COLUMNS];
    const int sets = v->request->sets;
    measure_columns(v, &name, column);
    add_cell(out, "", name);
    for (int c = 0; c < sets; c++)
        add_cell(out, column_name(v, c), column[c]);
    add_cell(out, column_name(v, REAL_COLUMN), column[REAL_COLUMN]);
    text_add(out, "best\n");
    for (const JudgeRow *r = v->row; r < v->row + v->rows; r++) {
        add_cell(out, r->name, name);
        for (int c = 0; c < sets; c++)
            tell_value(r, c, column[c], out);
        tell_value(r, REAL_COLUMN, column[REAL_COLUMN], out);
        text_add(out, "%s\n", r->best);
    }
}

/* What is left out for want of samples; what needs labels, the lines above say. */
static void tell_left_out(const Verdict *v, Text *out)
{
    int n = 0;
    for (const LeftOut *o = v->left_out; o < v->left_out + v->n_left_out; o++) {
        if (o->samples == 0)
            continue;
        text_add(out, n++ ? "; " : "\nnot measured: ");
        for (int i = 0; i < METRIC_VALUES && o->metric->value[i]; i++)
            text_add(out, "%s%s", i ? ", " : "", o->metric->value[i]);
        text_add(out, " (needs %d samples)", o->samples);
    }
    text_add(out, n ? "\n" : "");
}

void verdict_table(const Verdict *v, Text *out)
{
    const int sets = v->request->sets;
    for (int i = 0; i < sets; i++)
        tell_source(v, i, out);
    tell_real(v, out);
    text_add(out, "\n");
    tell_rows(v, out);
    tell_left_out(v, out);
    text_add(out, "\nreal: %d %s in the place of the samples, which is what perfect would be\n",
             v->real_n, v->test_n ? "training images" : "other points of the data");
    if (v->test_n)
        text_add(out, "gantrain list metrics says what the numbers are\n");
}

/* ---- for programs ------------------------------------------------------------------------------------- */

static void add_metrics(const Verdict *v, int c, Text *out)
{
    bool first = true;
    text_add(out, "\"metrics\": {");
    for (const JudgeRow *r = v->row; r < v->row + v->rows; r++) {
        if (!r->known[c])
            continue;
        text_add(out, "%s\"%s\": {\"value\": ", first ? "" : ", ", r->name);
        json_write_number(out, r->at[c].value);
        text_add(out, ", \"error\": ");
        json_write_number(out, r->at[c].error);
        text_add(out, "}");
        first = false;
    }
    text_add(out, "}");
}

static void add_set(const Verdict *v, int i, Text *out)
{
    const Samples *s = &v->samples[i];
    text_add(out, "{\"path\": ");
    json_write_string(out, s->from->path);
    text_add(out, ", \"kind\": \"%s\"", s->from->drawn ? "checkpoint" : "samples");
    if (s->from->drawn)
        text_add(out, ", \"step\": %" PRIu64 ", \"seed\": %" PRIu64, s->file.step, s->seed);
    if (s->from->labels) {
        text_add(out, ", \"labels\": ");
        json_write_string(out, s->from->labels);
    }
    text_add(out, ", \"n\": %d, ", v->n);
    add_metrics(v, i, out);
    text_add(out, "}");
}

static void add_classifier(const Verdict *v, Text *out)
{
    text_add(out, ", \"classifier\": ");
    if (v->classifier[0])
        text_add(out, "{\"id\": \"%s\", \"accuracy\": %.9g, \"trained\": %s}", v->classifier,
                 v->accuracy, v->trained ? "true" : "false");
    else
        text_add(out, "null");
}

static void add_left_out(const Verdict *v, Text *out)
{
    int n = 0;
    text_add(out, ", \"not_measured\": {");
    for (const LeftOut *o = v->left_out; o < v->left_out + v->n_left_out; o++)
        for (int i = 0; i < METRIC_VALUES && o->metric->value[i]; i++) {
            text_add(out, "%s\"%s\": \"needs ", n++ ? ", " : "", o->metric->value[i]);
            if (o->samples)
                text_add(out, "%d samples\"", o->samples);
            else
                text_add(out, "%s\"", o->metric->needs);
        }
    text_add(out, "}");
}

void verdict_json(const Verdict *v, Text *out)
{
    text_add(out, "{\"samples\": [");
    for (int i = 0; i < v->request->sets; i++) {
        text_add(out, "%s", i ? ", " : "");
        add_set(v, i, out);
    }
    text_add(out, "], \"real\": {\"n\": %d, ", v->real_n);
    add_metrics(v, REAL_COLUMN, out);
    text_add(out, "}, \"data\": ");
    json_write_string(out, v->data);
    if (v->test_n)
        text_add(out, ", \"split\": \"test\", \"test_n\": %d", v->test_n);
    text_add(out, ", \"seed\": %" PRIu64, v->seed);
    add_classifier(v, out);
    text_add(out, ", \"best\": {");
    for (int i = 0; i < v->rows; i++)
        text_add(out, "%s\"%s\": \"%s\"", i ? ", " : "", v->row[i].name, v->row[i].best);
    text_add(out, "}");
    add_left_out(v, out);
    text_add(out, "}\n");
}
