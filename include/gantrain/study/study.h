/* A study: one recipe trained over a grid of settings and seeds, every run by a process of its own.
 *
 * A study file names the recipe, the axes of the grid, the seeds and what is compared; a small study needs
 * none: a recipe and a few words of the command line say the same. */
#ifndef GANTRAIN_STUDY_STUDY_H
#define GANTRAIN_STUDY_STUDY_H

#include "gantrain/base/text.h"
#include "gantrain/run/config.h"

enum { STUDY_MAX_JOBS = 256 };

/* What the command line asks for. Texts may be NULL: not given. */
typedef struct StudyRequest {
    const char *config;  /* a study file, or a recipe                                 */
    const Override *set; /* [n_set] changed in every run                              */
    int n_set;
    const Override *vary; /* [n_vary] an axis each: a path and the words "a,b,c"      */
    int n_vary;
    const char *seeds, *metrics, *rank, *count; /* as in a study file                 */
    const char *out;                            /* folder; NULL: studies/<name>       */
    int jobs, threads;                          /* processes at a time, threads each  */
    bool dry_run, markdown, overwrite, quiet, no_progress;
} StudyRequest;

/* The keys of a study file. */
extern const Option study_options[];

/* study: train what is missing, then compare. The table is added to `results`.
 * Everything is checked before anything is trained: GT_ECONFIG or GT_EUSAGE with all mistakes. GT_EBUSY: another
 * study has the folder. GT_EOUTPUT: it holds runs with other settings. A diverged run is a result; the code of
 * the first run that failed otherwise is returned after the others are done, with a line for each. After a
 * signal the children have saved checkpoints, and the same request goes on. */
Status study(const StudyRequest *q, Text *results, Error *e);

#endif
