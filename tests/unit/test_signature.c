/* Files that are something else, by their first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gantrain/base/signature.h"

typedef struct Row {
    const char *bytes;
    size_t n;
    const char *name; /* NULL: unknown */
} Row;

#define ROW(bytes, name)                                                                           \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, name                                                             \
    }

static const Row rows[] = {
    ROW("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
    ROW("\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
    ROW("GIF89a", "a GIF picture"),
    ROW("RIFF\x10\0\0\0WEBPVP8 ", "a WebP picture"),
    ROW("PK\x03\x04\0\0", "a zip archive"),
    ROW("\x1f\x8b\x08\0", "packed with gzip"),
    ROW("\x93NUMPY\x01\0v\0{'descr'", "a NumPy file"),
    ROW("\x89HDF\r\n\x1a\n", "an HDF5 file"),
    ROW("\x80\x02\x8a\x0al\xfc", "a Python pickle"),
    ROW("\0\0\x08\x03\0\0\xea\x60", "an IDX file"),
    ROW("\0\0\x0d\x01\0\0\xea\x60", "an IDX file"),
    ROW("\0\0\x08\x09\0\0\0\x01", NULL),
    ROW("\0\0\x07\x01\0\0\0\x01", NULL),
    ROW("@\0\0\0\0\0\0\0{\"__metadata__\"", "a safetensors file"),
    ROW("{\"name\": \"ring\"}", "a JSON file"),
    ROW("\r\n  {}", "a JSON file"),
    ROW("{\0\0\0\0\0\0\0{\"a\"", "a safetensors file"), /* a header of 123 bytes */
    ROW("<\0\0\0\0\0\0\0{\"a\"", "a safetensors file"),
    ROW("\n<!doctype html>", "an HTML page"),
    ROW("some words", NULL),
    ROW("   ", NULL),
    ROW("", NULL),
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = signature_name((const unsigned char *)rows[i].bytes, rows[i].n);
        if (rows[i].name)
            assert_string_equal(name ? name : "unknown", rows[i].name);
        else
            assert_null(name);
    }
}

/* No prefix is read beyond its end, which the sanitizers check. */
static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t n = 0; n <= rows[i].n; n++) {
            unsigned char *copy = test_malloc(n + (n == 0));
            memcpy(copy, rows[i].bytes, n);
            (void)signature_name(copy, n);
            test_free(copy);
        }
}

static void test_remedy(void **state)
{
    (void)state;
    const Signature *zip = signature_find((const unsigned char *)"PK\x03\x04", 4);
    assert_non_null(zip);
    assert_string_equal(zip->remedy, "unzip it first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
