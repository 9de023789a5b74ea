/* The temporary file that is being written, if any, so that a signal handler that ends the process
 * can remove it. One file at a time, written by the thread that receives the signals. */
#ifndef GANTRAIN_IO_TEMP_FILE_H
#define GANTRAIN_IO_TEMP_FILE_H

enum { TEMP_FILE_NAME = 256 }; /* bytes of a name with its NUL */

/* temp_file_begin: `name` in the folder of the descriptor `folder` is about to be created.
 * temp_file_end: it has been renamed or removed. */
void temp_file_begin(int folder, const char *name);
void temp_file_end(void);

/* temp_file_remove: removes it. Async-signal-safe. */
void temp_file_remove(void);

#endif
