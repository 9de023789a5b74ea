/* Scores of points: those of the data alone, as in training, and comparisons with test points. The
 * column "real" has other points in place of the samples: generated ones of another seed, and
 * training points where they are compared with test points. */
#include "evaluate_parts.h"

#include <stdlib.h>

#include "gantrain/base/numbers.h"
#include "gantrain/evaluate/training_scores.h"
#include "metric_selection.h"

typedef struct PointEvaluator {
    EvaluationTable *table;
    Dataset data, test; /* of the run; other points of its source       */
    PointScores scores;
    Score score[POINT_SCORES];
    int n_scores;
    Arena arena;
    Mat set[EVALUATE_SETS];  /* [n,D]                                        */
    Mat baseline, reference; /* training points [real_n,D], test points [m,D] */
} PointEvaluator;

static void plan(Arena *a, void *context)
{
    PointEvaluator *p = context;
    const EvaluationTable *t = p->table;
    const int D = shape_size(p->data.shape);
    point_scores_plan(&p->scores, a);
    for (int i = 0; i < t->request->sets; i++)
        p->set[i] = mat_take(a, t->n, D);
    p->baseline = mat_take(a, t->real_n, D);
    p->reference = mat_take(a, int_min(p->test.count, TEST_POINTS), D);
}

/* The data of a checkpoint, in its units. --data names the same source elsewhere; where no part of
 * it is kept for evaluation, all of --data is. */
static Status open_both(PointEvaluator *p, const Checkpoint *k, Error *e)
{
    const Spec *data = &k->config.data;
    const uint64_t seed = (uint64_t)k->config.seed;
    const char *other = p->table->request->data;
    if (other && dataset_keeps_test(data))
        dataset_set_path(data, other);
    TRY(dataset_path(data) ? dataset_open_split(&p->data, data, "train", seed, e)
                           : dataset_open(&p->data, data, seed, e));
    TRY(dataset_use_units(&p->data, &k->units, e));
    if (!other || dataset_keeps_test(data))
        return test_points_open(&p->test, &k->config, &k->units, e);
    dataset_set_path(data, other);
    TRY(dataset_open_split(&p->test, data, "train", seed, e));
    return dataset_use_units(&p->test, &k->units, e);
}

/* All sets are compared with the data of the first checkpoint. */
static Status open_data(PointEvaluator *p, Error *e)
{
    EvaluationTable *t = p->table;
    const Samples *s = t->samples;
    const Config *config = &s[0].file.config;
    if (open_both(p, &s[0].file, e) != GT_OK)
        return error_add_prefix(e, s[0].source->path);
    for (int i = 0; i < t->request->sets; i++)
        if (shape_size(s[i].shape) != shape_size(p->data.shape))
            return fail(e, GT_ECHECKPOINT, "%s: points of %d values, the data have %d",
                        s[i].source->path, shape_size(s[i].shape), shape_size(p->data.shape));
    t->things = "points";
    t->data = config->data.is->name;
    t->real_n = int_min(t->n, p->data.count);
    return point_scores_open(&p->scores, &config->evaluate, &p->data, p->score, &p->n_scores, e);
}

static Status take_points(PointEvaluator *p, Error *e)
{
    TRY(arena_build(&p->arena, plan, p, e));
    point_scores_prepare(&p->scores);
    points_spaced(&p->data, p->baseline);
    points_spaced(&p->test, p->reference);
    for (int i = 0; i < p->table->request->sets; i++) {
        Samples *s = &p->table->samples[i];
        TRY(samples_take(s, NULL, p->set[i], e));
        units_change(&s->file.units, &p->data.units, p->set[i]);
    }
    return GT_OK;
}

static TableRow *add_row(EvaluationTable *t, const Metric *m, int which)
{
    TableRow *r = &t->row[t->rows++];
    r->name = m->value[which];
    r->better = m->better[which];
    return r;
}

static void set_value(TableRow *r, int column, MetricValue value)
{
    r->at[column] = value;
    r->known[column] = true;
}

/* ---- scores of the data alone ---------------------------------------------------------------- */

