/* The one mutable global of this floor: a handler can reach nothing else. */
#include "gantrain/run/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t asked; /* the signal that asked first, or 0 */

static void on_signal(int number)
{
    if (asked)
        _exit(128 + number);
    asked = number;
}

static void watch(int number, bool respect_ignored)
{
    struct sigaction now, then;
    if (respect_ignored && sigaction(number, NULL, &then) == 0 && then.sa_handler == SIG_IGN)
        return;
    now = (struct sigaction){ .sa_handler = on_signal };
    sigemptyset(&now.sa_mask);
    now.sa_flags = SA_RESTART;
    sigaction(number, &now, NULL);
}

void signals_watch(void)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    watch(SIGINT, true);
    watch(SIGHUP, true);
    watch(SIGTERM, false);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

Status signals_asked(void)
{
    switch (asked) {
    case SIGINT:
        return GT_EINTERRUPT;
    case SIGTERM:
        return GT_ETERMINATE;
    case SIGHUP:
        return GT_EHANGUP;
    default:
        return GT_OK;
    }
}
