/* report.html of a study: one page without other files. It has the style of a run's report and no
 * script: its policy allows none, and no network. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/html.h"
#include "gantrain/report/axis.h"
#include "gantrain/report/report.h"
#include "study_parts.h"

enum { PICTURES = 64, PICTURE_BYTES = 4 << 20 };
static const double log_axis_ratio =
    30; /* values further apart than this have a logarithmic axis */

/* ---- the header ------------------------------------------------------------------------------ */

static void add_escaped(Text *out, const char *before, const char *text, const char *after)
{
    text_add(out, "%s", before);
    html_add(out, text);
    text_add(out, "%s", after);
}

static void score_text(const StudyWork *w, int cell, int metric, char out[STUDY_SCORE])
{
    const CellScore c = study_score(w, cell, metric);
    study_score_text(&c, study_count(w, cell, RUN_DONE), out);
}

static void add_tile(Text *out, const char *what, const char *value)
{
    add_escaped(out, "<div class=\"tile\"><dt>", what, "</dt>");
    add_escaped(out, "<dd>", value, "</dd></div>\n");
}

static void add_header(Text *out, const StudyWork *w)
{
    const Study *s = w->s;
    const StudyMetric *ranked = study_is_ranked(w) ? &s->metric[s->rank] : NULL;
    const int best = w->order[0].cell;
    int n[RUN_FAILED + 1] = { 0 };
    char value[STUDY_SCORE], note[STUDY_NOTE];
    for (int i = 0; i < w->runs; i++)
        n[w->run[i].state]++;
    add_escaped(out, "<header><p class=\"kind\">Study</p>\n<h1>", s->name, "</h1>\n");
    text_add(out, "<p class=\"recipe\">%d cells with %d %s each, %s row of every run", s->cells,
             s->seeds, s->seeds == 1 ? "seed" : "seeds", s->count_best ? "the best" : "the last");
    if (ranked) {
        add_escaped(out, "; ordered by ", ranked->name, ", ");
        text_add(out, "%s first", ranked->better == HIGHER ? "highest" : "lowest");
    }
    text_add(out, "</p>\n");
    study_loss_note(s, note);
    if (*note)
        add_escaped(out, "<p class=\"note\">", note, "</p>\n");
    text_add(out, "<dl class=\"tiles\">\n");
    if (ranked) {
        add_tile(out, "best cell", s->cell[best].name);
        score_text(w, best, s->rank, value);
        add_tile(out, ranked->name, value);
    }
    for (RunState state = RUN_DONE; state <= RUN_FAILED; state++)
        if (n[state] > 0) {
            snprintf(value, sizeof value, "%d", n[state]);
            add_tile(out, study_state_name[state], value);
        }
    text_add(out, "</dl></header>\n");
}

/* ---- the table ------------------------------------------------------------------------------- */

static void add_headings(Text *out, const Study *s)
{
    static const char text[] = "<th scope=\"col\">",
                      number[] = "<th scope=\"col\" class=\"number\">";
    text_add(out, "<thead><tr>%scell</th>", text);
    for (int i = 0; i < s->axes; i++)
        add_escaped(out, text, s->axis[i].name, "</th>");
    text_add(out, "%sn</th>%sdiverged</th>", number, number);
    for (int i = 0; i < s->metrics; i++)
        add_escaped(out, number, s->metric[i].name, "</th>");
    text_add(out, "%sseeds</th></tr></thead>\n<tbody>\n", text);
}

/* Links to the reports of a cell's runs, where there are any. */
static void add_links(Text *out, const StudyWork *w, int cell)
{
    char report[FOLDER_FILE];
    for (int i = 0; i < w->s->seeds; i++) {
        const StudyRun *r = &w->run[cell * w->s->seeds + i];
        study_run_file(w, r, "report.html", report);
        if (access(report, F_OK) == 0) /* names of cells need no escapes in an address */
            text_add(out, "<a href=\"%s/%" PRId64 "/report.html\">%" PRId64 "</a> ", r->cell->name,
                     r->seed, r->seed);
        else
            text_add(out, "%" PRId64 " ", r->seed);
    }
}

