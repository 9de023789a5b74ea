/* The page: reads the runs, lets every section append itself, writes the file durably.
 *
 * Text from files never enters <script> or <style>: the script reads what it needs from the page.
 * Should an escape be missing, the policy still allows this one script only, by its hash, no inline
 * handlers and no network (W3C Content Security Policy 3). */
#include "report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/io/durable.h"
#include "gantrain/io/html.h"

void report_add_head(Text *out, const char *script)
{
    text_add(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "img-src data:; style-src 'unsafe-inline'; %s%s%sbase-uri 'none'; "
             "form-action 'none'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<meta name=\"generator\" content=\"gantrain %s\">\n"
             "<link rel=\"icon\" href=\"data:,\">\n",
             script ? "script-src 'sha256-" : "", script ? script : "", script ? "'; " : "",
             GANTRAIN_VERSION);
}

static void add_head(Text *out, const Report *p)
{
    report_add_head(out, report_js_sha256);
    text_add(out, "<title>");
    for (int i = 0; i < p->n; i++)
        html_add_between(out, i ? ", " : "", p->run[i].label, "");
    text_add(out, " – gantrain</title>\n");
    report_add_refresh(out, p);
    text_add(out, "<style>\n");
    text_add_bytes(out, report_css, report_css_bytes);
    text_add(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void add_foot(Text *out)
{
    text_add(out,
             "<footer>Written by gantrain %s from the files of the run; the page needs no "
             "network.</footer>\n</main>\n<script>",
             GANTRAIN_VERSION);
    text_add_bytes(out, report_js, report_js_bytes); /* exactly the bytes that were hashed */
    text_add(out, "</script>\n</body>\n</html>\n");
}

/* Pictures first: the header lists the files that are found damaged there. */
static Status make_page(Report *p, Text *out, Error *e)
{
    Text pictures = { 0 };
    const Status s = report_add_pictures(&pictures, p, e);
    add_head(out, p);
    report_add_header(out, p);
    report_add_diagnosis(out, p);
    if (p->n > 1) {
        report_add_numbers(out, p);
        report_add_differences(out, p);
    }
    report_add_part(out, "", &pictures, "");
    report_add_confusion(out, p);
    report_add_charts(out, p);
    report_add_settings(out, p);
    if (p->n == 1)
        report_add_numbers(out, p);
    add_foot(out);
    if (s != GT_OK)
        return s;
    return out->failed ? fail(e, GT_ERESOURCE, "no memory for a report") : GT_OK;
}

/* Runs of the same name are labelled with their folders. */
static void make_labels_unique(Report *p)
{
    bool ambiguous[REPORT_RUNS] = { false };
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j < p->n; j++)
            ambiguous[i] |= i != j && strcmp(p->run[i].label, p->run[j].label) == 0;
    for (int i = 0; i < p->n; i++)
        if (ambiguous[i])
            p->run[i].label = p->run[i].folder.path;
}

static Status open_runs(Report *p, const char *const *folder, int n, Error *e)
{
    while (p->n < n) {
        const int i = p->n++;
        TRY(report_run_open(&p->run[i], folder[i], p->running, e));
    }
    make_labels_unique(p);
    report_find_columns(p);
    return GT_OK;
}

Status report_write(const char *const *folder, int n, bool running, const char *path,
                    Text *warnings, Error *e)
{
    Text page = { 0 };
    Report *p = calloc(1, sizeof *p);
    if (!p)
        return fail(e, GT_ERESOURCE, "no memory for a report");
    p->running = running && n == 1;
    Status s = open_runs(p, folder, n, e);
    if (s == GT_OK)
        s = make_page(p, &page, e);
    if (s == GT_OK)
        s = durable_write(path, page.at, page.used, e);
    for (int i = 0; i < p->n; i++) {
        if (warnings)
            text_add_bytes(warnings, p->run[i].missing.at, p->run[i].missing.used);
        report_run_close(&p->run[i]);
    }
    free(p);
    text_free(&page);
    return s;
}
