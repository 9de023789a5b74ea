/* Points compared with test points, which the training does not see. */
#include <stdio.h>
#include <string.h>

#include "gantrain/evaluate/training_scores.h"
#include "gantrain/base/numbers.h"
#include "gantrain/math/vec.h"
#include "metric_selection.h"

Status test_points_open(Dataset *test, const Config *c, const Units *u, Error *e)
{
    const uint64_t seed = (uint64_t)c->seed;
    TRY(dataset_path(&c->data) ? dataset_open_split(test, &c->data, "test", seed, e)
                               : dataset_open(test, &c->data, seed + 1, e));
    return dataset_use_units(test, u, e);
}

void points_spaced(const Dataset *d, Mat out)
{
    for (int i = 0; i < out.rows; i++) {
        const int index = (int)((int64_t)d->count * i / out.rows);
        dataset_gather(d, &index, mat_rows(out, i, 1));
    }
}

static MetricInput input_of(View samples, View test, uint64_t seed)
{
    return (MetricInput){ .fake = { .n = samples.rows, .pixels = samples },
                          .real = { .n = test.rows, .pixels = test },
                          .shape = { samples.cols, 1, 1 },
                          .seed = seed };
}

bool point_metric_possible(const Metric *m, Shape shape, int samples, int test)
{
    return m->measure && metric_values(m, shape) > 0 && samples >= m->min_samples &&
           test >= m->min_samples;
}

Status point_metric_measure(const Metric *m, View samples, View test, uint64_t seed,
                            MetricValue *out, Error *e)
{
    const MetricInput in = input_of(samples, test, seed);
    if (mat_finite(samples))
        return metric_measure(m, &in, out, e);
    for (int i = 0; i < METRIC_VALUES; i++)
        out[i] = (MetricValue){ (double)NAN, (double)NAN };
    return GT_OK;
}

/* ---- while training -------------------------------------------------------------------------- */

/* Generated data have no such scores unless they are asked for: their runs keep their columns. */
static bool is_measured(const PointComparison *p, const Metric *m)
{
    if (!m->measure)
        return false;
    if (p->metrics)
        return is_metric_selected(p->metrics, m);
    return m->while_training && p->data->modes.n == 0 && dataset_path(&p->config->data);
}

static Status report(const Config *c, const char *what, Error *e)
{
    const Value *option = value_member(value_member(c->file.root, "evaluate"), "metrics");
    return option_report(e, option, "evaluate.metrics", "%s", what);
}

static bool is_listed(const Score *score, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(score[i].name, name) == 0)
            return true;
    return false;
}

/* Every name is known, and its metric is possible for these data. */
static Status check_list(const PointComparison *p, const Config *c, const Score *score, int n,
                         Error *e)
{
    char why[METRIC_NAMES_WHY];
    if (!p->metrics)
        return GT_OK;
    if (!metric_names_known(&point_metrics, &metrics, p->metrics, why))
        return report(c, why, e);
    for (const Entry *const *is = point_metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        const bool possible =
            m->measure ? metric_values(m, p->data->shape) > 0 : is_listed(score, n, m->value[0]);
        if (possible || !is_metric_selected(p->metrics, m))
            continue;
        snprintf(why, sizeof why, "%s needs %s", m->is.name, m->needs);
        report(c, why, e);
    }
    return e->code;
}

static void list_scores(const PointComparison *p, Score *score, int room, int *n)
{
    for (const Entry *const *is = point_metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        for (int i = 0; is_measured(p, m) && i < metric_values(m, p->data->shape); i++)
            if (is_value_selected(p->metrics, m, i) && *n < room)
                score[(*n)++] = (Score){ m->value[i], m->better[i], (double)NAN };
    }
}

/* Scores that nobody asked for do not stop a training whose data keep no test points. */
static Status open_test(PointComparison *p, int *n, int before, Error *e)
{
    Error why = { 0 };
    const Status s = test_points_open(&p->test, p->config, &p->data->units, &why);
    if (s == GT_OK)
        return GT_OK;
    *n = before;
    if (!p->metrics && s != GT_ERESOURCE)
        return GT_OK;
    error_add_prefix(&why, "evaluate.metrics");
    return error_append(e, &why);
}

Status point_comparison_open(PointComparison *p, const Config *c, const Dataset *d, Score *score,
                             int room, int *n, Error *e)
{
    const char *list = c->evaluate.metrics;
    *p = (PointComparison){ .data = d, .config = c, .metrics = *list ? list : NULL };
    const int before = *n;
    TRY(check_list(p, c, score, before, e));
    list_scores(p, score, room, n);
    return *n > before ? open_test(p, n, before, e) : GT_OK;
}

void point_comparison_plan(PointComparison *p, Arena *a)
{
    const int rows = int_min(p->test.count, TEST_POINTS);
    p->reference = mat_take(a, rows, shape_size(p->data->shape));
}

void point_comparison_prepare(PointComparison *p)
{
    points_spaced(&p->test, p->reference);
}

/* Too few points leave NaN. */
static Status measure_row(const PointComparison *p, const Metric *m, View points, Score **score,
                          Error *e)
{
    MetricValue value[METRIC_VALUES];
    const View test = view(p->reference);
    const bool possible = point_metric_possible(m, p->data->shape, points.rows, test.rows);
    if (possible)
        TRY(point_metric_measure(m, points, test, (uint64_t)p->config->seed, value, e));
    for (int i = 0; i < metric_values(m, p->data->shape); i++)
        if (is_value_selected(p->metrics, m, i))
            (*score)++->value = possible ? value[i].value : (double)NAN;
    return GT_OK;
}

Status point_comparison_measure(const PointComparison *p, View points, Score *score, Error *e)
{
    for (const Entry *const *is = point_metrics.entry; *is; is++)
        if (is_measured(p, (const Metric *)*is))
            TRY(measure_row(p, (const Metric *)*is, points, &score, e));
    return GT_OK;
}

void point_comparison_close(PointComparison *p)
{
    dataset_close(&p->test);
}
