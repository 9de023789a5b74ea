/* The folder of a study:
 *
 *   study.json                the study; as a study file it does the same again
 *   CELL/config.json          the config of a cell, with the first seed
 *   CELL/SEED/                an ordinary run folder, and in it
 *   CELL/SEED/outcome.json    how the run ended: done or diverged, so that it is not started again
 *   CELL/SEED/train.log       stdout and stderr of its processes
 *   study.csv, report.html    the results */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"
#include "study_parts.h"

enum { MAX_FILE = 1 << 20, MAX_FOLDER = 3800 };

const char *const study_state_name[] = {
    [RUN_PENDING] = "pending",   [RUN_RUNNING] = "running", [RUN_DONE] = "done",
    [RUN_DIVERGED] = "diverged", [RUN_FAILED] = "failed",
};

/* ---- files ----------------------------------------------------------------------------------- */

int study_folder_path(const Study *s, const StudyRequest *q, char *out)
{
    return snprintf(out, FOLDER_PATH, "%s%s", q->out ? q->out : "studies/", q->out ? "" : s->name);
}

void study_cell_file(const StudyWork *w, const StudyCell *c, const char *name,
                     char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%.*s/%s%s%s", MAX_FOLDER, w->folder, c->name, *name ? "/" : "",
             name);
}

void study_run_file(const StudyWork *w, const StudyRun *r, const char *name, char out[FOLDER_FILE])
{
    snprintf(out, FOLDER_FILE, "%.*s/%s/%" PRId64 "%s%s", MAX_FOLDER, w->folder, r->cell->name,
             r->seed, *name ? "/" : "", name);
}

void study_last_line(const char *path, char out[STUDY_LINE])
{
    *out = '\0';
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const off_t size = lseek(fd, 0, SEEK_END), room = STUDY_LINE - 1;
    const ssize_t n = pread(fd, out, STUDY_LINE - 1, size > room ? size - room : 0);
    close(fd);
    out[n > 0 ? n : 0] = '\0';
    char *end = strrchr(out, '\n');
    *(end ? end : out) = '\0';
    const char *before = strrchr(out, '\n');
    if (before)
        memmove(out, before + 1, strlen(before));
}

uint64_t study_logged_step(const StudyWork *w, const StudyRun *r)
{
    static const char key[] = "{\"step\": ";
    char path[FOLDER_FILE], line[STUDY_LINE];
    study_run_file(w, r, "metrics.jsonl", path);
    study_last_line(path, line);
    return strncmp(line, key, sizeof key - 1) == 0 ? strtoull(line + sizeof key - 1, NULL, 10) : 0;
}

/* Whether the file at `path` is `expected`. */
static Status compare(const char *path, const Text *expected, bool *same, Error *e)
{
    Bytes file = { 0 };
    TRY(file_read(&file, path, MAX_FILE, GT_EOUTPUT, e));
    *same = file.size == expected->used && memcmp(file.at, expected->at, file.size) == 0;
    bytes_free(&file);
    return GT_OK;
}

/* Writes and frees the text, unless the file has it already; `s`: whether it was made. */
static Status update(const char *path, Text *text, Status s, Error *e)
{
    bool same = false;
    if (s == GT_OK && (compare(path, text, &same, NULL) != GT_OK || !same))
        s = durable_write(path, text->at, text->used, e);
    text_free(text);
    return s;
}

/* ---- runs that are there --------------------------------------------------------------------- */

Status study_write_outcome(const StudyWork *w, const StudyRun *r, Error *e)
{
    char path[FOLDER_FILE], text[64];
    const int n =
        snprintf(text, sizeof text, "{ \"status\": \"%s\" }\n", study_state_name[r->state]);
    study_run_file(w, r, "outcome.json", path);
    return durable_write(path, text, (size_t)n, e);
}

/* A damaged file counts as none: the run is resumed, and finds that it is complete. */
static Status read_outcome(const char *path, RunState *state, Error *e)
{
    Json json;
    Error why = { 0 };
    *state = RUN_PENDING;
    if (!file_exists(path))
        return GT_OK;
    const Status s = json_read(&json, path, 0, &why);
    if (s != GT_OK)
        return s == GT_ERESOURCE ? fail(e, s, "%s", why.text[0]) : GT_OK;
    const Value *v = value_member(json.root, "status");
    for (int i = RUN_DONE; i <= RUN_DIVERGED && v && v->kind == VALUE_STRING; i++)
        if (strcmp(v->text, study_state_name[i]) == 0)
            *state = (RunState)i;
    json_free(&json);
    return GT_OK;
}

/* Whether the run was trained with these settings, by its config.json. */
static Status compare_settings(const char *path, const Config *wanted, bool *same, Error *e)
{
    Bytes file = { 0 };
    Config there;
    Arena a = { 0 };
    Text diff = { 0 };
    Error why = { 0 };
    int n = 1;
    TRY(file_read(&file, path, MAX_FILE, GT_EOUTPUT, e));
    Status s = config_parse(&there, (const char *)file.at, file.size, path, &why);
    if (s == GT_OK)
        s = arena_open(&a, MAX_FILE, &why);
    if (s == GT_OK)
        s = config_diff(wanted, option_to_value(&a, NULL, NULL, config_options, &there),
                        &config_diff_recorded, &diff, &n, &why);
    *same = n == 0;
    text_free(&diff);
    arena_close(&a);
    config_free(&there);
    bytes_free(&file);
    return s == GT_ERESOURCE ? fail(e, s, "%s", why.text[0]) : GT_OK;
}

