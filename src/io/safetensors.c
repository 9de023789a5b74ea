/* What reading and writing safetensors share: types of tensors, and looking up names. */
#include "gantrain/io/safetensors.h"

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
