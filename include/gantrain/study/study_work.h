/* A study at work: its folder, its runs, their processes and what they gave. Nobody outside of run/study/
 * needs it. */
#ifndef GANTRAIN_STUDY_STUDY_WORK_H
#define GANTRAIN_STUDY_STUDY_WORK_H

#include <sys/types.h>

#include "gantrain/base/log.h"
#include "gantrain/run/folder.h"
#include "gantrain/study/study_plan.h"

typedef enum RunState { RUN_MISSING, RUN_GOING, RUN_DONE, RUN_DIVERGED, RUN_FAILED } RunState;

/* One cell with one seed. */
typedef struct StudyRun {
    const StudyCell *cell;
    int64_t seed;
    RunState state;
    bool anew;      /* the folder holds a run with other settings, which is removed       */
    bool begun;     /* it holds some of this one                                          */
    pid_t process;  /* while it goes                                                      */
    uint64_t first; /* the step at which that began                                       */

    /* what it gave; after study_collect */
    uint64_t step;               /* of the row that counts; 0: there is none    */
    double value[STUDY_METRICS]; /* NaN: not measured, or diverged              */
    double seconds;              /* of training, of all its processes           */
} StudyRun;

typedef struct StudyWork {
    Study *s;
    const StudyRequest *q;
    Log log;
    char folder[FOLDER_PATH];
    int lock;
    StudyRun *run; /* [runs] a cell's seeds are neighbours               */
    int runs;
    int going;
    /* progress */
    bool live, line_open;
    double began, drawn;
    uint64_t trained; /* steps of the runs that ended since `began` */
} StudyWork;

/* study_open: make and lock the folder, find out what is done in it, write study.json and the cells' configs.
 *   GT_EBUSY, GT_EOUTPUT, GT_ERESOURCE. Whoever opens closes, also after a failure. */
Status study_open(StudyWork *w, Error *e);
void study_release(StudyWork *w);

/* study_count_others: the runs of the folder that are not of this study as it is asked for. */
int study_count_others(const StudyWork *w);

/* "<folder>/<cell>/<name>" and "<folder>/<cell>/<seed>/<name>"; "" as a name: the folder itself. */
void study_cell_file(const StudyWork *w, const StudyCell *c, const char *name,
                     char out[FOLDER_FILE]);
void study_run_file(const StudyWork *w, const StudyRun *r, const char *name, char out[FOLDER_FILE]);

/* study_keep: remember that a run is done or has diverged, so that it is not begun again. */
Status study_keep(const StudyWork *w, const StudyRun *r, Error *e);

/* study_prepare: what runs share and the first of each process would make, once: the classifiers of their data.
 * As classifier_open; the code of a signal that asked to stop. */
Status study_prepare(StudyWork *w, Error *e);

/* study_start: begin the process of a run. GT_ERESOURCE, GT_EOUTPUT. */
Status study_start(const StudyWork *w, StudyRun *r, Error *e);

/* study_reap: how the process of a run has ended, if it has: its exit code as a status. */
bool study_reap(StudyRun *r, Status *how);

/* study_train: train every run that is not done. The code of the first that failed, with a line for each; or
 * of the signal that asked to stop. */
Status study_train(StudyWork *w, Error *e);

/* The step of the last row of a run's metrics.jsonl; 0: there is none. */
uint64_t study_step(const StudyWork *w, const StudyRun *r);

/* What a person sees: a live line on a terminal, else a line a run. */
void study_progress_begin(StudyWork *w);
void study_progress_say(StudyWork *w); /* because somebody asks */
void study_progress_tick(StudyWork *w);
void study_progress_run(StudyWork *w, const StudyRun *r);
void study_progress_break(StudyWork *w);

/* study_collect: read what the runs gave. GT_EDATA: a metrics.jsonl is damaged. */
Status study_collect(StudyWork *w, Error *e);

/* The mean over the finished runs of a cell, and so on. */
typedef struct CellScore {
    double mean, deviation; /* sample deviation; NaN below two runs */
    int n;
} CellScore;

CellScore study_score(const StudyWork *w, int cell, int metric);

/* The runs of a cell in a state. */
int study_count(const StudyWork *w, int cell, RunState state);

/* study_is_ranked: some cell has a value of the ranking metric. */
bool study_is_ranked(const StudyWork *w);

/* study_order: the cells from the best to the worst by the ranking metric, those without a value last, equal
 * ones as they are planned.   order [cells] out */
void study_order(const StudyWork *w, int *order);

/* Of a cell's finished runs, the one with the middle value of the ranking metric (the lower of two); NULL: none. */
const StudyRun *study_median(const StudyWork *w, int cell);

/* "3.21 ± 0.12", with two digits of the deviation; "3.214" for one run, "" for none. Followed by "(n)" when fewer
 * than `runs` runs have a value. */
enum { STUDY_SCORE = 80 };
void study_score_text(const CellScore *c, int runs, char out[STUDY_SCORE]);

/* Results: a row a run; a row a cell. */
void study_csv(const StudyWork *w, Text *out);
void study_table(const StudyWork *w, bool markdown, Text *out);
Status study_report(const StudyWork *w, Text *out, Error *e);

/* "done", "diverged", ... */
const char *study_state_name(RunState state);

#endif
