/* Looking at a source of data: its config, its samples, what is kept apart for evaluation. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/recognize.h"
#include "survey_parts.h"

/* ---- the config ------------------------------------------------------------------------------ */

static bool sets_kind(const SurveyRequest *q)
{
    for (int i = 0; i < q->n_overrides; i++)
        if (strcmp(q->overrides[i].path, "data.kind") == 0)
            return true;
    return q->config != NULL;
}

/* A path that no kind reads has its own message, unless the kind is given. */
static Status recognize(Survey *s, Error *e)
{
    Recognized r;
    const char *path = s->request->path;
    if (!path)
        return GT_OK;
    dataset_recognize(path, &r);
    if (r.kind || sets_kind(s->request))
        return GT_OK;
    return fail(e, GT_EDATA, "%s: %s: no data set; `gantrain list datasets` names what can be read",
                path, r.what);
}

static Status make_config(Survey *s, Error *e)
{
    static const Value empty = { .kind = VALUE_OBJECT };
    const SurveyRequest *q = s->request;
    Override *set = malloc(((size_t)q->n_overrides + 1) * sizeof *set);
    if (!set)
        return fail(e, GT_ERESOURCE, "no memory for the settings");
    const int n = q->path ? 1 : 0;
    set[0] = (Override){ CONFIG_DATA, q->path, NULL };
    if (q->n_overrides > 0)
        memcpy(set + n, q->overrides, (size_t)q->n_overrides * sizeof *set);
    const Status status = q->config ? config_read(&s->config, q->config, set, q->n_overrides + n, e)
                                    : config_make(&s->config, &empty, set, q->n_overrides + n, e);
    free(set);
    return status;
}

/* ---- the samples ----------------------------------------------------------------------------- */

static void describe_path(Survey *s)
{
    Recognized r;
    const char *path = dataset_path(&s->config.data);
    if (!path)
        return;
    dataset_recognize(path, &r);
    memcpy(s->found, r.what, sizeof s->found);
}

/* Samples for evaluation may be missing or damaged: no error here. */
static Status open_kept_apart(Survey *s, Error *e)
{
    static const char generated[] = "the samples are generated";
    Error why = { 0 };
    Dataset test;
    if (!dataset_path(&s->config.data)) {
        text_add(&s->why_none, "%s", generated);
        return GT_OK;
    }
    const Status status =
        dataset_open_split(&test, &s->config.data, "test", (uint64_t)s->config.seed, &why);
    if (status == GT_ERESOURCE)
        return fail(e, status, "%s", why.text[0]);
    if (status != GT_OK) {
        text_add(&s->why_none, "%s", why.text[0]);
        return GT_OK;
    }
    s->kept_apart = test.count;
    dataset_close(&test);
    return GT_OK;
}

static Status look(Survey *s, Error *e)
{
    TRY(recognize(s, e));
    TRY(make_config(s, e));
    describe_path(s);
    dataset_set_progress(&s->config.data, s->request->progress, s->request->context);
    TRY(dataset_open(&s->data, &s->config.data, (uint64_t)s->config.seed, e));
    TRY(open_kept_apart(s, e));
    TRY(dataset_summarize(&s->summary, &s->data, NULL, e));
    if (s->data.warning.at)
        text_add(&s->warnings, "%s", s->data.warning.at);
    data_warnings_add(&(DataCase){ &s->data, &s->summary, &s->config }, &s->warnings);
    return s->request->out ? survey_draw(s, e) : GT_OK;
}

Status survey_run(const SurveyRequest *q, Text *out, Error *e)
{
    Survey *s = calloc(1, sizeof *s); /* a config and a count for each label: large for a stack */
    if (!s)
        return fail(e, GT_ERESOURCE, "no memory to look at data");
    s->request = q;
    const Status status = look(s, e);
    if (status == GT_OK)
        (q->json ? survey_print_json : survey_print)(s, out);
    dataset_summary_free(&s->summary);
    dataset_close(&s->data);
    config_free(&s->config);
    text_free(&s->why_none);
    text_free(&s->warnings);
    free(s);
    return status;
}
