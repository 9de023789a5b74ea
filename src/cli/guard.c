/* A check that runs before the constructors of the libraries.
 *
 * OpenBLAS 0.3.21 takes large buffers when it is loaded and at its first products, a few for every
 * processor, and tries again for ever when the address space is limited below that: the process
 * would hang before main with no message. A function in .preinit_array of the executable runs before
 * it does. Nothing of the C library but plain system calls is used this early. */
#define _GNU_SOURCE /* CPU_COUNT */
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gantrain/base/status.h"

/* Measured: the first product hangs below 300,000 KiB on two processors, 170,000 KiB on one. */
static const rlim_t first_processor = (rlim_t)256 << 20, each_further = (rlim_t)160 << 20;

static void guard(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    static const char message[] =
        "gantrain: error: the address space is limited (ulimit -v) below what OpenBLAS needs: "
        "expected at least 256 MiB and 160 MiB for every further processor; raise the limit\n";
    struct rlimit limit;
    cpu_set_t set;

    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (limit.rlim_cur >= first_processor + (rlim_t)(n - 1) * each_further)
        return;
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) {
        /* nobody is listening; the exit code still tells */
    }
    _exit(GT_ERESOURCE);
}

__attribute__((section(".preinit_array"), used)) static void (*const run_first)(int, char **,
                                                                                char **) = guard;
