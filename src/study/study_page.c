/* The table of a study's page, and the pictures: of every cell the last ones of the run that has the median of
 * the ranking metric, which flatters nobody. */
#include "study_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "gantrain/base/file.h"
#include "gantrain/io/base64.h"
#include "gantrain/io/html.h"

enum { PICTURES = 64, PICTURE_BYTES = 4 << 20 };

void study_page_rank(Text *out, const StudyWork *w)
{
    const Study *s = w->s;
    if (!study_is_ranked(w))
        return;
    text_add(out, "; ordered by ");
    html_add(out, s->metric[s->rank].name);
    text_add(out, ", %s first", s->metric[s->rank].better == HIGHER ? "highest" : "lowest");
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static void add_heading(Text *out, const char *what, bool number)
{
    text_add(out, "<th scope=\"col\"%s>", number ? " class=\"number\"" : "");
    html_add(out, what);
    text_add(out, "</th>");
}

static void add_headings(Text *out, const Study *s)
{
    text_add(out, "<thead><tr>");
    add_heading(out, "cell", false);
    for (int i = 0; i < s->axes; i++)
        add_heading(out, s->axis[i].name, false);
    add_heading(out, "n", true);
    add_heading(out, "diverged", true);
    for (int i = 0; i < s->metrics; i++)
        add_heading(out, s->metric[i].name, true);
    add_heading(out, "seeds", false);
    text_add(out, "</tr></thead>\n<tbody>\n");
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
    const int done = study_count(w, cell, RUN_DONE);
    char score[STUDY_SCORE];
    text_add(out, "<tr%s><th scope=\"row\">%s</th>", best ? " class=\"best\"" : "",
             s->cell[cell].name);
    for (int i = 0; i < s->axes; i++) {
        text_add(out, "<td>");
        html_add(out, s->axis[i].point[s->cell[cell].at[i]].label);
        text_add(out, "</td>");
    }
    text_add(out, "<td class=\"number\">%d</td><td class=\"number\">%d</td>", done,
             study_count(w, cell, RUN_DIVERGED));
    for (int i = 0; i < s->metrics; i++) {
        const CellScore c = study_score(w, cell, i);
        study_score_text(&c, done, score);
        text_add(out, "<td class=\"number\">%s</td>", score);
    }
    text_add(out, "<td>");
    add_links(out, w, cell);
    text_add(out, "</td></tr>\n");
}

void study_page_table(Text *out, const StudyPage *p)
{
    const Study *s = p->w->s;
    const bool ranked = s->rank >= 0 && study_score(p->w, p->order[0], s->rank).n > 0;
    text_add(out, "<section id=\"cells\"><h2>Cells</h2>\n<p class=\"about\">Mean ± sample standard "
                  "deviation over the runs that finished.</p>\n<div class=\"scroll\"><table "
                  "class=\"studied\">\n");
    add_headings(out, s);
    for (int i = 0; i < s->cells; i++)
        add_cell(out, p->w, p->order[i], ranked && i == 0);
    text_add(out, "</tbody></table></div></section>\n");
}

/* ---- the pictures --------------------------------------------------------------------------------------- */

/* The newest picture of a run. */
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
        text_add(out, ": ");
        html_add(out, s->metric[s->rank].name);
        text_add(out, " %.4g", r->value[s->rank]);
    }
    text_add(out, "</figcaption></figure>\n");
}

/* A picture that cannot be read is left out: the numbers are there all the same. */
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

Status study_page_pictures(Text *out, const StudyPage *p, Error *e)
{
    const int cells = p->w->s->cells;
    text_add(
        out,
        "<section id=\"samples\"><h2>Samples</h2>\n<p class=\"about\">The last ones of the run "
        "that is the median of its cell%s.</p>\n<div class=\"grids\">\n",
        cells > PICTURES ? ", of the first cells" : "");
    for (int i = 0; i < cells && i < PICTURES; i++)
        TRY(add_picture(out, p->w, p->order[i], e));
    text_add(out, "</div></section>\n");
    return GT_OK;
}