static void measure_column(PointEvaluator *p, View points, int column)
{
    EvaluationTable *t = p->table;
    TableRow *r = t->row;
    point_scores_measure(&p->scores, points, p->score);
    for (int i = 0; i < p->n_scores; i++) {
        int which;
        const Metric *m = metric_in(&point_metrics, p->score[i].name, &which);
        if (!is_value_selected(t->request->metrics, m, which))
            continue;
        if (r == t->row + t->rows)
            add_row(t, m, which);
        set_value(r++, column, (MetricValue){ p->score[i].value, (double)NAN });
    }
}

static void measure_scores(PointEvaluator *p)
{
    const View other = { int_min(p->table->real_n, p->test.count), p->baseline.cols,
                         p->test.points };
    for (int i = 0; i < p->table->request->sets; i++)
        measure_column(p, view(p->set[i]), i);
    measure_column(p, other, REAL_COLUMN);
}

/* ---- comparisons with test points ------------------------------------------------------------ */

static Status skip(PointEvaluator *p, const Metric *m, Error *e)
{
    EvaluationTable *t = p->table;
    const bool by_shape = metric_values(m, p->data.shape) == 0;
    if (t->request->metrics)
        return fail(e, GT_EUSAGE, "--metrics: %s needs %s", m->is.name, m->needs);
    if (t->n_skipped < TABLE_ROWS)
        t->skipped[t->n_skipped++] = (SkippedMetric){ m, by_shape ? 0 : m->min_samples };
    return GT_OK;
}

static Status compare(PointEvaluator *p, const Metric *m, Error *e)
{
    EvaluationTable *t = p->table;
    const EvaluateRequest *q = t->request;
    const int sets = q->sets, test_n = p->reference.rows, first = t->rows;
    if (q->work)
        q->work(q->progress, "measuring", m->is.name);
    if (!point_metric_possible(m, p->data.shape, t->n, test_n))
        return skip(p, m, e);
    for (int i = 0; i < metric_values(m, p->data.shape); i++)
        if (is_value_selected(q->metrics, m, i))
            add_row(t, m, i);
    for (int c = 0; c <= sets; c++) {
        MetricValue value[METRIC_VALUES];
        const bool is_real = c == sets;
        if (is_real && !point_metric_possible(m, p->data.shape, t->real_n, test_n))
            break;
        TRY(point_metric_measure(m, view(is_real ? p->baseline : p->set[c]), view(p->reference),
                                 t->seed, value, e));
        TableRow *r = &t->row[first];
        for (int i = 0; i < metric_values(m, p->data.shape); i++)
            if (is_value_selected(q->metrics, m, i))
                set_value(r++, is_real ? REAL_COLUMN : c, value[i]);
    }
    return GT_OK;
}

/* A metric that is named must be possible. */
static Status check_scores(const PointEvaluator *p, const Metric *m, Error *e)
{
    const char *list = p->table->request->metrics;
    for (int i = 0; i < p->n_scores; i++)
        for (int j = 0; j < METRIC_VALUES; j++)
            if (p->score[i].name == m->value[j])
                return GT_OK;
    return list ? fail(e, GT_EUSAGE, "--metrics: %s needs %s", m->is.name, m->needs) : GT_OK;
}

static Status run(PointEvaluator *p, Error *e)
{
    const char *list = p->table->request->metrics;
    TRY(open_data(p, e));
    TRY(take_points(p, e));
    measure_scores(p);
    for (const Entry *const *is = point_metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        if (is_metric_selected(list, m))
            TRY(m->measure ? compare(p, m, e) : check_scores(p, m, e));
    }
    return GT_OK;
}

Status evaluate_points(EvaluationTable *t, Error *e)
{
    PointEvaluator *p = calloc(1, sizeof *p);
    if (!p)
        return fail(e, GT_ERESOURCE, "no memory");
    p->table = t;
    const Status s = run(p, e);
    if (t->request->work)
        t->request->work(t->request->progress, NULL, NULL);
    arena_close(&p->arena);
    dataset_close(&p->data);
    dataset_close(&p->test);
    free(p);
    return s;
}
