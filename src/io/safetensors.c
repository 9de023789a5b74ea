/* What reading and writing safetensors share: the element types, and access to an open file. */
#include "gantrain/io/safetensors.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are stored as memory holds them");

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

void tensors_close(TensorFile *f)
{
    if (!f)
        return;
    bytes_free(&f->file);
    json_free(&f->header);
    free(f->tensor);
    *f = (TensorFile){ 0 };
}
