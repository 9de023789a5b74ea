/* gantrain inspect: what a checkpoint holds, or what a run says of itself; for people and as JSON. */
#include "args.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/base/log.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/diagnosis/diagnosis.h"
#include "gantrain/run/folder.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", NULL, "a checkpoint of a run" },
    { "--run", "DIR", NULL, "a run folder: how the training goes, in words" },
    { "--json", NULL, NULL, "one JSON object" },
    { NULL, NULL, NULL, NULL },
};

static int64_t count_values(const Tensor *t)
{
    return (int64_t)(t->bytes / tensor_type_bytes(t->type));
}

static void print_shape(const Tensor *t, Text *out)
{
    text_add(out, "[");
    for (int i = 0; i < t->rank; i++)
        text_add(out, "%s%" PRId64, i ? ", " : "", t->shape[i]);
    text_add(out, "]");
}

/* Whatever a file holds, it must not steer a terminal. */
static void print_column(const char *word, size_t width, Text *out)
{
    const size_t start = out->used;
    text_add_printable(out, word);
    const size_t used = out->used - start;
    text_add(out, "%*s ", used < width ? (int)(width - used) : 0, "");
}

/* A file whose checksums are wrong does not open. */
static const char *checksums(const TensorFile *f)
{
    return tensors_text(f, "tensor_crc32") ? "verified, of every tensor"
           : tensors_text(f, "crc32")      ? "verified"
                                           : "it has none";
}

static void print_people(const Checkpoint *k, const char *path, Text *out)
{
    int64_t values = 0;
    text_add_printable(out, path);
    text_add(out, "\n\n");
    for (const Value *v = k->file.metadata ? k->file.metadata->child : NULL; v; v = v->next) {
        text_add(out, "  ");
        print_column(v->key, 20, out);
        text_add_printable(out, v->text);
        text_add(out, "\n");
    }
    text_add(out, "\n");
    for (int i = 0; i < k->file.n; i++) {
        const Tensor *t = &k->file.tensor[i];
        text_add(out, "  ");
        print_column(t->name, 48, out);
        text_add(out, "%s ", tensor_type_name(t->type));
        print_shape(t, out);
        text_add(out, "\n");
        values += count_values(t);
    }
    text_add(out, "\n  %d tensor%s, %" PRId64 " values; checksums: %s\n", k->file.n,
             k->file.n == 1 ? "" : "s", values, checksums(&k->file));
}

static void print_json(const Checkpoint *k, const char *path, Text *out)
{
    text_add(out, "{\"path\": ");
    json_write_string(out, path);
    text_add(out, ", \"step\": %" PRIu64 ", \"metadata\": ", k->step);
    if (k->file.metadata)
        json_write(out, k->file.metadata, 0);
    else
        text_add(out, "{}");
    text_add(out, ", \"tensors\": [");
    for (int i = 0; i < k->file.n; i++) {
        const Tensor *t = &k->file.tensor[i];
        text_add(out, "%s{\"name\": ", i ? ", " : "");
        json_write_string(out, t->name);
        text_add(out, ", \"dtype\": \"%s\", \"shape\": ", tensor_type_name(t->type));
        print_shape(t, out);
        text_add(out, "}");
    }
    text_add(out, "]}\n");
}

static Status inspect_checkpoint(const Args *a, Text *out, Error *e)
{
    const char *path;
    TRY(args_required(a, "--checkpoint", &path, e));
    Checkpoint *k = calloc(1, sizeof *k);
    if (!k)
        return fail(e, GT_ERESOURCE, "no memory");
    const Status s = checkpoint_open(k, path, e);
    if (s == GT_OK)
        (args_value(a, "--json") ? print_json : print_people)(k, path, out);
    checkpoint_close(k);
    free(k);
    return s;
}

/* ---- a run ------------------------------------------------------------------------------------------ */

/* What was found in the history of a run. */
typedef struct Diagnosis {
    const char *path;
    RunFolder folder;
    int rows;
    double step; /* the last one, where there are rows */
    Finding found[FINDINGS];
    int n;
} Diagnosis;

static void print_word(const char *key, const char *word, Text *out)
{
    text_add(out, ", \"%s\": ", key);
    json_write_string(out, word);
}

/* One of n checkpoints; `damage`: what is wrong with it, or NULL. */
typedef void PrintCheckpoint(uint64_t step, int i, const char *path, const char *damage, Text *out);

static void print_checkpoint(uint64_t step, int i, const char *path, const char *damage, Text *out)
{
    text_add(out, "%s  checkpoint of step %" PRIu64 ": ", i ? "" : "\n", step);
    text_add_printable(out, damage ? "damaged: " : "verified: ");
    text_add_printable(out, damage ? damage : path);
    text_add(out, "\n");
}

static void print_checkpoint_json(uint64_t step, int i, const char *path, const char *damage,
                                  Text *out)
{
    text_add(out, "%s{\"step\": %" PRIu64 ", \"verified\": %s", i ? ", " : "", step,
             damage ? "false" : "true");
    print_word("path", path, out);
    if (damage)
        print_word("damage", damage, out);
    text_add(out, "}");
}

