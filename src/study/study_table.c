/* The results as text: study.csv, a row a run; a table, a row a cell, for a terminal or as Markdown. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/study/study_work.h"

/* ---- study.csv ------------------------------------------------------------------------------------------ */

/* RFC 4180: quotes round what would be taken for a separator. */
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

static void add_header(Text *out, const Study *s)
{
    add_field(out, "cell");
    for (int i = 0; i < s->axes; i++)
        add_field(out, s->axis[i].name);
    text_add(out, "seed,status,step,");
    for (int i = 0; i < s->metrics; i++)
        add_field(out, s->metric[i].name);
    text_add(out, "seconds\n"); /* what depends on the clock stands last */
}

static void add_run(Text *out, const Study *s, const StudyRun *r)
{
    add_field(out, r->cell->name);
    for (int i = 0; i < s->axes; i++)
        add_field(out, s->axis[i].point[r->cell->at[i]].label);
    text_add(out, "%" PRId64 ",%s,%" PRIu64 ",", r->seed, study_state_name(r->state), r->step);
    for (int i = 0; i < s->metrics; i++)
        if (isnan(r->value[i]))
            text_add(out, ",");
        else
            text_add(out, "%.9g,", r->value[i]);
    text_add(out, "%.3f\n", r->seconds);
}

void study_csv(const StudyWork *w, Text *out)
{
    add_header(out, w->s);
    for (int i = 0; i < w->runs; i++)
        add_run(out, w->s, &w->run[i]);
}

/* ---- the table ---------------------------------------------------------------------------------------- */

enum { FIELD = STUDY_NAME + 8 };

/* A row of names, then one for every cell. */
typedef struct Table {
    int rows, cols;
    char (*at)[FIELD]; /* [rows, cols] */
} Table;

static char *field(const Table *g, int row, int col)
{
    return g->at[row * g->cols + col];
}

/* Whether any run is in that state: only then it has a column. */
static bool any(const StudyWork *w, RunState state)
{
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == state)
            return true;
    return false;
}

static void name_columns(const StudyWork *w, Table *g)
{
    int col = 0;
    snprintf(field(g, 0, col++), FIELD, "cell");
    snprintf(field(g, 0, col++), FIELD, "n");
    for (RunState state = RUN_DIVERGED; state <= RUN_FAILED; state++)
        if (any(w, state))
            snprintf(field(g, 0, col++), FIELD, "%s", study_state_name(state));
    for (int i = 0; i < w->s->metrics; i++)
        snprintf(field(g, 0, col++), FIELD, "%.100s", w->s->metric[i].name);
}

static void fill_row(const StudyWork *w, Table *g, int row, int cell, bool best, bool markdown)
{
    char score[STUDY_SCORE];
    const char *mark = !best ? "" : markdown ? "**" : "* ";
    int col = 0;
    snprintf(field(g, row, col++), FIELD, "%s%s%s", mark, w->s->cell[cell].name,
             markdown ? mark : "");
    snprintf(field(g, row, col++), FIELD, "%d", study_count(w, cell, RUN_DONE));
    for (RunState state = RUN_DIVERGED; state <= RUN_FAILED; state++)
        if (any(w, state))
            snprintf(field(g, row, col++), FIELD, "%d", study_count(w, cell, state));
    for (int i = 0; i < w->s->metrics; i++) {
        const CellScore c = study_score(w, cell, i);
        study_score_text(&c, study_count(w, cell, RUN_DONE), score);
        snprintf(field(g, row, col++), FIELD, "%s", score);
    }
}

static int wider(int width, const char *s)
{
    const int n = utf8_characters(s);
    return n > width ? n : width;
}

static int widest(const Table *g, int col)
{
    int most = 3;
    for (int row = 0; row < g->rows; row++)
        most = wider(most, field(g, row, col));
    return most;
}

static void add_padded(Text *out, const char *s, int width, const char *after)
{
    text_add(out, "%s%*s%s", s, width - utf8_characters(s), "", after);
}

static void add_row(const Table *g, int row, bool markdown, Text *out)
{
    text_add(out, markdown ? "| " : "");
    for (int col = 0; col < g->cols; col++) {
        const bool last = col + 1 == g->cols;
        add_padded(out, field(g, row, col), last && !markdown ? 0 : widest(g, col),
                   markdown ? (last ? " |" : " | ") : "  ");
    }
    while (!markdown && out->used && out->at[out->used - 1] == ' ')
        out->at[--out->used] = '\0';
    text_add(out, "\n");
}

static void add_dashes(const Table *g, Text *out)
{
    text_add(out, "|");
    for (int col = 0; col < g->cols; col++)
        text_add(out, "---|");
    text_add(out, "\n");
}

/* Whether some run that is done lacks a value that another of its cell has. */
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
    text_add(out, "mean ± standard deviation over seeds, %s row of each run",
             s->best ? "best" : "last");
    if (study_is_ranked(w))
        text_add(out, "; by %s, %s first", s->metric[s->rank].name,
                 s->metric[s->rank].better == HIGHER ? "highest" : "lowest");
    else if (s->rank >= 0)
        text_add(out, "; no run has a value of %s, so the cells stand as planned",
                 s->metric[s->rank].name);
    text_add(out, "\n");
    if (any_partial(w))
        text_add(out, "(k): only k runs have a value\n");
}

void study_table(const StudyWork *w, bool markdown, Text *out)
{
    const Study *s = w->s;
    Table g = { .rows = s->cells + 1,
                .cols = 2 + s->metrics + any(w, RUN_DIVERGED) + any(w, RUN_FAILED) };
    int *order = calloc((size_t)s->cells, sizeof *order);
    g.at = calloc((size_t)g.rows * (size_t)g.cols, sizeof *g.at);
    if (order && g.at) {
        study_order(w, order);
        name_columns(w, &g);
        for (int i = 0; i < s->cells; i++)
            fill_row(w, &g, i + 1, order[i],
                     i == 0 && s->rank >= 0 && study_score(w, order[i], s->rank).n > 0, markdown);
        for (int row = 0; row < g.rows; row++) {
            add_row(&g, row, markdown, out);
            if (row == 0 && markdown)
                add_dashes(&g, out);
        }
        text_add(out, "%s", markdown ? "\n" : "");
        add_caption(w, out);
    } else {
        out->failed = true;
    }
    free(order);
    free(g.at);
}
