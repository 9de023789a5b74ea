/* A training run in memory. */
#ifndef GANTRAIN_TRAIN_RUN_H
#define GANTRAIN_TRAIN_RUN_H

#include "gantrain/base/log.h"
#include "gantrain/diagnosis/diagnosis.h"
#include "gantrain/evaluate/training_scores.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/run/config.h"
#include "gantrain/run/folder.h"
#include "gantrain/sample/sample.h"
#include "gantrain/train/progress.h"
#include "gantrain/train/signals.h"

/* One kind of output that could not be written. */
typedef struct WriteFailure {
    const char *what;     /* "checkpoint not written"   */
    uint64_t first, last; /* steps at which it failed   */
    int times;
    bool failing; /* the last attempt failed    */
    Error why;    /* of the last failure        */
} WriteFailure;

enum { WRITE_FAILURES = 13 };

/* Diagnosis of the last rows of a run while it trains, and which causes it has reported. */
enum { LIVE_ROWS = 64, LIVE_CAUSES = 32 };

typedef struct LiveDiagnosis {
    bool severe_only;                  /* set by the caller                             */
    History recent;                    /* at most LIVE_ROWS rows                        */
    const char *cause;                 /* the first finding of the last row, or NULL    */
    int held;                          /* successive rows with this cause               */
    const char *reported[LIVE_CAUSES]; /* ends with NULL                                */
} LiveDiagnosis;

typedef struct Run {
    const Log *log;
    Config config;
    Dataset data;
    Gan gan;
    RunFolder folder; /* open on rank 0                                               */
    Progress progress;
    TaskProgress reading;    /* of the data */
    StepStats stats;         /* of the last step                                             */
    char fitted[CONFIG_FIT]; /* defaults that were fitted to small data */
    uint64_t steps;          /* generator updates in all; fewer after early stopping         */
    uint64_t saved;          /* step of the newest checkpoint; UINT64_MAX: none              */
    uint64_t report_step;    /* of the last report, or where this process began              */
    bool ended;              /* no step follows */
    LiveDiagnosis live_diagnosis;
    WriteFailure failure[WRITE_FAILURES]; /* [n_failures]                                 */
    int n_failures;
    Numbers given_lengths; /* train.earlier_lengths of the config, before a checkpoint was loaded */
    bool extended;         /* the loaded checkpoint is of a run of another length, which counts */
    char
        unlike[FOLDER_FILE]; /* the checkpoint that belongs to another config or data; "": none   */
    uint64_t *damaged;       /* [n_damaged] steps of checkpoints that cannot be read, owned     */
    int n_damaged;

    /* images: the sample grid                                                       */
    Mat grid_z;      /* its latents, the same every epoch                      [n,Z]  */
    Mat grid;        /* their images                                           [n,X]  */
    uint8_t *pixels; /* the same in bytes                                      [n*X]  */
    /* points                                                                        */
    Raster canvas; /* of their picture                                                */
    TrainingScores evaluation;
    Score real[TRAINING_SCORES]; /* [n_real] of real samples                          */
    int n_real;
    Best best;
    Arena arena; /* of the pictures and the evaluation                                */
} Run;

/* run_show_reading: shows from now on how far the data of r->config are read, and lets signals stop
 * it.
 *   live   in   as task_progress_start */
void run_show_reading(Run *r, bool quiet, bool live);

/* run_open: open the data of r->config, check them against it, build the GAN and the memory of its
 * pictures; warn of what is probably unintended. GT_EDATA, GT_ECONFIG, GT_ERESOURCE. The caller
 * calls run_close, also after a failure. */
Status run_open(Run *r, Error *e);
void run_close(Run *r);

/* The columns of metrics.jsonl that are no scores, for i = 0, 1, ...; NULL after the last. */
const char *metrics_column(int i);

/* Whether a column is a value of the objective: under another objective it means something else. */
bool metrics_depends_on_objective(const char *name);

/* live_diagnosis_add: diagnose with one more row of metrics.jsonl [n bytes].
 *   report   out   whether *f is a cause that has held for several rows and was not reported before
 * GT_EDATA, GT_ERESOURCE. */
Status live_diagnosis_add(LiveDiagnosis *d, const char *row, size_t n, const Config *c,
                          bool *report, Finding *f, Error *e);

/* Accepts a zeroed LiveDiagnosis. */
void live_diagnosis_close(LiveDiagnosis *d);

#endif
