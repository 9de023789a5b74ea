/* The sample pictures as a film: the files as they are, in base64. A page must stay a page, so of many epochs
 * some are chosen evenly, the first and the last among them, until number and bytes are within bounds. */
#include "report_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gantrain/base/file.h"
#include "gantrain/io/base64.h"
#include "gantrain/io/html.h"
#include "gantrain/io/image.h"

enum { PICTURES = 40, PICTURE_BYTES = 8 << 20 /* of files, in all */ };

/* ---- choosing --------------------------------------------------------------------------------------- */

/* The i-th of k numbers spread evenly over 0..n-1; a single one is the last. */
static int spread(int i, int k, int n)
{
    return k == 1 ? n - 1 : (int)(((int64_t)i * (n - 1) + (k - 1) / 2) / (k - 1));
}

static size_t bytes_of(const ReportRun *r, int k)
{
    char path[FOLDER_FILE];
    size_t all = 0;
    for (int i = 0; i < k; i++) {
        struct stat st;
        folder_sample(&r->folder, r->epoch[spread(i, k, r->n_epochs)], path);
        if (stat(path, &st) == 0 && st.st_size > 0)
            all += (size_t)st.st_size;
    }
    return all;
}

/* How many pictures of a run there is room for, one of n_runs; 0: not even for the last. */
static int choose(const ReportRun *r, int n_runs)
{
    int k = r->n_epochs < PICTURES / n_runs ? r->n_epochs : PICTURES / n_runs;
    const size_t room = PICTURE_BYTES / (size_t)n_runs;
    while (k > 1 && bytes_of(r, k) > room)
        k = k > 3 ? k / 2 : k - 1;
    return k == 1 && bytes_of(r, 1) > room ? 0 : k;
}

/* ---- the film --------------------------------------------------------------------------------------- */

static void add_frame(Text *out, const ReportRun *r, uint64_t epoch, const Bytes *b, int width,
                      int height)
{
    text_add(out,
             "<figure data-epoch=\"%" PRIu64 "\"><img width=\"%d\" height=\"%d\" alt=\"Samples of ",
             epoch, width, height);
    html_add(out, r->label);
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
    const Status s = file_read(&b, path, PICTURE_BYTES, GT_EDATA, &why);
    if (s == GT_ERESOURCE)
        *e = why;
    else if (s != GT_OK)
        text_add(&r->missing, "%s\n", why.text[0]);
    else if (!png_sides(b.at, b.size, &width, &height))
        text_add(&r->missing, "%s: no whole PNG; left out\n", path);
    else
        add_frame(out, r, epoch, &b, width, height);
    bytes_free(&b);
    return s == GT_ERESOURCE ? s : GT_OK;
}

static void add_omissions(Text *out, const ReportRun *r, int k)
{
    if (k == r->n_epochs)
        return;
    text_add(out, "<p class=\"note\">");
    if (k == 0)
        text_add(out, "The pictures are too large for a page: look into ");
    else
        text_add(out, "%d of %d pictures, evenly chosen; all are in ", k, r->n_epochs);
    html_add(out, r->folder.path);
    text_add(out, "/samples.</p>\n");
}

static Status add_reel(Text *out, ReportRun *r, int n_runs, int number, Error *e)
{
    const int k = choose(r, n_runs);
    text_add(out, "<div class=\"reel\">");
    if (n_runs > 1) {
        text_add(out, "<h3><i class=\"key c%d\"></i>", number);
        html_add(out, r->label);
        text_add(out, "</h3>");
    }
    text_add(out, "<div class=\"stage\" hidden><img alt=\"\"></div>\n"
                  "<div class=\"strip\" tabindex=\"0\" role=\"group\" aria-label=\"Pictures of ");
    html_add(out, r->label);
    text_add(out, "\">\n");
    for (int i = 0; i < k; i++)
        TRY(add_file(out, r, r->epoch[spread(i, k, r->n_epochs)], e));
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
    text_add(
        out,
        "<section id=\"samples\"><h2>Samples</h2>\n"
        "<p class=\"about\">What the generator makes of the same latents, epoch by epoch.</p>\n"
        "<div class=\"film\"><div class=\"controls\" hidden>"
        "<button type=\"button\">Play</button>"
        "<input type=\"range\" aria-label=\"Epoch\"><output></output></div>\n"
        "<div class=\"reels\">\n");
    for (int i = 0; i < p->n; i++)
        TRY(add_reel(out, &p->run[i], p->n, i, e));
    text_add(out, "</div></div></section>\n");
    return GT_OK;
}
