/* The classes of a table: the different values of a column, numbered as they are met and in the end
 * sorted. */
#ifndef GANTRAIN_SRC_DATA_CSV_CLASSES_H
#define GANTRAIN_SRC_DATA_CSV_CLASSES_H

#include "csv_reader.h"
#include "gantrain/data/dataset.h"

enum { CSV_CLASSES = LABEL_MAX + 1, CSV_CLASS_NAME = 100 /* bytes */ };

typedef struct CsvClasses {
    char *name[CSV_CLASSES]; /* [n] owned */
    int n, last;             /* the class met last */
} CsvClasses;

/* The number of the class that a field names, or why there is none. */
enum { CSV_TOO_MANY = -1, CSV_TOO_LONG = -2, CSV_NO_MEMORY = -3 };
int csv_class_of(CsvClasses *c, CsvField f);

/* csv_classes_sort: sorts the names, as numbers where all are, else by bytes.
 *   labels [n]  in/out */
void csv_classes_sort(CsvClasses *c, uint8_t *labels, int n);

/* csv_classes_give: the names become those of d. GT_ERESOURCE. */
Status csv_classes_give(CsvClasses *c, Dataset *d, Error *e);

void csv_classes_close(CsvClasses *c);

#endif
