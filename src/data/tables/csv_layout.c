/* The layout of a table follows from its first two records. */
#include "csv_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const Entry header_auto = { "auto", "where a text stands above a number", "-", NULL, 0 };
static const Entry header_yes = { "yes", "the first record names the columns", "-", NULL, 0 };
static const Entry header_no = { "no", "the first record is a sample", "-", NULL, 0 };
static const Entry *const headers[] = { &header_auto, &header_yes, &header_no, NULL };
const Registry csv_headers = { "headers", "header", headers };

typedef enum CellKind { CELL_TEXT, CELL_NUMBER, CELL_MISSING } CellKind;

/* The first two records. */
typedef struct Head {
    CsvLayout *layout;
    const Spec *spec;
    const CsvOptions *options;
    CellKind *kind[2]; /* [fields] owned: of the cells of both records */
    int records;       /* 0..2                                         */
} Head;

static Status no_memory(const Head *h, Error *e)
{
    return fail(e, GT_ERESOURCE, "%s: no memory for the names of its columns",
                h->options->source.path);
}

/* ---- names ----------------------------------------------------------------------------------- */

char *csv_copy(CsvField f)
{
    Text raw = { 0 }, out = { 0 };
    csv_add(&raw, f);
    for (size_t i = 0, n; i < raw.used; i += n) {
        const size_t valid = utf8_length(raw.at + i, raw.used - i);
        const bool control = (unsigned char)raw.at[i] < ' ' || raw.at[i] == 0x7f;
        n = valid ? valid : 1;
        if (control || !valid)
            text_add(&out, control ? " " : "?");
        else
            text_add_bytes(&out, raw.at + i, n);
    }
    const bool failed = raw.failed || out.failed;
    text_free(&raw);
    if (!failed && out.at)
        return out.at;
    text_free(&out);
    return failed ? NULL : strdup("");
}

static char *number_name(int i)
{
    Text name = { 0 };
    text_add(&name, "x%d", i + 1);
    return name.at;
}

/* ---- the first records ----------------------------------------------------------------------- */

static CellKind kind_of(CsvField f)
{
    double x;
    if (csv_missing(f))
        return CELL_MISSING;
    return csv_number(f, &x) || csv_decimal_comma(f) ? CELL_NUMBER : CELL_TEXT; /* not left out */
}

static Status take_first(Head *h, const CsvReader *r, Error *e)
{
    CsvLayout *l = h->layout;
    const CsvField last = r->field[r->n - 1];
    l->fields = r->n - (r->n > 1 && last.n == 0 && !last.quoted); /* "1,2," has two */
    l->line = r->line;
    l->separator = r->separator;
    l->name = calloc((size_t)l->fields, sizeof *l->name);
    l->column = calloc((size_t)l->fields, sizeof *l->column);
    h->kind[0] = calloc((size_t)l->fields, sizeof *h->kind[0]);
    h->kind[1] = calloc((size_t)l->fields, sizeof *h->kind[1]);
    if (!l->name || !l->column || !h->kind[0] || !h->kind[1])
        return no_memory(h, e);
    for (int i = 0; i < l->fields; i++)
        if (!(l->name[i] = csv_copy(r->field[i])))
            return no_memory(h, e);
    return GT_OK;
}

static Status read_head(Head *h, CsvReader *r, Error *e)
{
    bool found = true;
    for (h->records = 0; h->records < 2; h->records++) {
        TRY(csv_next(r, &found, e));
        if (!found)
            break;
        if (h->records == 0)
            TRY(take_first(h, r, e));
        for (int i = 0; i < r->n && i < h->layout->fields; i++)
            h->kind[h->records][i] = kind_of(r->field[i]);
    }
    return GT_OK;
}

static bool is_header(const Head *h)
{
    int texts = 0;
    if (h->options->header != &header_auto)
        return h->options->header == &header_yes;
    for (int i = 0; i < h->layout->fields; i++) {
        texts += h->kind[0][i] == CELL_TEXT;
        if (h->records == 2 && h->kind[0][i] == CELL_TEXT && h->kind[1][i] == CELL_NUMBER)
            return true;
    }
    return texts == h->layout->fields;
}

