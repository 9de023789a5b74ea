/* The folder of a run: its lock, the names of its files, and the files that belong to the run. */
#ifndef GANTRAIN_RUN_FOLDER_H
#define GANTRAIN_RUN_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum { FOLDER_PATH = 4096, FOLDER_FILE = FOLDER_PATH + 128, FOLDER_URL = 3 * FOLDER_FILE + 8 };

typedef struct RunFolder {
    char path[FOLDER_PATH];
    int lock;      /* descriptor of the folder, flock'ed; -1: not open */
    bool unlocked; /* the file system has no locks, and --no-lock was given */
} RunFolder;

/* folder_set: the folder `path` without a lock, for readers. False: the path is too long. */
bool folder_set(RunFolder *f, const char *path);

/* folder_find: the folder of an existing run, without a lock and without '/' at its end. GT_EDATA:
 * no such folder, or it holds no run; for a study the message names where its runs are. */
Status folder_find(RunFolder *f, const char *path, Error *e);

/* folder_open: make path, path/samples and path/checkpoints, take the lock, remove temporary files.
 * GT_EBUSY: another process holds the lock. GT_EOUTPUT: cannot be made or locked; with `no_lock` a
 * file system without locks sets f->unlocked instead. */
Status folder_open(RunFolder *f, const char *path, bool no_lock, Error *e);

/* folder_lock: open the folder `path` and take its lock; the caller closes *lock.
 *   busy       in    message if another process holds the lock (GT_EBUSY)
 *   unlocked   out   whether the file system has no locks; NULL: that is an error (GT_EOUTPUT) */
Status folder_lock(int *lock, const char *path, const char *busy, bool *unlocked, Error *e);

/* folder_in_place: whether an open folder is still the one at its path. False: it was moved or
 * removed. */
bool folder_in_place(const RunFolder *f);

/* folder_newest_checkpoint: of the run in the folder `path`, or of the run whose checkpoints folder
 * it is. False: there is none. */
bool folder_newest_checkpoint(const char *path, char out[FOLDER_FILE]);

/* folder_check_path: `code` if `path` is the root, the folder `data` (NULL: none), or the
 * checkpoints or samples folder of a run. */
Status folder_check_path(const char *path, const char *data, Status code, Error *e);

/* folder_check_writable: whether files can be made where a run writes them. GT_EOUTPUT,
 * GT_ERESOURCE. */
Status folder_check_writable(const RunFolder *f, Error *e);

/* Accepts NULL and a zeroed RunFolder. */
void folder_close(RunFolder *f);

/* The best state. Rotation removes numbered checkpoints only. */
#define FOLDER_BEST "checkpoints/best.safetensors"

/* A confusion matrix for each evaluation of a conditional model. */
#define FOLDER_CONFUSION "confusion.jsonl"

/* The picture that SIGUSR2 asks for. Reports and animations take numbered ones only. */
#define FOLDER_SNAPSHOT "samples/now.png"

/* "<path>/<name>", and the names that contain a number. */
void folder_file(const RunFolder *f, const char *name, char out[FOLDER_FILE]);
void folder_checkpoint(const RunFolder *f, uint64_t step, char out[FOLDER_FILE]);
void folder_sample(const RunFolder *f, uint64_t epoch, char out[FOLDER_FILE]);

/* folder_url: the address of an existing file for a browser, "file:///runs/a%20b/x.html".
 * False: it does not exist. */
bool folder_url(const RunFolder *f, const char *name, char out[FOLDER_URL]);

/* folder_checkpoints: the steps of the checkpoints, newest first; the caller frees *steps. Counts
 * regular files with exactly the names of folder_checkpoint.
 * folder_samples: the same for the epochs of the pictures. */
Status folder_checkpoints(const RunFolder *f, uint64_t **steps, int *n, Error *e);
Status folder_samples(const RunFolder *f, uint64_t **epochs, int *n, Error *e);

/* Whether the folder holds the config or the metrics of a run. */
bool folder_has_run(const RunFolder *f);

/* Whether the file `checkpoint` is in the checkpoints folder. */
bool folder_contains(const RunFolder *f, const char *checkpoint);

/* The checkpoints that rotation keeps: the `newest` newest scheduled ones, unscheduled ones in
 * place of those that are missing, all of steps that are a multiple of `every` (0: none), and one
 * of step 0, where a warm run begins.
 * Unscheduled checkpoints (a stop, SIGUSR1) thus never push out one that a recovery may roll back
 * to. Damaged ones do not count. */
typedef struct Retention {
    int64_t newest, every;
    const uint64_t *damaged; /* [n_damaged] steps */
    int n_damaged;
    bool (*scheduled)(const void *args, uint64_t step); /* NULL: every checkpoint is */
    const void *args;
} Retention;

/* folder_rotate: remove the checkpoints before step `newest` that `r` does not keep. Later ones
 * stay: they are damaged, or the run would have resumed from them. */
Status folder_rotate(const RunFolder *f, uint64_t newest, const Retention *r, Error *e);

/* folder_step_of: the step in the name of a checkpoint. False: no such name. */
bool folder_step_of(const char *checkpoint, uint64_t *step);

/* folder_truncate: remove the checkpoints after `step` and the pictures after `epoch`, before a run
 * resumes there. */
Status folder_truncate(const RunFolder *f, uint64_t step, uint64_t epoch, Error *e);

/* folder_clear: remove all files of an earlier run, and nothing else. */
Status folder_clear(const RunFolder *f, Error *e);

#endif
