/* Results as text: study.csv, a row per run, and a table, a row per cell, plain or Markdown. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "study_parts.h"

/* RFC 4180: a field with a separator or a quote is quoted. */
static void add_field(Text *out, const char *s)
{
    if (!strpbrk(s, ",\"\r\n")) {
        text_add(out, "%s,", s);
        return;
    }
    text_add(out, "\"");
    for (; *s; s++)
        text_add(out, *s == '"' ? "\"\"" : "%c", *s);
    text_add(out, "\",");
}

static void add_run(Text *out, const Study *s, const StudyRun *r)
{
    add_field(out, r->cell->name);
    for (int i = 0; i < s->axes; i++)
        add_field(out, s->axis[i].point[r->cell->point[i]].label);
    text_add(out, "%" PRId64 ",%s,%" PRIu64 ",", r->seed, study_state_name[r->state], r->step);
    for (int i = 0; i < s->metrics; i++)
        if (isnan(r->value[i]))
            text_add(out, ",");
        else
            text_add(out, "%.9g,", r->value[i]);
    text_add(out, "%.3f\n", r->seconds);
}

void study_csv(const StudyWork *w, Text *out)
{
    const Study *s = w->s;
    add_field(out, "cell");
    for (int i = 0; i < s->axes; i++)
        add_field(out, s->axis[i].name);
    text_add(out, "seed,status,step,");
    for (int i = 0; i < s->metrics; i++)
        add_field(out, s->metric[i].name);
    text_add(out, "seconds\n"); /* the clock last: all other columns are reproducible */
    for (int i = 0; i < w->runs; i++)
        add_run(out, s, &w->run[i]);
}

enum { COLUMNS = 64 };

/* Columns on a terminal: bytes that do not continue a UTF-8 character. */
static int width_of(const char *s, size_t n)
{
    int width = 0;
    for (size_t i = 0; i < n; i++)
        width += ((unsigned char)s[i] & 0xC0) != 0x80;
    return width;
}

static void end_row(Text *out, int dashes, bool markdown)
{
    while (!markdown && out->used && out->at[out->used - 1] == ' ')
        out->at[--out->used] = '\0';
    text_add(out, markdown ? "|\n" : "\n");
    for (int i = 0; i < dashes; i++)
        text_add(out, i + 1 < dashes ? "|---" : "|---|\n");
}

void study_add_columns(Text *out, const Text *rows, bool markdown)
{
    int width[COLUMNS], col = 0, row = 0;
    for (int i = 0; i < COLUMNS; i++)
        width[i] = 3;
    for (const char *at = rows->at; at && *at; at += strcspn(at, "\t\n") + 1) {
        const int n = width_of(at, strcspn(at, "\t\n"));
        width[col] = n > width[col] ? n : width[col];
        col = at[strcspn(at, "\t\n")] == '\t' ? col + 1 : 0;
    }
    for (const char *at = rows->at; at && *at; at += strcspn(at, "\t\n") + 1) {
        const size_t n = strcspn(at, "\t\n");
        text_add(out, "%s%.*s%*s%s", markdown ? "| " : "", (int)n, at, width[col] - width_of(at, n),
                 "", markdown ? " " : "  ");
        col++;
        if (at[n] == '\t')
            continue;
        end_row(out, markdown && row++ == 0 ? col : 0, markdown);
        col = 0;
    }
    out->failed = out->failed || rows->failed;
}

/* Diverged and failed runs have a column if there are any. */
static bool any(const StudyWork *w, RunState state)
{
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == state)
            return true;
    return false;
}

static void add_names(const StudyWork *w, Text *rows)
{
    text_add(rows, "cell\tn");
    for (RunState state = RUN_DIVERGED; state <= RUN_FAILED; state++)
        if (any(w, state))
            text_add(rows, "\t%s", study_state_name[state]);
    for (int i = 0; i < w->s->metrics; i++)
        text_add(rows, "\t%.100s", w->s->metric[i].name);
    text_add(rows, "\n");
}

static void add_cell(const StudyWork *w, int cell, bool best, bool markdown, Text *rows)
{
    char score[STUDY_SCORE];
    const int done = study_count(w, cell, RUN_DONE);
    const char *mark = !best ? "" : markdown ? "**" : "* ";
    text_add(rows, "%s%s%s\t%d", mark, w->s->cell[cell].name, markdown ? mark : "", done);
    for (RunState state = RUN_DIVERGED; state <= RUN_FAILED; state++)
        if (any(w, state))
            text_add(rows, "\t%d", study_count(w, cell, state));
    for (int i = 0; i < w->s->metrics; i++) {
        const CellScore c = study_score(w, cell, i);
        study_score_text(&c, done, score);
        text_add(rows, "\t%s", score);
    }
    text_add(rows, "\n");
}

/* Whether a metric has values for some runs of a cell, not for all. */
static bool any_partial(const StudyWork *w)
{
    for (int i = 0; i < w->s->cells; i++)
        for (int m = 0; m < w->s->metrics; m++) {
            const int n = study_score(w, i, m).n;
            if (n > 0 && n < study_count(w, i, RUN_DONE))
                return true;
        }
    return false;
}

static void add_caption(const StudyWork *w, Text *out)
{
    const Study *s = w->s;
    char note[STUDY_NOTE];
    text_add(out, "mean ± standard deviation over seeds, %s row of each run",
             s->count_best ? "best" : "last");
    if (study_is_ranked(w))
        text_add(out, "; by %s, %s first", s->metric[s->rank].name,
                 s->metric[s->rank].better == HIGHER ? "highest" : "lowest");
    else if (s->rank >= 0)
        text_add(out, "; no run has a value of %s, so the cells are not ordered",
                 s->metric[s->rank].name);
    text_add(out, "\n");
    study_loss_note(s, note);
    if (*note)
        text_add(out, "%s\n", note);
    if (any_partial(w))
        text_add(out, "(k): only k runs have a value\n");
}

void study_table(const StudyWork *w, bool markdown, Text *out)
{
    Text rows = { 0 };
    add_names(w, &rows);
    for (int i = 0; i < w->s->cells; i++)
        add_cell(w, w->order[i].cell, i == 0 && study_is_ranked(w), markdown, &rows);
    study_add_columns(out, &rows, markdown);
    text_add(out, "%s", markdown ? "\n" : "");
    add_caption(w, out);
    text_free(&rows);
}
