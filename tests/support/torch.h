/* Fixtures written by scripts/make_fixtures.py: what PyTorch makes of the same numbers. */
#ifndef GANTRAIN_TESTS_TORCH_H
#define GANTRAIN_TESTS_TORCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/safetensors.h"
#include "gantrain/run/config.h"

#include <cmocka.h> /* after ours: it has a macro called fail */

static inline void torch_open(TensorFile *f, const char *name, Error *e)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.safetensors", GANTRAIN_FIXTURES, name);
    if (tensors_open(f, path, e) != GT_OK)
        fail_msg("%s", e->text[0]);
}

/* The tensor called "prefix.name", which must be there. */
static inline const Tensor *torch_find(const TensorFile *f, const char *prefix, const char *name)
{
    char full[2 * TENSOR_NAME];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    const Tensor *t = tensors_find(f, full);
    if (!t)
        fail_msg("PyTorch has no %s", full);
    return t;
}

static inline size_t torch_size(const Tensor *t)
{
    return t->bytes / tensor_type_bytes(t->type);
}

/* Number i of a tensor of F32 or F64. */
static inline double torch_at(const Tensor *t, size_t i)
{
    const char *at = (const char *)t->at + i * tensor_type_bytes(t->type);
    double wide;
    float narrow;

    assert_true(i < torch_size(t));
    if (t->type == TENSOR_F64) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    assert_int_equal(t->type, TENSOR_F32);
    memcpy(&narrow, at, sizeof narrow);
    return (double)narrow;
}

static inline void torch_config(const TensorFile *f, const char *key, Config *c, Error *e)
{
    const char *text = tensors_text(f, key);
    assert_non_null(text);
    if (config_parse(c, text, strlen(text), key, e) != GT_OK)
        fail_msg("%s", e->text[0]);
}

#endif
