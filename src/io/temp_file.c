/* A handler may come between any two lines, so the flag is raised last and lowered first. */
#include "gantrain/io/temp_file.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* Of the process, as its signals are. */
static volatile sig_atomic_t there;
static int in_folder;
static char called[TEMP_FILE_NAME];

void temp_file_begin(int folder, const char *name)
{
    in_folder = folder;
    (void)snprintf(called, sizeof called, "%s", name);
    atomic_signal_fence(memory_order_release);
    there = 1;
}

void temp_file_end(void)
{
    there = 0;
    atomic_signal_fence(memory_order_acquire);
}

void temp_file_remove(void)
{
    if (there)
        (void)unlinkat(in_folder, called, 0);
}
