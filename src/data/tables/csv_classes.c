/* Classes of a table. */
#include "csv_classes.h"

#include <stdlib.h>
#include <string.h>

#include "csv_layout.h"

static bool is_same(const char *name, CsvField f)
{
    return strncmp(name, f.at, f.n) == 0 && name[f.n] == '\0';
}

static int find_class(const CsvClasses *c, CsvField f)
{
    if (c->n > 0 && is_same(c->name[c->last], f)) /* equal rows often follow each other */
        return c->last;
    for (int k = 0; k < c->n; k++)
        if (is_same(c->name[k], f))
            return k;
    return c->n;
}

int csv_class_of(CsvClasses *c, CsvField f)
{
    char *copy = NULL;
    if (f.n > CSV_CLASS_NAME)
        return CSV_TOO_LONG;
    int k = find_class(c, f);
    if (k == c->n) { /* new, or written in another way */
        copy = csv_copy(f);
        if (!copy)
            return CSV_NO_MEMORY;
        k = find_class(c, (CsvField){ copy, strlen(copy), false });
    }
    if (k == CSV_CLASSES || k < c->n) {
        free(copy);
        return k == CSV_CLASSES ? CSV_TOO_MANY : (c->last = k);
    }
    c->name[c->n++] = copy;
    return c->last = k;
}

/* ---- sorting --------------------------------------------------------------------------------- */

typedef struct Class {
    char *name;
    double number;
    int before; /* its label until now */
} Class;

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const Class *)a)->name, ((const Class *)b)->name);
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = ((const Class *)a)->number, y = ((const Class *)b)->number;
    return x < y ? -1 : x > y ? 1 : compare_names(a, b);
}

void csv_classes_sort(CsvClasses *c, uint8_t *labels, int n)
{
    Class class[CSV_CLASSES];
    uint8_t label[CSV_CLASSES];
    bool numbers = true;
    for (int k = 0; k < c->n; k++) {
        class[k] = (Class){ c->name[k], 0, k };
        numbers &=
            csv_number((CsvField){ c->name[k], strlen(c->name[k]), false }, &class[k].number);
    }
    qsort(class, (size_t)c->n, sizeof *class, numbers ? compare_numbers : compare_names);
    for (int k = 0; k < c->n; k++) {
        c->name[k] = class[k].name;
        label[class[k].before] = (uint8_t)k;
    }
    for (int i = 0; i < n; i++)
        labels[i] = label[labels[i]];
}

Status csv_classes_give(CsvClasses *c, Dataset *d, Error *e)
{
    d->class_name = malloc((size_t)c->n * sizeof *d->class_name);
    if (!d->class_name)
        return fail(e, GT_ERESOURCE, "no memory for the names of %d classes", c->n);
    memcpy(d->class_name, c->name, (size_t)c->n * sizeof *d->class_name);
    d->n_classes = c->n;
    c->n = 0;
    return GT_OK;
}

void csv_classes_close(CsvClasses *c)
{
    for (int k = 0; k < c->n; k++)
        free(c->name[k]);
    *c = (CsvClasses){ 0 };
}
