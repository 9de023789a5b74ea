/* checkpoints/best.safetensors: the state with the best score, and early stopping when the score
 * stops improving. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train_parts.h"

/* Only values with the same id are comparable. Before there is a classifier its id is left out. */
static void describe_score(const Run *r, char out[BEST_ID])
{
    const TrainingScores *v = &r->evaluation;
    const char *id = v->image.classifier.id;
    snprintf(out, BEST_ID, "%.48s, %d samples%s%s", r->config.evaluate.best, v->samples,
             *id ? ", classifier " : "", id);
}

static bool is_better(const Best *b, const Score *s)
{
    return isfinite(s->value) && (!*b->score_id || score_better(s->value, b->value, s->better));
}

/* The file itself names its state as the best. */
static Status save_best(Run *r, const Score *s, Error *e)
{
    const Best before = r->best;
    char path[FOLDER_FILE];
    r->best = (Best){ .value = s->value, .step = r->gan.step };
    describe_score(r, r->best.score_id);
    folder_file(&r->folder, FOLDER_BEST, path);
    run_sync_metrics(r);
    const Status status = checkpoint_save(path, &r->gan, &r->config, &r->data, &r->best, e);
    if (status != GT_OK)
        r->best = before;
    return status;
}

bool run_patience_exhausted(const Run *r)
{
    const int64_t patience = r->config.evaluate.patience;
    return patience > 0 && *r->best.score_id && r->best.stale_evaluations >= (uint64_t)patience;
}

Status run_update_best(Run *r, Error *e)
{
    const Score *s = training_scores_find(&r->evaluation, r->config.evaluate.best);
    if (!s || r->evaluation.scored_step != r->gan.step)
        return GT_OK;
    if (is_better(&r->best, s))
        return save_best(r, s, e);
    r->best.stale_evaluations += *r->best.score_id != '\0';
    if (run_patience_exhausted(r))
        r->steps = r->gan.step; /* now everything that is due at the end is due */
    return GT_OK;
}

/* The file may be of a later step than r->best: the run was killed before its next checkpoint. */
static Status check_file(const Run *r, Error *e)
{
    char path[FOLDER_FILE];
    Checkpoint k;
    folder_file(&r->folder, FOLDER_BEST, path);
    TRY(checkpoint_open(&k, path, e));
    const uint64_t step = k.step;
    checkpoint_close(&k);
    return step >= r->best.step
               ? GT_OK
               : fail(e, GT_ECHECKPOINT, "%s: holds the state of step %" PRIu64 ", an older one",
                      path, step);
}

void run_validate_best(Run *r)
{
    char id[BEST_ID];
    Error why = { 0 };
    describe_score(r, id);
    if (strncmp(r->best.score_id, id, strlen(id)) == 0 && check_file(r, &why) == GT_OK)
        return;
    if (why.code != GT_OK)
        log_warning(r->log, "%s; the best state up to now, of step %" PRIu64 ", is lost",
                    why.text[0], r->best.step);
    r->best = (Best){ 0 };
}

void run_log_best(const Run *r)
{
    const Best *b = &r->best;
    if (*b->score_id)
        log_info(r->log, "best %s: %.6g at step %" PRIu64, r->config.evaluate.best, b->value,
                 b->step);
    if (run_patience_exhausted(r))
        log_info(r->log,
                 "early stopping at step %" PRIu64 ": no better score in %" PRIu64
                 " evaluations (evaluate.patience)",
                 r->gan.step, b->stale_evaluations);
}
