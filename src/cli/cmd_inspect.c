/* gantrain inspect: what a checkpoint holds, for people and as JSON. */
#include "gantrain/cli/args.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gantrain/run/checkpoint.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", NULL, "a checkpoint of a run" },
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
    text_add(out, "\n  %d tensors, %" PRId64 " values\n", k->file.n, values);
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

static Status run(const Args *a, Text *out, Error *e)
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

const Command command_inspect = {
    .name = "inspect",
    .summary = "Show what a checkpoint holds: config, step, tensors.",
    .usage = "inspect --checkpoint FILE [--json]",
    .flags = flags,
    .run = run,
};
