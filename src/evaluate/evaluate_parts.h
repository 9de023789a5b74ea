/* What the files of evaluate_run share. */
#ifndef GANTRAIN_SRC_EVALUATE_EVALUATE_PARTS_H
#define GANTRAIN_SRC_EVALUATE_EVALUATE_PARTS_H

#include "gantrain/eval/metric.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/evaluate/evaluate.h"

/* ---- samples ------------------------------------------------------------------------------------------ */

/* A set of samples: opened, then taken. */
typedef struct Samples {
    const SampleSource *from;
    int there;        /* how many can be had at the most                         */
    Shape shape;      /* of one                                                  */
    uint64_t seed;    /* of the latents                                          */
    Checkpoint file;  /* of the drawn                                            */
    uint32_t in_file; /* images of an IDX file                                   */
    uint8_t *images;  /* [in_file, X] owned; NULL: drawn                         */
    uint8_t *labels;  /* [in_file] owned, or NULL                                */
} Samples;

/* samples_open: read and check what the file holds. Whoever opens closes, also after a failure.
 *   seed   in   of latents; -1: of the run. GT_ECHECKPOINT, GT_EDATA. */
Status samples_open(Samples *s, const SampleSource *from, int64_t seed, Error *e);

/* samples_take: the first of them, images as a file of bytes would hold them.
 *   range  in  of pixels; NULL: points   out [n,X] in that range
 * GT_ECHECKPOINT, GT_ERESOURCE. */
Status samples_take(const Samples *s, const PixelRange *range, Mat out, Error *e);

void samples_close(Samples *s);

/* ---- results ------------------------------------------------------------------------------------------ */

enum { JUDGE_ROWS = 64, REAL_COLUMN = EVALUATE_SETS, JUDGE_COLUMNS };

/* One number of every set and of real samples. */
typedef struct JudgeRow {
    const char *name;
    const char *best; /* "higher", "lower", "as real" */
    MetricValue at[JUDGE_COLUMNS];
    bool known[JUDGE_COLUMNS];
} JudgeRow;

/* A metric that no set could be measured by. */
typedef struct LeftOut {
    const Metric *metric;
    int samples; /* so many would do; 0: that is not what is missing */
} LeftOut;

/* All that is told. */
typedef struct Verdict {
    const EvaluateRequest *request;
    const Samples *samples; /* [sets]                                         */
    const char *things;     /* "images", "points"                             */
    const char *data;       /* folder, or kind of points                      */
    int n, real_n;          /* samples of a set; real ones in their place     */
    int test_n;             /* images that they are compared with; 0: none    */
    char classifier[32];    /* id; "": none                                   */
    double accuracy;
    bool trained;  /* the classifier, now                            */
    uint64_t seed; /* of subsets                                     */
    JudgeRow row[JUDGE_ROWS];
    int rows;
    LeftOut left_out[JUDGE_ROWS];
    int n_left_out;
} Verdict;

void verdict_table(const Verdict *v, Text *out);
void verdict_json(const Verdict *v, Text *out);

/* ---- what is asked for -------------------------------------------------------------------------------- */

/* Whether value `which` of m is among the names of q->metrics. */
bool judge_wants(const EvaluateRequest *q, const Metric *m, int which);

/* Reports the task that begins; NULL: none. */
void judge_report_work(const EvaluateRequest *q, const char *task, const char *object);

/* ---- kinds -------------------------------------------------------------------------------------------- */

/* Fill v with rows, from opened samples. */
Status judge_images(const EvaluateRequest *q, const Samples *samples, Verdict *v, Error *e);
Status judge_points(const EvaluateRequest *q, const Samples *samples, Verdict *v, Error *e);

#endif
