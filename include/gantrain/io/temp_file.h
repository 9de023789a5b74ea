/* The temporary file that is being written now, if there is one: known to whoever must end the process at
 * once, so that it does not stay behind. One file at a time; the thread that writes is the one that takes
 * the signals. */
#ifndef GANTRAIN_IO_TEMP_FILE_H
#define GANTRAIN_IO_TEMP_FILE_H

enum { TEMP_FILE_NAME = 256 }; /* bytes of a name, its end included */

/* temp_file_begin: `name` in the folder of the descriptor `folder` is about to be made.
 * temp_file_end: it has its final name, or is gone. */
void temp_file_begin(int folder, const char *name);
void temp_file_end(void);

/* temp_file_remove: for signal handlers, before the process ends. */
void temp_file_remove(void);

#endif
