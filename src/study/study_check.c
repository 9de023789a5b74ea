/* Everything that can be wrong with a cell is found before anything is trained: its config is read, its data
 * are opened and its nets built, as its processes will do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/train/run.h"
#include "gantrain/train/signals.h"
#include "gantrain/study/study_plan.h"

static int take(Override *all, int n, const Override *some, int m)
{
    for (int i = 0; i < m && n < STUDY_SETTINGS; i++)
        all[n++] = some[i];
    return n;
}

Status study_config(const Study *s, const StudyCell *cell, int64_t seed, Config *c, Error *e)
{
    Override all[STUDY_SETTINGS + 2];
    char number[24];
    int n = take(all, 0, s->set, s->n_set);
    *c = (Config){ 0 };
    for (int i = 0; i < s->axes; i++)
        n = take(all, n, s->axis[i].point[cell->at[i]].set, s->axis[i].point[cell->at[i]].n);
    if (n == STUDY_SETTINGS)
        return fail(e, GT_ECONFIG, "cell %s: more than %d settings", cell->name,
                    STUDY_SETTINGS - 1);
    snprintf(number, sizeof number, "%" PRId64, seed);
    all[n++] = (Override){ .path = "seed", .word = number };
    all[n++] = (Override){ .path = "name", .word = cell->name };
    return config_make(c, s->base, all, n, e);
}

Status study_config_text(const Study *s, const StudyCell *cell, int64_t seed, Text *out, Error *e)
{
    Config c;
    Status status = study_config(s, cell, seed, &c, e);
    if (status == GT_OK)
        status = config_text(&c, 2, out, e);
    text_add(out, "\n");
    config_free(&c);
    return status;
}

/* ---- mistakes ---------------------------------------------------------------------------------------- */

/* By another cell, whose name stands before it, or without a name. */
static bool is_told(const Error *e, const char *line)
{
    for (int i = 0; i < e->lines; i++)
        if (strcmp(e->text[i], line) == 0 || text_ends(e->text[i], line))
            return true;
    return false;
}

/* Adds the lines that no cell before has brought; `who` tells where they come from. */
static void merge(Error *e, const Error *wrong, const char *who)
{
    for (int i = 0; i < wrong->lines; i++)
        if (!is_told(e, wrong->text[i]))
            also_fail(e, wrong->code, "%s%.400s", who, wrong->text[i]);
    e->dropped += wrong->dropped;
}

/* ---- checking ----------------------------------------------------------------------------------------- */

static void know_columns(Study *s, const Run *r)
{
    for (int i = 0; i < r->evaluation.n; i++)
        study_know_column(s, r->evaluation.score[i].name);
}

static void check_cell(Study *s, StudyCell *cell, Run *r, Error *wrong, Error *e)
{
    char who[STUDY_NAME + 16];
    snprintf(who, sizeof who, "cell %s: ", cell->name);
    *r = (Run){ .folder.lock = -1 };
    *wrong = (Error){ 0 };
    if (study_config(s, cell, s->seed[0], &r->config, wrong) != GT_OK)
        merge(e, wrong, ""); /* they tell their places */
    else if (run_open(r, wrong) != GT_OK)
        merge(e, wrong, who);
    else
        know_columns(s, r);
    if (wrong->code == GT_OK && config_usr1_stops(&r->config))
        signals_usr1_means_stop(); /* the study, too: its runs would begin again at once */
    cell->steps = r->steps;
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
    for (int i = 0; metrics_column(i); i++) /* after the scores, which a person looks for first */
        study_know_column(s, metrics_column(i));
    if (e->code == GT_OK)
        study_check_metrics(s, e);
    free(wrong);
    free(r);
    return e->code;
}

/* ---- telling ------------------------------------------------------------------------------------------ */

static int wider(int width, const char *s)
{
    return (int)strlen(s) > width ? (int)strlen(s) : width;
}

static int width_of_cells(const Study *s)
{
    int width = 4;
    for (int i = 0; i < s->cells; i++)
        width = wider(width, s->cell[i].name);
    return width;
}

static int width_of_axis(const StudyAxis *axis)
{
    int width = wider(0, axis->name);
    for (int i = 0; i < axis->n; i++)
        width = wider(width, axis->point[i].label);
    return width;
}

static void describe_cell(const Study *s, const StudyCell *c, int width, Text *out)
{
    text_add(out, "%-*s", width, c->name);
    for (int a = 0; a < s->axes; a++)
        text_add(out, "  %-*s", width_of_axis(&s->axis[a]), s->axis[a].point[c->at[a]].label);
    text_add(out, "  %8" PRIu64 "\n", c->steps);
}

/* The scores that some cell will have. */
static void describe_scores(const Study *s, Text *out)
{
    Direction better;
    int n = 0;
    for (int i = 0; i < s->columns; i++)
        if (score_direction(s->column[i], &better))
            text_add(out, "%s%s", n++ ? ", " : "all scores: ", s->column[i]);
    text_add(out, n ? "" : "no scores: d_loss, g_loss");
}

/* What will rank: the metric that was chosen, or of all scores the first that can. */
static void describe_rank(const Study *s, Text *out)
{
    const char *name = s->rank >= 0 ? s->metric[s->rank].name : NULL;
    Direction better = s->rank >= 0 ? s->metric[s->rank].better : NEITHER;
    for (int i = 0; !name && s->all && i < s->columns; i++)
        if (score_direction(s->column[i], &better) && better != NEITHER)
            name = s->column[i];
    if (name)
        text_add(out, "%s, %s first", name, better == HIGHER ? "highest" : "lowest");
    else
        text_add(out, "nothing: as planned");
}

static void describe_comparison(const Study *s, const StudyRequest *q, Text *out)
{
    char folder[FOLDER_PATH];
    study_folder(s, q, folder);
    text_add(out, "folder   ");
    text_add_printable(out, folder);
    text_add(out, "\nseeds    ");
    study_seeds_text(s, out);
    text_add(out, "\nmetrics  ");
    for (int i = 0; i < s->metrics; i++)
        text_add(out, "%s%s", i ? ", " : "", s->metric[i].name);
    text_add(out, s->all && s->metrics ? "; " : "");
    if (s->all)
        describe_scores(s, out);
    text_add(out, "; of the %s row of each run\nrank     ", s->best ? "best" : "last");
    describe_rank(s, out);
    text_add(out, "\n");
}

void study_describe(const Study *s, const StudyRequest *q, Text *out)
{
    const int width = width_of_cells(s);
    uint64_t steps = 0;
    text_add(out, "%-*s", width, "cell");
    for (int a = 0; a < s->axes; a++)
        text_add(out, "  %-*s", width_of_axis(&s->axis[a]), s->axis[a].name);
    text_add(out, "  %8s\n", "steps");
    for (int i = 0; i < s->cells; i++) {
        describe_cell(s, &s->cell[i], width, out);
        steps += s->cell[i].steps * (uint64_t)s->seeds;
    }
    text_add(out, "%d cells x %d seeds = %d runs, %" PRIu64 " steps in all, %d at a time\n",
             s->cells, s->seeds, s->cells * s->seeds, steps, q->jobs);
    describe_comparison(s, q, out);
}
