/* report.html of a study: one page that needs nothing else. It has the style of a run's report and no script:
 * its policy allows none, and no network. */
#include <stdio.h>
#include <stdlib.h>

#include "gantrain/io/html.h"
#include "gantrain/report/report.h"
#include "study_page.h"

static const char style[] =
    ".tile dd { font-size: 1.45rem; overflow-wrap: anywhere; }\n"
    ".studied th, .studied td { padding-right: 1.2rem; white-space: nowrap; }\n"
    ".studied .number { text-align: right; }\n"
    ".studied .best, .studied .best th { font-weight: 620; }\n"
    ".studied a { color: var(--link); }\n"
    ".spread { width: 100%; margin-bottom: 2rem; }\n"
    ".spread caption { text-align: left; padding-bottom: .4rem; }\n"
    ".spread th, .spread td { padding: 0 1.2rem 0 0; border: 0; vertical-align: middle; "
    "white-space: nowrap; }\n"
    ".spread td.row { width: 70%; min-width: 18rem; padding: 0; }\n"
    ".spread svg { display: block; width: 100%; height: 1.6rem; overflow: visible; }\n"
    ".spread .seed { fill: var(--c0); fill-opacity: .65; }\n"
    ".spread .mean { stroke: var(--c1); stroke-width: 3; }\n"
    ".spread td.number { padding: 0 0 0 1.6rem; color: var(--soft); }\n"
    ".grids { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), "
    "1fr)); gap: "
    "1.25rem; }\n"
    ".grids figure { margin: 0; }\n"
    ".grids img { display: block; width: 100%; height: auto; border-radius: .25rem; }\n";

static void add_head(Text *out, const Study *s)
{
    report_add_head(out, NULL);
    text_add(out, "<title>");
    html_add(out, s->name);
    text_add(out, " – gantrain</title>\n<style>\n");
    text_add_bytes(out, report_css, report_css_bytes);
    text_add(out, "%s</style>\n</head>\n<body>\n<main>\n", style);
}

static void add_tile(Text *out, const char *what, const char *value)
{
    text_add(out, "<div class=\"tile\"><dt>");
    html_add(out, what);
    text_add(out, "</dt><dd>");
    html_add(out, value);
    text_add(out, "</dd></div>\n");
}

static void add_number_tile(Text *out, const char *what, int n)
{
    char value[16];
    snprintf(value, sizeof value, "%d", n);
    add_tile(out, what, value);
}

static void add_best(Text *out, const StudyPage *p)
{
    const Study *s = p->w->s;
    char score[STUDY_SCORE];
    if (s->rank < 0)
        return;
    const CellScore c = study_score(p->w, p->order[0], s->rank);
    study_score_text(&c, study_count(p->w, p->order[0], RUN_DONE), score);
    if (c.n == 0)
        return;
    add_tile(out, "best cell", s->cell[p->order[0]].name);
    add_tile(out, s->metric[s->rank].name, score);
}

static void add_header(Text *out, const StudyPage *p)
{
    const StudyWork *w = p->w;
    int n[RUN_FAILED + 1] = { 0 };
    for (int i = 0; i < w->runs; i++)
        n[w->run[i].state]++;
    text_add(out, "<header><p class=\"kind\">Study</p>\n<h1>");
    html_add(out, w->s->name);
    text_add(out, "</h1>\n<p class=\"recipe\">%d cells with %d %s each, %s row of every run",
             w->s->cells, w->s->seeds, w->s->seeds == 1 ? "seed" : "seeds",
             w->s->best ? "the best" : "the last");
    study_page_rank(out, w);
    text_add(out, "</p>\n<dl class=\"tiles\">\n");
    add_best(out, p);
    for (RunState state = RUN_DONE; state <= RUN_FAILED; state++)
        if (n[state] > 0)
            add_number_tile(out, study_state_name(state), n[state]);
    text_add(out, "</dl></header>\n");
}

static Status add_page(Text *out, const StudyPage *p, Error *e)
{
    study_order(p->w, p->order);
    add_head(out, p->w->s);
    add_header(out, p);
    study_page_table(out, p);
    study_page_dots(out, p);
    TRY(study_page_pictures(out, p, e));
    text_add(out,
             "<footer>Written by gantrain %s. Every number is in study.csv; study.json trains the "
             "same again.</footer>\n</main>\n</body>\n</html>\n",
             GANTRAIN_VERSION);
    return out->failed ? fail(e, GT_ERESOURCE, "no memory for a report") : GT_OK;
}

Status study_report(const StudyWork *w, Text *out, Error *e)
{
    const StudyPage p = { w, calloc((size_t)w->s->cells, sizeof *p.order) };
    const Status s =
        p.order ? add_page(out, &p, e) : fail(e, GT_ERESOURCE, "no memory for a report");
    free(p.order);
    return s;
}
