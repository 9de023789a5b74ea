/* Rows of metrics.jsonl. Values that depend on the clock have fields of their own (seconds,
 * examples_per_s); all others repeat byte for byte. */
#include "train_parts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/json.h"

static void add_number(Text *line, const char *key, double x)
{
    text_add(line, ", \"%s\": ", key);
    json_write_number(line, x);
}

static void add_scores(Text *line, const Run *r)
{
    const TrainingScores *v = &r->evaluation;
    if (v->scored_step != r->gan.step)
        return;
    for (int i = 0; i < v->n; i++)
        add_number(line, v->score[i].name, v->score[i].value);
}

/* MEASURED: needs Gan.measure; NaN in the row of a step that diverged between two logging
 * intervals. */
enum { MEASURED = 1, OF_OBJECTIVE = 2 };

/* Columns with values of StepStats. */
static const struct {
    const char *name;
    size_t offset; /* of a double in StepStats */
    unsigned flags;
} columns[] = {
    { "d_loss", offsetof(StepStats, d_loss), OF_OBJECTIVE },
    { "g_loss", offsetof(StepStats, g_loss), OF_OBJECTIVE },
    { "penalty", offsetof(StepStats, penalty), 0 },
    { "slope", offsetof(StepStats, slope), 0 },
    { "d_real", offsetof(StepStats, d_real), 0 },
    { "d_fake", offsetof(StepStats, d_fake), 0 },
    { "d_accuracy_real", offsetof(StepStats, d_accuracy_real), 0 },
    { "d_accuracy_fake", offsetof(StepStats, d_accuracy_fake), 0 },
    { "d_saturation", offsetof(StepStats, d_saturation), 0 },
    { "d_grad_norm", offsetof(StepStats, d_grad_norm), 0 },
    { "g_grad_norm", offsetof(StepStats, g_grad_norm), 0 },
    { "d_update_ratio", offsetof(StepStats, d_update_ratio), MEASURED },
    { "g_update_ratio", offsetof(StepStats, g_update_ratio), MEASURED },
    { "data_spread", offsetof(StepStats, data_spread), MEASURED },
    { "sample_spread", offsetof(StepStats, sample_spread), MEASURED },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

const char *metrics_column(int i)
{
    static const char *const others[] = { "step", "epoch", "recoveries", "seconds",
                                          "examples_per_s" };
    const int n = sizeof others / sizeof *others;
    return i < COLUMNS ? columns[i].name : i < COLUMNS + n ? others[i - COLUMNS] : NULL;
}

bool metrics_depends_on_objective(const char *name)
{
    for (int i = 0; i < COLUMNS; i++)
        if (strcmp(columns[i].name, name) == 0)
            return columns[i].flags & OF_OBJECTIVE;
    return false;
}

void metrics_row(const Run *r, Text *line)
{
    const char *stats = (const char *)&r->stats;
    const Progress *p = &r->progress;
    const double seconds = progress_now() - p->began;
    const double examples = (double)run_samples(r, r->gan.step - p->first_step);

    text_add(line, "{\"step\": %" PRIu64 ", \"epoch\": %" PRIu64, r->gan.step,
             run_progress(r).epoch);
    for (int i = 0; i < COLUMNS; i++) {
        double value;
        memcpy(&value, stats + columns[i].offset, sizeof value);
        add_number(line, columns[i].name,
                   columns[i].flags & MEASURED && !r->gan.measure ? (double)NAN : value);
    }
    add_scores(line, r);
    if (r->gan.recoveries > 0)
        add_number(line, "recoveries", r->gan.recoveries);
    text_add(line, ", \"seconds\": %.3f, \"examples_per_s\": %.1f}\n", seconds,
             seconds > 0 ? examples / seconds : 0);
}

Status metrics_append(const Run *r, const char *path, Error *e)
{
    Text line = { 0 };
    metrics_row(r, &line);
    const Status status = line.failed ? fail(e, GT_ERESOURCE, "%s: no memory for a row", path)
                                      : durable_append(path, line.at, line.used, e);
    text_free(&line);
    return status;
}

static const char prefix[] = "{\"step\": "; /* of every row */

/* Whether a line, or the torn beginning of one, can be a row. A loss of power can leave zeros in
 * place of bytes that were not synced: `whole` is the length of the line before them. */
static bool is_row(const char *line, size_t n, size_t *whole)
{
    const char *zero = memchr(line, '\0', n);
    *whole = zero ? (size_t)(zero - line) : n;
    return memcmp(line, prefix, *whole < sizeof prefix - 1 ? *whole : sizeof prefix - 1) == 0;
}

/* *kept is the length of the rows up to `step`, without a torn last line. A line that is not a row
 * is an error: it belongs to someone else. */
static Status find_end(const Bytes *file, const char *path, uint64_t step, size_t *kept, Error *e)
{
    bool later = false;
    int line = 1;
    *kept = 0;
    for (size_t at = 0; at < file->size; line++) {
        const char *row = (const char *)file->at + at;
        const char *end = memchr(row, '\n', file->size - at);
        const size_t n = end ? (size_t)(end - row) : file->size - at;
        size_t whole;
        if (!is_row(row, n, &whole) || (end && whole == n && n < sizeof prefix))
            return fail(e, GT_EOUTPUT, "%s: line %d is not a row of gantrain: move the file away",
                        path, line);
        later = later || !end || whole < n || strtoull(row + sizeof prefix - 1, NULL, 10) > step;
        at += n + 1;
        if (!later)
            *kept = at;
    }
    return GT_OK;
}

Status metrics_truncate(const char *path, uint64_t step, Error *e)
{
    enum { LIMIT = 1 << 30 };
    Bytes old = { 0 };
    if (!file_exists(path))
        return GT_OK;
    TRY(file_read(&old, path, LIMIT, GT_EOUTPUT, e));

    size_t kept;
    Status s = find_end(&old, path, step, &kept, e);
    if (s == GT_OK && kept < old.size)
        s = durable_write(path, old.at, kept, e);
    bytes_free(&old);
    return s;
}

Status metrics_truncate_all(const RunFolder *f, uint64_t step, Error *e)
{
    char path[FOLDER_FILE];
    folder_file(f, FOLDER_CONFUSION, path);
    TRY(metrics_truncate(path, step, e));
    folder_file(f, "metrics.jsonl", path);
    return metrics_truncate(path, step, e);
}
