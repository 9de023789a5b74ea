/* A buffer holds at least one whole record. A record that does not end in it is scanned again after
 * more was read; nothing is changed in place. */
#include "csv_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 20, PROBE_RECORDS = 10, FIRST_FIELDS = 64 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void set_separator(CsvReader *r, char separator)
{
    r->separator = separator;
    memset(r->stops, 0, sizeof r->stops);
    r->stops['\0'] = r->stops['\n'] = r->stops['\r'] = true;
    r->stops[(unsigned char)separator] = true;
    r->stops['\t'] |= separator == ' ';
}

/* ---- scanning -------------------------------------------------------------------------------- */

typedef enum Scan { SCAN_FIELD, SCAN_RECORD, SCAN_MORE, SCAN_FAILED } Scan;

/* A position in the buffer, and the lines that ended before it inside quotes. */
typedef struct Cursor {
    size_t i;
    uint64_t lines;
} Cursor;

static Scan fault(const CsvReader *r, const Cursor *c, Error *e, const char *what)
{
    fail(e, GT_EDATA, "%s:%" PRIu64 ": %s", r->path, r->lines + 1 + c->lines, what);
    return SCAN_FAILED;
}

static Scan fault_nul(const CsvReader *r, const Cursor *c, Error *e)
{
    return fault(r, c, e, "a NUL byte: expected text in UTF-8; export the table as CSV again");
}

/* Whether the byte at i is not read yet. */
static bool is_missing(const CsvReader *r, size_t i)
{
    return i >= r->used && !r->ended;
}

static void skip_blanks(const CsvReader *r, Cursor *c)
{
    while (is_blank(r->buffer[c->i]) && (r->buffer[c->i] != r->separator || r->separator == ' '))
        c->i++;
}

/* From the first byte after a field; *c passes the separator or the end of the line. */
static Scan scan_end(const CsvReader *r, Cursor *c, Error *e)
{
    const char end = r->buffer[c->i];
    if (end == '\0' && c->i < r->used)
        return fault_nul(r, c, e);
    if (is_missing(r, c->i) || (end == '\r' && is_missing(r, c->i + 1)))
        return SCAN_MORE;
    if (end == '\0')
        return SCAN_RECORD;
    c->i += end == '\r' && r->buffer[c->i + 1] == '\n' ? 2 : 1;
    return end == '\n' || end == '\r' ? SCAN_RECORD : SCAN_FIELD;
}

/* From the byte after the opening quote to the first one after the closing quote. */
static Scan scan_quoted(const CsvReader *r, Cursor *c, CsvField *f, Error *e)
{
    const char *b = r->buffer;
    const Cursor opened = *c;
    for (;; c->i++) {
        if (is_missing(r, c->i) || (b[c->i] == '"' && is_missing(r, c->i + 1)))
            return SCAN_MORE;
        if (c->i == r->used)
            return fault(r, &opened, e, "a quote opens here and does not close: add the second");
        if (b[c->i] == '\0')
            return fault_nul(r, c, e);
        c->lines += b[c->i] == '\n';
        if (b[c->i] != '"')
            continue;
        if (b[c->i + 1] != '"')
            break;
        c->i++;
    }
    *f = (CsvField){ b + opened.i, c->i - opened.i, true };
    c->i++;
    if (r->separator != ' ')
        skip_blanks(r, c);
    if (!r->stops[(unsigned char)b[c->i]])
        return fault(r, c, e,
                     "text after a closing quote: a quote inside quotes is written twice (\"\")");
    return SCAN_FIELD;
}

static void scan_plain(const CsvReader *r, Cursor *c, CsvField *f)
{
    const char *b = r->buffer;
    const size_t begin = c->i;
    while (!r->stops[(unsigned char)b[c->i]])
        c->i++;
    size_t end = c->i;
    while (end > begin && is_blank(b[end - 1]))
        end--;
    *f = (CsvField){ b + begin, end - begin, false };
}

/* One field and what ends it. */
static Scan scan_field(const CsvReader *r, Cursor *c, CsvField *f, Error *e)
{
    skip_blanks(r, c);
    if (r->buffer[c->i] == '"') {
        c->i++;
        const Scan s = scan_quoted(r, c, f, e);
        if (s != SCAN_FIELD)
            return s;
    } else {
        scan_plain(r, c, f);
    }
    if (r->separator == ' ')
        skip_blanks(r, c);
    else
        return scan_end(r, c, e);
    const char next = r->buffer[c->i];
    const bool ends = next == '\n' || next == '\r' || next == '\0';
    return ends ? scan_end(r, c, e) : SCAN_FIELD;
}

static bool make_room(CsvReader *r)
{
    const int room = r->room ? 2 * r->room : FIRST_FIELDS;
    CsvField *more = realloc(r->field, (size_t)room * sizeof *more);
    if (!more)
        return false;
    r->field = more;
    r->room = room;
    return true;
}

