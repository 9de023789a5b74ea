/* What was found about a source, as JSON; and the config that reads it. */
#include <string.h>

#include "gantrain/io/json.h"
#include "survey_parts.h"

void survey_add_config(const Survey *s, Text *out)
{
    const Value *data = value_member(s->config.file.root, "data");
    json_write_member(out, "{", "kind", s->data.kind->is.name);
    for (const Value *v = data ? data->child : NULL; v; v = v->next) {
        if (strcmp(v->key, "kind") == 0)
            continue;
        text_add(out, ", ");
        json_write_string(out, v->key);
        text_add(out, ": ");
        json_write(out, v, 0);
    }
    text_add(out, "}");
}

static void add_number(const char *before, const char *key, double x, Text *out)
{
    text_add(out, "%s\"%s\": ", before, key);
    json_write_number(out, x);
}

static void add_values(const ValueSummary *v, Text *out)
{
    add_number("", "min", v->min, out);
    add_number(", ", "max", v->max, out);
    add_number(", ", "mean", v->mean, out);
    add_number(", ", "std", v->std, out);
}

static void add_columns(const Survey *s, Text *out)
{
    char room[UNITS_NAME];
    text_add(out, ", \"columns\": [");
    for (int j = 0; j < s->summary.columns; j++) {
        const ValueSummary v = summary_column(&s->summary, &s->data.units, j);
        json_write_member(out, j ? ", {" : "{", "name", units_name(&s->data.units, j, room));
        text_add(out, ", ");
        add_values(&v, out);
        text_add(out, "}");
    }
    text_add(out, "]");
}

static void add_classes(const Survey *s, Text *out)
{
    const char *before = "";
    text_add(out, ", \"classes\": [");
    for (int k = 0; k < s->summary.classes; k++) {
        if (s->summary.class_count[k] == 0)
            continue;
        text_add(out, "%s{\"label\": %d, \"count\": %d", before, k, s->summary.class_count[k]);
        if (k < s->data.n_classes)
            json_write_member(out, ", ", "name", s->data.class_name[k]);
        text_add(out, "}");
        before = ", ";
    }
    text_add(out, "], \"unlabelled\": %d", s->data.labels ? s->summary.unlabelled : s->data.count);
}

static void add_samples(const Survey *s, Text *out)
{
    const Dataset *d = &s->data;
    text_add(out, ", \"samples\": %d", d->count);
    json_write_member(out, ", ", "type", dataset_things(d));
    text_add(out, ", \"shape\": ");
    if (d->points)
        text_add(out, "[%d]", d->shape.c);
    else
        text_add(out, "[%d, %d, %d]", d->shape.c, d->shape.h, d->shape.w);
    text_add(out, ", \"kept_apart\": %d", s->kept_apart);
    if (s->why_none.at)
        json_write_member(out, ", ", "none_kept_apart_because", s->why_none.at);
}

/* ", key": [a string for each line] */
static void add_lines(const char *key, const Text *lines, Text *out)
{
    text_add(out, ", \"%s\": [", key);
    for (const char *at = lines->at; at && *at;) {
        Text line = { 0 };
        const size_t n = strcspn(at, "\n");
        text_add_bytes(&line, at, n);
        text_add(out, "%s", at == lines->at ? "" : ", ");
        json_write_string(out, line.at ? line.at : "");
        out->failed |= line.failed;
        text_free(&line);
        at += n + (at[n] == '\n');
    }
    text_add(out, "]");
}

void survey_print_json(const Survey *s, Text *out)
{
    const DatasetSummary *u = &s->summary;
    const char *path = dataset_path(&s->config.data);
    json_write_member(out, "{", "path", path ? path : "");
    json_write_member(out, ", ", "recognized", s->found);
    json_write_member(out, ", ", "kind", s->data.kind->is.name);
    add_samples(s, out);
    if (s->data.points) {
        add_columns(s, out);
    } else {
        text_add(out, ", \"pixels\": {");
        add_values(&u->all, out);
        text_add(out, "}");
    }
    add_classes(s, out);
    text_add(out, ", \"copies\": %d, \"repeated\": %d, \"most\": %d, \"config\": ",
             u->compared - u->distinct, u->repeated, u->most);
    survey_add_config(s, out);
    add_lines("notes", &s->data.note, out);
    add_lines("warnings", &s->warnings, out);
    text_add(out, "}\n");
}
