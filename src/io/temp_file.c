/* A handler may run between any two lines, so the flag is set last and cleared first. */
#include "gantrain/io/temp_file.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* Process-wide, like signal handlers. */
static volatile sig_atomic_t exists;
static int folder_fd;
static char file_name[TEMP_FILE_NAME];

void temp_file_begin(int folder, const char *name)
{
    folder_fd = folder;
    (void)snprintf(file_name, sizeof file_name, "%s", name);
    atomic_signal_fence(memory_order_release);
    exists = 1;
}

void temp_file_end(void)
{
    exists = 0;
    atomic_signal_fence(memory_order_acquire);
}

void temp_file_remove(void)
{
    if (exists)
        (void)unlinkat(folder_fd, file_name, 0);
}
