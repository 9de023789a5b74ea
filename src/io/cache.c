/* The place of the cache, by the XDG base directory specification, which ignores relative paths. */
#include "gantrain/io/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/durable.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool find_folder(char out[CACHE_PATH])
{
    const char *own = variable("GANTRAIN_CACHE"), *xdg = variable("XDG_CACHE_HOME");
    const char *home = variable("HOME");
    const int n = own                  ? snprintf(out, CACHE_PATH, "%s", own)
                  : xdg && *xdg == '/' ? snprintf(out, CACHE_PATH, "%s/gantrain", xdg)
                  : home               ? snprintf(out, CACHE_PATH, "%s/.cache/gantrain", home)
                                       : CACHE_PATH;
    return n < CACHE_PATH - CACHE_NAME;
}

static void append_name(char path[CACHE_PATH], const char *name)
{
    const size_t n = strlen(path);
    snprintf(path + n, CACHE_PATH - n, "/%s", name);
}

bool cache_path(char out[CACHE_PATH], const char *name)
{
    if (!find_folder(out))
        return false;
    append_name(out, name);
    return true;
}

Status cache_create(char out[CACHE_PATH], const char *name, Error *e)
{
    if (!find_folder(out))
        return fail(e, GT_EOUTPUT, "no cache folder: set GANTRAIN_CACHE or HOME");
    TRY(durable_mkdir(out, e));
    append_name(out, name);
    return GT_OK;
}
