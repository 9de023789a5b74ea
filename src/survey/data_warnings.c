/* Data that are valid but probably unintended. Each check is a function that fills a message. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "survey_parts.h"

enum { FEW_SAMPLES = 10, MANY_COLUMNS = 3, CONTRAST = 128, UNEQUAL = 20 };

static const double nearly_constant = 0.01; /* deviation, of the range */
static const double many_copies = 0.05;     /* of the samples          */
static const double far_from_one = 100;     /* times                   */
static const double heavy_tail = 40; /* range, in deviations: 10 of 10,000 exponential numbers */

static bool has_key(const DataCase *c, const char *key)
{
    for (const Option *row = c->data->kind->is.options; row && row->name; row++)
        if (strcmp(row->name, key) == 0)
            return true;
    return false;
}

/* The member of "data" in the config, as written; NULL: not given. */
static const Value *given(const DataCase *c, const char *key)
{
    const Value *data = value_member(c->config->file.root, "data");
    return data && data->kind == VALUE_OBJECT ? value_member(data, key) : NULL;
}

/* Reading has already warned of constant columns. */
static bool is_standardized(const DataCase *c)
{
    const Value *asked = given(c, "standardize");
    return has_key(c, "standardize") && (!asked || asked->kind == VALUE_TRUE);
}

/* ---- samples --------------------------------------------------------------------------------- */

static bool are_equal(const DataCase *c, char out[DATA_WARNING])
{
    const DatasetSummary *s = c->summary;
    if (s->distinct > 1 || s->compared < 2)
        return false;
    snprintf(out, DATA_WARNING, "all %d %s are equal: there is nothing to learn; check data.%s",
             s->compared, dataset_things(c->data),
             c->data->kind->path_key ? c->data->kind->path_key : "kind");
    return true;
}

static bool are_few(const DataCase *c, char out[DATA_WARNING])
{
    const DatasetSummary *s = c->summary;
    if (s->distinct < 2 || s->distinct >= FEW_SAMPLES || s->distinct == s->compared)
        return false;
    snprintf(out, DATA_WARNING, "%d %s, but only %d different ones: the nets learn them by heart",
             s->compared, dataset_things(c->data), s->distinct);
    return true;
}

/* Points of few columns may repeat by nature, such as ages. */
static bool are_copies(const DataCase *c, char out[DATA_WARNING])
{
    const DatasetSummary *s = c->summary;
    const int copies = s->compared - s->distinct;
    if (s->distinct < FEW_SAMPLES || copies <= many_copies * s->compared ||
        (c->data->points && s->columns <= MANY_COLUMNS))
        return false;
    snprintf(out, DATA_WARNING, "%d of %d %s are copies of others (%.0f %%): remove them%s", copies,
             s->compared, dataset_things(c->data), 100.0 * copies / s->compared,
             c->data->kind->splits ? ", or data.split puts copies of what is trained on into the "
                                     "samples kept for evaluation"
                                   : "; they count many times");
    return true;
}

/* ---- values of images ------------------------------------------------------------------------ */

/* Which values of the files would use the whole range, where a key can say so. */
static void advise_values(const DataCase *c, char out[80])
{
    const Dataset *d = c->data;
    const ValueSummary *v = &c->summary->all;
    const double unit = (d->white - d->black) / 255;
    if (has_key(c, "values") && d->white > d->black)
        snprintf(out, 80, "set data.values to [%.6g, %.6g]", d->black + unit * v->min,
                 d->black + unit * v->max);
    else
        snprintf(out, 80, "scale the values in the files");
}

static bool have_narrow_range(const DataCase *c, char out[DATA_WARNING])
{
    const ValueSummary *v = &c->summary->all;
    char advice[80];
    if (c->data->points || c->summary->distinct < 2 || v->max - v->min >= CONTRAST)
        return false;
    advise_values(c, advice);
    snprintf(out, DATA_WARNING,
             "pixels are %g..%g of 0..255: the images are %s: expected values up to 255; %s",
             v->min, v->max,
             v->max < CONTRAST          ? "dark"
             : v->min >= 256 - CONTRAST ? "bright"
                                        : "of low contrast",
             advice);
    return true;
}

static bool are_uniform(const DataCase *c, char out[DATA_WARNING])
{
    const ValueSummary *v = &c->summary->all;
    if (c->data->points || v->max - v->min < CONTRAST || v->std >= nearly_constant * 255)
        return false;
    snprintf(out, DATA_WARNING,
             "nearly all pixels are equal: mean %.3g, deviation %.2g of 0..255: %s", v->mean,
             v->std,
             has_key(c, "size") ? "crop the images, or show more of them (data.size)"
                                : "crop the images to what they show");
    return true;
}

/* ---- columns of points ----------------------------------------------------------------------- */

typedef bool ColumnTest(const ValueSummary *v);

/* The first column that passes; *n: how many do. -1: none. */
static int find_column(const DatasetSummary *s, ColumnTest *passes, int *n)
{
    int first = -1;
    *n = 0;
    for (int j = 0; j < s->columns; j++)
        if (passes(&s->column[j])) {
            first = first < 0 ? j : first;
            ++*n;
        }
    return first;
}

