/* The units of points in a checkpoint, so that samples need no data file. */
#include "gantrain/run/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char key[] = "gantrain.units";

static void add_label(const Units *u, Text *json)
{
    text_add(json, ",\"label\":");
    json_write_string(json, u->label);
    for (int i = 0; i < u->classes; i++) {
        text_add(json, i ? "," : ",\"classes\":[");
        json_write_string(json, u->class[i]);
    }
    text_add(json, "]");
}

/* {"columns":[{"name":"age","scale":12.5,"offset":40.25}],"label":"sex","classes":["f","m"]}; names
 * and label only where there are any */
void checkpoint_add_units(TensorWriter *w, const Dataset *data)
{
    const Units *u = &data->units;
    Text json = { 0 };
    if (u->n == 0 || !data->kind->path_key)
        return;
    text_add(&json, "{\"columns\":[");
    for (int j = 0; j < u->n; j++) {
        text_add(&json, j ? ",{" : "{");
        if (u->name) {
            text_add(&json, "\"name\":");
            json_write_string(&json, u->name[j]);
            text_add(&json, ",");
        }
        text_add(&json, "\"scale\":%.17g,\"offset\":%.17g}", u->scale[j], u->offset[j]);
    }
    text_add(&json, "]");
    if (u->label)
        add_label(u, &json);
    text_add(&json, "}");
    w->failed |= json.failed;
    if (!json.failed)
        tensors_add_text(w, key, json.at);
    text_free(&json);
}

static bool read_number(const Value *column, const char *name, double *x)
{
    const Value *v = value_member(column, name);
    *x = v && v->kind == VALUE_NUMBER ? strtod(v->text, NULL) : (double)NAN;
    return isfinite(*x);
}

/* False: not as checkpoint_add_units writes it. */
static bool read_column(Units *u, int j, const Value *column)
{
    const Value *name = value_member(column, "name");
    const bool named = name && name->kind == VALUE_STRING;
    if (!read_number(column, "scale", &u->scale[j]) || !(u->scale[j] > 0) ||
        !read_number(column, "offset", &u->offset[j]) || named != (u->name != NULL))
        return false;
    return !named || (u->name[j] = strdup(name->text));
}

static Status read_columns(Units *u, const Value *columns, const char *path, int dim, Error *e)
{
    const bool array = columns && columns->kind == VALUE_ARRAY;
    const Value *column = array ? columns->child : NULL;
    int n = 0;
    TRY(units_make(u, dim, e));
    if (column && value_member(column, "name") && !(u->name = calloc((size_t)dim, sizeof *u->name)))
        return fail(e, GT_ERESOURCE, "%s: no memory for its columns", path);
    for (; column && n < dim && read_column(u, n, column); n++)
        column = column->next;
    if (n == dim && !column)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: \"%s\": column %d: expected %d columns with finite numbers \"scale\" above 0 "
                "and \"offset\", and all or none with a \"name\"",
                path, key, n + 1, dim);
}

static Status read_classes(Units *u, const Value *name, const char *path, Error *e)
{
    u->class = calloc(LABEL_MAX + 1, sizeof *u->class);
    while (u->class && name && u->classes <= LABEL_MAX && name->kind == VALUE_STRING &&
           (u->class[u->classes] = strdup(name->text))) {
        u->classes++;
        name = name->next;
    }
    if (u->label && u->classes > 0 && !name)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: \"%s\": expected the string \"label\" and 1 to %d strings \"classes\"", path,
                key, LABEL_MAX + 1);
}

static Status read_label(Units *u, const Value *root, const char *path, Error *e)
{
    const Value *label = value_member(root, "label"), *classes = value_member(root, "classes");
    if (!label)
        return GT_OK;
    u->label = label->kind == VALUE_STRING ? strdup(label->text) : NULL;
    return read_classes(u, classes && classes->kind == VALUE_ARRAY ? classes->child : NULL, path,
                        e);
}

static Status read_all(Checkpoint *k, const Value *root, const char *path, Error *e)
{
    TRY(read_columns(&k->units, value_member(root, "columns"), path, shape_size(k->shape), e));
    return read_label(&k->units, root, path, e);
}

Status checkpoint_read_units(Checkpoint *k, const char *path, Error *e)
{
    const char *text = tensors_text(&k->file, key);
    Json json = { 0 };
    if (!text)
        return GT_OK;
    Status s = json_parse(&json, text, strlen(text), key, 0, e);
    if (s == GT_OK)
        s = read_all(k, json.root, path, e);
    else if (s != GT_ERESOURCE)
        s = e->code = (error_add_prefix(e, path), GT_ECHECKPOINT);
    json_free(&json);
    return s;
}
