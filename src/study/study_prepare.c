/* Before the processes: the classifier that scores images is trained once and kept in a cache; processes that
 * began side by side would each train it. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/train/run.h"
#include "gantrain/study/study_work.h"
#include "gantrain/train/progress.h"

/* The data of a config, in words. */
static Status data_text(const Config *c, Text *out, Error *e)
{
    Arena a = { 0 };
    TRY(arena_open(&a, 1 << 20, e));
    const Value *root = option_value(&a, NULL, NULL, config_options, c);
    if (root)
        json_write(out, value_member(root, "data"), 0);
    arena_close(&a);
    return root && !out->failed ? GT_OK : fail(e, GT_ERESOURCE, "no memory for a config");
}

static bool same(const Text *a, const Text *b)
{
    return a->at && b->at && strcmp(a->at, b->at) == 0;
}

/* `last` holds the data of the classifier before this one: cells in a row mostly share them. */
static Status prepare_cell(const StudyWork *w, const StudyCell *cell, Run *r, Text *last, Error *e)
{
    Text data = { 0 };
    TaskProgress progress = task_progress_start(w->q->quiet, !w->q->no_progress);
    TRY(study_config(w->s, cell, w->s->seed[0], &r->config, e));
    if (!r->config.evaluate.classifier)
        return GT_OK;
    TRY(data_text(&r->config, &data, e));
    Status s = GT_OK;
    if (!same(&data, last)) {
        s = run_open(r, e);
        if (s == GT_OK)
            s = training_scores_prepare(&r->evaluation, &r->config, progress_classifier, &progress,
                                        e);
    }
    text_free(last);
    *last = data;
    return s;
}

Status study_prepare(StudyWork *w, Error *e)
{
    Text last = { 0 };
    Run *r = calloc(1, sizeof *r);
    Status s = r ? GT_OK : fail(e, GT_ERESOURCE, "no memory for a run");
    for (int i = 0; r && s == GT_OK && i < w->s->cells; i++) {
        if (study_count(w, i, RUN_MISSING) == 0)
            continue;
        *r = (Run){ .log = &w->log, .folder.lock = -1 };
        s = prepare_cell(w, &w->s->cell[i], r, &last, e);
        run_close(r);
    }
    text_free(&last);
    free(r);
    return s;
}
