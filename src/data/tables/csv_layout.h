/* Which columns of a table are read, and as what. */
#ifndef GANTRAIN_SRC_DATA_CSV_LAYOUT_H
#define GANTRAIN_SRC_DATA_CSV_LAYOUT_H

#include "csv_reader.h"
#include "data/source.h"

typedef struct CsvOptions {
    SourceOptions source;
    const Entry *header;   /* of csv_headers                                      */
    const char *separator; /* "auto" or one character                             */
    Texts columns;         /* names, or numbers from 1; none: all with numbers    */
    const char *label;     /* name or number of the column of classes; "": none   */
    bool standardize;
} CsvOptions;

extern const Registry csv_headers; /* auto, yes, no */

typedef struct CsvLayout {
    char separator;
    bool header;   /* the first record holds the names                  */
    int fields;    /* of a record                                       */
    uint64_t line; /* of the first record                               */
    char **name;   /* [fields] owned, each too; "x3" without a header   */
    int *column;   /* [n] owned: the fields to read, in this order      */
    int n;
    int label; /* the field of classes; -1: none                    */
} CsvLayout;

/* csv_layout_find: reads the first records of the file. The caller closes *l, also after a failure.
 * GT_EDATA names the file, GT_ECONFIG the key; GT_ERESOURCE. */
Status csv_layout_find(CsvLayout *l, const Spec *spec, Error *e);

/* Describes it: separator, header, columns, and those left out. */
void csv_layout_describe(const CsvLayout *l, Text *out);

/* The contents of a field as valid UTF-8 without control characters, for names; the caller frees
 * it. NULL: no memory. */
char *csv_copy(CsvField f);

void csv_layout_close(CsvLayout *l);

#endif
