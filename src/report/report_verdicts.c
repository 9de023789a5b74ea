/* The diagnosis of every run: what seems wrong, which numbers say so, what to try. */
#include "report_parts.h"

#include <string.h>

#include "gantrain/io/html.h"
#include "gantrain/diagnosis/diagnosis.h"

/* How a severity is called, and the class of the page's style. */
typedef struct Degree {
    double from;
    const char *word, *style;
} Degree;

static const Degree degrees[] = {
    { 0.6, "serious", "serious" },
    { 0.3, "worth a look", "notable" },
    { 1e-9, "mild", "mild" },
    { 0, "", "calm" },
};

static const Degree *degree_of(double severity)
{
    const Degree *d = degrees;
    while (d->from > severity && d->from > 0)
        d++;
    return d;
}

/* Neither bad nor good: it is too early to say. */
static bool is_open(const Finding *f)
{
    return f->severity <= 0 && strcmp(f->cause, "healthy") != 0;
}

static void add_sentence(Text *out, const char *words)
{
    if (!*words)
        return;
    text_add(out, "<p>");
    html_add(out, words);
    text_add(out, "</p>\n");
}

static void add_finding(Text *out, const Finding *f)
{
    const Degree *d = degree_of(f->severity);
    text_add(out, "<li class=\"finding %s\"><h3>", is_open(f) ? "open" : d->style);
    html_add(out, f->title);
    if (*d->word)
        text_add(out, " <small>%s</small>", d->word);
    text_add(out, "</h3>\n");
    if (f->severity > 0) {
        text_add(out, "<p class=\"meaning\">");
        html_add(out, f->meaning);
        text_add(out, "</p>\n");
    }
    add_sentence(out, f->evidence);
    add_sentence(out, f->advice);
    text_add(out, "</li>\n");
}

static Status read_config(const ReportRun *r, Config *c, Error *why)
{
    char path[FOLDER_FILE];
    folder_file(&r->folder, "config.json", path);
    return config_read(c, path, NULL, 0, why);
}

static void add_findings(Text *out, const ReportRun *r, const Config *c)
{
    Finding found[FINDINGS];
    const int n = diagnose(&r->history, c, found, FINDINGS);
    text_add(out, "<ul class=\"findings\">\n");
    for (int i = 0; i < n; i++)
        add_finding(out, &found[i]);
    text_add(out, "</ul>\n");
}

/* Without config or metrics there is nothing to say; a config that is none of ours any more is told. */
static void add_run(Text *out, const ReportRun *r, int number, bool named)
{
    Config config = { 0 };
    Error why = { 0 };
    if (r->history.rows == 0 || !r->config.root)
        return;
    if (named) {
        text_add(out, "<h3><i class=\"key c%d\"></i>", number);
        html_add(out, r->label);
        text_add(out, "</h3>\n");
    }
    const Status s = read_config(r, &config, &why);
    if (s == GT_OK) {
        add_findings(out, r, &config);
    } else if (s == GT_ERESOURCE) {
        out->failed = true;
    } else {
        text_add(out, "<p class=\"note\">None: ");
        html_add(out, why.text[0]);
        text_add(out, "</p>\n");
    }
    config_free(&config);
}

void report_add_verdicts(Text *out, const Report *p)
{
    Text all = { 0 };
    for (int r = 0; r < p->n; r++)
        add_run(&all, &p->run[r], r, p->n > 1);
    if (all.used > 0) {
        text_add(out, "<section id=\"diagnosis\"><h2>Diagnosis</h2>\n");
        text_add_bytes(out, all.at, all.used);
        text_add(out, "</section>\n");
    }
    out->failed = out->failed || all.failed;
    text_free(&all);
}