static void add_cell(Text *out, const StudyWork *w, int cell, bool best)
{
    const Study *s = w->s;
    char score[STUDY_SCORE];
    text_add(out, "<tr%s><th scope=\"row\">%s</th>", best ? " class=\"best\"" : "",
             s->cell[cell].name);
    for (int i = 0; i < s->axes; i++)
        add_escaped(out, "<td>", s->axis[i].point[s->cell[cell].point[i]].label, "</td>");
    text_add(out, "<td class=\"number\">%d</td><td class=\"number\">%d</td>",
             study_count(w, cell, RUN_DONE), study_count(w, cell, RUN_DIVERGED));
    for (int i = 0; i < s->metrics; i++) {
        score_text(w, cell, i, score);
        text_add(out, "<td class=\"number\">%s</td>", score);
    }
    text_add(out, "<td>");
    add_links(out, w, cell);
    text_add(out, "</td></tr>\n");
}

static void add_cells(Text *out, const StudyWork *w)
{
    text_add(out, "<section id=\"cells\"><h2>Cells</h2>\n<p class=\"about\">Mean ± sample standard "
                  "deviation over the runs that finished.</p>\n<div class=\"scroll\"><table "
                  "class=\"studied\">\n");
    add_headings(out, w->s);
    for (int i = 0; i < w->s->cells; i++)
        add_cell(out, w, w->order[i].cell, i == 0 && study_is_ranked(w));
    text_add(out, "</tbody></table></div></section>\n");
}

/* ---- dots ------------------------------------------------------------------------------------ */

/* A row per cell, a dot per seed, a line at the mean. Positions are percentages, so that the width
 * follows the page; labels are HTML, so that they keep their size. */

/* The range of a metric; false: it has no values. */
static bool find_range(const StudyWork *w, int metric, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (int i = 0; i < w->runs; i++)
        if (w->run[i].state == RUN_DONE && isfinite(w->run[i].value[metric])) {
            *least = fmin(*least, w->run[i].value[metric]);
            *most = fmax(*most, w->run[i].value[metric]);
        }
    return *least <= *most;
}

static double percent(const Axis *a, double v)
{
    return 100 * axis_position(a, v);
}

/* `inset`: percent of the row left free above and below. */
static void add_line(Text *out, const Axis *a, const char *class, double v, int inset)
{
    text_add(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d%%\" y2=\"%d%%\"/>", class,
             percent(a, v), percent(a, v), inset, 100 - inset);
}

static void add_dot(Text *out, const Axis *a, const StudyRun *r, double v)
{
    char text[NUMBER_TEXT];
    number_text(v, text);
    text_add(out,
             "<circle class=\"seed\" cx=\"%.2f%%\" cy=\"50%%\" r=\"5\"><title>seed %" PRId64
             ": %s</title></circle>",
             percent(a, v), r->seed, text);
}

static void add_dots(Text *out, const StudyWork *w, const Axis *a, int cell, int metric)
{
    const double mean = study_score(w, cell, metric).mean;
    char score[STUDY_SCORE];
    score_text(w, cell, metric, score);
    text_add(out,
             "<tr><th scope=\"row\">%s</th><td class=\"row\"><svg role=\"img\" aria-label=\"%s\">",
             w->s->cell[cell].name, score);
    for (int i = 0; i < a->n; i++)
        add_line(out, a, "grid", a->tick[i], 0);
    for (int i = 0; i < w->s->seeds; i++) {
        const StudyRun *r = &w->run[cell * w->s->seeds + i];
        if (r->state == RUN_DONE && isfinite(r->value[metric]))
            add_dot(out, a, r, r->value[metric]);
    }
    if (isfinite(mean))
        add_line(out, a, "mean", mean, 15);
    text_add(out, "</svg></td><td class=\"number\">%s</td></tr>\n", score);
}

static void add_ticks(Text *out, const Axis *a)
{
    char label[NUMBER_TEXT];
    text_add(out, "<tr><th></th><td class=\"row\"><svg aria-hidden=\"true\">");
    for (int i = 0; i < a->n; i++) {
        axis_label(a, i, label);
        text_add(out,
                 "<text class=\"tick\" x=\"%.2f%%\" y=\"1.1rem\" text-anchor=\"middle\">%s</text>",
                 percent(a, a->tick[i]), label);
    }
    text_add(out, "</svg></td><td></td></tr>\n");
}

