/* From the metrics.jsonl of every run to one row of numbers. */
#include <math.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/run/history.h"
#include "gantrain/study/study_work.h"

static Status read_history(const StudyWork *w, const StudyRun *r, History *h, Error *e)
{
    char path[FOLDER_FILE];
    study_run_file(w, r, "metrics.jsonl", path);
    *h = (History){ 0 };
    return file_is_there(path) ? history_read(h, path, e) : GT_OK;
}

/* The row that counts, or -1. */
static int row_of(const Study *s, const History *h)
{
    const StudyMetric *m = s->rank >= 0 ? &s->metric[s->rank] : NULL;
    const double *value = m && s->best ? history_column(h, m->name) : NULL;
    int row = h->rows - 1;
    for (int i = h->rows - 2; value && i >= 0; i--)
        if (score_better(value[i], value[row], m->better) ||
            !score_better(value[row], value[i], m->better))
            row = i; /* of equal ones the first */
    return row;
}

static void take_values(const StudyWork *w, StudyRun *r, const History *h)
{
    const double *step = history_column(h, "step");
    const int row = row_of(w->s, h);
    r->step = row >= 0 && step ? (uint64_t)step[row] : 0;
    r->seconds = history_seconds(h);
    for (int i = 0; i < w->s->metrics; i++) {
        const double *column = history_column(h, w->s->metric[i].name);
        /* a diverged run has no generator that could be compared */
        r->value[i] = r->state == RUN_DONE && column && row >= 0 ? column[row] : (double)NAN;
    }
}

static Status add_metrics(StudyWork *w, Error *e)
{
    for (int i = 0; i < w->runs; i++) {
        History h;
        if (w->run[i].state != RUN_DONE)
            continue;
        TRY(read_history(w, &w->run[i], &h, e));
        for (int j = 0; j < h.columns; j++)
            study_add_metric(w->s, h.name[j]);
        history_free(&h);
    }
    return GT_OK;
}

/* Nothing was measured: the losses are all there is, and neither way of them is better. */
static void fall_back(Study *s)
{
    static const char *const losses[] = { "d_loss", "g_loss" };
    for (size_t i = 0; s->metrics < 2 && i < 2; i++)
        s->metric[s->metrics++] = (StudyMetric){ .name = losses[i], .better = NEITHER };
}

Status study_collect(StudyWork *w, Error *e)
{
    if (w->s->all)
        TRY(add_metrics(w, e));
    if (w->s->metrics == 0)
        fall_back(w->s);
    study_choose_rank(w->s);
    for (int i = 0; i < w->runs; i++) {
        History h;
        TRY(read_history(w, &w->run[i], &h, e));
        take_values(w, &w->run[i], &h);
        history_free(&h);
    }
    return GT_OK;
}
