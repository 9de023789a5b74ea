/* confusion.jsonl: a confusion matrix for each evaluation, in a file of its own, because a row of
 * metrics.jsonl holds numbers. Rows begin as those do, and a resume truncates both alike. */
#include "train_parts.h"

#include <inttypes.h>

#include "gantrain/io/durable.h"

static void add_names(Text *line, const Dataset *d, int classes)
{
    if (d->n_classes < classes)
        return; /* they are numbers */
    text_add(line, ", \"names\": [");
    for (int i = 0; i < classes; i++) {
        text_add(line, i ? ", " : "");
        json_write_string(line, d->class_name[i]);
    }
    text_add(line, "]");
}

static void add_counts(Text *line, const int *count, int classes)
{
    text_add(line, ", \"count\": [");
    for (int k = 0; k < classes; k++) {
        text_add(line, k ? ", [" : "[");
        for (int l = 0; l < classes; l++)
            text_add(line, l ? ",%d" : "%d", count[k * classes + l]);
        text_add(line, "]");
    }
    text_add(line, "]");
}

bool run_has_confusion(const Run *r)
{
    return r->evaluation.image.confusion && r->evaluation.scored_step == r->gan.step;
}

Status run_write_confusion(Run *r, Error *e)
{
    char path[FOLDER_FILE];
    Text line = { 0 };
    const ImageScores *s = &r->evaluation.image;
    folder_file(&r->folder, FOLDER_CONFUSION, path);
    text_add(&line, "{\"step\": %" PRIu64 ", \"epoch\": %" PRIu64, r->gan.step,
             run_progress(r).epoch);
    add_names(&line, &r->data, s->classifier.classes);
    add_counts(&line, s->confusion, s->classifier.classes);
    text_add(&line, "}\n");
    const Status status = line.failed ? fail(e, GT_ERESOURCE, "%s: no memory for a row", path)
                                      : durable_append(path, line.at, line.used, e);
    text_free(&line);
    return status;
}
