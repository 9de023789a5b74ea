/* The metrics of a study: columns of metrics.jsonl, and which direction of each is better. */
#include <stdio.h>
#include <string.h>

#include "gantrain/train/run.h"
#include "study_parts.h"

/* "NAME", "NAME:lower" or "NAME:higher". */
static bool parse_metric(Study *s, const char *word, StudyMetric *m)
{
    char *name = arena_strdup(&s->arena, word);
    char *colon = name ? strchr(name, ':') : NULL;
    if (colon)
        *colon = '\0';
    const bool higher = colon && strcmp(colon + 1, "higher") == 0;
    const bool lower = colon && strcmp(colon + 1, "lower") == 0;
    *m = (StudyMetric){ .name = name, .better = higher ? HIGHER : lower ? LOWER : NEITHER };
    if (name && !colon)
        score_direction(name, &m->better);
    return name && *name && (!colon || higher || lower);
}

static int find_metric(const Study *s, const char *name)
{
    int i = 0;
    while (i < s->metrics && strcmp(s->metric[i].name, name) != 0)
        i++;
    return i;
}

/* Appends the metric v, or sets the direction of one that is there. Returns its index, or -1. */
static int add_metric(Study *s, const Value *v, const char *path, Error *e)
{
    StudyMetric m;
    if (v->kind != VALUE_STRING || !parse_metric(s, v->text, &m)) {
        option_report(e, v, path,
                      "expected the name of a column of metrics.jsonl, as it is or with \":lower\" "
                      "or \":higher\", got %s%s%.60s%s",
                      value_kind_name(v->kind), v->text ? " \"" : "", v->text ? v->text : "",
                      v->text ? "\"" : "");
        return -1;
    }
    const int i = find_metric(s, m.name);
    if (i == STUDY_METRICS) {
        option_report(e, v, path, "more than %d metrics", STUDY_METRICS);
        return -1;
    }
    m.source = v;
    m.path = path;
    if (i == s->metrics)
        s->metric[s->metrics++] = m;
    else if (strchr(v->text, ':'))
        s->metric[i].better = m.better;
    return i;
}

static bool is_column(const Study *s, const char *name)
{
    for (int i = 0; i < s->columns; i++)
        if (strcmp(s->column[i], name) == 0)
            return true;
    return false;
}

/* Whether a classifier of images would measure it, and no run has one. */
static bool needs_classifier(const Study *s, const char *name)
{
    static const unsigned needed = INPUT_FEATURES | INPUT_PROBABILITIES;
    Direction better;
    int which;
    const Metric *m = metric_of_value(name, &which);
    if (!m || !m->while_training || !(m->inputs & needed))
        return false;
    for (int i = 0; i < s->columns; i++) {
        const Metric *other = metric_of_value(s->column[i], &which);
        if (other ? (other->inputs & needed) != 0 : score_direction(s->column[i], &better))
            return false; /* there is a classifier, or the samples are points */
    }
    return true;
}

static void report_unknown(const Study *s, const StudyMetric *m, Error *e)
{
    const char *names[STUDY_COLUMNS + 1] = { NULL };
    Text known = { 0 };
    Direction better;
    for (int i = 0; i < s->columns; i++) {
        names[i] = s->column[i];
        text_add(&known, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = nearest_name(m->name, names);
    option_report(e, m->source, m->path, "%s \"%.60s\"%s%s%s%s; known: %.280s",
                  score_direction(m->name, &better) ? "no run here measures" : "unknown metric",
                  m->name, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "",
                  needs_classifier(s, m->name) ? " without evaluate.classifier=true" : "",
                  known.at ? known.at : "");
    text_free(&known);
}

static void check_rank(const Study *s, Error *e)
{
    const StudyMetric *m = &s->metric[s->rank];
    if (m->better == NEITHER)
        option_report(e, value_member(s->root, "rank"), "rank",
                      "whether a high or a low \"%.60s\" is better is not known: write "
                      "\"%.60s:lower\" or \"%.60s:higher\"",
                      m->name, m->name, m->name);
}

void study_add_column(Study *s, const char *name)
{
    if (s->columns < STUDY_COLUMNS && !is_column(s, name))
        s->column[s->columns++] = name;
}

void study_check_metrics(const Study *s, Error *e)
{
    bool known = true;
    for (int i = 0; i < s->metrics; i++)
        if (s->metric[i].source && !is_column(s, s->metric[i].name)) {
            report_unknown(s, &s->metric[i], e);
            known = false;
        }
    if (known && s->rank >= 0)
        check_rank(s, e);
}

/* ---- losses of different objectives ---------------------------------------------------------- */

void study_add_objective(Study *s, const char *json)
{
    if (!s->objective)
        s->objective = arena_strdup(&s->arena, json);
    else if (strcmp(s->objective, json) != 0)
        s->objectives_differ = true;
}

/* A score that some run measures and that could rank the cells, or NULL. */
static const char *find_score(const Study *s)
{
    Direction better;
    for (int i = 0; i < s->columns; i++)
        if (score_direction(s->column[i], &better) && better != NEITHER)
            return s->column[i];
    return NULL;
}

/* Whether losses rank the cells, or are all there is. */
static bool compares_losses(const Study *s, const char *score)
{
    if (s->rank >= 0)
        return metrics_depends_on_objective(s->metric[s->rank].name);
    for (int i = 0; i < s->metrics; i++)
        if (metrics_depends_on_objective(s->metric[i].name))
            return true;
    return s->metrics == 0 && !score;
}

void study_loss_note(const Study *s, char out[STUDY_NOTE])
{
    const char *score = find_score(s);
    *out = '\0';
    if (s->objectives_differ && compares_losses(s, score))
        snprintf(out, STUDY_NOTE,
                 "d_loss and g_loss are values of each cell's own objective: losses of different "
                 "objectives do not compare; rank by a score, such as %s",
                 score ? score : "fcd with evaluate.classifier=true");
}

/* ---- which metrics are compared, and which ranks --------------------------------------------- */

static void choose_rank(Study *s)
{
    for (int i = 0; i < s->metrics && s->rank < 0; i++)
        if (s->metric[i].better != NEITHER)
            s->rank = i;
}

void study_read_metrics(Study *s, const Value *list, const char *rank, Error *e)
{
    const Value *v = value_member(s->root, "rank");
    if (list && list->kind != VALUE_ARRAY)
        option_report(e, list, "metrics", "expected an array of names, got %s",
                      value_kind_name(list->kind));
    for (const Value *x = list && list->kind == VALUE_ARRAY ? list->child : NULL; x; x = x->next)
        add_metric(s, x, "metrics", e);
    s->all_scores = !list;
    if (rank && *rank && v && v->kind == VALUE_STRING)
        s->rank = add_metric(s, v, "rank", e);
    else
        choose_rank(s);
}

void study_add_metric(Study *s, const char *name)
{
    Direction better;
    if (score_direction(name, &better) && s->metrics < STUDY_METRICS &&
        find_metric(s, name) == s->metrics)
        s->metric[s->metrics++] =
            (StudyMetric){ .name = arena_strdup(&s->arena, name), .better = better };
}

void study_finish_metrics(Study *s)
{
    if (s->metrics == 0) { /* no scores: show the losses, of which neither direction is better */
        s->metric[s->metrics++] = (StudyMetric){ .name = "d_loss", .better = NEITHER };
        s->metric[s->metrics++] = (StudyMetric){ .name = "g_loss", .better = NEITHER };
    }
    choose_rank(s);
}
