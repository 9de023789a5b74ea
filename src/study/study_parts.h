/* What the files of a study share: its plan, its runs and their results. */
#ifndef GANTRAIN_SRC_STUDY_STUDY_PARTS_H
#define GANTRAIN_SRC_STUDY_STUDY_PARTS_H

#include <sys/types.h>

#include "gantrain/base/log.h"
#include "gantrain/evaluate/training_scores.h"
#include "gantrain/run/folder.h"
#include "gantrain/study/study.h"

/* ---- the plan: axes, cells, seeds, and the metrics that are compared ------------------------- */

enum {
    STUDY_AXES = 8,
    STUDY_METRICS = 32,
    STUDY_COLUMNS = 128,
    STUDY_SETTINGS = 128, /* keys that a cell changes */
    STUDY_CELLS = 10000,
    STUDY_SEEDS = 10000,
    STUDY_RUNS = 100000,
    STUDY_NAME = 180 /* bytes of a cell's name */
};

/* A value on an axis: a few keys that change together. */
typedef struct StudyPoint {
    const char *label;  /* as written                          */
    const char *folder; /* the label as a part of a file name  */
    Override *set;      /* [n]                                 */
    int n;
} StudyPoint;

typedef struct StudyAxis {
    const char *name;
    StudyPoint *point; /* [n] */
    int n;
} StudyAxis;

/* A column of metrics.jsonl. */
typedef struct StudyMetric {
    const char *name;
    Direction better;    /* NEITHER: unknown as well                        */
    const Value *source; /* where the study names it, for messages; or NULL */
    const char *path;    /* and under which key: "metrics", "rank"          */
} StudyMetric;

/* One combination of points. */
typedef struct StudyCell {
    int point[STUDY_AXES]; /* index of the point on every axis                  */
    const char *name;      /* its folder: the points' folders joined by '+'     */
    uint64_t steps;        /* generator updates of a run; set by study_check    */
    int data_count;        /* samples of its data; likewise                     */
} StudyCell;

typedef struct Study {
    const char *name;
    const Value *base; /* the config that is varied                      */
    Override *set;     /* [n_set] changed in every run                   */
    int n_set;
    StudyAxis axis[STUDY_AXES]; /* [axes]                                */
    int axes;
    StudyCell *cell; /* [cells] the last axis varies fastest             */
    int cells;
    int64_t *seed; /* [seeds]                                            */
    int seeds;
    StudyMetric metric[STUDY_METRICS]; /* [metrics]                      */
    int metrics;
    bool all_scores; /* no metrics were named: compare every score found */
    int rank;        /* index of the metric that orders the cells; -1: not known yet        */
    bool count_best; /* compare the row of a run that is best by `rank`, else the last row  */
    const char *column[STUDY_COLUMNS]; /* [columns] that metrics.jsonl of some cell will have */
    int columns;                       /* set by study_check                                  */
    const char *objective; /* of the first cell, as JSON; NULL: not known yet                 */
    bool objectives_differ;

    Value *root; /* the study file with the options of the command line put in             */
    Json file, base_file;
    Arena arena; /* owns everything above */
} Study;

/* study_read: reads a study file, or a config, and the options of the command line. GT_ECONFIG or
 * GT_EUSAGE with all mistakes of the study; those of the cells' configs are left to study_check.
 * Close it even after a failure. */
Status study_read(Study *s, const StudyRequest *q, Error *e);
void study_close(Study *s);

/* study_text: the study as a self-contained study file. */
Status study_text(const Study *s, Text *out, Error *e);

/* Readers of one key each. study_read_cells comes after the axes and seeds. */
void study_read_axes(Study *s, const Value *axes, Error *e);
void study_read_cells(Study *s, const Value *exclude, Error *e);
void study_read_seeds(Study *s, const Value *seeds, Error *e);
void study_read_metrics(Study *s, const Value *list, const char *rank, Error *e);

/* study_label: the name of a value as a point: as written, or the "kind" of an object; or NULL. */
const char *study_label(const Value *v);

/* study_read_settings: the members of an object as overrides in s->arena. */
void study_read_settings(Study *s, const Value *object, const char *path, Override **set, int *n,
                         Error *e);

/* study_add_metric: when all scores are compared: adds the column `name` if it is a score.
 * study_finish_metrics: after the last: without any score compares the losses; unless a rank was
 * named, the first metric with a known direction ranks. */
void study_add_metric(Study *s, const char *name);
void study_finish_metrics(Study *s);

/* study_add_column: metrics.jsonl of some cell has this column. `name` is kept.
 * study_check_metrics: after all columns: every metric is one of them, and the ranking one has a
 * direction. */
void study_add_column(Study *s, const char *name);
void study_check_metrics(const Study *s, Error *e);

/* study_add_objective: some cell trains this objective, given as JSON.
 * study_loss_note: a line that cells with different objectives do not compare by the losses that
 * rank them, or that are all there is, and what to do; "": they do. */
void study_add_objective(Study *s, const char *json);
enum { STUDY_NOTE = 256 };
void study_loss_note(const Study *s, char out[STUDY_NOTE]);

/* study_config: the config of a run. Free it even after a failure.
 * study_config_text: the same as the run keeps it in config.json. */
Status study_config(const Study *s, const StudyCell *cell, int64_t seed, Config *c, Error *e);
Status study_config_text(const Study *s, const StudyCell *cell, int64_t seed, Text *out, Error *e);

/* study_check: reads the config of every cell, opens its data, builds its nets and counts its
 * steps, as its runs will do; then checks that the metrics will be measured. A mistake shared by
 * several cells is reported once. */
Status study_check(Study *s, Error *e);

/* study_folder_path: the folder of the results.   out [FOLDER_PATH]
 * Returns the length of the whole path, as snprintf. */
int study_folder_path(const Study *s, const StudyRequest *q, char *out);

/* study_add_columns: appends rows, of fields separated by tabs, as a table with aligned columns. */
void study_add_columns(Text *out, const Text *rows, bool markdown);

/* study_describe: what --dry-run prints: the cells, their settings and lengths, and what is
 * compared. */
void study_describe(Study *s, const StudyRequest *q, Text *out);

/* ---- while it trains: its folder, its runs, their processes and results ---------------------- */

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
