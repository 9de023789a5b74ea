/* The folder of a run: its lock, its file names, and which files in it are ours. */
#ifndef GANTRAIN_RUN_FOLDER_H
#define GANTRAIN_RUN_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/status.h"

enum { FOLDER_PATH = 4096, FOLDER_FILE = FOLDER_PATH + 128 };

typedef struct RunFolder {
    char path[FOLDER_PATH];
    int lock; /* descriptor of the folder, flock'ed; released by the kernel even after kill -9 */
} RunFolder;

/* folder_set: the folder `path` without a lock, for those who only read. False: the path is too long. */
bool folder_set(RunFolder *f, const char *path);

/* folder_find: the folder of a run that is there, without a lock and without '/' at its end. GT_EDATA: there is
 * no such folder, or it holds no run; of a study it is told where its runs are. */
Status folder_find(RunFolder *f, const char *path, Error *e);

/* folder_open: make path, path/samples and path/checkpoints, take the lock, sweep temporary files.
 * GT_EBUSY: another process has it. GT_EOUTPUT: cannot be made or written. */
Status folder_open(RunFolder *f, const char *path, Error *e);

/* folder_place: `code` when `path` is the root, the folder `data` (NULL: none), or checkpoints or samples of a
 * run; a folder that is not there yet may be made anywhere. */
Status folder_place(const char *path, const char *data, Status code, Error *e);

/* folder_lock: open the folder `path` and take its lock; *lock is to be closed. GT_EBUSY with `busy`: another
 * process has it. GT_EOUTPUT. */
Status folder_lock(int *lock, const char *path, const char *busy, Error *e);

/* Accepts NULL and a zeroed RunFolder. */
void folder_close(RunFolder *f);

/* The best state, beside the numbered ones, which alone are rotated. */
#define FOLDER_BEST "checkpoints/best.safetensors"

/* "<path>/<name>", and the names with a number in them. */
void folder_file(const RunFolder *f, const char *name, char out[FOLDER_FILE]);
void folder_checkpoint(const RunFolder *f, uint64_t step, char out[FOLDER_FILE]);
void folder_sample(const RunFolder *f, uint64_t epoch, char out[FOLDER_FILE]);

/* folder_checkpoints: the steps of the checkpoints there are, newest first, malloc'ed into *steps.
 * Regular files with exactly our names. */
Status folder_checkpoints(const RunFolder *f, uint64_t **steps, int *n, Error *e);

/* folder_samples: the same for the epochs of the pictures. The folder need not be open. */
Status folder_samples(const RunFolder *f, uint64_t **epochs, int *n, Error *e);

/* Whether there is the config or the metrics of an earlier run. */
bool folder_used(const RunFolder *f);

/* Whether the file `checkpoint` lies among the checkpoints of this folder. */
bool folder_holds(const RunFolder *f, const char *checkpoint);

/* folder_rotate: of the checkpoints up to step `newest`, remove all but the `keep` newest. Later ones
 * (damaged, or they would have been taken up) do not count and stay. */
Status folder_rotate(const RunFolder *f, uint64_t newest, int64_t keep, Error *e);

/* folder_forget: remove the checkpoints after `step` and the pictures after `epoch`, of a run that is taken
 * up again there. */
Status folder_forget(const RunFolder *f, uint64_t step, uint64_t epoch, Error *e);

/* folder_clear: remove what an earlier run left: checkpoints, the best one, samples, metrics.jsonl, config.json,
 * environment.json, report.html; nothing else. */
Status folder_clear(const RunFolder *f, Error *e);

#endif
