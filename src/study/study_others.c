/* Runs that lie in the folder of a study and are not of it: of seeds and points that were asked for before. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/study/study_work.h"

static bool is_of_study(const StudyWork *w, const char *cell, const char *seed)
{
    char number[24];
    for (int i = 0; i < w->runs; i++) {
        snprintf(number, sizeof number, "%" PRId64, w->run[i].seed);
        if (strcmp(w->run[i].cell->name, cell) == 0 && strcmp(number, seed) == 0)
            return true;
    }
    return false;
}

static bool is_run(const char *folder, const char *seed)
{
    char config[FOLDER_FILE];
    if (!*seed || seed[strspn(seed, "0123456789")])
        return false;
    const int n = snprintf(config, sizeof config, "%s/%s/config.json", folder, seed);
    return n < (int)sizeof config && file_is_there(config);
}

/* In the folder of one cell. */
static int count_in(const StudyWork *w, const char *cell)
{
    char folder[FOLDER_FILE];
    int n = 0;
    snprintf(folder, sizeof folder, "%.3800s/%.255s", w->folder, cell);
    DIR *here = opendir(folder);
    for (const struct dirent *d = here ? readdir(here) : NULL; d; d = readdir(here))
        n += is_run(folder, d->d_name) && !is_of_study(w, cell, d->d_name);
    if (here)
        closedir(here);
    return n;
}

int study_count_others(const StudyWork *w)
{
    int n = 0;
    DIR *here = opendir(w->folder);
    for (const struct dirent *d = here ? readdir(here) : NULL; d; d = readdir(here))
        n += *d->d_name == '.' ? 0 : count_in(w, d->d_name);
    if (here)
        closedir(here);
    return n;
}