/* Every one is read and its checksums compared, newest first. */
static void list_checkpoints(const RunFolder *f, PrintCheckpoint *print, Text *out)
{
    char path[FOLDER_FILE];
    uint64_t *steps = NULL;
    int n = 0;
    Error why = { 0 };
    Checkpoint *k = calloc(1, sizeof *k);
    if (k && folder_checkpoints(f, &steps, &n, &why) == GT_OK)
        for (int i = 0; i < n; i++) {
            why = (Error){ 0 };
            folder_checkpoint(f, steps[i], path);
            const Status s = checkpoint_open(k, path, &why);
            print(steps[i], i, path, s == GT_OK ? NULL : why.text[0], out);
            checkpoint_close(k);
        }
    free(steps);
    free(k);
}

static void print_diagnosis(const Diagnosis *d, Text *out)
{
    text_add_printable(out, d->path);
    text_add(out, ": %d row%s of metrics", d->rows, d->rows == 1 ? "" : "s");
    if (d->rows > 0)
        text_add(out, " up to step %.0f", d->step);
    text_add(out, "\n");
    for (int i = 0; i < d->n; i++) {
        const Finding *f = &d->found[i];
        text_add(out, "\n  %s: %s\n", f->title, f->meaning);
        if (*f->evidence)
            text_add(out, "    seen   %s\n", f->evidence);
        if (*f->advice)
            text_add(out, "    to do  %s\n", f->advice);
    }
    list_checkpoints(&d->folder, print_checkpoint, out);
}

static void print_diagnosis_json(const Diagnosis *d, Text *out)
{
    text_add(out, "{\"path\": ");
    json_write_string(out, d->path);
    text_add(out, ", \"rows\": %d, \"findings\": [", d->rows);
    for (int i = 0; i < d->n; i++) {
        const Finding *f = &d->found[i];
        text_add(out, "%s{\"severity\": %.3g", i ? ", " : "", f->severity);
        print_word("cause", f->cause, out);
        print_word("title", f->title, out);
        print_word("meaning", f->meaning, out);
        print_word("evidence", f->evidence, out);
        print_word("advice", f->advice, out);
        text_add(out, "}");
    }
    text_add(out, "], \"checkpoints\": [");
    list_checkpoints(&d->folder, print_checkpoint_json, out);
    text_add(out, "]}\n");
}

static void find_causes(Diagnosis *d, const History *h, const Config *c)
{
    const double *step = history_column(h, "step");
    d->rows = h->rows;
    d->step = step ? step[h->rows - 1] : 0;
    d->n = diagnose(h, c, d->found, FINDINGS);
}

/* What a run has not written yet, or what is damaged of it, is told and left out. */
static Status read_metrics(History *h, const RunFolder *f, Error *e)
{
    const Log log = { false };
    char path[FOLDER_FILE];
    Text damaged = { 0 };
    folder_file(f, "metrics.jsonl", path);
    if (!file_is_there(path)) {
        log_warning(&log, "%s: missing", path);
        return GT_OK;
    }
    const Status s = history_read_lenient(h, path, &damaged, e);
    if (damaged.at)
        log_warning(&log, "%.*s", (int)strcspn(damaged.at, "\n"), damaged.at);
    text_free(&damaged);
    return s;
}

static Status read_diagnosis(Diagnosis *d, Error *e)
{
    char path[FOLDER_FILE];
    Config c = { 0 };
    History h = { 0 };
    TRY(folder_find(&d->folder, d->path, e));
    folder_file(&d->folder, "config.json", path);
    Status s = config_read(&c, path, NULL, 0, e);
    if (s == GT_OK)
        s = read_metrics(&h, &d->folder, e);
    if (s == GT_OK)
        find_causes(d, &h, &c);
    history_free(&h);
    config_free(&c);
    return s;
}

static Status inspect_run(const Args *a, Text *out, Error *e)
{
    Diagnosis *d = calloc(1, sizeof *d); /* some pages: too large for a stack */
    if (!d)
        return fail(e, GT_ERESOURCE, "no memory for a diagnosis");
    Status s = args_required(a, "--run", &d->path, e);
    if (s == GT_OK)
        s = read_diagnosis(d, e);
    if (s == GT_OK)
        (args_value(a, "--json") ? print_diagnosis_json : print_diagnosis)(d, out);
    free(d);
    return s;
}

static Status run(const Args *a, Text *out, Error *e)
{
    if (args_value(a, "--run") && args_value(a, "--checkpoint"))
        return fail(e, GT_EUSAGE, "--run and --checkpoint exclude each other");
    return (args_value(a, "--run") ? inspect_run : inspect_checkpoint)(a, out, e);
}

const Command command_inspect = {
    .name = "inspect",
    .summary = "Show what a checkpoint holds, or how a training goes and what to try.",
    .usage = "inspect (--checkpoint FILE | --run DIR) [--json]",
    .flags = flags,
    .run = run,
};
