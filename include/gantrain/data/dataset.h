/* Data sets: a source of samples behind one small interface; a row of `datasets` per kind. */
#ifndef GANTRAIN_DATA_DATASET_H
#define GANTRAIN_DATA_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/option.h"
#include "gantrain/base/status.h"
#include "gantrain/data/pixels.h"
#include "gantrain/data/units.h"

struct DatasetKind;

/* The components of a mixture of Gaussians; n is 0 for other data. */
typedef struct Modes {
    int n, dim;     /* M modes of `dim` values each       */
    double *centre; /* [M, dim] owned                     */
    double *std;    /* [M] owned, isotropic               */
    double *weight; /* [M] owned, probabilities, sum 1    */
} Modes;

/* Samples in memory: images stay uint8 until a batch is drawn, points are `real`. */
typedef struct Dataset {
    const struct DatasetKind *kind;
    Shape shape;             /* of one sample; a point is {dim, 1, 1}               */
    int count;               /* N samples                                           */
    uint8_t *images;         /* [stored, bytes of one] owned; NULL: points          */
    real *points;            /* [N, dim] owned; NULL: images                        */
    int stored;              /* images in memory: N, or fewer when samples are combined from them */
    double black, white;     /* in the files: what became 0 and 255; equal: unknown */
    size_t bytes;            /* size of images or points                            */
    uint8_t *labels;         /* [N] owned, or NULL when the source has none         */
    int classes;             /* K: labels are below it; 0: there are none           */
    int n_classes;           /* class names; 0: the source has none                 */
    char **class_name;       /* [n_classes] owned, each too                         */
    bool parted;             /* the files hold the part apart: no share is chosen   */
    bool mirror;             /* batches flip images at random, left to right        */
    const PixelRange *range; /* NULL: points                                        */
    Units units;             /* of points, and the names of their columns           */
    Text warning;            /* owned; what the user should know, a line each       */
    Text note;               /* owned; what was assumed about the files, likewise   */
    Modes modes;
    uint64_t seed;  /* of generated and combined samples        */
    uint32_t crc32; /* of images or points: identifies the data */
} Dataset;

/* Labels are 0..LABEL_MAX; NO_LABEL marks a sample without one. */
enum { LABEL_MAX = 254, NO_LABEL = 255 };

typedef enum SampleType { SAMPLES_IMAGES, SAMPLES_POINTS, SAMPLES_EITHER } SampleType;

/* Called several times a second while samples are read and decoded, in this thread.
 *   task      in   what is done, such as "decoding pictures"
 *   fraction  in   of it done; 1: it is finished; -1: it has failed or was stopped
 * A result other than GT_OK ends it; dataset_open returns it. */
typedef Status DatasetProgress(void *context, const char *task, double fraction);

/* One kind of source: a row of `datasets`. */
typedef struct DatasetKind {
    Entry is;
    SampleType samples;   /* EITHER: the key "as" decides                                     */
    const char *path_key; /* its options begin with SourceOptions (src/data/source.h), and this
                             key holds the path: "dir" or "file"; NULL: it reads no files     */
    bool splits;          /* its key "split" is the share kept for evaluation; else files decide */
    /* Fills *d (zeroed but for kind and seed) with all samples from spec->options; generated
     * data depend on d->seed. GT_EDATA names the file and its fault, GT_ECONFIG the key;
     * GT_ERESOURCE. */
    Status (*open)(Dataset *d, const Spec *spec, Error *e);
    /* dataset_set_shape; may be NULL */
    void (*set_shape)(void *options, Shape shape);
    /* out[i] = sample index[i], for i in [0, out.rows) */
    void (*gather)(const Dataset *d, const int *index, Mat out);
} DatasetKind;

extern const Registry datasets;

/* dataset_open: opens the source a config names. The caller closes *d after GT_OK.
 *   seed   in   the run's seed, for generated data
 * GT_EDATA also where a number is not finite. */
Status dataset_open(Dataset *d, const Spec *spec, uint64_t seed, Error *e);

/* dataset_open_split: the same with another split of the source, which must read files. Where a
 * share of the samples is kept for the split "test", `seed` chooses them. */
Status dataset_open_split(Dataset *d, const Spec *spec, const char *split, uint64_t seed, Error *e);

/* dataset_use_units: the points of d, which were read from a file, get the units `u` of a
 * checkpoint, so that a generator's points compare with them. GT_EDATA: other columns. */
Status dataset_use_units(Dataset *d, const Units *u, Error *e);

/* dataset_keeps_classes: the config keeps some classes. dataset_open_all_classes: the same without
 * leaving any out. */
bool dataset_keeps_classes(const Spec *spec);
Status dataset_open_all_classes(Dataset *d, const Spec *spec, const char *split, uint64_t seed,
                                Error *e);

/* What a data config asks for, without opening the data; NULL: its kind reads no files. */
const char *dataset_split(const Spec *spec); /* "train" or "test" */
const char *dataset_path(const Spec *spec);
bool dataset_keeps_test(const Spec *spec); /* whether it has a split "test"; generated data: no */
const PixelRange *dataset_range(const Spec *spec); /* NULL: points */

/* dataset_set_path: `spec` reads `path`, which must outlive it. False: its kind reads no files. */
bool dataset_set_path(const Spec *spec, const char *path);

/* dataset_set_progress: reports to `progress` whenever the data of `spec` are opened, if their kind
 * reads files; `context` must outlive that. NULL: no reports. */
void dataset_set_progress(const Spec *spec, DatasetProgress *progress, void *context);

/* dataset_set_shape: the samples of `spec` shall have this shape, where their kind can give them
 * any and no key says otherwise. */
void dataset_set_shape(const Spec *spec, Shape shape);

/* "images" or "points" */
const char *dataset_things(const Dataset *d);

/* dataset_gather: out[i] = sample index[i] in its pixel range.   index [out.rows], out [B,X] */
void dataset_gather(const Dataset *d, const int *index, Mat out);

/* Accepts NULL and a zeroed Dataset. */
void dataset_close(Dataset *d);

#endif
