/* The list of --metrics: names of metrics or of their values, comma-separated. */
#include <string.h>

#include "evaluate_parts.h"

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

enum { NAMES = 128 };

/* The names of metrics and of their values; returns how many. */
static int list_names(const char *names[NAMES])
{
    int n = 0;
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        names[n++] = m->is.name;
        for (int i = 0; i < METRIC_VALUES && m->value[i] && n < NAMES - METRIC_VALUES; i++)
            names[n++] = m->value[i];
    }
    names[n] = NULL;
    return n;
}

static Status check_name(const char *name, Error *e)
{
    const char *names[NAMES];
    const int n = list_names(names);
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return GT_OK;
    const char *near = nearest_name(name, names);
    return fail(e, GT_EUSAGE,
                "--metrics: unknown metric \"%s\"%s%s%s; gantrain list metrics shows them", name,
                near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

Status check_metric_names(const char *list, Error *e)
{
    enum { LENGTH = 64 };
    char name[LENGTH];
    const char *word;
    for (const char *at = list; at;) {
        const size_t n = next_name(&word, &at);
        if (n >= LENGTH)
            return fail(e, GT_EUSAGE, "--metrics: no metric has a name of %zu characters", n);
        memcpy(name, word, n);
        name[n] = '\0';
        TRY(check_name(name, e));
    }
    return GT_OK;
}
