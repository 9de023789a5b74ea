/* What reading and writing safetensors share: types of tensors, and looking up names. */
#include "gantrain/io/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [TENSOR_F32] = { "F32", 4 },
    [TENSOR_F64] = { "F64", 8 },
    [TENSOR_I64] = { "I64", 8 },
    [TENSOR_U8] = { "U8", 1 },
};

const char *tensor_type_name(TensorType type)
{
    return types[type].name;
}

size_t tensor_type_bytes(TensorType type)
{
    return types[type].bytes;
}

bool tensor_has_shape(const Tensor *t, int rank, const int64_t *shape)
{
    return t->rank == rank && memcmp(t->shape, shape, (size_t)rank * sizeof *shape) == 0;
}

const char *tensor_shape_text(int rank, const int64_t *shape, char out[TENSOR_SHAPE_TEXT])
{
    int n = snprintf(out, 2, "[");
    for (int i = 0; i < rank; i++)
        n += snprintf(out + n, 24, "%s%" PRId64, i ? ", " : "", shape[i]);
    snprintf(out + n, 2, "]");
    return out;
}

/* Data in files of other programs may be unaligned. */
double tensor_value(const Tensor *t, size_t i)
{
    float f;
    double d;
    if (t->type == TENSOR_F64)
        return memcpy(&d, (const char *)t->at + i * sizeof d, sizeof d), d;
    return memcpy(&f, (const char *)t->at + i * sizeof f, sizeof f), (double)f;
}

const Tensor *tensors_find(const TensorFile *f, const char *name)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->tensor[i].name, name) == 0)
            return &f->tensor[i];
    return NULL;
}

const char *tensors_text(const TensorFile *f, const char *key)
{
    const Value *v = value_member(f->metadata, key);
    return v ? v->text : NULL;
}
