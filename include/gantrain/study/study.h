/* A study: one config trained over a grid of settings and seeds, every run in a process of its own.
 * A study file names the config, the axes of the grid, the seeds and the metrics to compare; for a
 * small study, a config and a few options of the command line do the same. */
#ifndef GANTRAIN_STUDY_STUDY_H
#define GANTRAIN_STUDY_STUDY_H

#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

enum { STUDY_MAX_JOBS = 256 };

/* Texts may be NULL: not given. */
typedef struct StudyRequest {
    const char *config;  /* a study file, or a config                            */
    const Override *set; /* [n_set] changed in every run                         */
    int n_set;
    const Override *vary; /* [n_vary] an axis each: a path and the word "a,b,c"  */
    int n_vary;
    const char *seeds, *metrics, *rank, *count; /* as in a study file            */
    const char *out;                            /* folder; NULL: studies/<name>  */
    int jobs, threads;                          /* processes, threads of each    */
    bool dry_run, markdown, overwrite, quiet, no_progress;
} StudyRequest;

/* The keys of a study file. */
extern const Option study_options[];

/* study: checks everything, trains the runs that are missing, then appends the table to `results`.
 * GT_ECONFIG, GT_EUSAGE: all mistakes, before anything is trained. GT_EBUSY: another study has the
 * folder. GT_EOUTPUT: the folder holds runs with other settings. A diverged run is a result; if
 * runs fail otherwise, the others continue, and the code of the first is returned with a line for
 * each. After a signal the runs have saved checkpoints, and the same request continues them. */
Status study(const StudyRequest *q, Text *results, Error *e);

#endif
