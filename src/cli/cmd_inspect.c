/* gantrain inspect: the contents of a checkpoint, or the diagnosis of a run; text or JSON. */
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
    { "--checkpoint", "FILE", "show the metadata and tensors of this checkpoint" },
    { "--run", "DIR", "diagnose the training in this run folder and verify its checkpoints" },
    { "--json", NULL, "print one JSON object" },
    { NULL, NULL, NULL },
};

static void print_shape(const Tensor *t, Text *out)
{
    text_add(out, "[");
    for (int i = 0; i < t->rank; i++)
        text_add(out, "%s%" PRId64, i ? ", " : "", t->shape[i]);
    text_add(out, "]");
}

static void print_padded(const char *word, size_t width, Text *out)
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
                                           : "the file has none";
}

/* A line for each length that an extended run had before. */
static void print_lengths(const Config *c, Text *out)
{
    const Numbers *pairs = &c->train.earlier_lengths;
    for (int i = 0; i + 1 < pairs->n; i += 2)
        text_add(out, "  schedules followed a length of %.0f steps up to step %.0f\n", pairs->at[i],
                 pairs->at[i + 1]);
}

/* Where a warm run began, and how a run was extended. */
static void print_origin(const Config *c, Text *out)
{
    print_lengths(c, out);
    if (!*c->init_from.file)
        return;
    text_add(out, "  began with the weights of ");
    text_add_printable(out, c->init_from.file);
    text_add(out, " (%s, crc32 %.16s)\n", c->init_from.players->name, c->init_from.crc32);
}

static void print_checkpoint(const Checkpoint *k, const char *path, Text *out)
{
    int64_t values = 0;
    text_add_printable(out, path);
    text_add(out, "\n\n");
    print_origin(&k->config, out);
    for (const Value *v = k->file.metadata ? k->file.metadata->child : NULL; v; v = v->next) {
        text_add(out, "  ");
        print_padded(v->key, 20, out);
        text_add_printable(out, v->text);
        text_add(out, "\n");
    }
    text_add(out, "\n");
    for (int i = 0; i < k->file.n; i++) {
        const Tensor *t = &k->file.tensor[i];
        text_add(out, "  ");
        print_padded(t->name, 48, out);
        text_add(out, "%s ", tensor_type_name(t->type));
        print_shape(t, out);
        text_add(out, "\n");
        values += (int64_t)(t->bytes / tensor_type_bytes(t->type));
    }
    text_add(out, "\n  %d tensor%s, %" PRId64 " values; checksums: %s\n", k->file.n,
             k->file.n == 1 ? "" : "s", values, checksums(&k->file));
}

static void print_checkpoint_json(const Checkpoint *k, const char *path, Text *out)
{
    json_write_member(out, "{", "path", path);
    text_add(out, ", \"step\": %" PRIu64, k->step);
    if (*k->config.init_from.file)
        json_write_member(out, ", ", "init_from", k->config.init_from.file);
    text_add(out, ", \"metadata\": ");
    if (k->file.metadata)
        json_write(out, k->file.metadata, 0);
    else
        text_add(out, "{}");
    text_add(out, ", \"tensors\": [");
    for (int i = 0; i < k->file.n; i++) {
        const Tensor *t = &k->file.tensor[i];
        json_write_member(out, i ? ", {" : "{", "name", t->name);
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
        (args_has(a, "--json") ? print_checkpoint_json : print_checkpoint)(k, path, out);
    checkpoint_close(k);
    free(k);
    return s;
}

typedef struct Diagnosis {
    const char *path;
    RunFolder folder;
    int rows;    /* of metrics.jsonl */
    double step; /* of the last row  */
    Finding found[FINDINGS];
    int n;
    Text origin; /* lines; empty: initial weights from the seed, never extended */
} Diagnosis;

/* `damage` says what is wrong with the checkpoint; NULL: nothing. */
static void print_verified(uint64_t step, const char *path, const char *damage, Text *out)
{
    text_add(out, "  checkpoint of step %" PRIu64 ": %s: ", step, damage ? "damaged" : "verified");
    text_add_printable(out, damage ? damage : path);
    text_add(out, "\n");
}

static void print_verified_json(uint64_t step, const char *path, const char *damage, Text *out)
{
    text_add(out, "{\"step\": %" PRIu64 ", \"verified\": %s", step, damage ? "false" : "true");
    json_write_member(out, ", ", "path", path);
    if (damage)
        json_write_member(out, ", ", "damage", damage);
    text_add(out, "}");
}

/* Reads every checkpoint of the run and compares its checksums, newest first. */
static void verify_checkpoints(const RunFolder *f, bool json, Text *out)
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
            text_add(out, !json && i == 0 ? "\n" : json && i > 0 ? ", " : "");
            (json ? print_verified_json : print_verified)(steps[i], path,
                                                          s == GT_OK ? NULL : why.text[0], out);
            checkpoint_close(k);
        }
    free(steps);
    free(k);
}

