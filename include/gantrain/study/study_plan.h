/* The plan of a study: axes, cells, seeds, and what is compared. Nobody outside of run/study/ needs it. */
#ifndef GANTRAIN_STUDY_STUDY_PLAN_H
#define GANTRAIN_STUDY_STUDY_PLAN_H

#include "gantrain/evaluate/score.h"
#include "gantrain/study/study.h"

enum {
    STUDY_AXES = 8,
    STUDY_METRICS = 32,
    STUDY_COLUMNS = 128,
    STUDY_SETTINGS = 128, /* changed keys of a cell       */
    STUDY_CELLS = 10000,
    STUDY_SEEDS = 10000,
    STUDY_RUNS = 100000,
    STUDY_NAME = 180 /* bytes of a cell's name */
};

/* One place on an axis: a few keys that change together. */
typedef struct StudyPoint {
    const char *label;  /* as it was written                                  */
    const char *folder; /* the same as a part of a file name                  */
    Override *set;      /* [n]                                                */
    int n;
} StudyPoint;

typedef struct StudyAxis {
    const char *name;
    StudyPoint *point; /* [n] */
    int n;
} StudyAxis;

/* A column of metrics.jsonl that is compared. */
typedef struct StudyMetric {
    const char *name;
    Direction better; /* NEITHER: or nobody knows */
    const Value *at;  /* where it was named, or NULL */
    const char *path; /* and as what: "metrics", "rank" */
} StudyMetric;

/* One combination of points. */
typedef struct StudyCell {
    int at[STUDY_AXES]; /* the point on every axis                                     */
    const char *name;   /* its folder: the points' names joined by '+'                 */
    uint64_t steps;     /* generator updates of one of its runs; known after the check */
} StudyCell;

typedef struct Study {
    const char *name;
    const Value *base; /* the recipe's tree                              */
    Override *set;     /* [n_set] changed in every run                   */
    int n_set;
    StudyAxis axis[STUDY_AXES]; /* [axes]                                */
    int axes;
    StudyCell *cell; /* [cells] the last axis runs fastest               */
    int cells;
    int64_t *seed; /* [seeds]                                            */
    int seeds;
    StudyMetric metric[STUDY_METRICS]; /* [metrics]                      */
    int metrics;
    bool all;  /* and every score that the runs have */
    int rank;  /* the metric that orders the cells, or -1: none yet  */
    bool best; /* of a run, the row where that is best; else the last */
    const char *column
        [STUDY_COLUMNS]; /* [columns] of metrics.jsonl that some cell will have; after the check */
    int columns;

    Value *root; /* the study file with the words of the command line put in           */
    Json file, recipe;
    Arena arena; /* owns everything above */
} Study;

/* study_read: the study file, or a recipe, with the words of the command line. All mistakes of it are told,
 * those of the cells' configs are left to study_check. Whoever reads closes, also after a failure. */
Status study_read(Study *s, const StudyRequest *q, Error *e);
void study_close(Study *s);

/* Their parts, each reading one key of the file. */
void study_read_axes(Study *s, const Value *axes, Error *e);
void study_read_seeds(Study *s, const Value *seeds, Error *e);
void study_read_metrics(Study *s, const Value *list, const char *rank, Error *e);

/* study_settings: the members of an object as overrides in s->arena; what is none is told. */
void study_settings(Study *s, const Value *object, const char *path, Override **set, int *n,
                    Error *e);

/* Before the runs are looked at, the first metric whose direction is known ranks unless one was named; when
 * s->all is set, scores that the runs turn out to have are added. */
void study_choose_rank(Study *s);

/* study_know_column: a cell has this column.   name  in  kept
 * study_check_metrics: after all of them: every metric is a column, and the ranking one has a direction. */
void study_know_column(Study *s, const char *name);
void study_check_metrics(const Study *s, Error *e);
void study_add_metric(Study *s, const char *name);

/* study_read_cells: every combination of points that `exclude` leaves. After the axes. */
void study_read_cells(Study *s, const Value *exclude, Error *e);

/* study_config: the config of a run. Whoever makes frees, also after a failure. */
Status study_config(const Study *s, const StudyCell *cell, int64_t seed, Config *c, Error *e);

/* study_config_text: the same resolved, as a run keeps it in config.json. */
Status study_config_text(const Study *s, const StudyCell *cell, int64_t seed, Text *out, Error *e);

/* study_check: read every cell's config, open its data, build its nets, count its steps; then whether what is
 * compared will be measured. A mistake that many cells share is told once. */
Status study_check(Study *s, Error *e);

/* "3", "1-3, 7" */
void study_seeds_text(const Study *s, Text *out);

/* study_folder: where the results go.   out [FOLDER_PATH]
 * Returns the length that there should be room for. */
int study_folder(const Study *s, const StudyRequest *q, char *out);

/* The cells, their settings, how long they take, and what is compared, for a person. */
void study_describe(const Study *s, const StudyRequest *q, Text *out);

/* study_text: the study as a file that does the same; the recipe stands in it. */
Status study_text(const Study *s, Text *out, Error *e);

#endif
