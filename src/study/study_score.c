/* Statistics of cells. The mean and the sample deviation, s² = Σ (x - mean)² / (n - 1), over the seeds whose
 * runs have finished; sums run in the order of the seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/study/study_work.h"

static const StudyRun *first_run(const StudyWork *w, int cell)
{
    return &w->run[cell * w->s->seeds];
}

/* Whether a run is finished and was measured. */
static bool counts(const StudyRun *r, int metric)
{
    return r->state == RUN_DONE && !isnan(r->value[metric]);
}

CellScore study_score(const StudyWork *w, int cell, int metric)
{
    const StudyRun *r = first_run(w, cell);
    CellScore c = { NAN, NAN, 0 };
    double sum = 0, squares = 0;
    for (int i = 0; i < w->s->seeds; i++)
        if (counts(&r[i], metric)) {
            sum += r[i].value[metric];
            c.n++;
        }
    if (c.n > 0)
        c.mean = sum / c.n;
    for (int i = 0; i < w->s->seeds; i++)
        if (counts(&r[i], metric))
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

/* ---- order -------------------------------------------------------------------------------------------- */

typedef struct Ranked {
    double cost; /* lower is better; NaN: none */
    int cell;
} Ranked;

static int by_cost(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (isnan(x->cost) != isnan(y->cost))
        return isnan(x->cost) ? 1 : -1;
    if (x->cost < y->cost || x->cost > y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

void study_order(const StudyWork *w, int *order)
{
    const Study *s = w->s;
    Ranked *place = calloc((size_t)s->cells, sizeof *place);
    for (int i = 0; i < s->cells; i++) {
        order[i] = i;
        if (place) {
            const double mean = s->rank >= 0 ? study_score(w, i, s->rank).mean : (double)NAN;
            place[i] =
                (Ranked){ s->rank >= 0 && s->metric[s->rank].better == HIGHER ? -mean : mean, i };
        }
    }
    if (place)
        qsort(place, (size_t)s->cells, sizeof *place, by_cost);
    for (int i = 0; place && i < s->cells; i++)
        order[i] = place[i].cell;
    free(place);
}

const StudyRun *study_median(const StudyWork *w, int cell)
{
    const StudyRun *r = first_run(w, cell);
    const int rank = w->s->rank >= 0 ? w->s->rank : 0, seeds = w->s->seeds;
    const int n = study_score(w, cell, rank).n;
    for (int i = 0; i < seeds; i++) {
        int before = 0; /* values that are smaller, or equal and of an earlier seed */
        if (!counts(&r[i], rank))
            continue;
        for (int j = 0; j < seeds; j++)
            before += counts(&r[j], rank) && (r[j].value[rank] < r[i].value[rank] ||
                                              (j < i && !(r[j].value[rank] > r[i].value[rank])));
        if (before == (n - 1) / 2)
            return &r[i];
    }
    return NULL;
}

/* ---- text ----------------------------------------------------------------------------------------------- */

void study_score_text(const CellScore *c, int runs, char out[STUDY_SCORE])
{
    const double size = fabs(c->mean) > c->deviation ? fabs(c->mean) : c->deviation;
    const int digits = c->deviation > 0 ? 1 - (int)floor(log10(c->deviation)) : 0;
    const int shown = digits > 0 ? digits : 0;
    if (c->n == 0)
        *out = '\0';
    else if (c->n == 1)
        snprintf(out, STUDY_SCORE, "%.4g", c->mean);
    else if (c->deviation > 0 && size < 1e6 && digits <= 6)
        snprintf(out, STUDY_SCORE, "%.*f ± %.*f", shown, c->mean, shown, c->deviation);
    else
        snprintf(out, STUDY_SCORE, "%.4g ± %.2g", c->mean, c->deviation);
    if (c->n > 0 && c->n < runs) {
        const size_t used = strlen(out);
        snprintf(out + used, STUDY_SCORE - used, " (%d)", c->n);
    }
}
