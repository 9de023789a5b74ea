/* Data sets that read files: the options they share, and what becomes of the samples they read. */
#ifndef GANTRAIN_SRC_DATA_SOURCE_H
#define GANTRAIN_SRC_DATA_SOURCE_H

#include "gantrain/data/dataset.h"
#include "gantrain/data/recognize.h"

/* The first member of the options of every kind that reads files. A kind that lacks a key leaves
 * the field zero. */
typedef struct SourceOptions {
    const char *path;          /* key "dir" or "file"                                             */
    const Entry *part;         /* of source_parts; NULL: train                                    */
    const Entry *range;        /* of pixel_ranges; NULL: only points                              */
    const Entry *as;           /* of sample_types, for kinds whose files hold images or points    */
    double split;              /* share of the samples in the test part; 0: the files decide      */
    Texts classes;             /* to keep: class names, or labels; none: all                      */
    bool mirror;               /* flip images at random, left to right, whenever they are drawn   */
    DatasetProgress *progress; /* may be NULL; no key */
    void *progress_context;
} SourceOptions;

extern const Registry source_parts; /* train, test           */
extern const Registry sample_types; /* auto, images, points  */

/* Rows of the option tables. */
#define SOURCE_ROW(key, type, field, lo, hi, init, registry, text)                                 \
    {                                                                                              \
        key, type, offsetof(SourceOptions, field), lo, hi, init, registry, NULL, text, NULL        \
    }
#define SOURCE_DIR(init, text) SOURCE_ROW("dir", OPTION_TEXT, path, 0, 0, init, NULL, text)
#define SOURCE_FILE(text) SOURCE_ROW("file", OPTION_TEXT, path, 0, 0, "", NULL, text)
#define SOURCE_AS                                                                                  \
    SOURCE_ROW("as", OPTION_CHOICE, as, 0, 0, "auto", &sample_types,                               \
               "images, points, or auto: as the shape of the array says")
#define SOURCE_PART                                                                                \
    SOURCE_ROW("split", OPTION_CHOICE, part, 0, 0, "train", &source_parts, "train or test")
#define SOURCE_SPLIT                                                                               \
    SOURCE_ROW("split", OPTION_REAL, split, 0, 0.9, "0.1", NULL,                                   \
               "share of the samples kept for evaluation, chosen by the seed; 0: none")
#define SOURCE_RANGE                                                                               \
    SOURCE_ROW("range", OPTION_CHOICE, range, 0, 0, "signed", &pixel_ranges,                       \
               "range of pixel values: signed or unit")
#define SOURCE_CLASSES                                                                             \
    SOURCE_ROW("classes", OPTION_TEXTS, classes, 0, 0, "[]", NULL,                                 \
               "names or labels of the classes to keep; none: all")
#define SOURCE_MIRROR                                                                              \
    SOURCE_ROW("mirror", OPTION_BOOL, mirror, 0, 0, "false", NULL,                                 \
               "flip images at random, left to right")

/* source_select: keeps the samples of d that belong to the part and the classes o names, in their
 * order. Where o->split is not 0 or the kind has no parts of its own, the test part is a random
 * share by d->seed. GT_ECONFIG if nothing is left, or without labels to choose by; GT_ERESOURCE. */
Status source_select(Dataset *d, const Spec *spec, Error *e);

/* dataset_recognize without the row of the kind: for kinds that name what lies at their path. */
void source_recognize(const char *path, Recognized *out);

/* source_training: (*keep)[i] says whether sample i is one of the training part and the classes,
 * whichever part is wanted. The caller frees it. NULL: all, or none. GT_ERESOURCE. */
Status source_training(const Dataset *d, const Spec *spec, bool **keep, Error *e);

/* The kind gathers images, points, or either, that are stored as they are drawn. */
void source_gather_images(const Dataset *d, const int *index, Mat out);
void source_gather_points(const Dataset *d, const int *index, Mat out);
void source_gather(const Dataset *d, const int *index, Mat out);

#endif
