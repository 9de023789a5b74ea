/* The results of the runs, and statistics of cells: mean and sample deviation, s² = Σ (x - mean)² /
 * (n - 1), over the seeds whose runs have finished; sums are added in the order of the seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/run/history.h"
#include "study_parts.h"

static Status read_history(const StudyWork *w, const StudyRun *r, History *h, Error *e)
{
    char path[FOLDER_FILE];
    study_run_file(w, r, "metrics.jsonl", path);
    *h = (History){ 0 };
    return file_exists(path) ? history_read(h, path, e) : GT_OK;
}

/* The row that is compared, or -1. */
static int choose_row(const Study *s, const History *h)
{
    const StudyMetric *m = s->rank >= 0 ? &s->metric[s->rank] : NULL;
    const double *value = m && s->count_best ? history_column(h, m->name) : NULL;
    int row = h->rows - 1;
    for (int i = h->rows - 2; value && i >= 0; i--)
        if (score_better(value[i], value[row], m->better) ||
            !score_better(value[row], value[i], m->better))
            row = i; /* the first of equal ones */
    return row;
}

static void set_results(const StudyWork *w, StudyRun *r, const History *h)
{
    const double *step = history_column(h, "step");
    const int row = choose_row(w->s, h);
    r->step = row >= 0 && step ? (uint64_t)step[row] : 0;
    r->seconds = history_seconds(h);
    for (int i = 0; i < w->s->metrics; i++) {
        const double *column = history_column(h, w->s->metric[i].name);
        /* a diverged run has no generator to compare */
        r->value[i] = r->state == RUN_DONE && column && row >= 0 ? column[row] : (double)NAN;
    }
}

static Status add_scores(StudyWork *w, Error *e)
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

Status study_read_results(StudyWork *w, Error *e)
{
    Study *s = w->s;
    if (s->all_scores)
        TRY(add_scores(w, e));
    study_finish_metrics(s);
    for (int i = 0; i < w->runs; i++) {
        History h;
        TRY(read_history(w, &w->run[i], &h, e));
        set_results(w, &w->run[i], &h);
        history_free(&h);
    }
    study_order(w);
    return GT_OK;
}

static const StudyRun *first_run(const StudyWork *w, int cell)
{
    return &w->run[cell * w->s->seeds];
}

static bool has_value(const StudyRun *r, int metric)
{
    return r->state == RUN_DONE && !isnan(r->value[metric]);
}

CellScore study_score(const StudyWork *w, int cell, int metric)
{
    const StudyRun *r = first_run(w, cell);
    CellScore c = { NAN, NAN, 0 };
    double sum = 0, squares = 0;
    for (int i = 0; i < w->s->seeds; i++)
        if (has_value(&r[i], metric)) {
            sum += r[i].value[metric];
            c.n++;
        }
    if (c.n > 0)
        c.mean = sum / c.n;
    for (int i = 0; i < w->s->seeds; i++)
        if (has_value(&r[i], metric))
            squares += (r[i].value[metric] - c.mean) * (r[i].value[metric] - c.mean);
    if (c.n > 1)
        c.deviation = sqrt(squares / (c.n - 1));
    return c;
}

int study_count(const StudyWork *w, int cell, RunState state)
{
    int n = 0;
    for (int i = 0; i < w->s->seeds; i++)
        n += first_run(w, cell)[i].state == state;
    return n;
}

bool study_is_ranked(const StudyWork *w)
{
    for (int i = 0; w->s->rank >= 0 && i < w->s->cells; i++)
        if (study_score(w, i, w->s->rank).n > 0)
            return true;
    return false;
}

static int compare_cost(const void *a, const void *b)
{
    const RankedCell *x = a, *y = b;
    if (isnan(x->cost) != isnan(y->cost))
        return isnan(x->cost) ? 1 : -1;
    if (x->cost < y->cost || x->cost > y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

void study_order(StudyWork *w)
{
    const int rank = w->s->rank, cells = w->s->cells;
    for (int i = 0; i < cells; i++) {
        const double mean = rank >= 0 ? study_score(w, i, rank).mean : (double)NAN;
        const bool higher = rank >= 0 && w->s->metric[rank].better == HIGHER;
        w->order[i] = (RankedCell){ higher ? -mean : mean, i };
    }
    qsort(w->order, (size_t)cells, sizeof *w->order, compare_cost);
}

const StudyRun *study_median(const StudyWork *w, int cell)
{
    const StudyRun *r = first_run(w, cell);
    const int rank = w->s->rank >= 0 ? w->s->rank : 0, seeds = w->s->seeds;
    const int n = study_score(w, cell, rank).n;
    for (int i = 0; i < seeds; i++) {
        int before = 0; /* smaller values, and equal ones of earlier seeds */
        if (!has_value(&r[i], rank))
            continue;
        for (int j = 0; j < seeds; j++)
            before += has_value(&r[j], rank) && (r[j].value[rank] < r[i].value[rank] ||
                                                 (j < i && !(r[j].value[rank] > r[i].value[rank])));
        if (before == (n - 1) / 2)
            return &r[i];
    }
    return NULL;
}

void study_score_text(const CellScore *c, int runs, char out[STUDY_SCORE])
{
    const double size = fabs(c->mean) > c->deviation ? fabs(c->mean) : c->deviation;
    const int digits = c->deviation > 0 ? 1 - (int)floor(log10(c->deviation)) : 0;
    const int decimals = digits > 0 ? digits : 0;
    if (c->n == 0)
        *out = '\0';
    else if (c->n == 1)
        snprintf(out, STUDY_SCORE, "%.4g", c->mean);
    else if (c->deviation > 0 && size < 1e6 && digits <= 6)
        snprintf(out, STUDY_SCORE, "%.*f ± %.*f", decimals, c->mean, decimals, c->deviation);
    else
        snprintf(out, STUDY_SCORE, "%.4g ± %.2g", c->mean, c->deviation);
    if (c->n > 0 && c->n < runs) {
        const size_t used = strlen(out);
        snprintf(out + used, STUDY_SCORE - used, " (%d)", c->n);
    }
}
