/* gantrain list: the registries: parts of a config, metrics, causes of a diagnosis. */
#include "args.h"

#include <string.h>

#include "gantrain/eval/metric.h"
#include "gantrain/io/json.h"
#include "gantrain/nn/layer.h"
#include "gantrain/nn/reparam.h"
#include "gantrain/diagnosis/diagnosis.h"
#include "gantrain/evaluate/training_scores.h"

static const Flag flags[] = {
    { "--json", NULL, "print one JSON object: topic -> rows" },
    { NULL, NULL, NULL },
};

/* In the order of a config; then metrics and causes. */
static const Registry *const topics[] = {
    &datasets,  &models,     &layers,    &activations, &inits,  &reparams, &objectives,
    &penalties, &optimizers, &schedules, &metrics,     &causes, NULL,
};

/* The registry that is listed under the same topic as `r`, or NULL. */
static const Registry *next_of_topic(const Registry *r)
{
    return r == &metrics ? &point_metrics : NULL;
}

static bool has_values(const Registry *r)
{
    return r == &metrics || r == &point_metrics;
}

static int width_of_names(const Registry *topic)
{
    int width = 0;
    for (const Registry *r = topic; r; r = next_of_topic(r))
        for (const Entry *const *e = r->entry; *e; e++)
            width = (int)strlen((*e)->name) > width ? (int)strlen((*e)->name) : width;
    return width;
}

static void print_values(const Metric *m, Text *out)
{
    for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
        text_add(out, "    %-18s %s [best: %s]\n", m->value[i], m->about[i],
                 direction_name(m->better[i]));
}

static void print_conflict(const Conflict *c, Text *out)
{
    const char *between = " with ";
    text_add(out, "    refuses %s (%s)", gan_settings[c->setting].words,
             gan_settings[c->setting].key);
    for (int i = 0; i < SETTINGS; i++)
        if (c->others >> i & 1) {
            text_add(out, "%s%s", between, gan_settings[i].words);
            between = " or ";
        }
    text_add(out, ": %s\n", c->why);
}

static void print_model(const Model *m, Text *out)
{
    text_add(out, "    inputs: %s\n", m->inputs);
    for (int i = 0; i < SETTINGS; i++)
        if (m->refuses[i])
            text_add(out, "    refuses %s (%s): %s\n", gan_settings[i].words, gan_settings[i].key,
                     m->refuses[i]);
    for (int i = 0; i < CONFLICTS; i++)
        print_conflict(&gan_conflicts[i], out);
}

static void print_row(const Entry *e, int width, Text *out)
{
    Text keys = { 0 };
    text_add(out, "  %-*s %s", width, e->name, e->summary);
    if (strcmp(e->source, "-") != 0)
        text_add(out, " (%s)", e->source);
    text_add(out, "\n");
    option_describe(&keys, e->options, "");
    for (char *line = keys.at ? strtok(keys.at, "\n") : NULL; line; line = strtok(NULL, "\n"))
        text_add(out, "    %s\n", line);
    out->failed = out->failed || keys.failed;
    text_free(&keys);
}

static void print_topic(const Registry *topic, Text *out)
{
    const int width = width_of_names(topic);
    text_add(out, "%s\n", topic->name);
    for (const Registry *r = topic; r; r = next_of_topic(r)) {
        if (r != topic)
            text_add(out, "  of points (values of evaluate.best, and of --rank of a study):\n");
        for (const Entry *const *e = r->entry; *e; e++) {
            print_row(*e, width, out);
            if (r == &models)
                print_model((const Model *)*e, out);
            if (has_values(r))
                print_values((const Metric *)*e, out);
        }
    }
}

static void print_values_json(const Metric *m, Text *out)
{
    text_add(out, ", \"values\": [");
    for (int i = 0; i < METRIC_VALUES && m->value[i]; i++) {
        json_write_member(out, i ? ", {" : "{", "name", m->value[i]);
        json_write_member(out, ", ", "about", m->about[i]);
        json_write_member(out, ", ", "best", direction_name(m->better[i]));
        text_add(out, "}");
    }
    text_add(out, "]");
}

