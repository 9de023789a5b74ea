/* Dots of a study's page: for every metric a row a cell, a dot a seed, a line at the mean. Words are HTML, so
 * that they keep their size; places within a row are percentages, so that its width follows the page. */
#include "study_page.h"

#include <inttypes.h>
#include <math.h>

#include "gantrain/io/html.h"
#include "gantrain/report/axis.h"

static const double wide = 30; /* times: values that are further apart have a logarithmic axis */

/* The values of a metric; false: there are none. */
static bool extent(const StudyWork *w, int metric, double *least, double *most)
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

static void add_grid(Text *out, const Axis *a)
{
    for (int i = 0; i < a->n; i++)
        text_add(out, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"100%%\"/>",
                 percent(a, a->tick[i]), percent(a, a->tick[i]));
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

static void add_row(Text *out, const StudyWork *w, const Axis *a, int cell, int metric)
{
    const CellScore c = study_score(w, cell, metric);
    char score[STUDY_SCORE];
    study_score_text(&c, study_count(w, cell, RUN_DONE), score);
    text_add(out,
             "<tr><th scope=\"row\">%s</th><td class=\"row\"><svg role=\"img\" aria-label=\"%s\">",
             w->s->cell[cell].name, score);
    add_grid(out, a);
    for (int i = 0; i < w->s->seeds; i++) {
        const StudyRun *r = &w->run[cell * w->s->seeds + i];
        if (r->state == RUN_DONE && isfinite(r->value[metric]))
            add_dot(out, a, r, r->value[metric]);
    }
    if (isfinite(c.mean))
        text_add(out, "<line class=\"mean\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"15%%\" y2=\"85%%\"/>",
                 percent(a, c.mean), percent(a, c.mean));
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

static void add_metric(Text *out, const StudyPage *p, int metric)
{
    const StudyMetric *m = &p->w->s->metric[metric];
    double least, most;
    if (!extent(p->w, metric, &least, &most))
        return;
    const bool far = least > 0 && most > wide * least;
    const Axis a = axis_for_range(far ? SCALE_LOG : SCALE_LINEAR, least, most);
    text_add(out, "<div class=\"scroll\"><table class=\"spread\"><caption><h3>");
    html_add(out, m->name);
    text_add(out, "</h3><span class=\"about\">%s is better%s</span></caption>\n<tbody>\n",
             m->better == NEITHER ? "neither way" : direction_name(m->better),
             far ? "; logarithmic" : "");
    for (int i = 0; i < p->w->s->cells; i++)
        add_row(out, p->w, &a, p->order[i], metric);
    add_ticks(out, &a);
    text_add(out, "</tbody></table></div>\n");
}

void study_page_dots(Text *out, const StudyPage *p)
{
    text_add(
        out,
        "<section id=\"spread\"><h2>Spread</h2>\n<p class=\"about\">A dot is a run, a line the "
        "mean of a cell.</p>\n");
    for (int i = 0; i < p->w->s->metrics; i++)
        add_metric(out, p, i);
    text_add(out, "</section>\n");
}
