/* The diagnosis of every run: causes, evidence, advice. */
#include "report_parts.h"

#include <string.h>

#include "gantrain/diagnosis/diagnosis.h"
#include "gantrain/io/html.h"

/* Severities as words and CSS classes. */
typedef struct Degree {
    double min;
    const char *word, *class;
} Degree;

static const Degree degrees[] = {
    { 0.6, "severe", "severe" },
    { 0.3, "moderate", "moderate" },
    { 1e-9, "mild", "mild" },
    { 0, "", "healthy" },
};

static const Degree *degree_of(double severity)
{
    const Degree *d = degrees;
    while (d->min > severity && d->min > 0)
        d++;
    return d;
}

static bool is_too_early(const Finding *f)
{
    return f->severity <= 0 && strcmp(f->cause, "healthy") != 0;
}

static void add_finding(Text *out, const Finding *f)
{
    const Degree *d = degree_of(f->severity);
    text_add(out, "<li class=\"finding %s\">", is_too_early(f) ? "open" : d->class);
    html_add_between(out, "<h3>", f->title, "");
    if (*d->word)
        text_add(out, " <small>%s</small>", d->word);
    text_add(out, "</h3>\n");
    if (f->severity > 0)
        html_add_between(out, "<p class=\"meaning\">", f->meaning, "</p>\n");
    if (*f->evidence)
        html_add_between(out, "<p>", f->evidence, "</p>\n");
    if (*f->advice)
        html_add_between(out, "<p>", f->advice, "</p>\n");
    text_add(out, "</li>\n");
}

static Status add_findings(Text *out, const ReportRun *r, Config *c, Error *why)
{
    char path[FOLDER_FILE];
    Finding found[FINDINGS];
    folder_file(&r->folder, "config.json", path);
    TRY(config_read(c, path, NULL, 0, why));
    const int n = diagnose(&r->history, c, found, FINDINGS);
    text_add(out, "<ul class=\"findings\">\n");
    for (int i = 0; i < n; i++)
        add_finding(out, &found[i]);
    text_add(out, "</ul>\n");
    return GT_OK;
}

/* A run without config or metrics has no diagnosis; an invalid config is reported. */
static void add_run(Text *out, const Report *p, int index)
{
    const ReportRun *r = &p->run[index];
    Config config = { 0 };
    Error why = { 0 };
    if (r->history.rows == 0 || !r->config.root)
        return;
    if (p->n > 1)
        report_add_run_heading(out, p, index);
    const Status s = add_findings(out, r, &config, &why);
    if (s == GT_ERESOURCE)
        out->failed = true;
    else if (s != GT_OK)
        html_add_between(out, "<p class=\"note\">None: ", why.text[0], "</p>\n");
    config_free(&config);
}

void report_add_diagnosis(Text *out, const Report *p)
{
    Text runs = { 0 };
    for (int r = 0; r < p->n; r++)
        add_run(&runs, p, r);
    report_add_part(out, "<section id=\"diagnosis\"><h2>Diagnosis</h2>\n", &runs, "</section>\n");
}