/* Columns without a name are called by their number. */
static Status set_names(Head *h, Error *e)
{
    CsvLayout *l = h->layout;
    for (int i = 0; i < l->fields; i++)
        if (!l->header || !*l->name[i]) {
            free(l->name[i]);
            if (!(l->name[i] = number_name(i)))
                return no_memory(h, e);
        }
    return GT_OK;
}

/* ---- choosing columns ------------------------------------------------------------------------ */

static Status report_unknown(const Head *h, const char *key, const char *name, Error *e)
{
    const CsvLayout *l = h->layout;
    const char **names = calloc((size_t)l->fields + 1, sizeof *names);
    if (!names)
        return no_memory(h, e);
    for (int i = 0; i < l->fields; i++)
        names[i] = l->name[i];
    const char *near = nearest_name(name, names);
    free(names);
    return option_report_at(e, h->spec->location, key,
                            "\"%.60s\": %s has no such column%s%s%s: expected a name%s, or a "
                            "number 1..%d",
                            name, h->options->source.path, near ? " (did you mean \"" : "",
                            near ? near : "", near ? "\"?)" : "",
                            l->header ? " of its first line" : " such as \"x1\"", l->fields);
}

/* By name; else by number from 1. */
static Status find_column(const Head *h, const char *key, const char *name, int *found, Error *e)
{
    const CsvLayout *l = h->layout;
    int named = 0;
    char *end;
    for (int i = 0; i < l->fields; i++)
        if (strcmp(l->name[i], name) == 0 && named++ == 0)
            *found = i;
    if (named > 1)
        return option_report_at(e, h->spec->location, key,
                                "%d columns of %s are called \"%.60s\": give its number", named,
                                h->options->source.path, name);
    if (named == 1)
        return GT_OK;
    const long n = *name >= '0' && *name <= '9' ? strtol(name, &end, 10) : 0;
    if (n < 1 || n > l->fields || *end)
        return report_unknown(h, key, name, e);
    *found = (int)n - 1;
    return GT_OK;
}

static Status choose_named(const Head *h, Error *e)
{
    CsvLayout *l = h->layout;
    for (int i = 0; i < h->options->columns.n; i++) {
        int column = 0;
        TRY(find_column(h, "data.columns", h->options->columns.at[i], &column, e));
        for (int j = 0; j < l->n; j++)
            if (l->column[j] == column)
                return option_report_at(e, h->spec->location, "data.columns",
                                        "column \"%.60s\" is named twice", l->name[column]);
        l->column[l->n++] = column;
    }
    return GT_OK;
}

static void choose_numbers(const Head *h)
{
    CsvLayout *l = h->layout;
    const CellKind *kind = h->kind[l->header && h->records == 2];
    for (int i = 0; i < l->fields; i++)
        if (i != l->label && kind[i] != CELL_TEXT)
            l->column[l->n++] = i;
}

static Status choose_columns(const Head *h, Error *e)
{
    CsvLayout *l = h->layout;
    l->label = -1;
    if (*h->options->label)
        TRY(find_column(h, "data.label", h->options->label, &l->label, e));
    if (h->options->columns.n > 0)
        return choose_named(h, e);
    choose_numbers(h);
    if (l->n > UNITS_COLUMNS)
        return fail(e, GT_EDATA,
                    "%s: %d columns of numbers: at most %d are possible: choose some with "
                    "data.columns",
                    h->options->source.path, l->n, UNITS_COLUMNS);
    if (l->n == 0)
        return fail(e, GT_EDATA,
                    "%s:%" PRIu64 ": no column of numbers in the first rows (%d field%s between "
                    "\"%c\"): is this a table, and data.separator right?",
                    h->options->source.path, l->line, l->fields, l->fields == 1 ? "" : "s",
                    l->separator);
    return GT_OK;
}

