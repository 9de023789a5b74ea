/* Guesses the flag that was left out before a word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "gantrain/run/folder.h"

static bool has_flag(const Command *c, const char *name)
{
    for (const Flag *f = c->flags; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    return false;
}

/* The best checkpoint of the run folder `word`, or the newest where none is kept as the best. */
static bool find_checkpoint(const char *word, char path[FOLDER_FILE])
{
    RunFolder f;
    uint64_t *steps = NULL;
    int n = 0;
    Error ignored = { 0 };
    if (folder_find(&f, word, &ignored) != GT_OK)
        return false;
    folder_file(&f, FOLDER_BEST, path);
    if (access(path, F_OK) == 0)
        return true;
    if (folder_checkpoints(&f, &steps, &n, &ignored) != GT_OK)
        return false;
    if (n > 0)
        folder_checkpoint(&f, steps[0], path);
    free(steps);
    return n > 0;
}

bool args_hint(const Command *c, const char *word, char out[ARGS_HINT])
{
    char path[FOLDER_FILE];
    const char *flag = NULL, *value = word;
    if (text_has_suffix(word, ".safetensors"))
        flag = "--checkpoint";
    else if (text_has_suffix(word, ".json"))
        flag = "--config";
    else if (has_flag(c, "--run"))
        flag = "--run";
    else if (has_flag(c, "--checkpoint") && find_checkpoint(word, path)) {
        flag = "--checkpoint";
        value = path;
    }
    if (!flag || !has_flag(c, flag))
        return false;
    const int room = ARGS_HINT;
    return snprintf(out, ARGS_HINT, "%s %s", flag, value) < room;
}
