/* Keeping the best state: checkpoints/best.safetensors is a checkpoint like others, written when the score
 * is better than ever before; rotation knows only numbered ones. */
#include "gantrain/run/best.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/train/run.h"

static void best_file(const Run *r, char out[FOLDER_FILE])
{
    folder_file(&r->folder, FOLDER_BEST, out);
}

/* Values compare when these are the same. Before there is a classifier it is left out. */
static void name_rule(const Run *r, char out[BEST_OF])
{
    const TrainingScores *v = &r->evaluation;
    const char *id = v->image.classifier.id;
    snprintf(out, BEST_OF, "%.48s, %d samples%s%s", r->config.evaluate.best, v->samples,
             *id ? ", classifier " : "", id);
}

static bool is_better(const Best *b, const Score *s)
{
    return isfinite(s->value) && (!*b->of || score_better(s->value, b->value, s->better));
}

/* The file holds itself as the best. */
static Status keep(Run *r, const Score *s, Error *e)
{
    const Best before = r->best;
    char path[FOLDER_FILE];
    name_rule(r, r->best.of);
    r->best.value = s->value;
    r->best.step = r->gan.step;
    r->best.stale_evaluations = 0;
    best_file(r, path);
    run_sync_metrics(r);
    const Status status = checkpoint_save(path, &r->gan, &r->config, &r->data, &r->best, e);
    if (status != GT_OK)
        r->best = before;
    return status;
}

bool run_patience_exhausted(const Run *r)
{
    const int64_t patience = r->config.evaluate.patience;
    return patience > 0 && *r->best.of && r->best.stale_evaluations >= (uint64_t)patience;
}

Status run_update_best(Run *r, Error *e)
{
    const Score *s = training_scores_find(&r->evaluation, r->config.evaluate.best);
    if (!s || r->evaluation.scored_step != r->gan.step)
        return GT_OK;
    if (is_better(&r->best, s))
        return keep(r, s, e);
    r->best.stale_evaluations += *r->best.of != '\0';
    if (run_patience_exhausted(r))
        r->steps = r->gan.step; /* what is due at the end is due now */
    return GT_OK;
}

/* The file may be of a later step than the record: the run was killed before its next checkpoint. */
static Status check_file(const Run *r, const char *path, Error *e)
{
    Checkpoint k;
    TRY(checkpoint_open(&k, path, e));
    const uint64_t step = k.step;
    checkpoint_close(&k);
    return step >= r->best.step
               ? GT_OK
               : fail(e, GT_ECHECKPOINT, "%s: holds the state of step %" PRIu64 ", an older one",
                      path, step);
}

/* A record by another rule, or without its file, is none. */
void run_validate_best(Run *r)
{
    char of[BEST_OF], path[FOLDER_FILE];
    Error why = { 0 };
    name_rule(r, of);
    best_file(r, path);
    if (strncmp(r->best.of, of, strlen(of)) != 0) {
        r->best = (Best){ 0 };
    } else if (check_file(r, path, &why) != GT_OK) {
        log_warning(r->log, "%s; the best state up to now, of step %" PRIu64 ", is lost",
                    why.text[0], r->best.step);
        r->best = (Best){ 0 };
    }
}

void run_log_best(const Run *r)
{
    const Best *b = &r->best;
    if (*b->of)
        log_info(r->log, "best %s: %.6g at step %" PRIu64, r->config.evaluate.best, b->value,
                 b->step);
    if (run_patience_exhausted(r))
        log_info(r->log,
                 "ended at step %" PRIu64 ": no better one in %" PRIu64
                 " evaluations (evaluate.patience)",
                 r->gan.step, b->stale_evaluations);
}
