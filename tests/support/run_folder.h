/* The folder of a run in a scratch folder, with files in it that are ours and others that only look
 * so. */
#ifndef GANTRAIN_TESTS_RUN_FOLDER_H
#define GANTRAIN_TESTS_RUN_FOLDER_H

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "gantrain/io/durable.h"
#include "gantrain/run/folder.h"

#include "support/scratch.h"

static RunFolder here;

static inline void put(const char *name)
{
    char path[FOLDER_FILE];
    folder_file(&here, name, path);
    assert_int_equal(durable_write(path, "x", 1, NULL), GT_OK);
}

static inline bool there(const char *name)
{
    char path[FOLDER_FILE];
    struct stat st;
    folder_file(&here, name, path);
    return lstat(path, &st) == 0;
}

static inline int open_here(void **state)
{
    if (scratch_open(state) != 0)
        return -1;
    const Scratch *s = *state;
    return folder_open(&here, s->folder, false, NULL) == GT_OK ? 0 : -1;
}

static inline int close_here(void **state)
{
    const Scratch *s = *state;
    folder_close(&here);
    scratch_clear(s->folder);
    return scratch_close(state);
}

#define HERE_TEST(test) cmocka_unit_test_setup_teardown(test, open_here, close_here)

static const char *const others[] = {
    "checkpoints/ckpt-0000007.safetensors",
    "checkpoints/ckpt-000000009.safetensors",
    "checkpoints/ckpt-1234567890123456789.safetensors",
    "checkpoints/ckpt-00000008.safetensor",
    "checkpoints/ckpt-00000008.safetensors.bak",
    "checkpoints/xckpt-00000008.safetensors",
    "checkpoints/ckpt-0000000a.safetensors",
    "checkpoints/best.safetensors",
    "samples/epoch-001.png",
    "samples/epoch-00001.png",
    "samples/notes.txt",
};
enum { OTHERS = sizeof others / sizeof *others };

static inline void put_files(void)
{
    static const char *const ours[] = { "checkpoints/ckpt-00000002.safetensors",
                                        "checkpoints/ckpt-00000010.safetensors",
                                        "checkpoints/ckpt-123456789.safetensors",
                                        "checkpoints/ckpt-00000004.safetensors",
                                        "samples/epoch-0001.png",
                                        "samples/epoch-12345.png" };
    char path[FOLDER_FILE];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        put(ours[i]);
    for (int i = 0; i < OTHERS; i++)
        put(others[i]);
    folder_checkpoint(&here, 6, path); /* no regular file */
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    folder_checkpoint(&here, 7, path);
    assert_true(symlink("/dev/null", path) == 0 || errno == EEXIST);
}

static inline uint64_t steps_there(uint64_t out[64])
{
    uint64_t *steps = NULL;
    int n = 0;
    assert_int_equal(folder_checkpoints(&here, &steps, &n, NULL), GT_OK);
    assert_true(n <= 64);
    if (n > 0)
        memcpy(out, steps, (size_t)n * sizeof *out);
    free(steps);
    return (uint64_t)n;
}

#endif
