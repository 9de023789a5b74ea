#include "metric_selection.h"

#include <stdio.h>
#include <string.h>

/* The next name of a list: its length; moves *at behind it, NULL at the end. */
static size_t next_name(const char **name, const char **at)
{
    *name = *at;
    const size_t n = strcspn(*at, ",");
    *at = (*at)[n] ? *at + n + 1 : NULL;
    return n;
}

static bool contains(const char *list, const char *name)
{
    const char *word;
    for (const char *at = list; at;) {
        const size_t n = next_name(&word, &at);
        if (n == strlen(name) && strncmp(word, name, n) == 0)
            return true;
    }
    return false;
}

bool is_value_selected(const char *list, const Metric *m, int which)
{
    return !list || contains(list, m->is.name) || contains(list, m->value[which]);
}

bool is_metric_selected(const char *list, const Metric *m)
{
    for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
        if (is_value_selected(list, m, i))
            return true;
    return false;
}

const Metric *metric_in(const Registry *r, const char *name, int *which)
{
    for (const Entry *const *is = r->entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        for (*which = 0; *which < METRIC_VALUES && m->value[*which]; ++*which)
            if (strcmp(m->value[*which], name) == 0)
                return m;
    }
    return NULL;
}

enum { NAMES = 128, LENGTH = 64 };

/* The names of metrics and of their values. */
static void list_names(const Registry *r, const char *names[NAMES])
{
    int n = 0;
    for (const Entry *const *is = r->entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        names[n++] = m->is.name;
        for (int i = 0; i < METRIC_VALUES && m->value[i] && n < NAMES - METRIC_VALUES; i++)
            names[n++] = m->value[i];
    }
    names[n] = NULL;
}

static bool has_name(const Registry *r, const char *name)
{
    int which;
    return registry_find(r, name) || metric_in(r, name, &which);
}

static bool is_name_known(const Registry *r, const Registry *others, const char *name,
                          char why[METRIC_NAMES_WHY])
{
    const char *names[NAMES];
    if (has_name(r, name))
        return true;
    list_names(r, names);
    const bool misfit = has_name(others, name);
    const char *near = misfit ? NULL : nearest_name(name, names);
    snprintf(why, METRIC_NAMES_WHY, "%s \"%s\"%s%s%s; gantrain list metrics shows %s",
             misfit ? "these samples cannot be measured by" : "unknown metric", name,
             near ? " (did you mean " : "", near ? near : "", near ? "?)" : "",
             misfit ? "those of images and of points" : "them");
    return false;
}

bool metric_names_known(const Registry *r, const Registry *others, const char *list,
                        char why[METRIC_NAMES_WHY])
{
    char name[LENGTH];
    const char *word;
    for (const char *at = list; at;) {
        const size_t n = next_name(&word, &at);
        if (n >= LENGTH) {
            snprintf(why, METRIC_NAMES_WHY, "no metric has a name of %zu characters", n);
            return false;
        }
        memcpy(name, word, n);
        name[n] = '\0';
        if (!is_name_known(r, others, name, why))
            return false;
    }
    return true;
}
