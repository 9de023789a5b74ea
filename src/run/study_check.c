/* Everything that can be wrong with a cell is found before anything is trained: its config is read, its data
 * are opened and its nets built, as its processes will do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/run/run.h"
#include "gantrain/run/study_plan.h"

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

static void check_cell(const Study *s, StudyCell *cell, Run *r, Error *wrong, Error *e)
{
    char who[STUDY_NAME + 16];
    snprintf(who, sizeof who, "cell %s: ", cell->name);
    *r = (Run){ .folder.lock = -1 };
    *wrong = (Error){ 0 };
    if (study_config(s, cell, s->seed[0], &r->config, wrong) != GT_OK)
        merge(e, wrong, ""); /* they tell their places */
    else if (run_open(r, wrong) != GT_OK)
        merge(e, wrong, who);
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
}