/* A run with other settings is refused, or with --overwrite removed when its run starts. */
static Status find_run(StudyWork *w, StudyRun *r, Error *e)
{
    char config[FOLDER_FILE], outcome[FOLDER_FILE], folder[FOLDER_FILE];
    char words[CONFIG_FIT];
    Config wanted;
    study_run_file(w, r, "config.json", config);
    study_run_file(w, r, "outcome.json", outcome);
    study_run_file(w, r, "", folder);
    if (!file_exists(config))
        return GT_OK;
    Status s = study_config(w->s, r->cell, r->seed, &wanted, e);
    if (s == GT_OK)
        config_fit_to_data(&wanted, r->cell->data_count, words);
    if (s == GT_OK) /* a config that cannot be read is an error, not other settings */
        s = compare_settings(config, &wanted, &r->started, e);
    if (s == GT_OK && r->started)
        s = read_outcome(outcome, &r->state, e);
    else if (s == GT_OK && w->q->overwrite)
        r->restart = true;
    else if (s == GT_OK)
        s = also_fail(e, GT_EOUTPUT,
                      "%s: was trained with other settings: use another --out, or --overwrite to "
                      "train it again",
                      folder);
    config_free(&wanted);
    return s;
}

void study_count_all(const StudyWork *w, int *done, int *started)
{
    *done = *started = 0;
    for (int i = 0; i < w->runs; i++) {
        *done += w->run[i].state == RUN_DONE || w->run[i].state == RUN_DIVERGED;
        *started += w->run[i].state == RUN_PENDING && w->run[i].started;
    }
}

/* The runs in folder/CELL, whatever their seeds. */
static int count_runs(const char *folder, const char *cell)
{
    char path[FOLDER_FILE];
    int n = 0;
    snprintf(path, sizeof path, "%.*s/%.255s", MAX_FOLDER, folder, cell);
    DIR *cells = opendir(path);
    for (const struct dirent *d = cells ? readdir(cells) : NULL; d; d = readdir(cells)) {
        const bool seed = d->d_name[strspn(d->d_name, "0123456789")] == '\0';
        snprintf(path, sizeof path, "%.*s/%.255s/%.20s/config.json", MAX_FOLDER, folder, cell,
                 d->d_name);
        n += seed && file_exists(path);
    }
    if (cells)
        closedir(cells);
    return n;
}

int study_count_other_runs(const StudyWork *w)
{
    int n = 0;
    DIR *folder = opendir(w->folder);
    for (const struct dirent *d = folder ? readdir(folder) : NULL; d; d = readdir(folder))
        n += *d->d_name == '.' ? 0 : count_runs(w->folder, d->d_name);
    if (folder)
        closedir(folder);
    for (int i = 0; i < w->runs; i++)
        n -= w->run[i].started || w->run[i].restart;
    return n;
}

/* ---- opening --------------------------------------------------------------------------------- */

static Status write_study(const StudyWork *w, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    snprintf(path, sizeof path, "%s/study.json", w->folder);
    const Status s = study_text(w->s, &text, e);
    return update(path, &text, s, e);
}

static Status write_cell(const StudyWork *w, const StudyCell *c, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    study_cell_file(w, c, "", path);
    TRY(durable_mkdir(path, e));
    study_cell_file(w, c, "config.json", path);
    const Status s = study_config_text(w->s, c, w->s->seed[0], &text, e);
    return update(path, &text, s, e);
}

static Status make_runs(StudyWork *w, Error *e)
{
    const Study *s = w->s;
    w->runs = s->cells * s->seeds;
    w->run = calloc((size_t)w->runs, sizeof *w->run);
    w->order = calloc((size_t)s->cells, sizeof *w->order);
    if (!w->run || !w->order)
        return fail(e, GT_ERESOURCE, "no memory for %d runs", w->runs);
    for (int i = 0; i < w->runs; i++) {
        w->run[i].cell = &s->cell[i / s->seeds];
        w->run[i].seed = s->seed[i % s->seeds];
    }
    return GT_OK;
}

static Status lock_folder(StudyWork *w, Error *e)
{
    RunFolder run;
    if (study_folder_path(w->s, w->q, w->folder) > MAX_FOLDER)
        return fail(e, GT_EOUTPUT, "%.80s...: the path of the study's folder is too long",
                    w->folder);
    if (folder_set(&run, w->folder) && folder_has_run(&run))
        return fail(e, GT_EOUTPUT, "%s: holds a run, not a study: use another --out", w->folder);
    TRY(durable_mkdir(w->folder, e));
    TRY(folder_lock(&w->lock, w->folder,
                    "another gantrain study works in this folder; wait for it or use --out", NULL,
                    e));
    durable_sweep(w->folder);
    return GT_OK;
}

Status study_open_folder(StudyWork *w, Error *e)
{
    w->lock = -1;
    TRY(make_runs(w, e));
    TRY(lock_folder(w, e));
    for (int i = 0; i < w->runs; i++)
        find_run(w, &w->run[i], e);
    TRY(e->code);
    TRY(write_study(w, e));
    for (int i = 0; i < w->s->cells; i++)
        TRY(write_cell(w, &w->s->cell[i], e));
    return GT_OK;
}

void study_close_folder(StudyWork *w)
{
    if (w->lock >= 0)
        close(w->lock);
    free(w->run);
    free(w->order);
}
