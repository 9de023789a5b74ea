/* A study while it trains: its folder, its runs, their processes and results. */
#ifndef GANTRAIN_SRC_STUDY_STUDY_WORK_H
#define GANTRAIN_SRC_STUDY_STUDY_WORK_H

#include <sys/types.h>

#include "gantrain/base/log.h"
#include "gantrain/run/folder.h"
#include "study_plan.h"

/* RUN_DONE to RUN_FAILED: the run has ended. */
typedef enum RunState { RUN_PENDING, RUN_RUNNING, RUN_DONE, RUN_DIVERGED, RUN_FAILED } RunState;

/* One cell with one seed. */
typedef struct StudyRun {
    const StudyCell *cell;
    int64_t seed;
    RunState state;
    bool restart;        /* the folder holds a run with other settings, to be removed        */
    bool started;        /* it holds a part of this one                                      */
    pid_t process;       /* while it runs                                                    */
    uint64_t first_step; /* where that process began                                         */

    /* results, set by study_read_results */
    uint64_t step;               /* of the row that is compared; 0: none        */
    double value[STUDY_METRICS]; /* NaN: not measured, or diverged              */
    double seconds;              /* of training, in all its processes           */
} StudyRun;

typedef struct RankedCell {
    double cost; /* mean of the ranking metric, lower is better; NaN: none */
    int cell;
} RankedCell;

typedef struct StudyWork {
    Study *s;
    const StudyRequest *q;
    Log log;
    char folder[FOLDER_PATH];
    int lock;
    StudyRun *run; /* [runs] ordered by cell, then seed */
    int runs;
    int running;
    RankedCell *order; /* [cells] from the best to the worst; set by study_order */
    /* progress */
    bool live, line_open;
    double start_time, draw_time; /* monotonic seconds                          */
    uint64_t steps_done;          /* of runs that ended since start_time        */
} StudyWork;

/* ---- the folder ------------------------------------------------------------------------------ */

/* study_open_folder: makes and locks the folder, finds out what is done in it, writes study.json
 * and the cells' configs. GT_EBUSY, GT_EOUTPUT, GT_ERESOURCE. Close it even after a failure. */
Status study_open_folder(StudyWork *w, Error *e);
void study_close_folder(StudyWork *w);

/* study_count_all: the runs that have ended, and those of which the folder holds a part.
 * study_count_other_runs: runs in the folder with seeds or points that this study does not have. */
void study_count_all(const StudyWork *w, int *done, int *started);
int study_count_other_runs(const StudyWork *w);

/* "<folder>/<cell>/<name>" and "<folder>/<cell>/<seed>/<name>"; name "": the folder itself. */
void study_cell_file(const StudyWork *w, const StudyCell *c, const char *name,
                     char out[FOLDER_FILE]);
void study_run_file(const StudyWork *w, const StudyRun *r, const char *name, char out[FOLDER_FILE]);

/* study_write_outcome: records that a run is done or has diverged. */
Status study_write_outcome(const StudyWork *w, const StudyRun *r, Error *e);

/* study_last_line: the last complete line of a file, or its end if longer; "": none.
 * study_logged_step: the step in the last row of a run's metrics.jsonl; 0: none. */
enum { STUDY_LINE = 8192 };
void study_last_line(const char *path, char out[STUDY_LINE]);
uint64_t study_logged_step(const StudyWork *w, const StudyRun *r);

/* "done", "diverged", ... */
extern const char *const study_state_name[];

/* ---- training -------------------------------------------------------------------------------- */

/* study_start: starts the process of a run. GT_ERESOURCE, GT_EOUTPUT.
 * study_reap: whether the process of a run has ended; then *how is its exit code as a status. */
Status study_start(const StudyWork *w, StudyRun *r, Error *e);
bool study_reap(StudyRun *r, Status *how);

/* study_train: trains every run that is not done. Returns the code of the first that failed, with a
 * line for each, or of the signal that asked to stop. */
Status study_train(StudyWork *w, Error *e);

/* Progress on stderr: a live line on a terminal, else a line when a run ends. */
void study_progress_start(StudyWork *w);
void study_progress_update(StudyWork *w);
void study_progress_print(StudyWork *w); /* answers SIGUSR2 */
void study_progress_run(StudyWork *w, const StudyRun *r);
void study_progress_end_line(StudyWork *w);

/* ---- results --------------------------------------------------------------------------------- */

/* study_read_results: reads metrics.jsonl of every run. GT_EDATA: one is damaged. */
Status study_read_results(StudyWork *w, Error *e);

/* Statistics of a metric over the finished runs of a cell. */
typedef struct CellScore {
    double mean, deviation; /* sample standard deviation; NaN below two runs */
    int n;
} CellScore;

CellScore study_score(const StudyWork *w, int cell, int metric);

/* study_count: the runs of a cell in a state. */
int study_count(const StudyWork *w, int cell, RunState state);

/* study_is_ranked: some cell has a value of the ranking metric. */
bool study_is_ranked(const StudyWork *w);

/* study_order: orders the cells by the ranking metric; equal ones stay in the order of the plan,
 * those without a value come last. study_read_results calls it. */
void study_order(StudyWork *w);

/* study_median: the run of a cell with the (lower) median of the ranking metric; NULL: none. */
const StudyRun *study_median(const StudyWork *w, int cell);

/* study_score_text: "3.21 ± 0.12", with two digits of the deviation; "3.214" for one run, "" for
 * none; followed by "(n)" when fewer than `runs` runs have a value. */
enum { STUDY_SCORE = 80 };
void study_score_text(const CellScore *c, int runs, char out[STUDY_SCORE]);

/* study_csv: a row per run. study_table: a row per cell. study_page: report.html. */
void study_csv(const StudyWork *w, Text *out);
void study_table(const StudyWork *w, bool markdown, Text *out);
Status study_page(const StudyWork *w, Text *out, Error *e);

#endif
