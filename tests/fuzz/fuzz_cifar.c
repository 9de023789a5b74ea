/* The same bytes as every batch of CIFAR-10 and as the names of its classes. */
#include <unistd.h>

#include "data/source.h"
#include "fuzz.h"

static char folder[] = "/tmp/fuzz-cifar-XXXXXX";
static const char *const batches[] = { "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                       "data_batch_4.bin", "data_batch_5.bin" };
enum { BATCHES = sizeof batches / sizeof *batches };

static void path_of(char path[64], int i)
{
    snprintf(path, 64, "%s/%s", folder, batches[i]);
}

static void remove_folder(void)
{
    char path[64];
    for (int i = 0; i < BATCHES; i++) {
        path_of(path, i);
        unlink(path);
    }
    rmdir(folder);
}

/* Links to the file in memory. */
static void make_folder(const char *file)
{
    char path[64];
    must(mkdtemp(folder) != NULL, "a folder");
    for (int i = 0; i < BATCHES; i++) {
        path_of(path, i);
        must(symlink(file, path) == 0, "a link");
    }
    atexit(remove_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    static Error e;
    const char *file = fuzz_temp_path(data, size);
    if (!made)
        make_folder(file);
    made = true;
    const Entry *cifar = registry_find(&datasets, "cifar");
    struct {
        SourceOptions source;
        const Entry *labels;
    } o = { { .path = folder,
              .part = registry_find(&source_parts, "train"),
              .range = registry_find(&pixel_ranges, "unit") },
            NULL };
    const Spec spec = { .is = cifar, .options = &o };
    Dataset d;
    e.code = GT_OK;
    e.lines = 0;
    fuzz_set_file(data, size);
    const Status s = dataset_open(&d, &spec, 1, &e);
    must_report(s, &e);
    must(s != GT_OK || d.bytes == (size_t)d.count * 3072, "the count is the size");
    dataset_close(&d);
    return 0;
}
