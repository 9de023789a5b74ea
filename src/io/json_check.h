/* Where the values of a JSON text are. */
#ifndef GANTRAIN_SRC_IO_JSON_CHECK_H
#define GANTRAIN_SRC_IO_JSON_CHECK_H

#include "gantrain/io/json.h"

typedef struct JsonSite {
    const char *at; /* the first byte of the value */
    Location location, key_location;
} JsonSite;

/* json_locate: json_check that also lists the values in the order of the text.
 *   site   out  [*n], or NULL to count
 *   origin in   for the locations */
Status json_locate(const char *text, size_t bytes, const char *origin, JsonSite *site, size_t *n,
                   JsonError *error);

#endif
