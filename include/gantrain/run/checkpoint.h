/* Checkpoints: everything an exact resume needs, as one safetensors file that PyTorch reads. */
#ifndef GANTRAIN_RUN_CHECKPOINT_H
#define GANTRAIN_RUN_CHECKPOINT_H

#include "gantrain/base/log.h"
#include "gantrain/gan/gan.h"
#include "gantrain/io/safetensors.h"
#include "gantrain/run/config.h"

/* The best evaluation of a run so far. A checkpoint contains it: a resumed run continues its early
 * stopping. */
enum { BEST_ID = 128 };
typedef struct Best {
    char score_id
        [BEST_ID]; /* "fcd, 10000 samples, classifier 0123456789abcdef-1"; "": no evaluation yet */
    double value;
    uint64_t step;              /* of checkpoints/best.safetensors           */
    uint64_t stale_evaluations; /* evaluations since then that were no better */
} Best;

enum { CHECKPOINT_FORMAT = 1 };

/* checkpoint_save: durably write the state of `g` to `path`.
 *   data   in   of the run; its size and checksum are stored
 * Nothing in the file depends on the clock, the threads or the folder. GT_EOUTPUT; GT_EDIVERGED: a
 * value is not finite, nothing is written. */
Status checkpoint_save(const char *path, const Gan *g, const Config *c, const Dataset *data,
                       const Best *best, Error *e);

/* An opened checkpoint file. */
typedef struct Checkpoint {
    TensorFile file;
    Config config;
    Shape shape;                           /* of one image          */
    int classes;                           /* K, where a layer reads classes, else 0 */
    uint64_t step;                         /* generator updates     */
    uint64_t updates;                      /* discriminator updates */
    uint64_t recoveries, recovered_at;     /* see Gan */
    uint64_t t_generator, t_discriminator; /* updates of the optimizers, with those before a warm
                                              start */
    Best best;
    Units units; /* of points read from files; else n is 0 */
    bool newer;  /* written by a later format; set even when opening fails */
    bool plain;  /* no checkpoint, only tensors: see checkpoint_open_weights */
} Checkpoint;

/* checkpoint_open: read and check a file. GT_ECHECKPOINT: damaged, or not of gantrain.
 * checkpoint_open_edited: the same for readers that need no exact resume: a file in which only
 * checksums are wrong, as after an edit by another program, is opened with a warning.
 * GT_ECHECKPOINT also if such a file holds values that are not finite. */
Status checkpoint_open(Checkpoint *k, const char *path, Error *e);
Status checkpoint_open_edited(Checkpoint *k, const char *path, const Log *log, Error *e);

/* checkpoint_open_weights: as checkpoint_open_edited, but any safetensors file will do, and all its
 * values must be finite; one that is no checkpoint has only `file` and `plain`. */
Status checkpoint_open_weights(Checkpoint *k, const char *path, const Log *log, Error *e);

/* checkpoint_check_compatible: whether a run with this config and data may resume from here.
 * GT_ECHECKPOINT names what differs: config keys, data or random numbers. Adds a line to `warning`
 * if only last bits may differ. */
Status checkpoint_check_compatible(const Checkpoint *k, const char *path, const Config *c,
                                   const Dataset *data, Text *warning, Error *e);

/* checkpoint_validate: whether all values are finite, and none negative where the optimizers of `g`
 * store squares. GT_ECHECKPOINT names the tensor. */
Status checkpoint_validate(const Checkpoint *k, const char *path, const Gan *g, Error *e);

/* checkpoint_load: copy all tensors and counters into a built Gan. GT_ECHECKPOINT lists what is
 * missing or has another shape; then `g` is unchanged. */
Status checkpoint_load(const Checkpoint *k, const char *path, Gan *g, Error *e);

/* checkpoint_add_units: adds what checkpoint_read_units reads: JSON under the key "gantrain.units",
 * only for points of files that have units. The first is of checkpoint_save, the second of
 * checkpoint_open, after the shape is known. (checkpoint_units.c) */
void checkpoint_add_units(TensorWriter *w, const Dataset *data);
Status checkpoint_read_units(Checkpoint *k, const char *path, Error *e);

/* Accepts NULL and a zeroed Checkpoint. */
void checkpoint_close(Checkpoint *k);

/* checkpoint_hint_data: after the data named by its config could not be opened: adds a hint at
 * --data if their folder is missing. Returns the code of `e`. */
Status checkpoint_hint_data(const Checkpoint *k, Error *e);

#endif