static void add_metric(Text *out, const StudyWork *w, int metric)
{
    const StudyMetric *m = &w->s->metric[metric];
    double least, most;
    if (!find_range(w, metric, &least, &most))
        return;
    const bool log_axis = least > 0 && most > log_axis_ratio * least;
    const Axis a = axis_for_range(log_axis ? SCALE_LOG : SCALE_LINEAR, least, most);
    add_escaped(out, "<div class=\"scroll\"><table class=\"spread\"><caption><h3>", m->name,
                "</h3>");
    text_add(out, "<span class=\"about\">%s is better%s</span></caption>\n<tbody>\n",
             m->better == NEITHER ? "neither direction" : direction_name(m->better),
             log_axis ? "; logarithmic" : "");
    for (int i = 0; i < w->s->cells; i++)
        add_dots(out, w, &a, w->order[i].cell, metric);
    add_ticks(out, &a);
    text_add(out, "</tbody></table></div>\n");
}

/* ---- the pictures ---------------------------------------------------------------------------- */

/* The newest picture of a run; none: b stays empty. */
static Status read_picture(const StudyWork *w, const StudyRun *r, Bytes *b, Error *e)
{
    RunFolder folder;
    char run[FOLDER_FILE], path[FOLDER_FILE];
    uint64_t *epoch = NULL;
    int n = 0;
    study_run_file(w, r, "", run);
    if (!folder_set(&folder, run))
        return GT_OK;
    TRY(folder_samples(&folder, &epoch, &n, e));
    if (n > 0)
        folder_sample(&folder, epoch[0], path);
    free(epoch);
    return n > 0 ? file_read(b, path, PICTURE_BYTES, GT_EDATA, e) : GT_OK;
}

static void add_figure(Text *out, const StudyWork *w, const StudyRun *r, const Bytes *b)
{
    const Study *s = w->s;
    text_add(out, "<figure><img alt=\"Samples of %s\" src=\"data:image/png;base64,", r->cell->name);
    base64_add(out, b->at, b->size);
    text_add(out, "\"><figcaption><b>%s</b>, seed %" PRId64, r->cell->name, r->seed);
    if (s->rank >= 0) {
        add_escaped(out, ": ", s->metric[s->rank].name, "");
        text_add(out, " %.4g", r->value[s->rank]);
    }
    text_add(out, "</figcaption></figure>\n");
}

/* The last samples of the cell's median run. A picture that cannot be read is left out. */
static Status add_picture(Text *out, const StudyWork *w, int cell, Error *e)
{
    const StudyRun *r = study_median(w, cell);
    Error why = { 0 };
    Bytes b = { 0 };
    if (!r)
        return GT_OK;
    const Status s = read_picture(w, r, &b, &why);
    if (s == GT_OK && b.at)
        add_figure(out, w, r, &b);
    bytes_free(&b);
    return s == GT_ERESOURCE ? fail(e, s, "%s", why.text[0]) : GT_OK;
}

static Status add_pictures(Text *out, const StudyWork *w, Error *e)
{
    const int cells = w->s->cells;
    text_add(out,
             "<section id=\"samples\"><h2>Samples</h2>\n<p class=\"about\">The last samples of the "
             "median run of each cell%s.</p>\n<div class=\"grids\">\n",
             cells > PICTURES ? ", of the first cells" : "");
    for (int i = 0; i < cells && i < PICTURES; i++)
        TRY(add_picture(out, w, w->order[i].cell, e));
    text_add(out, "</div></section>\n");
    return GT_OK;
}

/* ---- the page -------------------------------------------------------------------------------- */

Status study_page(const StudyWork *w, Text *out, Error *e)
{
    report_add_head(out, NULL);
    add_escaped(out, "<title>", w->s->name, " – gantrain</title>\n<style>\n");
    text_add_bytes(out, report_css, report_css_bytes);
    text_add(out, "</style>\n</head>\n<body>\n<main>\n");
    add_header(out, w);
    add_cells(out, w);
    text_add(out,
             "<section id=\"spread\"><h2>Spread</h2>\n<p class=\"about\">A dot is a run, a line "
             "the mean of a cell.</p>\n");
    for (int i = 0; i < w->s->metrics; i++)
        add_metric(out, w, i);
    text_add(out, "</section>\n");
    TRY(add_pictures(out, w, e));
    text_add(out,
             "<footer>Written by gantrain %s. Every number is in study.csv; study.json trains the "
             "same study again.</footer>\n</main>\n</body>\n</html>\n",
             GANTRAIN_VERSION);
    return out->failed ? fail(e, GT_ERESOURCE, "no memory for a report") : GT_OK;
}