/* The record at r->at, with *c behind it. */
static Scan scan_record(CsvReader *r, Cursor *c, Error *e)
{
    Scan s = SCAN_FIELD;
    r->n = 0;
    while (s == SCAN_FIELD) {
        if (r->n == CSV_FIELDS_MAX)
            return fault(r, c, e, "more than 65536 fields: is this a table?");
        if (r->n == r->room && !make_room(r)) {
            fail(e, GT_ERESOURCE, "%s: no memory for %d fields", r->path, r->n);
            return SCAN_FAILED;
        }
        s = scan_field(r, c, &r->field[r->n], e);
        r->n++;
    }
    return s;
}

/* ---- reading --------------------------------------------------------------------------------- */

static Status grow(CsvReader *r, Error *e)
{
    const size_t size = r->size ? 2 * r->size : BUFFER;
    if (size > CSV_RECORD_MAX)
        return fail(e, GT_EDATA,
                    "%s:%" PRIu64 ": a record of more than %d MiB begins here: is there a quote "
                    "that does not close?",
                    r->path, r->lines + 1, CSV_RECORD_MAX >> 20);
    char *more = realloc(r->buffer, size + 1);
    if (!more)
        return fail(e, GT_ERESOURCE, "%s: no memory for a record of %zu bytes", r->path, size);
    r->buffer = more;
    r->size = size;
    return GT_OK;
}

/* Reads on; the record at r->at moves to the front of the buffer. */
static Status refill(CsvReader *r, Error *e)
{
    size_t got = 0;
    if (r->at > 0)
        memmove(r->buffer, r->buffer + r->at, r->used - r->at);
    r->used -= r->at;
    r->at = 0;
    if (r->used == r->size)
        TRY(grow(r, e));
    const size_t want = r->size - r->used;
    TRY(gzip_read(&r->file, r->buffer + r->used, want, &got, e));
    r->used += got;
    r->buffer[r->used] = '\0';
    r->ended = got < want;
    return GT_OK;
}

static bool is_blank_record(const CsvReader *r)
{
    return r->n == 1 && r->field[0].n == 0 && !r->field[0].quoted;
}

Status csv_next(CsvReader *r, bool *found, Error *e)
{
    *found = false;
    while (!*found && !(r->ended && r->at == r->used)) {
        Cursor c = { r->at, 0 };
        const Scan s = scan_record(r, &c, e);
        if (s == SCAN_FAILED)
            return e->code;
        if (s == SCAN_MORE) {
            TRY(refill(r, e));
            continue;
        }
        *found = !is_blank_record(r);
        r->line = r->lines + 1;
        r->lines += 1 + c.lines;
        r->at = c.i;
    }
    return GT_OK;
}

uint64_t csv_line(const CsvReader *r, int i)
{
    const CsvField *first = &r->field[0], *f = &r->field[i];
    uint64_t lines = 0;
    for (const char *c = first->at; c < f->at; c++)
        lines += *c == '\n';
    return r->line + lines;
}

void csv_add(Text *out, CsvField f)
{
    for (size_t i = 0; i < f.n; i++) {
        text_add_bytes(out, f.at + i, 1);
        i += f.quoted && f.at[i] == '"';
    }
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Fields of each of the first records that are in the buffer, if it is the same number for all;
 * else -1. Of the first record alone: `first`. */
static int count_fields(CsvReader *r, char separator, int *first)
{
    const size_t at = r->at;
    const uint64_t lines = r->lines;
    Error ignored = { 0 };
    int n = 0;
    set_separator(r, separator);
    *first = 0;
    for (int i = 0; i < PROBE_RECORDS && !(r->ended && r->at == r->used);) {
        Cursor c = { r->at, 0 };
        if (scan_record(r, &c, &ignored) != SCAN_RECORD)
            break;
        r->at = c.i;
        if (is_blank_record(r))
            continue;
        if (i++ == 0)
            n = *first = r->n;
        else if (r->n != n)
            n = -1;
    }
    r->at = at;
    r->lines = lines;
    return n;
}

static void find_separator(CsvReader *r)
{
    static const char candidates[] = "\t;,| ";
    char likely = ',';
    int first;
    for (const char *c = candidates; *c; c++)
        if (count_fields(r, *c, &first) > 1)
            return;
    for (const char *c = candidates + strlen(candidates); c-- > candidates;) {
        count_fields(r, *c, &first);
        likely = first > 1 ? *c : likely;
    }
    set_separator(r, likely);
}

/* Passes a byte order mark. */
static Status check_encoding(CsvReader *r, Error *e)
{
    const unsigned char *b = (const unsigned char *)r->buffer;
    if (r->used >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return fail(e, GT_EDATA,
                    "%s: text in UTF-16: expected UTF-8; export it again, or: iconv -f UTF-16 -t "
                    "UTF-8",
                    r->path);
    if (r->used >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0)
        r->at = 3;
    return GT_OK;
}

Status csv_open(CsvReader *r, const char *path, char separator, Error *e)
{
    *r = (CsvReader){ .path = path };
    TRY(gzip_open(&r->file, path, e));
    Status s = refill(r, e);
    if (s == GT_OK)
        s = check_encoding(r, e);
    if (s != GT_OK) {
        csv_close(r);
        return s;
    }
    if (separator)
        set_separator(r, separator);
    else
        find_separator(r);
    return GT_OK;
}

void csv_close(CsvReader *r)
{
    gzip_close(&r->file);
    free(r->field);
    free(r->buffer);
    *r = (CsvReader){ 0 };
}
