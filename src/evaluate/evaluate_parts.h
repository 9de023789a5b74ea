/* What the files of evaluate_run share. */
#ifndef GANTRAIN_SRC_EVALUATE_EVALUATE_PARTS_H
#define GANTRAIN_SRC_EVALUATE_EVALUATE_PARTS_H

#include "gantrain/eval/metric.h"
#include "gantrain/evaluate/evaluate.h"
#include "gantrain/run/checkpoint.h"

/* ---- samples (evaluate_samples.c) ------------------------------------------------------------ */

typedef struct Samples {
    const SampleSource *source;
    int max;          /* samples that it can give                             */
    Shape shape;      /* of one                                               */
    uint64_t seed;    /* of the latents                                       */
    Checkpoint file;  /* of a checkpoint                                      */
    uint32_t in_file; /* images of an IDX file                                */
    uint8_t *images;  /* [in_file, X] owned; NULL: of a checkpoint            */
    uint8_t *labels;  /* [in_file], or [n] from samples_take; owned, or NULL  */
} Samples;

/* samples_open: read and check the source. The caller closes it, also after a failure.
 *   seed   in   of latents; -1: of the run
 * GT_ECHECKPOINT, GT_EDATA. */
Status samples_open(Samples *s, const SampleSource *source, int64_t seed, Error *e);

/* samples_take: the first samples, images rounded to 8 bits.
 *   range  in  of pixels; NULL: points   out [n,X] in that range
 * GT_ECHECKPOINT, GT_ERESOURCE. */
Status samples_take(Samples *s, const PixelRange *range, Mat out, Error *e);

void samples_close(Samples *s);

/* ---- results (evaluate_table.c) -------------------------------------------------------------- */

enum { TABLE_ROWS = 64, REAL_COLUMN = EVALUATE_SETS, TABLE_COLUMNS };

/* One value of every set and of real samples. */
typedef struct TableRow {
    const char *name;
    Direction better;
    MetricValue at[TABLE_COLUMNS];
    bool known[TABLE_COLUMNS];
} TableRow;

/* A metric that is possible for no set. */
typedef struct SkippedMetric {
    const Metric *metric;
    int samples; /* with which it would be possible; 0: their number is not the reason */
} SkippedMetric;

typedef struct EvaluationTable {
    const EvaluateRequest *request;
    Samples samples[EVALUATE_SETS];
    const char *things;      /* "images", "points"                              */
    const char *data;        /* folder, or kind of points                       */
    int n, real_n;           /* samples of a set; of the column "real"          */
    int test_n;              /* test images that they are compared with         */
    char classifier[32];     /* id; "": none                                   */
    char no_classifier[512]; /* why there is none; "": no metric needs it */
    double accuracy;         /* of the classifier                              */
    bool trained;            /* the classifier, in this process                */
    uint64_t seed;           /* of subsets                                     */
    TableRow row[TABLE_ROWS];
    int rows;
    SkippedMetric skipped[TABLE_ROWS];
    int n_skipped;
} EvaluationTable;

void table_text(const EvaluationTable *t, Text *out);
void table_json(const EvaluationTable *t, Text *out);

/* ---- filling the table ----------------------------------------------------------------------- */

/* From opened samples: names the data and adds the rows. (evaluate_images.c, evaluate_points.c) */
Status evaluate_images(EvaluationTable *t, Error *e);
Status evaluate_points(EvaluationTable *t, Error *e);

#endif
