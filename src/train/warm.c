/* Runs that begin with trained weights, and the advice to begin one where a resume is refused. */
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/run/warm_start.h"
#include "train_parts.h"

static bool is_warm(const Run *r)
{
    return *r->config.init_from.file != '\0';
}

static Status no_memory(Error *e)
{
    return fail(e, GT_ERESOURCE, "no memory for init_from of the config");
}

/* ---- beginning ------------------------------------------------------------------------------- */

static bool will_resume(const TrainRequest *q, const char *out)
{
    char newest[FOLDER_FILE];
    return q->resume_from || (q->resume && folder_newest_checkpoint(out, newest));
}

/* The file is read before the folder is cleared, but a user may want to keep it. */
static Status check_overwrite(const Run *r, const TrainRequest *q, const char *out, Error *e)
{
    RunFolder f;
    const char *file = r->config.init_from.file;
    if (!q->overwrite || !folder_set(&f, out) || !folder_contains(&f, file))
        return GT_OK;
    return fail(e, GT_EUSAGE,
                "%s: is in the run folder %s, which --overwrite clears: use another "
                "--out",
                file, out);
}

Status run_begin_warm(Run *r, const TrainRequest *q, const char *out, Error *e)
{
    char crc[WARM_START_CRC];
    if (!is_warm(r) || will_resume(q, out))
        return GT_OK;
    TRY(check_overwrite(r, q, out, e));
    TRY(warm_start(&r->gan, &r->config, r->log, crc, e));
    r->config.init_from.crc32 = arena_strdup(&r->config.arena, crc);
    return r->config.init_from.crc32 ? GT_OK : no_memory(e);
}

Status run_adopt_origin(Run *r, const Config *checkpoint, Error *e)
{
    InitOptions *now = &r->config.init_from;
    const InitOptions *then = &checkpoint->init_from;
    if (*now->file && strcmp(now->file, then->file) != 0)
        log_warning(r->log, "init_from: %s is not read: the resumed run began with %s", now->file,
                    *then->file ? then->file : "weights from its seed");
    *now = *then; /* its texts go with the checkpoint */
    now->file = arena_strdup(&r->config.arena, then->file);
    now->crc32 = arena_strdup(&r->config.arena, then->crc32);
    return now->file && now->crc32 ? GT_OK : no_memory(e);
}

/* ---- advice ---------------------------------------------------------------------------------- */

/* A word of a shell command, quoted where needed. */
static void add_word(Text *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./_-";
    if (*word && word[strspn(word, plain)] == '\0') {
        text_add(out, " %s", word);
        return;
    }
    text_add(out, " '");
    for (; *word; word++)
        text_add(out, *word == '\'' ? "'\\''" : "%c", *word);
    text_add(out, "'");
}

static void add_setting(Text *out, const Override *o)
{
    Text both = { 0 };
    if (strcmp(o->path, CONFIG_DATA) == 0) {
        text_add(out, " " CONFIG_DATA);
        add_word(out, o->word);
        return;
    }
    text_add(&both, "%s=%s", o->path, o->word);
    text_add(out, " --set");
    add_word(out, both.at ? both.at : "");
    text_free(&both);
}

/* The run's folder if nothing is in it, else the first of "runs/mnist-2", -3 ... that is free. */
static void choose_folder(const Run *r, char out[FOLDER_FILE])
{
    char newest[FOLDER_FILE];
    snprintf(out, FOLDER_FILE, "%s", r->folder.path);
    if (!folder_has_run(&r->folder) && !folder_newest_checkpoint(out, newest))
        return;
    for (int i = 2; file_exists(out) && i < 1000; i++)
        snprintf(out, FOLDER_FILE, "%s-%d", r->folder.path, i);
}

Status run_suggest_warm_start(const Run *r, const TrainRequest *q, Error *e)
{
    char folder[FOLDER_FILE];
    Text command = { 0 };
    choose_folder(r, folder);
    text_add(&command, "gantrain --config");
    add_word(&command, q->config);
    for (int i = 0; i < q->n_overrides; i++)
        if (strcmp(q->overrides[i].path, "init_from.file") != 0)
            add_setting(&command, &q->overrides[i]);
    text_add(&command, " --init-from");
    add_word(&command, r->unlike);
    text_add(&command, " --out");
    add_word(&command, folder);
    also_fail(e, e->code, "to begin a new run with its weights: %s",
              command.failed ? "--init-from" : command.at);
    text_free(&command);
    return e->code;
}
