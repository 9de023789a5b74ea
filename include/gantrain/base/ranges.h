/* Lists of seeds as text: "1,5,9-12". */
#ifndef GANTRAIN_BASE_RANGES_H
#define GANTRAIN_BASE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/* ranges_next: parses the range at *at, "5" or "9-12", and advances *at past it and past a comma
 * that is followed by more; the list ends where **at is NUL. No signs, no spaces, 0 <= first <=
 * last <= RNG_MAX_SEED. False: *at does not start with a valid range. */
bool ranges_next(const char **at, int64_t *first, int64_t *last);

#endif
