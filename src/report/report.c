/* The page as a whole: read the runs, let every part append its section, write it durably.
 *
 * Nothing that comes from a file stands inside <script> or <style>: the script reads what it needs from the
 * page. Whatever slipped through an escape could not run: the policy allows this one script, by its
 * hash, no other, no inline handlers, and no network (W3C Content Security Policy 3). */
#include "report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/io/durable.h"
#include "gantrain/io/html.h"

static void add_title(Text *out, const Report *p)
{
    text_add(out, "<title>");
    for (int i = 0; i < p->n; i++) {
        text_add(out, "%s", i ? ", " : "");
        html_add(out, p->run[i].label);
    }
    text_add(out, " – gantrain</title>\n");
}

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
    add_title(out, p);
    text_add(out, "<style>\n");
    text_add_bytes(out, report_css, report_css_bytes);
    text_add(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void add_foot(Text *out)
{
    text_add(out,
             "<footer>Written by gantrain %s from the files of the run alone; the page needs no "
             "network.</footer>\n</main>\n<script>",
             GANTRAIN_VERSION);
    text_add_bytes(out, report_js, report_js_bytes); /* to the byte what was hashed */
    text_add(out, "</script>\n</body>\n</html>\n");
}

/* Pictures first: reading them may find more that is missing, which the header tells. */
static Status make_page(Report *p, Text *out, Error *e)
{
    Text pictures = { 0 };
    const Status s = report_add_pictures(&pictures, p, e);
    add_head(out, p);
    report_add_header(out, p);
    report_add_verdicts(out, p);
    if (p->n > 1) {
        report_add_numbers(out, p);
        report_add_differences(out, p);
    }
    text_add_bytes(out, pictures.at, pictures.used);
    report_add_charts(out, p);
    report_add_settings(out, p);
    if (p->n == 1)
        report_add_numbers(out, p);
    add_foot(out);
    const bool failed = out->failed || pictures.failed;
    text_free(&pictures);
    if (s != GT_OK)
        return s;
    return failed ? fail(e, GT_ERESOURCE, "no memory for a report") : GT_OK;
}

/* ---- the runs --------------------------------------------------------------------------------------- */

/* Runs of one name are told apart by their folders. */
static void tell_apart(Report *p)
{
    bool twice[REPORT_RUNS] = { false };
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j < p->n; j++)
            twice[i] = twice[i] || (i != j && strcmp(p->run[i].label, p->run[j].label) == 0);
    for (int i = 0; i < p->n; i++)
        if (twice[i])
            p->run[i].label = p->run[i].folder.path;
}

static Status open_runs(Report *p, const char *const *folder, int n, Error *e)
{
    for (; p->n < n; p->n++) {
        const Status s = report_run_open(&p->run[p->n], folder[p->n], e);
        if (s != GT_OK) {
            report_run_close(&p->run[p->n]);
            return s;
        }
    }
    tell_apart(p);
    report_columns(p);
    return GT_OK;
}

static void tell_missing(const Report *p, Text *told)
{
    for (int i = 0; told && i < p->n; i++)
        if (p->run[i].missing.at)
            text_add_bytes(told, p->run[i].missing.at, p->run[i].missing.used);
}

Status report_write(const char *const *folder, int n, const char *path, Text *told, Error *e)
{
    Text page = { 0 };
    Report *p = calloc(1, sizeof *p);
    if (!p)
        return fail(e, GT_ERESOURCE, "no memory for a report");
    Status s = open_runs(p, folder, n, e);
    if (s == GT_OK)
        s = make_page(p, &page, e);
    if (s == GT_OK)
        s = durable_write(path, page.at, page.used, e);
    tell_missing(p, told);
    for (int i = 0; i < p->n; i++)
        report_run_close(&p->run[i]);
    free(p);
    text_free(&page);
    return s;
}
