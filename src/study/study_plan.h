/* The plan of a study: axes, cells, seeds, and the metrics that are compared. */
#ifndef GANTRAIN_SRC_STUDY_STUDY_PLAN_H
#define GANTRAIN_SRC_STUDY_STUDY_PLAN_H

#include "gantrain/evaluate/training_scores.h"
#include "gantrain/study/study.h"

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

#endif
