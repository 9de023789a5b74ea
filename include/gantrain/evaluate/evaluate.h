/* How good samples are: all metrics of one set of samples, or of two side by side. */
#ifndef GANTRAIN_EVALUATE_EVALUATE_H
#define GANTRAIN_EVALUATE_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/eval/classifier.h"

enum { EVALUATE_SETS = 2, EVALUATE_MAX_SAMPLES = 100000, EVALUATE_SAMPLES = 10000 };

/* Where samples come from. */
typedef struct SampleSource {
    const char *path;   /* a checkpoint, or an IDX file of images                 */
    bool drawn;         /* it is a checkpoint                                     */
    const char *labels; /* an IDX file: the classes that were asked for; or NULL  */
} SampleSource;

typedef struct EvaluateRequest {
    SampleSource set[EVALUATE_SETS];
    int sets;
    const char *data; /* folder of the real images; NULL: the one of the first checkpoint   */
    /* 0: EVALUATE_SAMPLES images or as many as a file has; of points as many as in training */
    int64_t count;
    int64_t seed;        /* of latents and subsets; -1: of the run                             */
    const char *metrics; /* names of metrics or their numbers, with commas; NULL: all          */
    const char *features_out, *probabilities_out; /* NPY files, of the first set; NULL: none   */
    bool json;
    /* Progress, for the caller to show; each may be NULL. `work` names the task that begins, such as
     * "measuring" "fcd"; NULL: the last one has ended. */
    ProgressFn *classifier_progress;
    void (*work)(void *progress, const char *task, const char *object);
    void *progress; /* first argument of both */
} EvaluateRequest;

/* evaluate_run: draw or read the samples, take the classifier of the data from the cache or train it, and write
 * a table for people or a JSON object to `out`. Samples are looked at as bytes, as a file of images holds
 * them. Beside every number stands the same number of as many training images in the place of the samples:
 * what perfect would be. GT_EUSAGE, GT_EDATA, GT_ECHECKPOINT, GT_EOUTPUT, GT_ERESOURCE. */
Status evaluate_run(const EvaluateRequest *q, Text *out, Error *e);

#endif
