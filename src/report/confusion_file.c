/* Reads the last confusion matrix of a run: a damaged file is noted, not fatal. */
#include "report_parts.h"

#include "gantrain/base/file.h"

enum { CONFUSION_LIMIT = 1 << 28 };

/* The last line that ends; *bytes 0: there is none. */
static const char *last_line(const Bytes *file, size_t *bytes)
{
    const char *at = (const char *)file->at;
    size_t end = file->size;
    while (end > 0 && at[end - 1] != '\n')
        end--;
    size_t first = end > 0 ? end - 1 : 0;
    while (first > 0 && at[first - 1] != '\n')
        first--;
    *bytes = end - first;
    return at + first;
}

static bool is_row_of(const Value *row, ValueKind kind, int n)
{
    if (row->kind != VALUE_ARRAY || value_count(row) != n + 1)
        return false;
    for (const Value *v = row->child; v; v = v->next)
        if (v->kind != kind)
            return false;
    return true;
}

/* Whether the tree holds a square of counts, and a name for each class if there are names. */
static bool is_confusion(const Json *j)
{
    const Value *count = value_find(j->root, "count"), *names = value_find(j->root, "names");
    int n = 0;
    if (!count || count->kind != VALUE_ARRAY)
        return false;
    for (const Value *row = count->child; row; row = row->next)
        n++;
    for (const Value *row = count->child; row; row = row->next)
        if (!is_row_of(row, VALUE_NUMBER, n))
            return false;
    return n > 0 && (!names || is_row_of(names, VALUE_STRING, n));
}

static Status parse_line(ReportRun *r, const Bytes *file, const char *path, Error *e)
{
    size_t bytes;
    Error why = { 0 };
    const char *line = last_line(file, &bytes);
    if (bytes == 0)
        return GT_OK;
    const Status s = json_parse(&r->confusion, line, bytes, path, 0, &why);
    if (s == GT_ERESOURCE)
        return fail(e, s, "%s", why.text[0]);
    if (s == GT_OK && is_confusion(&r->confusion))
        return GT_OK;
    json_free(&r->confusion);
    r->confusion = (Json){ 0 };
    text_add(&r->missing, "%s: its last line is no confusion matrix: skipped\n", path);
    return GT_OK;
}

Status report_read_confusion(ReportRun *r, Error *e)
{
    char path[FOLDER_FILE];
    Bytes file = { 0 };
    Error why = { 0 };
    folder_file(&r->folder, FOLDER_CONFUSION, path);
    if (!file_exists(path))
        return GT_OK; /* a run without classes */
    Status s = file_read(&file, path, CONFUSION_LIMIT, GT_EDATA, &why);
    if (s == GT_OK)
        s = parse_line(r, &file, path, e);
    else if (s == GT_ERESOURCE)
        *e = why;
    else
        text_add(&r->missing, "%s\n", why.text[0]);
    bytes_free(&file);
    return s == GT_ERESOURCE ? s : GT_OK;
}