static void print_options_json(const Option *options, Text *out)
{
    text_add(out, ", \"options\": [");
    for (const Option *o = options; o && o->name; o++) {
        json_write_member(out, o == options ? "{" : ", {", "name", o->name);
        json_write_member(out, ", ", "default", o->default_text ? o->default_text : "");
        json_write_member(out, ", ", "help", o->help);
        text_add(out, "}");
    }
    text_add(out, "]");
}

static void print_model_json(const Model *m, Text *out)
{
    const char *between = "";
    json_write_member(out, ", ", "inputs", m->inputs);
    text_add(out, ", \"refuses\": [");
    for (int i = 0; i < SETTINGS; i++) {
        if (!m->refuses[i])
            continue;
        text_add(out, "%s", between);
        json_write_member(out, "{", "setting", gan_settings[i].words);
        json_write_member(out, ", ", "key", gan_settings[i].key);
        json_write_member(out, ", ", "reason", m->refuses[i]);
        text_add(out, "}");
        between = ", ";
    }
    text_add(out, "]");
}

static void print_topic_json(const Registry *topic, Text *out)
{
    int n = 0;
    text_add(out, "\"%s\": [", topic->name);
    for (const Registry *r = topic; r; r = next_of_topic(r))
        for (const Entry *const *e = r->entry; *e; e++) {
            json_write_member(out, n++ ? ", {" : "{", "name", (*e)->name);
            json_write_member(out, ", ", "summary", (*e)->summary);
            json_write_member(out, ", ", "source", (*e)->source);
            print_options_json((*e)->options, out);
            if (has_values(r))
                print_values_json((const Metric *)*e, out);
            if (r == &models)
                print_model_json((const Model *)*e, out);
            text_add(out, "}");
        }
    text_add(out, "]");
}

static void add_topics(Text *out)
{
    text_add(out, "\ntopics:");
    for (int i = 0; topics[i]; i++)
        text_add(out, "%s%s", i % 6 ? " " : "\n  ", topics[i]->name);
    text_add(out, "\n");
}

static Status find_topic(const char *name, const Registry **found, Error *e)
{
    const char *names[sizeof topics / sizeof *topics] = { NULL };
    Text known = { 0 };
    *found = NULL;
    for (int i = 0; topics[i]; i++) {
        names[i] = topics[i]->name;
        text_add(&known, "%s%s", i ? ", " : "", topics[i]->name);
        if (strcmp(name, topics[i]->name) == 0)
            *found = topics[i];
    }
    if (!*found) {
        const char *near = nearest_name(name, names);
        fail(e, GT_EUSAGE, "list: unknown topic \"%s\"%s%s%s; known: %s", name,
             near ? " (did you mean " : "", near ? near : "", near ? "?)" : "",
             known.at ? known.at : "?");
    }
    text_free(&known);
    return *found ? GT_OK : e->code;
}

static Status run(const Args *a, Text *out, Error *e)
{
    const bool json = args_has(a, "--json");
    bool first = true;
    const Registry *only = NULL;
    if (a->operands > 1)
        return fail(e, GT_EUSAGE, "list: expected one topic, got %d", a->operands);
    if (a->operands)
        TRY(find_topic(a->operand[0], &only, e));

    text_add(out, json ? "{" : "");
    for (int i = 0; topics[i]; i++) {
        if (only && topics[i] != only)
            continue;
        text_add(out, "%s", first ? "" : json ? ", " : "\n");
        (json ? print_topic_json : print_topic)(topics[i], out);
        first = false;
    }
    text_add(out, json ? "}\n" : "");
    return GT_OK;
}

const Command command_list = {
    .name = "list",
    .summary = "List what a config can name, the metrics and causes of trouble.",
    .usage = "list [TOPIC] [--json]",
    .takes_operands = true,
    .flags = flags,
    .epilogue =
        "Rows show the name, a summary, the paper, and the keys with range and [default].\n",
    .add_help = add_topics,
    .run = run,
};
