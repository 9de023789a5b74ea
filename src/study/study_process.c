/* The processes of a study: this program again, one for each run.
 *
 * Each has a process group of its own, so that Ctrl-C reaches the study alone, which forwards it
 * once: a second signal would end a training without its checkpoint. When the study dies, the
 * kernel sends its children SIGTERM: they save and stop. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gantrain/io/durable.h"
#include "gantrain/train/signals.h"
#include "study_parts.h"

enum { CANNOT_EXEC = 127 };

/* The path of this program where there is no /proc. */
static const char *own_path(void)
{
    const unsigned long at = getauxval(AT_EXECFN);
    const char *path;
    memcpy(&path, &at, sizeof path);
    return path ? path : "";
}

/* The child after fork: only async-signal-safe calls, as other threads may have held locks. */
static _Noreturn void run_child(char *const *argv, pid_t parent, int in, int log)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* the parent died before prctl */
        _exit(GT_ETERMINATE);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0) {
        execv("/proc/self/exe", argv);
        execv(own_path(), argv);
    }
    _exit(CANNOT_EXEC);
}

static int open_file(const char *path, int flags)
{
    for (;;) {
        const int fd = open(path, flags | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EINTR)
            return fd;
    }
}

static Status spawn(StudyRun *r, char *const *argv, const char *log, Error *e)
{
    const pid_t parent = getpid();
    const int null = open_file("/dev/null", O_RDONLY);
    const int in = null >= 0 ? null : open_file("/", O_RDONLY); /* there may be no /dev */
    const int out = in < 0 ? -1 : open_file(log, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
    const int why = errno;
    signals_block(); /* the child unblocks them once it handles them: none is lost */
    const pid_t pid = in >= 0 && out >= 0 ? fork() : -1;
    if (pid == 0)
        run_child(argv, parent, in, out);
    signals_unblock();
    Status s = GT_OK;
    if (in < 0 || out < 0)
        s = fail(e, status_of_errno(why, GT_EOUTPUT), "%s: %s", log, strerror(why));
    else if (pid < 0)
        s = fail(e, GT_ERESOURCE, "cannot start a process: %s", strerror(errno));
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    r->process = pid;
    return s;
}

/* execv takes non-const strings. */
static char program[] = "gantrain", command[] = "train", config_flag[] = "--config",
            seed_flag[] = "--seed", out_flag[] = "--out", threads_flag[] = "--threads",
            plain_flag[] = "--no-progress", resume_flag[] = "--resume",
            overwrite_flag[] = "--overwrite";

Status study_start(const StudyWork *w, StudyRun *r, Error *e)
{
    char config[FOLDER_FILE], folder[FOLDER_FILE], log[FOLDER_FILE], outcome[FOLDER_FILE];
    char seed[24], threads[16];
    study_cell_file(w, r->cell, "config.json", config);
    study_run_file(w, r, "", folder);
    study_run_file(w, r, "train.log", log);
    study_run_file(w, r, "outcome.json", outcome);
    snprintf(seed, sizeof seed, "%" PRId64, r->seed);
    snprintf(threads, sizeof threads, "%d", w->q->threads);
    char *argv[] = { program,      command, config_flag, config,
                     seed_flag,    seed,    out_flag,    folder,
                     threads_flag, threads, plain_flag,  r->restart ? overwrite_flag : resume_flag,
                     NULL };

    TRY(durable_mkdir(folder, e));
    TRY(durable_remove(outcome, e));
    r->first_step = r->restart ? 0 : study_logged_step(w, r);
    TRY(spawn(r, argv, log, e));
    r->state = RUN_RUNNING;
    r->started = true;
    return GT_OK;
}

static Status status_of_exit(int code)
{
    switch (code) {
#define X(name, exit_code, text)                                                                   \
    case exit_code:                                                                                \
        return GT_##name;
        GT_STATUS_LIST(X)
#undef X
    default:
        return GT_EINTERNAL;
    }
}

bool study_reap(StudyRun *r, Status *how)
{
    int status;
    const pid_t pid = waitpid(r->process, &status, WNOHANG);
    if (pid == 0 || (pid < 0 && errno == EINTR))
        return false;
    if (pid > 0 && WIFEXITED(status))
        *how = status_of_exit(WEXITSTATUS(status));
    else /* SIGKILL mostly comes from the kernel when memory runs out */
        *how = pid > 0 && WTERMSIG(status) == SIGKILL ? GT_ERESOURCE : GT_EINTERNAL;
    return true;
}
