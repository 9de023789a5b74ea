/* The temporary file that is being written now, if there is one: known to whoever must end the process at
 * once, so that it does not stay behind. One file at a time; the thread that writes is the one that takes
 * the signals. */
#ifndef GANTRAIN_IO_TEMP_FILE_H
#define GANTRAIN_IO_TEMP_FILE_H

enum { UNFINISHED_NAME = 256 }; /* bytes of a name, its end included */

/* unfinished_begin: `name` in the folder of the descriptor `folder` is about to be made.
 * unfinished_end: it has its final name, or is gone. */
void unfinished_begin(int folder, const char *name);
void unfinished_end(void);

/* unfinished_remove: for signal handlers, before the process ends. */
void unfinished_remove(void);

#endif
