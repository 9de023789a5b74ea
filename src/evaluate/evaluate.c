/* Judging: what is asked for, which samples, and what is said in the end. */
#include "evaluate_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- names -------------------------------------------------------------------------------------------- */

/* Whether `name` is one of a list with commas. */
static bool listed(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
    return false;
}

bool judge_wants(const EvaluateRequest *q, const Metric *m, int which)
{
    return !q->metrics || listed(q->metrics, m->is.name) || listed(q->metrics, m->value[which]);
}

enum { NAMES = 128 };

/* Names of metrics and of their numbers; returns how many. */
static int known_names(const char *names[NAMES])
{
    int n = 0;
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        names[n++] = m->is.name;
        for (int i = 0; i < METRIC_VALUES && m->value[i] && n < NAMES - METRIC_VALUES; i++)
            names[n++] = m->value[i];
    }
    names[n] = NULL;
    return n;
}

static Status check_name(const char *word, Error *e)
{
    const char *names[NAMES];
    const int n = known_names(names);
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], word) == 0)
            return GT_OK;
    const char *near = nearest_name(word, names);
    return fail(e, GT_EUSAGE,
                "--metrics: unknown metric \"%s\"%s%s%s; gantrain list metrics shows them", word,
                near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

static Status check_names(const EvaluateRequest *q, Error *e)
{
    enum { WORD = 64 };
    char word[WORD];
    for (const char *at = q->metrics; at; at = strchr(at, ','), at = at ? at + 1 : NULL) {
        const size_t n = strcspn(at, ",");
        if (n >= WORD)
            return fail(e, GT_EUSAGE, "--metrics: a name of %zu characters is that of no metric",
                        n);
        memcpy(word, at, n);
        word[n] = '\0';
        TRY(check_name(word, e));
    }
    return GT_OK;
}

void judge_report_work(const EvaluateRequest *q, const char *task, const char *object)
{
    if (q->work)
        q->work(q->progress, task, object);
}

/* ---- sets --------------------------------------------------------------------------------------------- */

static bool of_points(const Samples *s)
{
    return s->from->drawn && !dataset_range(&s->file.config.data);
}

/* As many of every set, so that the numbers compare. */
static Status settle_count(const EvaluateRequest *q, const Samples *s, Verdict *v, Error *e)
{
    const bool points = of_points(&s[0]);
    int64_t n = q->count      ? q->count
                : points      ? s[0].file.config.evaluate.samples
                : s[0].images ? s[0].there
                              : EVALUATE_SAMPLES;
    for (int i = 0; i < q->sets; i++) {
        if (of_points(&s[i]) != points)
            return fail(e, GT_EUSAGE, "%s makes points, %s images: nothing compares them",
                        q->set[points ? 0 : i].path, q->set[points ? i : 0].path);
        if (q->count > s[i].there)
            return fail(e, GT_EUSAGE, "--count %lld: %s holds %d images", (long long)q->count,
                        q->set[i].path, s[i].there);
        n = n < s[i].there ? n : s[i].there;
    }
    v->n = (int)n;
    return GT_OK;
}

static uint64_t seed_of(const EvaluateRequest *q, const Samples *s)
{
    return q->seed >= 0 ? (uint64_t)q->seed : s[0].from->drawn ? s[0].seed : 1;
}

static Status open_sets(const EvaluateRequest *q, Samples *s, Error *e)
{
    for (int i = 0; i < q->sets; i++)
        TRY(samples_open(&s[i], &q->set[i], q->seed, e));
    return GT_OK;
}

/* What can be said of images only. */
static Status check_points(const EvaluateRequest *q, Error *e)
{
    static const char only[] = "is for images: of points, which are made from the "
                               "config, all that can be counted is always shown";
    if (q->data)
        return fail(e, GT_EUSAGE, "--data %s", only);
    if (q->metrics)
        return fail(e, GT_EUSAGE, "--metrics %s", only);
    if (q->features_out || q->probabilities_out)
        return fail(e, GT_EUSAGE, "--%s-out %s", q->features_out ? "features" : "probabilities",
                    only);
    return GT_OK;
}

static Status judge_sets(const EvaluateRequest *q, Samples *s, Verdict *v, Error *e)
{
    TRY(open_sets(q, s, e));
    TRY(settle_count(q, s, v, e));
    *v = (Verdict){ .request = q, .samples = s, .n = v->n, .seed = seed_of(q, s) };
    if (of_points(&s[0])) {
        TRY(check_points(q, e));
        return judge_points(q, s, v, e);
    }
    TRY(check_names(q, e));
    const Status status = judge_images(q, s, v, e);
    judge_report_work(q, NULL, NULL);
    return status;
}

Status evaluate_run(const EvaluateRequest *q, Text *out, Error *e)
{
    Samples *s = calloc(EVALUATE_SETS, sizeof *s);
    Verdict *v = calloc(1, sizeof *v);
    Status status = s && v ? GT_OK : fail(e, GT_ERESOURCE, "no memory");
    if (status == GT_OK)
        status = judge_sets(q, s, v, e);
    if (status == GT_OK)
        (q->json ? verdict_json : verdict_table)(v, out);
    for (int i = 0; s && i < EVALUATE_SETS; i++)
        samples_close(&s[i]);
    free(s);
    free(v);
    return status;
}