static Status check_names(const CsvLayout *l, const char *path, Error *e)
{
    size_t bytes = 0;
    for (int j = 0; j < l->n; j++)
        for (const char *c = l->name[l->column[j]]; *c; c++)
            bytes += *c == '"' || *c == '\\' ? 4 : 1; /* as JSON within JSON */
    if (bytes <= UNITS_NAMES)
        return GT_OK;
    return fail(e, GT_EDATA,
                "%s:%" PRIu64 ": the names of the columns take %zu bytes: at most %d are "
                "possible",
                path, l->line, bytes, UNITS_NAMES);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static Status parse_separator(const Head *h, char *separator, Error *e)
{
    const char *word = h->options->separator;
    *separator = '\0';
    if (strcmp(word, "auto") == 0)
        return GT_OK;
    const char *known[][2] = { { "space", " " }, { "tab", "\t" }, { "\\t", "\t" } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(word, known[i][0]) == 0)
            word = known[i][1];
    *separator = *word;
    if (*word && !word[1] && !strchr("0123456789+-.eE\"\r\n", *word))
        return GT_OK;
    return option_report_at(e, h->spec->location, "data.separator",
                            "\"%.40s\": expected \"auto\" or one character such as \",\", \";\", "
                            "\"tab\", \"|\" or \"space\"",
                            word);
}

static Status settle(Head *h, Error *e)
{
    CsvLayout *l = h->layout;
    if (h->records == 0)
        return fail(e, GT_EDATA, "%s: no line but blank ones", h->options->source.path);
    l->header = is_header(h);
    if (l->header && h->records == 1)
        return fail(e, GT_EDATA, "%s:%" PRIu64 ": a header and no rows", h->options->source.path,
                    l->line);
    TRY(set_names(h, e));
    TRY(choose_columns(h, e));
    return check_names(l, h->options->source.path, e);
}

Status csv_layout_find(CsvLayout *l, const Spec *spec, Error *e)
{
    const CsvOptions *o = spec->options;
    Head h = { l, spec, o, { NULL, NULL }, 0 };
    CsvReader r;
    char separator;
    *l = (CsvLayout){ 0 };
    if (!*o->source.path)
        return option_report_at(e, spec->location, "data.file", "expected the path of a table");
    TRY(parse_separator(&h, &separator, e));
    TRY(csv_open(&r, o->source.path, separator, e));
    Status s = read_head(&h, &r, e);
    if (s == GT_OK)
        s = settle(&h, e);
    csv_close(&r);
    free(h.kind[0]);
    free(h.kind[1]);
    return s;
}

/* ---- describing ------------------------------------------------------------------------------ */

static bool is_used(const CsvLayout *l, int field)
{
    bool used = field == l->label;
    for (int j = 0; j < l->n; j++)
        used |= l->column[j] == field;
    return used;
}

/* "a, b, c, ... (40)" */
static void add_name(const CsvLayout *l, int field, int n, Text *out)
{
    enum { SHOWN = 12 };
    text_add(out, n == 0 ? " " : n < SHOWN ? ", " : n == SHOWN ? ", ..." : "");
    if (n < SHOWN)
        text_add_printable(out, l->name[field]);
}

void csv_layout_describe(const CsvLayout *l, Text *out)
{
    int others = 0;
    text_add(out, "separator %s, %s header, %d column%s:",
             l->separator == '\t'  ? "tab"
             : l->separator == ' ' ? "space"
                                   : (char[4]){ '"', l->separator, '"', '\0' },
             l->header ? "a" : "no", l->n, l->n == 1 ? "" : "s");
    for (int j = 0; j < l->n; j++)
        add_name(l, l->column[j], j, out);
    if (l->label >= 0) {
        text_add(out, "; label:");
        add_name(l, l->label, 0, out);
    }
    for (int i = 0; i < l->fields; i++)
        if (!is_used(l, i)) {
            text_add(out, others == 0 ? "; left out:" : "");
            add_name(l, i, others++, out);
        }
}

void csv_layout_close(CsvLayout *l)
{
    for (int i = 0; l->name && i < l->fields; i++)
        free(l->name[i]);
    free(l->name);
    free(l->column);
    *l = (CsvLayout){ 0 };
}
