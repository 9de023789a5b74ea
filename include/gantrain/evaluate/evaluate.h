/* gantrain evaluate: all metrics of one set of samples, or of two compared. */
#ifndef GANTRAIN_EVALUATE_EVALUATE_H
#define GANTRAIN_EVALUATE_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/eval/classifier.h"

enum { EVALUATE_SETS = 2, EVALUATE_MAX_SAMPLES = 100000, EVALUATE_SAMPLES = 10000 };

typedef struct SampleSource {
    const char *path;   /* a checkpoint, or an IDX file of images              */
    bool is_checkpoint; /* samples are generated                               */
    const char *labels; /* of an IDX file: its requested classes; NULL: none   */
} SampleSource;

typedef struct EvaluateRequest {
    SampleSource set[EVALUATE_SETS];
    int sets;
    const char *data;    /* folder of the real images; NULL: that of the first checkpoint */
    int64_t count;       /* 0: EVALUATE_SAMPLES, all of a file, or points as in training  */
    int64_t seed;        /* of latents and subsets; -1: of the run                        */
    const char *metrics; /* names of metrics or values, comma-separated; NULL: all     */
    const char *features_out, *probabilities_out; /* NPY files of the first set; NULL: none */
    bool json;
    /* Progress, for the caller to show; may be NULL. `work` gets the task that begins, such as
     * "measuring" "fcd"; NULL: the last one has ended. */
    ProgressFn *classifier_progress;
    DatasetProgress *data_progress;
    void (*work)(void *progress, const char *task, const char *object);
    void *progress; /* first argument of all */
} EvaluateRequest;

/* evaluate_run: generate or read the samples, load or train the classifier of the data, and append
 * a table or a JSON object to `out`. Samples are rounded to 8 bits, as in image files. The column
 * "real" has the values of as many training images, which a perfect generator would reach.
 * GT_EUSAGE, GT_EDATA, GT_ECHECKPOINT, GT_EOUTPUT, GT_ERESOURCE. */
Status evaluate_run(const EvaluateRequest *q, Text *out, Error *e);

#endif
