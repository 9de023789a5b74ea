/* Config and environment: the config of one run in brief, that of every run in full. */
#include "report_parts.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/io/html.h"

static bool is_off(const Value *v)
{
    return (v->kind == VALUE_NUMBER && strcmp(v->text, "0") == 0) || v->kind == VALUE_FALSE ||
           v->kind == VALUE_NULL ||
           (v->kind == VALUE_STRING && (strcmp(v->text, "none") == 0 || !*v->text)) ||
           (v->kind == VALUE_ARRAY && !v->child);
}

/* A scalar, or the kind of an object; NULL: neither. */
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
    html_add_between(out, "<span class=\"layer\">", kind ? kind : "?", "");
    if (units && units->text && !is_off(units))
        html_add_between(out, " ", units->text, "");
    if (activation && strcmp(activation, "linear") != 0)
        html_add_between(out, " ", activation, "");
    text_add(out, "</span> ");
}

static void add_layers(Text *out, const Value *list)
{
    for (const Value *v = list->child; v; v = v->next)
        add_layer(out, v);
}

static void add_numbers(Text *out, const Value *list)
{
    for (const Value *v = list->child; v; v = v->next)
        html_add_between(out, "", v->text ? v->text : "", v->next ? ", " : "");
}

void report_add_value(Text *out, const Value *v)
{
    if (v->kind == VALUE_ARRAY) {
        (v->child && v->child->kind == VALUE_NUMBER ? add_numbers : add_layers)(out, v);
        return;
    }
    const char *word = word_of(v), *separator = word ? " · " : "";
    if (word)
        html_add(out, word);
    for (const Value *m = v->kind == VALUE_OBJECT ? v->child : NULL; m; m = m->next) {
        const char *inner = word_of(m);
        if (!inner || is_off(m) || strcmp(m->key, "kind") == 0)
            continue;
        html_add_between(out, separator, m->key, " ");
        html_add(out, inner);
        separator = " · ";
    }
}

typedef struct Fact {
    const char *title, *path;
    const char *unless_off; /* OPTIONAL: the path of a value without which the fact is none */
} Fact;

static const Fact settings[] = {
    { "Data", "data", NULL },
    { "Generator", "generator", NULL },
    { "Discriminator", "discriminator", NULL },
    { "Objective", "objective", NULL },
    { "Penalty", "penalty", NULL },
    { "Optimizer of G", "optimizer.generator", NULL },
    { "Optimizer of D", "optimizer.discriminator", NULL },
    { "Began with the weights of", "init_from", "init_from.file" },
    { "Training", "train", NULL },
    { "Earlier lengths: steps, up to step", "train.earlier_lengths", "train.earlier_lengths" },
    { "Seed", "seed", NULL },
};

static void add_brief(Text *out, const Json *config)
{
    text_add(out, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const Value *v = report_lookup(config, settings[i].path);
        const Value *list = v ? value_member(v, "layers") : NULL;
        const char *needs = settings[i].unless_off;
        const Value *needed = needs ? report_lookup(config, needs) : v;
        if (!v || !needed || (needs && is_off(needed)))
            continue;
        text_add(out, "<dt>%s</dt><dd>", settings[i].title);
        report_add_value(out, v);
        if (list) {
            text_add(out, "<br>");
            add_layers(out, list);
        }
        text_add(out, "</dd>\n");
    }
    text_add(out, "</dl>\n");
}

static void add_full(Text *out, const Json *config, const char *name)
{
    Text json = { 0 };
    json_write(&json, config->root, 2);
    text_add(out, "<details><summary>Full config");
    if (*name)
        html_add_between(out, " of ", name, "");
    html_add_between(out, "</summary><pre tabindex=\"0\">", json.at ? json.at : "",
                     "</pre></details>\n");
    out->failed = out->failed || json.failed;
    text_free(&json);
}

static const Fact facts[] = {
    { "gantrain", "version", NULL },
    { "Floating-point type", "real", NULL },
    { "Kernels", "kernels", NULL },
    { "Threads", "threads", NULL },
    { "Processors", "processors", NULL },
    { "Training samples", "data_count", NULL },
    { "Parameters of G", "generator_parameters", NULL },
    { "Parameters of D", "discriminator_parameters", NULL },
    { "FLOP per step", "flops_per_step", NULL },
    { "Classifier of the scores", "classifier", NULL },
    { "Its accuracy on test images", "classifier_accuracy", NULL },
};

/* Whether any run has a value at this path; "": an environment at all. */
static bool is_known(const Report *p, const char *path)
{
    for (int r = 0; r < p->n; r++)
        if (report_lookup(&p->run[r].environment, path))
            return true;
    return false;
}

static void add_fact(Text *out, const Report *p, const Fact *fact)
{
    char number[NUMBER_TEXT];
    text_add(out, "<tr><th scope=\"row\">%s</th>", fact->title);
    for (int r = 0; r < p->n; r++) {
        const Value *v = report_lookup(&p->run[r].environment, fact->path);
        const char *text = v && v->kind == VALUE_STRING ? v->text : "–";
        if (v && v->kind == VALUE_NUMBER) {
            number_text(report_number(&p->run[r].environment, fact->path, 0), number);
            text = number;
        }
        html_add_between(out, "<td>", text, "</td>");
    }
    text_add(out, "</tr>\n");
}

static void add_environment(Text *out, const Report *p)
{
    if (!is_known(p, ""))
        return;
    text_add(out, "<section id=\"environment\"><h2>Environment</h2>\n");
    report_open_table(out, "Environment", "numbers");
    if (p->n > 1)
        report_add_run_columns(out, p, "");
    text_add(out, "<tbody>\n");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (is_known(p, facts[i].path))
            add_fact(out, p, &facts[i]);
    report_close_table(out);
    text_add(out, "</section>\n");
}

void report_add_settings(Text *out, const Report *p)
{
    text_add(out, "<section id=\"settings\"><h2>Settings</h2>\n");
    if (p->n == 1 && p->run[0].config.root)
        add_brief(out, &p->run[0].config);
    for (int r = 0; r < p->n; r++)
        if (p->run[r].config.root)
            add_full(out, &p->run[r].config, p->n > 1 ? p->run[r].label : "");
    text_add(out, "</section>\n");
    add_environment(out, p);
}