static void print_run(const Diagnosis *d, Text *out)
{
    text_add_printable(out, d->path);
    text_add(out, ": %d row%s of metrics", d->rows, d->rows == 1 ? "" : "s");
    if (d->rows > 0)
        text_add(out, " up to step %.0f", d->step);
    text_add(out, "\n%s", d->origin.at ? d->origin.at : "");
    for (int i = 0; i < d->n; i++) {
        const Finding *f = &d->found[i];
        text_add(out, "\n  %s: %s\n", f->title, f->meaning);
        if (*f->evidence)
            text_add(out, "    seen   %s\n", f->evidence);
        if (*f->advice)
            text_add(out, "    to do  %s\n", f->advice);
    }
    verify_checkpoints(&d->folder, false, out);
}

static void print_finding_json(const Finding *f, Text *out)
{
    text_add(out, "{\"severity\": %.3g", f->severity);
    json_write_member(out, ", ", "cause", f->cause);
    json_write_member(out, ", ", "title", f->title);
    json_write_member(out, ", ", "meaning", f->meaning);
    json_write_member(out, ", ", "evidence", f->evidence);
    json_write_member(out, ", ", "advice", f->advice);
    text_add(out, "}");
}

static void print_run_json(const Diagnosis *d, Text *out)
{
    json_write_member(out, "{", "path", d->path);
    text_add(out, ", \"rows\": %d, \"findings\": [", d->rows);
    for (int i = 0; i < d->n; i++) {
        text_add(out, "%s", i ? ", " : "");
        print_finding_json(&d->found[i], out);
    }
    text_add(out, "], \"checkpoints\": [");
    verify_checkpoints(&d->folder, true, out);
    text_add(out, "]}\n");
}

/* A missing metrics.jsonl, or damaged lines in it, are a warning and left out. */
static Status read_metrics(History *h, const RunFolder *f, Error *e)
{
    const Log log = { false };
    char path[FOLDER_FILE];
    Text damage = { 0 };
    folder_file(f, "metrics.jsonl", path);
    if (!file_exists(path)) {
        log_warning(&log, "%s: missing", path);
        return GT_OK;
    }
    const Status s = history_read_lenient(h, path, &damage, e);
    if (damage.at)
        log_warning(&log, "%.*s", (int)strcspn(damage.at, "\n"), damage.at);
    text_free(&damage);
    return s;
}

static Status read_run(Diagnosis *d, Error *e)
{
    char path[FOLDER_FILE];
    Config c = { 0 };
    History h = { 0 };
    TRY(folder_find(&d->folder, d->path, e));
    folder_file(&d->folder, "config.json", path);
    Status s = config_read(&c, path, NULL, 0, e);
    if (s == GT_OK)
        print_origin(&c, &d->origin);
    if (s == GT_OK)
        s = read_metrics(&h, &d->folder, e);
    if (s == GT_OK) {
        const double *step = history_column(&h, "step");
        d->rows = h.rows;
        d->step = step && h.rows > 0 ? step[h.rows - 1] : 0;
        d->n = diagnose(&h, &c, d->found, FINDINGS);
    }
    history_free(&h);
    config_free(&c);
    return s;
}

static Status inspect_run(const Args *a, Text *out, Error *e)
{
    Diagnosis *d = calloc(1, sizeof *d); /* several pages: too large for a small stack */
    if (!d)
        return fail(e, GT_ERESOURCE, "no memory for a diagnosis");
    Status s = args_required(a, "--run", &d->path, e);
    if (s == GT_OK)
        s = read_run(d, e);
    if (s == GT_OK)
        (args_has(a, "--json") ? print_run_json : print_run)(d, out);
    text_free(&d->origin);
    free(d);
    return s;
}

static Status run(const Args *a, Text *out, Error *e)
{
    TRY(args_exclude(a, "--run", "--checkpoint", e));
    return (args_has(a, "--run") ? inspect_run : inspect_checkpoint)(a, out, e);
}

const Command command_inspect = {
    .name = "inspect",
    .summary = "Show the contents of a checkpoint, or diagnose a run.",
    .usage = "inspect (--checkpoint FILE | --run DIR) [--json]",
    .flags = flags,
    .epilogue = "examples:\n"
                "  gantrain inspect --run runs/mnist\n"
                "  gantrain inspect --checkpoint runs/mnist/checkpoints/best.safetensors\n",
    .run = run,
};
