/* Config and environment: of one run the config in brief, of every run in full. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/io/html.h"

/* ---- values in words -------------------------------------------------------------------------------- */

static bool is_idle(const Value *v)
{
    return (v->kind == VALUE_NUMBER && strcmp(v->text, "0") == 0) || v->kind == VALUE_FALSE ||
           v->kind == VALUE_NULL ||
           (v->kind == VALUE_STRING && (strcmp(v->text, "none") == 0 || !*v->text));
}

/* A scalar as it is, an object by its kind; NULL: neither. */
static const char *word_of(const Value *v)
{
    const Value *kind = v->kind == VALUE_OBJECT ? value_member(v, "kind") : v;
    if (!kind || kind->kind == VALUE_OBJECT || kind->kind == VALUE_ARRAY)
        return NULL;
    return kind->kind == VALUE_TRUE ? "on" : kind->kind == VALUE_FALSE ? "off" : kind->text;
}

/* "dense 512 leaky_relu" */
static void add_layer(Text *out, const Value *layer)
{
    const Value *units = value_member(layer, "units"), *f = value_member(layer, "activation");
    const char *kind = word_of(layer), *activation = f ? word_of(f) : NULL;
    html_add(out, kind ? kind : "?");
    if (units && units->text && !is_idle(units)) {
        text_add(out, " ");
        html_add(out, units->text);
    }
    if (activation && strcmp(activation, "linear") != 0) {
        text_add(out, " ");
        html_add(out, activation);
    }
}

static void add_layers(Text *out, const Value *layers)
{
    for (const Value *v = layers->child; v; v = v->next) {
        text_add(out, "<span class=\"layer\">");
        add_layer(out, v);
        text_add(out, "</span> ");
    }
}

void report_add_words(Text *out, const Value *v)
{
    if (v->kind == VALUE_ARRAY) {
        add_layers(out, v);
        return;
    }
    const char *word = word_of(v), *between = word ? " · " : "";
    if (word)
        html_add(out, word);
    for (const Value *m = v->kind == VALUE_OBJECT ? v->child : NULL; m; m = m->next) {
        const char *inner = word_of(m);
        if (!inner || is_idle(m) || strcmp(m->key, "kind") == 0)
            continue;
        text_add(out, "%s", between);
        html_add(out, m->key);
        text_add(out, " ");
        html_add(out, inner);
        between = " · ";
    }
}

/* ---- one run ---------------------------------------------------------------------------------------- */

typedef struct Brief {
    const char *title, *path;
} Brief;

static const Brief briefs[] = {
    { "Data", "data" },
    { "Generator", "generator" },
    { "Discriminator", "discriminator" },
    { "Objective", "objective" },
    { "Penalty", "penalty" },
    { "Optimiser of G", "optimizer.generator" },
    { "Optimiser of D", "optimizer.discriminator" },
    { "Length", "train" },
    { "Seed", "seed" },
};

static void add_brief(Text *out, const Json *config)
{
    text_add(out, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < sizeof briefs / sizeof *briefs; i++) {
        const Value *v = report_value(config, briefs[i].path);
        const Value *layers = v ? value_member(v, "layers") : NULL;
        if (!v)
            continue;
        text_add(out, "<dt>%s</dt><dd>", briefs[i].title);
        report_add_words(out, v);
        if (layers) {
            text_add(out, "<br>");
            add_layers(out, layers);
        }
        text_add(out, "</dd>\n");
    }
    text_add(out, "</dl>\n");
}

static void add_full(Text *out, const Json *tree, const char *summary, const char *name)
{
    Text json = { 0 };
    json_write(&json, tree->root, 2);
    text_add(out, "<details><summary>%s", summary);
    if (*name) {
        text_add(out, " of ");
        html_add(out, name);
    }
    text_add(out, "</summary><pre tabindex=\"0\">");
    html_add(out, json.at ? json.at : "");
    text_add(out, "</pre></details>\n");
    out->failed = out->failed || json.failed;
    text_free(&json);
}

static const Brief facts[] = {
    { "gantrain", "version" },
    { "Numbers", "real" },
    { "Kernels for", "kernels" },
    { "Threads", "threads" },
    { "Processors", "processors" },
    { "Samples to learn from", "data_count" },
    { "Parameters of G", "generator_parameters" },
    { "Parameters of D", "discriminator_parameters" },
    { "Operations a step", "flops_per_step" },
    { "Classifier of the scores", "classifier" },
    { "Its accuracy on test images", "classifier_accuracy" },
};

/* Whether any run tells something under this key; "" for anything at all. */
static bool is_told(const Report *p, const char *path)
{
    for (int r = 0; r < p->n; r++)
        if (report_value(&p->run[r].environment, path))
            return true;
    return false;
}

static void add_fact(Text *out, const Report *p, const Brief *fact)
{
    char number[NUMBER_TEXT];
    text_add(out, "<tr><th scope=\"row\">%s</th>", fact->title);
    for (int r = 0; r < p->n; r++) {
        const Value *v = report_value(&p->run[r].environment, fact->path);
        text_add(out, "<td>");
        if (v && v->kind == VALUE_NUMBER) {
            number_text(report_number(&p->run[r].environment, fact->path, 0), number);
            text_add(out, "%s", number);
        } else
            html_add(out, v && v->kind == VALUE_STRING ? v->text : "–");
        text_add(out, "</td>");
    }
    text_add(out, "</tr>\n");
}

static void add_environment(Text *out, const Report *p)
{
    if (!is_told(p, ""))
        return;
    text_add(out, "<section id=\"environment\"><h2>Environment</h2>\n"
                  "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Environment\">"
                  "<table class=\"numbers\">\n");
    if (p->n > 1)
        report_add_heads(out, p, "");
    text_add(out, "<tbody>\n");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (is_told(p, facts[i].path))
            add_fact(out, p, &facts[i]);
    text_add(out, "</tbody></table></div></section>\n");
}

/* ---- the section ------------------------------------------------------------------------------------ */

void report_add_settings(Text *out, const Report *p)
{
    text_add(out, "<section id=\"settings\"><h2>Settings</h2>\n");
    if (p->n == 1 && p->run[0].config.root)
        add_brief(out, &p->run[0].config);
    for (int r = 0; r < p->n; r++)
        if (p->run[r].config.root)
            add_full(out, &p->run[r].config, "The whole config", p->n > 1 ? p->run[r].label : "");
    text_add(out, "</section>\n");
    add_environment(out, p);
}
