/* Lists of seeds in words: "1,5,9-12". */
#ifndef GANTRAIN_BASE_RANGES_H
#define GANTRAIN_BASE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/* ranges_next: the range at *at, "5" or "9-12", which moves behind it and the comma after it, if something
 * follows that; the list ends where **at is NUL. No sign, no space, 0..RNG_MAX_SEED, first <= last.
 * False: there is none. */
bool ranges_next(const char **at, int64_t *first, int64_t *last);

#endif
