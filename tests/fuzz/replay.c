/* A fuzz target without libFuzzer: runs the empty input and every file of the folders once. */
#include <dirent.h>
#include <limits.h>

#include "fuzz.h"

enum { LONGEST = 1 << 20 };

static bool replay_file(const char *path)
{
    static uint8_t bytes[LONGEST];
    FILE *f = fopen(path, "rb");
    const size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f)
        fclose(f);
    uint8_t *exact = f ? malloc(n + !n) : NULL; /* so that a sanitizer detects reads past its end */
    if (!exact)
        return false;
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return true;
}

static int replay_folder(const char *folder)
{
    char path[PATH_MAX];
    int n = 0;
    DIR *d = opendir(folder);
    for (const struct dirent *f; d && (f = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
        if (*f->d_name != '.')
            n += replay_file(path);
    }
    if (d)
        closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        n += replay_folder(argv[i]);
    printf("%d inputs\n", n);
    return n > 0 ? 0 : 1;
}
