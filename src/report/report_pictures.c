/* The sample pictures as an animation, embedded in base64. To keep the page small, evenly spaced
 * ones are chosen, with the first and the last among them, until their number and bytes are within
 * limits. Beside them stands the picture of the best epoch, unless it is the last. */
#include "report_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gantrain/base/file.h"
#include "gantrain/io/html.h"
#include "gantrain/io/image.h"

enum { MAX_PICTURES = 40, MAX_BYTES = 8 << 20 /* of all files */ };

/* The i-th of k evenly spaced indices of 0..n-1; the last for k = 1. */
static int spaced_index(int i, int k, int n)
{
    return k == 1 ? n - 1 : (int)(((int64_t)i * (n - 1) + (k - 1) / 2) / (k - 1));
}

static size_t bytes_of(const ReportRun *r, int k)
{
    char path[FOLDER_FILE];
    size_t all = 0;
    for (int i = 0; i < k; i++) {
        struct stat st;
        folder_sample(&r->folder, r->epoch[spaced_index(i, k, r->n_epochs)], path);
        if (stat(path, &st) == 0 && st.st_size > 0)
            all += (size_t)st.st_size;
    }
    return all;
}

/* How many pictures of one of n_runs runs fit; 0: not even one. */
static int count_fitting(const ReportRun *r, int n_runs)
{
    int k = r->n_epochs < MAX_PICTURES / n_runs ? r->n_epochs : MAX_PICTURES / n_runs;
    const size_t room = MAX_BYTES / (size_t)n_runs;
    while (k > 1 && bytes_of(r, k) > room)
        k = k > 3 ? k / 2 : k - 1;
    return k == 1 && bytes_of(r, 1) > room ? 0 : k;
}

static void add_frame(Text *out, const ReportRun *r, uint64_t epoch, const Bytes *b, int width,
                      int height)
{
    text_add(out, "<figure data-epoch=\"%" PRIu64 "\"><img width=\"%d\" height=\"%d\"", epoch,
             width, height);
    html_add_between(out, " alt=\"Samples of ", r->label, "");
    text_add(out, ", epoch %" PRIu64 "\" src=\"data:image/png;base64,", epoch);
    base64_add(out, b->at, b->size);
    text_add(out, "\"><figcaption>epoch %" PRIu64 "</figcaption></figure>\n", epoch);
}

static Status add_file(Text *out, ReportRun *r, uint64_t epoch, Error *e)
{
    char path[FOLDER_FILE];
    int width, height;
    Error why = { 0 };
    Bytes b = { 0 };
    folder_sample(&r->folder, epoch, path);
    const Status s = file_read(&b, path, MAX_BYTES, GT_EDATA, &why);
    if (s == GT_ERESOURCE)
        *e = why;
    else if (s != GT_OK)
        text_add(&r->missing, "%s\n", why.text[0]);
    else if (!png_dimensions(b.at, b.size, &width, &height))
        text_add(&r->missing, "%s: not a complete PNG; skipped\n", path);
    else
        add_frame(out, r, epoch, &b, width, height);
    bytes_free(&b);
    return s == GT_ERESOURCE ? s : GT_OK;
}

/* The score that selects the best state, "evaluate.best"; NULL: none. */
static const char *best_score(const ReportRun *r)
{
    const Value *v = report_lookup(&r->config, "evaluate.best");
    return v && v->kind == VALUE_STRING && *v->text ? v->text : NULL;
}

/* Whether a picture of this epoch was listed. */
static bool has_picture(const ReportRun *r, double epoch)
{
    for (int i = 0; i < r->n_epochs; i++)
        if ((double)r->epoch[i] >= epoch && (double)r->epoch[i] <= epoch)
            return true;
    return false;
}

static Status add_best(Text *out, ReportRun *r, Error *e)
{
    char value[NUMBER_TEXT];
    Text frame = { 0 };
    const char *score = best_score(r);
    if (!score)
        return GT_OK;
    const ColumnInfo info = report_column_info(score);
    const BestRow best = report_best(r, score, info.better);
    if (best.row < 0 || !has_picture(r, best.epoch) ||
        best.epoch >= (double)r->epoch[r->n_epochs - 1])
        return GT_OK;
    const Status s = add_file(&frame, r, (uint64_t)best.epoch, e);
    scaled_text(info.scale, best.value, value);
    report_add_part(out, "<div class=\"best\">", &frame, "");
    if (s == GT_OK) {
        html_add_between(out, "<p class=\"note\">The epoch with the best ", info.title, "");
        text_add(out, ": %s.</p></div>\n", value);
    }
    return s;
}

static void add_omissions(Text *out, const ReportRun *r, int k)
{
    if (k == r->n_epochs)
        return;
    text_add(out, "<p class=\"note\">");
    if (k == 0)
        text_add(out, "The pictures are too large for this page; they are in ");
    else
        text_add(out, "%d of %d pictures, evenly spaced; all are in ", k, r->n_epochs);
    html_add_between(out, "", r->folder.path, "/samples.</p>\n");
}

static Status add_run(Text *out, Report *p, int index, Error *e)
{
    ReportRun *r = &p->run[index];
    const int k = count_fitting(r, p->n);
    text_add(out, "<div class=\"pictures\">");
    if (p->n > 1)
        report_add_run_heading(out, p, index);
    text_add(out, "<div class=\"stage\" hidden><img alt=\"\"></div>\n"
                  "<div class=\"strip\" tabindex=\"0\" role=\"group\" aria-label=\"Pictures of ");
    html_add_between(out, "", r->label, "\">\n");
    for (int i = 0; i < k; i++)
        TRY(add_file(out, r, r->epoch[spaced_index(i, k, r->n_epochs)], e));
    text_add(out, "</div>\n");
    add_omissions(out, r, k);
    text_add(out, "</div>\n");
    return GT_OK;
}

Status report_add_pictures(Text *out, Report *p, Error *e)
{
    int all = 0;
    for (int i = 0; i < p->n; i++)
        all += p->run[i].n_epochs;
    if (all == 0)
        return GT_OK;
    text_add(out, "<section id=\"samples\"><h2>Samples</h2>\n"
                  "<p class=\"about\">Samples from the same latents after each epoch.</p>\n"
                  "<div class=\"animation\"><div class=\"controls\" hidden>"
                  "<button type=\"button\">Play</button>"
                  "<input type=\"range\" aria-label=\"Epoch\"><output></output></div>\n"
                  "<div class=\"players\">\n");
    for (int i = 0; i < p->n; i++)
        TRY(add_run(out, p, i, e));
    if (p->n == 1)
        TRY(add_best(out, &p->run[0], e));
    text_add(out, "</div></div></section>\n");
    return GT_OK;
}
