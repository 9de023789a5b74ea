/* The script runs as a child in the process group of this program, so Ctrl-C reaches it as well;
 * the kernel ends it with SIGTERM when this program dies. */
#include "fetch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4200, REFUSED = GT_EOUTPUT /* exit codes of the script */ };

const char *const fetch_names[] = { "mnist", "fashion", "emoji", NULL };

/* The script beside the program as installed, or in the tree that it was built in. */
static Status find_script(char path[PATH_SIZE], Error *e)
{
    static const char *const places[] = { GANTRAIN_SHARE "/scripts", "../scripts",
                                          "../../scripts" };
    char program[PATH_SIZE / 2] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return fail(e, GT_ERESOURCE, "/proc/self/exe: %s: the place of get-data.sh is unknown",
                    strerror(errno));
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, PATH_SIZE, "%s/%s/get-data.sh", program, places[i]);
        if (access(path, X_OK) == 0)
            return GT_OK;
    }
    return fail(e, GT_EDATA,
                "get-data.sh is missing: expected %s/%s/get-data.sh; install gantrain "
                "again, or run scripts/get-data.sh of its sources",
                program, GANTRAIN_SHARE);
}

/* The child after fork: only async-signal-safe calls. */
static _Noreturn void run_script(char *const *argv, pid_t parent)
{
    (void)signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        execv(argv[0], argv);
    _exit(GT_ERESOURCE);
}

static Status status_of_script(int how, const char *name, const char *dir, Error *e)
{
    const int code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    if (code == 0)
        return GT_OK;
    if (code == REFUSED)
        return fail(e, GT_EOUTPUT, "%s was not put into %s: the line above says why", name, dir);
    return fail(e, code == GT_ERESOURCE ? GT_ERESOURCE : GT_EDATA,
                "%s was not fetched: get-data.sh ended with %s %d", name,
                code < 0 ? "signal" : "exit code", code < 0 ? WTERMSIG(how) : code);
}

Status fetch_data(const char *name, const char *dir, Error *e)
{
    char script[PATH_SIZE], name_copy[16], dir_copy[PATH_SIZE];
    TRY(find_script(script, e));
    if (strlen(dir) >= sizeof dir_copy)
        return fail(e, GT_EOUTPUT, "%s: the path is too long", dir);
    snprintf(name_copy, sizeof name_copy, "%s", name);
    snprintf(dir_copy, sizeof dir_copy, "%s", dir);
    char *argv[] = { script, name_copy, dir_copy, NULL }; /* execv takes non-const strings */
    const pid_t parent = getpid(), child = fork();
    if (child == 0)
        run_script(argv, parent);
    int how = 0;
    pid_t done = child < 0 ? -1 : waitpid(child, &how, 0);
    while (done < 0 && child > 0 && errno == EINTR)
        done = waitpid(child, &how, 0);
    if (done < 0)
        return fail(e, GT_ERESOURCE, "%s: cannot be started: %s", script, strerror(errno));
    return status_of_script(how, name, dir, e);
}
