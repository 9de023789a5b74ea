/* What a source of data holds, and what about it is probably unintended. */
#ifndef GANTRAIN_SURVEY_SURVEY_H
#define GANTRAIN_SURVEY_SURVEY_H

#include "gantrain/data/summary.h"
#include "gantrain/run/config.h"

/* survey_warnings: adds a line to `out` for each property of the data that is probably unintended,
 * with the key to change. Takes at most some 100 ms. GT_ERESOURCE. */
Status survey_warnings(const Dataset *d, const Config *c, Text *out, Error *e);

/* What to show. The caller owns the texts. */
typedef struct SurveyRequest {
    const char *path;          /* of the data; NULL: those of the config                */
    const char *config;        /* a config file; NULL: defaults                         */
    const Override *overrides; /* [n_overrides] of the config                           */
    int n_overrides;
    const char *out; /* a picture of samples or points; NULL: none            */
    int rows, cols;  /* of its grid; 0: chosen                                */
    bool json;
    DatasetProgress *progress; /* while the data are read; may be NULL */
    void *context;             /* its first argument                   */
} SurveyRequest;

/* survey_run: describes the source: appends text or one JSON object to `out`. GT_EDATA, GT_ECONFIG,
 * GT_EUSAGE, GT_EOUTPUT, GT_ERESOURCE. */
Status survey_run(const SurveyRequest *q, Text *out, Error *e);

#endif