/* "column "age" and 3 more" */
static void name_columns(const DataCase *c, int first, int n, char out[96])
{
    char room[UNITS_NAME];
    const int used =
        snprintf(out, 96, "column \"%.60s\"", units_name(&c->data->units, first, room));
    if (n > 1)
        snprintf(out + used, 96 - (size_t)used, " and %d more", n - 1);
}

static bool is_constant(const ValueSummary *v)
{
    return v->min == v->max;
}

static bool is_far_from_one(const ValueSummary *v)
{
    return !is_constant(v) && (v->std > far_from_one || v->std < 1 / far_from_one ||
                               fabs(v->mean) > far_from_one * fmax(v->std, 1));
}

static bool has_outliers(const ValueSummary *v)
{
    return !is_constant(v) && v->max - v->min > heavy_tail * v->std;
}

static bool have_constant_column(const DataCase *c, char out[DATA_WARNING])
{
    char columns[96];
    int n;
    const int j = find_column(c->summary, is_constant, &n);
    if (j < 0 || c->summary->distinct < 2 || is_standardized(c))
        return false;
    name_columns(c, j, n, columns);
    snprintf(out, DATA_WARNING, "%s: %.9g in every row: leave it out%s", columns,
             units_value(&c->data->units, j, c->summary->column[j].min),
             has_key(c, "columns") ? " (data.columns)" : "");
    return true;
}

static bool have_other_scale(const DataCase *c, char out[DATA_WARNING])
{
    char columns[96];
    int n;
    const int j = find_column(c->summary, is_far_from_one, &n);
    if (j < 0)
        return false;
    const ValueSummary *v = &c->summary->column[j];
    name_columns(c, j, n, columns);
    snprintf(out, DATA_WARNING,
             "%s: the nets see a mean of %.3g and a deviation of %.3g: expected about 0 and 1; %s",
             columns, v->mean, v->std,
             has_key(c, "standardize") ? "set data.standardize to true"
             : has_key(c, "scale")     ? "change data.scale"
                                       : "scale the values in the file");
    return true;
}

static bool have_outliers(const DataCase *c, char out[DATA_WARNING])
{
    char columns[96];
    int n;
    const int j = find_column(c->summary, has_outliers, &n);
    if (j < 0)
        return false;
    const ValueSummary *v = &c->summary->column[j];
    name_columns(c, j, n, columns);
    snprintf(out, DATA_WARNING,
             "%s: values reach from %.3g to %.3g, but most lie close to %.3g: remove outliers, or "
             "take the logarithm of the column",
             columns, units_value(&c->data->units, j, v->min),
             units_value(&c->data->units, j, v->max), units_value(&c->data->units, j, v->mean));
    return true;
}

/* ---- classes --------------------------------------------------------------------------------- */

/* The rarest and the most frequent label that occur; false: no labels. */
static bool find_classes(const DatasetSummary *s, int *rare, int *frequent)
{
    *rare = *frequent = -1;
    for (int k = 0; k < s->classes; k++) {
        const int n = s->class_count[k];
        if (n > 0 && (*rare < 0 || n < s->class_count[*rare]))
            *rare = k;
        if (n > 0 && (*frequent < 0 || n > s->class_count[*frequent]))
            *frequent = k;
    }
    return *rare >= 0;
}

/* "3", "dog (3)" */
static void name_class(const Dataset *d, int label, char out[64])
{
    if (label < d->n_classes)
        snprintf(out, 64, "%.48s (%d)", d->class_name[label], label);
    else
        snprintf(out, 64, "%d", label);
}

static bool are_one_class(const DataCase *c, char out[DATA_WARNING])
{
    char name[64];
    int rare, frequent;
    if (given(c, "classes") || !find_classes(c->summary, &rare, &frequent) ||
        c->summary->class_count[frequent] + c->summary->unlabelled < c->data->count)
        return false;
    name_class(c->data, frequent, name);
    snprintf(out, DATA_WARNING,
             "all labels are %s: with one class they say nothing; expected others, or no labels",
             name);
    return true;
}

static bool are_unequal_classes(const DataCase *c, char out[DATA_WARNING])
{
    const DatasetSummary *s = c->summary;
    char name[64], other[64];
    int rare, frequent;
    if (!find_classes(s, &rare, &frequent) ||
        s->class_count[frequent] <= UNEQUAL * s->class_count[rare])
        return false;
    name_class(c->data, rare, name);
    name_class(c->data, frequent, other);
    snprintf(out, DATA_WARNING,
             "class %s has %d %s, class %s has %d: what is rare is hardly learned%s", name,
             s->class_count[rare], dataset_things(c->data), other, s->class_count[frequent],
             has_key(c, "classes") ? "; data.classes keeps some classes" : "");
    return true;
}

void data_warnings_add(const DataCase *c, Text *out)
{
    static DataWarning *const all[] = {
        are_equal,           are_few,       are_copies,
        have_narrow_range,   are_uniform,   have_constant_column,
        have_other_scale,    have_outliers, are_one_class,
        are_unequal_classes,
    };
    char message[DATA_WARNING];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i](c, message))
            text_add(out, "%s\n", message);
}

Status survey_warnings(const Dataset *d, const Config *config, Text *out, Error *e)
{
    static const SummaryLimits quick = { 10000, (size_t)64 << 20 };
    DatasetSummary s;
    TRY(dataset_summarize(&s, d, &quick, e));
    data_warnings_add(&(DataCase){ d, &s, config }, out);
    dataset_summary_free(&s);
    return GT_OK;
}
