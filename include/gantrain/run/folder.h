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
    bool unlocked; /* it could not be, and --no-lock was given */
} RunFolder;

/* folder_set: the folder `path` without a lock, for those who only read. False: the path is too long. */
bool folder_set(RunFolder *f, const char *path);

/* folder_find: the folder of a run that is there, without a lock and without '/' at its end. GT_EDATA: there is
 * no such folder, or it holds no run; of a study it is told where its runs are. */
Status folder_find(RunFolder *f, const char *path, Error *e);

/* folder_open: make path, path/samples and path/checkpoints, take the lock, sweep temporary files.
 * GT_EBUSY: another process has it. GT_EOUTPUT: cannot be made, or locked: unless `no_lock`, then f->unlocked
 * says that the file system has no locks. */
Status folder_open(RunFolder *f, const char *path, bool no_lock, Error *e);

/* folder_check_path: `code` when `path` is the root, the folder `data` (NULL: none), or checkpoints or samples of a
 * run; a folder that is not there yet may be made anywhere. */
Status folder_check_path(const char *path, const char *data, Status code, Error *e);

/* folder_lock: open the folder `path` and take its lock; *lock is to be closed. GT_EBUSY with `busy` and who it
 * is, where that can be known: another process has it. GT_EOUTPUT.
 * folder_take: the same of a run folder, into f->lock. */
Status folder_lock(int *lock, const char *path, const char *busy, Error *e);
Status folder_take(RunFolder *f, bool no_lock, Error *e);

/* folder_check_writable: whether files can be written where a run will. GT_EOUTPUT, GT_ERESOURCE. */
Status folder_check_writable(const RunFolder *f, Error *e);

/* folder_follow: where an open folder is now. FOLDER_MOVED: it has another path, which f->path is from now on;
 * FOLDER_GONE: removed, or out of sight; another folder may lie at its path: nothing may be written there. */
typedef enum FolderPlace { FOLDER_HERE, FOLDER_MOVED, FOLDER_GONE } FolderPlace;
FolderPlace folder_follow(RunFolder *f);

/* folder_repair: after something could not be written: find a moved folder again, make a folder in it anew that is
 * missing. Whether anything was mended, so that it is worth trying again. */
bool folder_repair(RunFolder *f);

/* Accepts NULL and a zeroed RunFolder. */
void folder_close(RunFolder *f);

/* The best state, beside the numbered ones, which alone are rotated. */
#define FOLDER_BEST "checkpoints/best.safetensors"

/* The samples that SIGUSR2 asked for, until it asks again: of no epoch, so that reports and animations pass it
 * over. */
#define FOLDER_SNAPSHOT "samples/now.png"

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
bool folder_has_run(const RunFolder *f);

/* Whether the file `checkpoint` lies among the checkpoints of this folder. */
bool folder_contains(const RunFolder *f, const char *checkpoint);

/* What rotation leaves: the `newest` newest regular ones, and where these are fewer, others in their places; those
 * of steps that are a multiple of `every` (0: none). Damaged ones fill no place, and go with those of their
 * age. */
typedef struct Retention {
    int64_t newest, every;
    const uint64_t *damaged; /* [n_damaged] steps */
    int n_damaged;
    /* whether the run saves at that step whatever comes from outside: extra checkpoints never push out one
     * that a recovery may go back to; NULL: every one is regular */
    bool (*regular)(const void *of, uint64_t step);
    const void *of;
} Retention;

/* folder_rotate: of the checkpoints up to step `newest`, which stays itself, remove all but those to keep. Later
 * ones (damaged, or they would have been taken up) stay. */
Status folder_rotate(const RunFolder *f, uint64_t newest, const Retention *k, Error *e);

/* folder_step_of: the step that the name of a checkpoint tells. False: not a name of ours. */
bool folder_step_of(const char *checkpoint, uint64_t *step);

/* folder_truncate: remove the checkpoints after `step` and the pictures after `epoch`, of a run that is taken
 * up again there. */
Status folder_truncate(const RunFolder *f, uint64_t step, uint64_t epoch, Error *e);

/* folder_clear: remove what an earlier run left: checkpoints, the best one, samples, metrics.jsonl, config.json,
 * environment.json, report.html; nothing else. */
Status folder_clear(const RunFolder *f, Error *e);

#endif
