/* Everything that can be wrong with a cell is found before anything is trained. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/run/folder.h"
#include "gantrain/train/run.h"
#include "gantrain/train/signals.h"
#include "study_parts.h"

/* Whether a cell before has the same mistake, there behind its name or without a name. */
static bool is_reported(const Error *e, const char *line)
{
    for (int i = 0; i < e->lines; i++)
        if (strcmp(e->text[i], line) == 0 || text_has_suffix(e->text[i], line))
            return true;
    return false;
}

static void report_new(Error *e, const Error *wrong, const char *prefix)
{
    for (int i = 0; i < wrong->lines; i++)
        if (!is_reported(e, wrong->text[i]))
            also_fail(e, wrong->code, "%s%.400s", prefix, wrong->text[i]);
    e->dropped += wrong->dropped;
}

/* Without memory the objectives count as equal: only a note depends on it. */
static void add_objective(Study *s, const Config *c)
{
    Arena a = { 0 };
    Text json = { 0 };
    if (arena_open(&a, 1 << 20, NULL) != GT_OK)
        return;
    const Value *objective =
        value_member(option_to_value(&a, NULL, NULL, config_options, c), "objective");
    if (objective)
        json_write(&json, objective, 0);
    if (json.at && !json.failed)
        study_add_objective(s, json.at);
    text_free(&json);
    arena_close(&a);
}

static void check_cell(Study *s, StudyCell *cell, Run *r, Error *wrong, Error *e)
{
    char prefix[STUDY_NAME + 16];
    snprintf(prefix, sizeof prefix, "cell %s: ", cell->name);
    *r = (Run){ .folder.lock = -1 };
    *wrong = (Error){ 0 };
    if (study_config(s, cell, s->seed[0], &r->config, wrong) != GT_OK)
        report_new(e, wrong, ""); /* these name the line of the study file */
    else if (run_open(r, wrong) != GT_OK)
        report_new(e, wrong, prefix);
    for (int i = 0; wrong->code == GT_OK && i < r->evaluation.n; i++)
        study_add_column(s, r->evaluation.score[i].name);
    if (wrong->code == GT_OK)
        add_objective(s, &r->config);
    if (wrong->code == GT_OK && config_usr1_stops(&r->config))
        signals_usr1_means_stop(); /* of the study, too, which would restart its runs at once */
    cell->steps = r->steps;
    cell->data_count = r->data.count;
    run_close(r);
}

Status study_check(Study *s, Error *e)
{
    Run *r = calloc(1, sizeof *r);
    Error *wrong = calloc(1, sizeof *wrong);
    if (!r || !wrong)
        fail(e, GT_ERESOURCE, "no memory to check a study");
    for (int i = 0; r && wrong && i < s->cells && e->lines < GT_ERROR_LINES; i++)
        check_cell(s, &s->cell[i], r, wrong, e);
    for (int i = 0; metrics_column(i); i++) /* last: messages list the scores first */
        study_add_column(s, metrics_column(i));
    if (e->code == GT_OK)
        study_check_metrics(s, e);
    free(wrong);
    free(r);
    return e->code;
}

static void describe_cells(const Study *s, Text *out)
{
    Text rows = { 0 };
    text_add(&rows, "cell");
    for (int a = 0; a < s->axes; a++) {
        text_add(&rows, "\t");
        text_add_printable(&rows, s->axis[a].name);
    }
    text_add(&rows, "\t%8s\n", "steps");
    for (int i = 0; i < s->cells; i++) {
        text_add(&rows, "%s", s->cell[i].name);
        for (int a = 0; a < s->axes; a++) {
            text_add(&rows, "\t");
            text_add_printable(&rows, s->axis[a].point[s->cell[i].point[a]].label);
        }
        text_add(&rows, "\t%8" PRIu64 "\n", s->cell[i].steps);
    }
    study_add_columns(out, &rows, false);
    text_free(&rows);
}

static void describe_metrics(Study *s, Text *out)
{
    char note[STUDY_NOTE];
    for (int i = 0; s->all_scores && i < s->columns; i++)
        study_add_metric(s, s->column[i]);
    study_finish_metrics(s);
    text_add(out, "\nmetrics  %s", s->all_scores ? "all scores: " : "");
    for (int i = 0; i < s->metrics; i++)
        text_add(out, "%s%s", i ? ", " : "", s->metric[i].name);
    text_add(out, "; of the %s row of each run\nrank     ", s->count_best ? "best" : "last");
    if (s->rank >= 0)
        text_add(out, "%s, %s first\n", s->metric[s->rank].name,
                 s->metric[s->rank].better == HIGHER ? "highest" : "lowest");
    else
        text_add(out, "none: cells in the order of the grid\n");
    study_loss_note(s, note);
    if (*note)
        text_add(out, "note     %s\n", note);
}

void study_describe(Study *s, const StudyRequest *q, Text *out)
{
    char folder[FOLDER_PATH];
    uint64_t steps = 0;
    describe_cells(s, out);
    for (int i = 0; i < s->cells; i++)
        steps += s->cell[i].steps * (uint64_t)s->seeds;
    text_add(out, "%d cells x %d seeds = %d runs, %" PRIu64 " steps in all, %d at a time\n",
             s->cells, s->seeds, s->cells * s->seeds, steps, q->jobs);
    study_folder_path(s, q, folder);
    text_add(out, "folder   ");
    text_add_printable(out, folder);
    text_add(out, "\nseeds    ");
    for (int i = 0, last; i < s->seeds; i = last + 1) { /* "1-3, 7" */
        for (last = i; last + 1 < s->seeds && s->seed[last + 1] == s->seed[last] + 1;)
            last++;
        text_add(out, "%s%" PRId64, i ? ", " : "", s->seed[i]);
        if (last > i)
            text_add(out, "-%" PRId64, s->seed[last]);
    }
    describe_metrics(s, out);
}
