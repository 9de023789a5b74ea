/* gantrain evaluate: opens the sets of samples and settles their common number. */
#include "gantrain/evaluate/evaluate.h"

#include <stdlib.h>

#include "evaluate_parts.h"
#include "gantrain/evaluate/training_scores.h"
#include "metric_selection.h"

static bool is_of_points(const Samples *s)
{
    return s->source->is_checkpoint && !dataset_range(&s->file.config.data);
}

/* As many of every set, so that the values are comparable. */
static Status settle_count(EvaluationTable *t, Error *e)
{
    const EvaluateRequest *q = t->request;
    const Samples *s = t->samples;
    const bool points = is_of_points(&s[0]);
    int64_t n = q->count      ? q->count
                : points      ? s[0].file.config.evaluate.samples
                : s[0].images ? s[0].max
                              : EVALUATE_SAMPLES;
    for (int i = 0; i < q->sets; i++) {
        if (is_of_points(&s[i]) != points)
            return fail(e, GT_EUSAGE, "%s generates points, %s images: no metric compares the two",
                        q->set[points ? 0 : i].path, q->set[points ? i : 0].path);
        if (q->count > s[i].max)
            return fail(e, GT_EUSAGE, "--count %lld: %s has %d images", (long long)q->count,
                        q->set[i].path, s[i].max);
        n = n < s[i].max ? n : s[i].max;
    }
    t->n = (int)n;
    return GT_OK;
}

static Status check_point_options(const EvaluationTable *t, Error *e)
{
    const EvaluateRequest *q = t->request;
    const char *option = q->features_out        ? "--features-out"
                         : q->probabilities_out ? "--probabilities-out"
                                                : NULL;
    if (option)
        return fail(e, GT_EUSAGE, "%s is for images: points have no classifier", option);
    if (q->data && !dataset_path(&t->samples[0].file.config.data))
        return fail(e, GT_EUSAGE, "%s: its data are generated, not read: leave out --data",
                    q->set[0].path);
    return GT_OK;
}

static Status check_metrics(const EvaluateRequest *q, bool points, Error *e)
{
    char why[METRIC_NAMES_WHY];
    const Registry *r = points ? &point_metrics : &metrics;
    if (!q->metrics || metric_names_known(r, points ? &metrics : &point_metrics, q->metrics, why))
        return GT_OK;
    return fail(e, GT_EUSAGE, "--metrics: %s", why);
}

static Status fill_table(EvaluationTable *t, Error *e)
{
    const EvaluateRequest *q = t->request;
    for (int i = 0; i < q->sets; i++)
        TRY(samples_open(&t->samples[i], &q->set[i], q->seed, e));
    TRY(settle_count(t, e));
    t->seed = q->seed >= 0 ? (uint64_t)q->seed : q->set[0].is_checkpoint ? t->samples[0].seed : 1;
    const bool points = is_of_points(&t->samples[0]);
    if (points)
        TRY(check_point_options(t, e));
    TRY(check_metrics(q, points, e));
    return points ? evaluate_points(t, e) : evaluate_images(t, e);
}

Status evaluate_run(const EvaluateRequest *q, Text *out, Error *e)
{
    EvaluationTable *t = calloc(1, sizeof *t);
    if (!t)
        return fail(e, GT_ERESOURCE, "no memory");
    t->request = q;
    const Status s = fill_table(t, e);
    if (s == GT_OK)
        (q->json ? table_json : table_text)(t, out);
    for (int i = 0; i < EVALUATE_SETS; i++)
        samples_close(&t->samples[i]);
    free(t);
    return s;
}
