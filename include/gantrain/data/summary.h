/* What the samples of a data set are like: their values, classes and copies. */
#ifndef GANTRAIN_DATA_SUMMARY_H
#define GANTRAIN_DATA_SUMMARY_H

#include "gantrain/data/dataset.h"

typedef struct ValueSummary {
    double min, max, mean, std;
} ValueSummary;

typedef struct DatasetSummary {
    int samples;          /* whose values were looked at, at equal distances           */
    ValueSummary all;     /* of all their values: bytes of images, stored values of points */
    ValueSummary *column; /* [columns] owned; NULL: images                             */
    int columns;
    int compared;   /* samples compared with each other: the first ones              */
    int distinct;   /* different ones among these                                    */
    int repeated;   /* of these, how many occur more than once                       */
    int most;       /* occurrences of the sample that occurs most often              */
    int classes;    /* 1 + the largest label; 0: no labels                           */
    int unlabelled; /* samples with NO_LABEL; 0: no labels                           */
    int class_count[LABEL_MAX + 1]; /* samples of each label, all of them            */
} DatasetSummary;

/* What dataset_summarize looks at, at most. */
typedef struct SummaryLimits {
    int samples;       /* for values     */
    size_t comparison; /* bytes compared */
} SummaryLimits;

/* dataset_summarize: where samples are combined from stored images, these are looked at.
 *   limits   in   NULL: everything
 * The caller calls dataset_summary_free after GT_OK. GT_ERESOURCE. */
Status dataset_summarize(DatasetSummary *s, const Dataset *d, const SummaryLimits *limits,
                         Error *e);

/* The summary of column j in the units of the source. */
ValueSummary summary_column(const DatasetSummary *s, const Units *u, int j);

/* Accepts a zeroed DatasetSummary. */
void dataset_summary_free(DatasetSummary *s);

#endif
