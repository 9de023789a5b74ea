/* A temporary folder for each test of durable files, and assertions about its files. */
#ifndef GANTRAIN_TESTS_DURABLE_FOLDER_H
#define GANTRAIN_TESTS_DURABLE_FOLDER_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/io/durable.h"

#include "support/scratch.h"

enum { PATH_BYTES = 512 };

typedef struct DurableFolder {
    char folder[64];
    char path[PATH_BYTES]; /* folder/file */
} DurableFolder;

static inline void path_in(const DurableFolder *p, const char *name, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", p->folder, name);
}

static inline int make_folder(void **state)
{
    static DurableFolder f;
    (void)snprintf(f.folder, sizeof f.folder, "/tmp/gantrain-durable-XXXXXX");
    if (!mkdtemp(f.folder))
        return -1;
    path_in(&f, "file", f.path);
    *state = &f;
    return 0;
}

static inline int remove_folder(void **state)
{
    const DurableFolder *p = *state;
    scratch_clear(p->folder);
    return rmdir(p->folder);
}

/* Names in a folder without . and .. */
static inline int count_names(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int n = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(dir);
    return n;
}

static inline void assert_holds(const char *path, const void *bytes, size_t size)
{
    Bytes b;
    assert_int_equal(file_read(&b, path, SIZE_MAX, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, size);
    assert_memory_equal(b.at, bytes, size);
    bytes_free(&b);
}

static inline void write_text(const char *path, const char *text)
{
    assert_int_equal(durable_write(path, text, strlen(text), NULL), GT_OK);
}

static inline void assert_message(const Error *e, const char *path, const char *part)
{
    assert_int_equal(e->lines, 1);
    assert_non_null(strstr(e->text[0], path));
    if (!strstr(e->text[0], part))
        assert_string_equal(e->text[0], part);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
