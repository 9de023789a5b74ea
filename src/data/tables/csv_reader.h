/* Reading tables of text, record by record: RFC 4180, with any separator, plain or gzip.
 *
 * Accepted beyond the RFC: LF, CRLF or CR at the end of a line; a byte order mark; blank lines;
 * spaces around fields; quotes inside a field that does not begin with one. With the separator
 * space, a run of spaces and tabs is one separator. */
#ifndef GANTRAIN_SRC_DATA_CSV_READER_H
#define GANTRAIN_SRC_DATA_CSV_READER_H

#include <stdbool.h>

#include "gantrain/base/text.h"
#include "data/gzip.h"

enum {
    CSV_RECORD_MAX = 1 << 26, /* bytes  */
    CSV_FIELDS_MAX = 1 << 16,
};

/* The bytes of a field without its quotes; valid until the next record. */
typedef struct CsvField {
    const char *at;
    size_t n;
    bool quoted; /* two quotes in it stand for one */
} CsvField;

/* An open table and its current record. */
typedef struct CsvReader {
    const char *path; /* not owned */
    Gzip file;
    char separator;
    uint64_t line; /* of the record, from 1                                          */
    CsvField *field;
    int n; /* fields of the record                                           */

    /* private */
    int room;        /* fields allocated                                               */
    bool stops[256]; /* bytes that may end a field without quotes                      */
    char *buffer;    /* [size + 1] owned; a NUL follows the last byte                  */
    size_t size;     /* allocated                                                      */
    size_t at, used; /* the record begins at `at`; bytes read                          */
    uint64_t lines;  /* before the next record                                         */
    bool ended;      /* the whole file was read                                        */
} CsvReader;

/* csv_open: opens a table. GT_EDATA names the path; GT_ERESOURCE. The caller closes it after
 * GT_OK.
 *   separator   in   '\0': the first of tab ; , | space that cuts each of the first lines into
 *                    the same number of fields, at least two; else a comma */
Status csv_open(CsvReader *r, const char *path, char separator, Error *e);

/* csv_next: the next record that is not blank; *found false: there is none. GT_EDATA names the line
 * and the fault; GT_ERESOURCE. */
Status csv_next(CsvReader *r, bool *found, Error *e);

/* The line on which field i begins. */
uint64_t csv_line(const CsvReader *r, int i);

/* Adds the contents of a field, "" as ". */
void csv_add(Text *out, CsvField f);

/* Accepts a zeroed CsvReader. */
void csv_close(CsvReader *r);

/* csv_number: whether a field is a decimal number, as "-1.5e3"; correctly rounded. A NUL or a byte
 * that is no part of a number follows it in memory. */
bool csv_number(CsvField f, double *x);

/* Whether a field would be a number but for commas in it, as "1,5" or "1.234,5". */
bool csv_decimal_comma(CsvField f);

/* Whether a field stands for a missing value: "", NA, NaN, null and the like. */
bool csv_missing(CsvField f);

#endif
