/* Rows of texts for json_check: accepted, or refused with a location and a message. */
#ifndef GANTRAIN_TESTS_JSON_ROWS_H
#define GANTRAIN_TESTS_JSON_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/json.h"

#include <cmocka.h> /* last: it has a macro fail() */

typedef struct Row {
    const char *text;
    int line, column;
    const char *what; /* a part of the message */
} Row;

/* what: a part of the message; NULL: the text must be accepted. */
static inline void assert_check(const char *text, size_t bytes, int line, int column,
                                const char *what)
{
    JsonError m;
    char *copy = malloc(bytes + 1); /* of the exact size: a sanitizer sees reading beyond it */
    assert_non_null(copy);
    memcpy(copy, text, bytes);
    char *exact = realloc(copy, bytes ? bytes : 1);
    const Status status = json_check(exact, bytes, &m);
    free(exact);
    const bool as_expected =
        what ? status == GT_ECONFIG && m.line == line && m.column == column && strstr(m.what, what)
             : status == GT_OK;
    if (as_expected)
        return;
    print_error("%.100s\n  gives %d:%d: %s\n  not   %d:%d: %s\n", text, m.line, m.column, m.what,
                line, column, what ? what : "accepted");
    assert_true(as_expected);
}

static inline void assert_rows(const Row *row)
{
    for (; row->text; row++)
        assert_check(row->text, strlen(row->text), row->line, row->column, row->what);
}

#endif
