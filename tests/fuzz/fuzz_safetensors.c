/* Any safetensors file. Every byte of the tensors of an accepted file is within the file. */
#include "tensor_bytes.h"

#include "gantrain/io/safetensors.h"

static void check_tensors(const TensorFile *f)
{
    size_t sum = 0;
    unsigned all = 0;
    for (int i = 0; i < f->n; i++) {
        const Tensor *t = &f->tensor[i];
        const unsigned char *at = t->at;
        must(at >= f->file.at && at + t->bytes <= f->file.at + f->file.size,
             "a tensor lies in the file");
        must(tensors_find(f, t->name) == t, "a tensor is found by its name");
        for (size_t k = 0; k < t->bytes; k++)
            all += at[k];
        sum += t->bytes;
    }
    must(sum < f->file.size && all < UINT32_MAX, "tensors do not overlap");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    TensorFile f;
    e.code = GT_OK;
    e.lines = 0;
    if (!set_tensor_file(data, size))
        return 0;
    const Status s = tensors_open(&f, "input", &e);
    must_report(s, &e);
    must(s == GT_OK || s == GT_ECHECKPOINT, "the only error is a damaged file");
    if (s == GT_OK)
        check_tensors(&f);
    tensors_close(&f);
    return 0;
}
