/* Checkpoints: everything an exact resume needs, as one safetensors file that PyTorch reads. */
#ifndef GANTRAIN_RUN_CHECKPOINT_H
#define GANTRAIN_RUN_CHECKPOINT_H

#include "gantrain/gan/gan.h"
#include "gantrain/io/safetensors.h"
#include "gantrain/run/best.h"
#include "gantrain/run/config.h"

/* checkpoint_save: durably write the state of `g` to `path`.
 *   data   in   of the run; its size and checksum are kept
 *   best   in   the best state up to now
 * Nothing in the file depends on the clock, the threads or the folder. GT_EOUTPUT; GT_EDIVERGED when
 * a value is not finite: such a state is never saved. */
Status checkpoint_save(const char *path, const Gan *g, const Config *c, const Dataset *data,
                       const Best *best, Error *e);

/* A checkpoint as it lies in the file: its config, shape and place in the run. */
typedef struct Checkpoint {
    TensorFile file;
    Config config;
    Shape shape;                       /* of one image          */
    uint64_t step;                     /* generator updates     */
    uint64_t updates;                  /* discriminator updates */
    uint64_t recoveries, recovered_at; /* see Gan */
    Best best;
    bool newer; /* of a later format: set even when opening failed */
} Checkpoint;

/* checkpoint_open: read and check a file. GT_ECHECKPOINT: damaged, or not ours. */
Status checkpoint_open(Checkpoint *k, const char *path, Error *e);

/* checkpoint_check_compatible: whether a run with this config and data may go on from here. GT_ECHECKPOINT
 * names the keys that differ, or that data or random numbers are others. Adds a warning to `warning` when
 * only last bits may differ. */
Status checkpoint_check_compatible(const Checkpoint *k, const char *path, const Config *c,
                                   const Dataset *data, Text *warning, Error *e);

/* checkpoint_validate: whether a training may go on from these numbers: all finite, and what holds squares by the
 * optimisers of `g` not negative. GT_ECHECKPOINT names the tensor. */
Status checkpoint_validate(const Checkpoint *k, const char *path, const Gan *g, Error *e);

/* checkpoint_load: copy every array and counter into a built Gan. GT_ECHECKPOINT lists what is
 * missing or has another shape; then `g` is unchanged. */
Status checkpoint_load(const Checkpoint *k, const char *path, Gan *g, Error *e);

/* Accepts NULL and a zeroed Checkpoint. */
void checkpoint_close(Checkpoint *k);

/* checkpoint_hint_data: after the data of its config could not be opened: where their folder is not there,
 * adds to `e` that --data can name another. Returns the code of `e`. */
Status checkpoint_hint_data(const Checkpoint *k, Error *e);

#endif
