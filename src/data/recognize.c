/* Recognising data sets: folders by the names in them, files by their first bytes. */
#include "gantrain/data/recognize.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "gantrain/io/npy.h"
#include "gzip.h"
#include "data/arrays/npz_file.h"
#include "source.h"

enum { PROBE_BYTES = 4096, FOLDER_NAMES = 200000, FOLDER_DEPTH = 4, PATH_BYTES = 4200 };

/* ---- folders --------------------------------------------------------------------------------- */

/* How many names of each sort a folder holds. */
typedef struct Names {
    int idx, cifar, pictures, folders, arrays, others;
} Names;

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n > m && strcasecmp(name + n - m, end) == 0;
}

static bool is_picture_name(const char *name)
{
    return ends_with(name, ".png") || ends_with(name, ".jpg") || ends_with(name, ".jpeg");
}

/* Both spellings: images-idx3-ubyte and images.idx3-ubyte. */
static bool is_idx_name(const char *name)
{
    return strstr(name, "images-idx3-ubyte") || strstr(name, "images.idx3-ubyte");
}

static bool is_cifar_name(const char *name)
{
    static const char *const stems[] = { "data_batch_", "train.bin", "test_batch.bin", "test.bin" };
    bool found = false;
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        found |= strncmp(name, stems[i], strlen(stems[i])) == 0;
    return found && (ends_with(name, ".bin") || ends_with(name, ".bin.gz"));
}

static void count_name(Names *n, const char *folder, const struct dirent *entry)
{
    const char *name = entry->d_name;
    char path[PATH_BYTES];
    struct stat st;
    if (name[0] == '.')
        return;
    if (is_idx_name(name))
        n->idx++;
    else if (is_cifar_name(name))
        n->cifar++;
    else if (is_picture_name(name))
        n->pictures++;
    else if (ends_with(name, ".npy") || ends_with(name, ".npz") || ends_with(name, ".csv"))
        n->arrays++;
    else if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
             stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        n->folders++;
    else
        n->others++;
}

static bool count_names(const char *folder, Names *n)
{
    *n = (Names){ 0 };
    DIR *dir = opendir(folder);
    if (!dir)
        return false;
    const struct dirent *entry = readdir(dir);
    for (int i = 0; entry && i < FOLDER_NAMES; i++, entry = readdir(dir))
        count_name(n, folder, entry);
    closedir(dir);
    return true;
}

/* Pictures in the subfolders of a folder, `depth` levels below it at most; stops after *names. */
static int count_pictures_below(const char *folder, int depth, int *names)
{
    int pictures = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return 0;
    for (const struct dirent *entry = readdir(dir); entry && *names > 0; entry = readdir(dir)) {
        char path[PATH_BYTES];
        Names n;
        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path ||
            !count_names(path, &n))
            continue;
        pictures += n.pictures;
        *names -= 1 + n.pictures + n.folders + n.arrays + n.others;
        if (n.folders > 0 && depth > 1)
            pictures += count_pictures_below(path, depth - 1, names);
    }
    closedir(dir);
    return pictures;
}

static void recognize_folder(const char *path, Recognized *r)
{
    Names n;
    if (!count_names(path, &n)) {
        snprintf(r->what, sizeof r->what, "a folder that cannot be read: %s", strerror(errno));
        return;
    }
    int names = FOLDER_NAMES;
    const int below =
        n.folders > 0 && n.pictures == 0 ? count_pictures_below(path, FOLDER_DEPTH, &names) : 0;
    if (n.idx > 0) {
        r->name = "idx";
        snprintf(r->what, sizeof r->what, "a folder of IDX files");
    } else if (n.cifar > 0) {
        r->name = "cifar";
        snprintf(r->what, sizeof r->what, "a folder with the binary version of CIFAR");
    } else if (n.pictures > 0 || below > 0) {
        r->name = "images";
        snprintf(r->what, sizeof r->what, "a folder with %d PNG or JPEG pictures%s",
                 n.pictures > 0 ? n.pictures : below, below > 0 ? " in subfolders" : "");
    } else if (n.arrays > 0) {
        snprintf(r->what, sizeof r->what, "a folder with .npy or .csv files: name one of them");
    } else if (n.others + n.folders == 0) {
        snprintf(r->what, sizeof r->what, "an empty folder");
    } else {
        snprintf(r->what, sizeof r->what, "a folder without IDX files or pictures");
    }
}

/* ---- files ----------------------------------------------------------------------------------- */

typedef struct Probe {
    const char *path;
    size_t size;                       /* bytes read            */
    unsigned char at[PROBE_BYTES + 1]; /* of the file, then NUL */
} Probe;

/* A test for one format; true if it filled *r. */
typedef bool FormatTest(const Probe *p, Recognized *r);

static bool begins(const Probe *p, const char *magic, size_t n)
{
    return p->size >= n && memcmp(p->at, magic, n) == 0;
}

/* Arrays of two dimensions or one hold points. */
static bool is_npy(const Probe *p, Recognized *r)
{
    NpyHeader h;
    if (!begins(p, "\x93NUMPY", 6))
        return false;
    const bool whole = npy_parse(&h, p->at, p->size, p->path, NULL) == GT_OK;
    r->name = "npy";
    r->points = whole && h.rank <= 2;
    snprintf(r->what, sizeof r->what,
             whole ? "a NumPy array of %d dimension%s" : "a damaged NumPy array", h.rank,
             h.rank == 1 ? "" : "s");
    return true;
}

/* Whether the first entry of the archive, whose name follows 30 bytes, is a .npy array. */
static bool begins_with_array(const Probe *p)
{
    enum { LENGTH = 26, NAME = 30 };
    const size_t n = p->size > NAME ? (size_t)p->at[LENGTH] + ((size_t)p->at[LENGTH + 1] << 8) : 0;
    return n > 4 && NAME + n <= p->size && memcmp(p->at + NAME + n - 4, ".npy", 4) == 0;
}

static bool is_zip(const Probe *p, Recognized *r)
{
    if (!begins(p, "PK\x03\x04", 4))
        return false;
    const bool arrays = ends_with(p->path, ".npz") || begins_with_array(p);
    const int rank = arrays ? npz_rank(p->path) : 0;
    r->archive = true;
    r->name = arrays ? "npy" : "images";
    r->points = rank == 1 || rank == 2;
    snprintf(r->what, sizeof r->what, arrays ? "NumPy arrays (.npz)" : "a zip archive");
    return true;
}

static bool is_picture(const Probe *p, Recognized *r)
{
    if (!begins(p, "\x89PNG", 4) && !begins(p, "\xff\xd8\xff", 3))
        return false;
    snprintf(r->what, sizeof r->what, "one picture: name the folder of all pictures");
    return true;
}

static bool is_idx_file(const Probe *p, Recognized *r)
{
    if (p->size < 4 || p->at[0] || p->at[1] || p->at[2] < 0x08 || p->at[2] > 0x0e)
        return false;
    snprintf(r->what, sizeof r->what, "an IDX file: name its folder");
    return true;
}

/* Text with the same separator in its first lines. */
static bool is_csv(const Probe *p, Recognized *r)
{
    for (size_t i = 0; i < p->size; i++)
        if (p->at[i] < 0x20 && !strchr("\t\r\n", p->at[i]))
            return false;
    if (p->size == 0 || strchr("{[<", p->at[0]) || !strpbrk((const char *)p->at, "0123456789"))
        return false;
    r->name = "csv";
    r->points = true;
    snprintf(r->what, sizeof r->what, "a table of text (CSV)");
    return true;
}

static FormatTest *const formats[] = { is_npy, is_zip, is_picture, is_idx_file, is_csv };

/* The first bytes of a file, unpacked if it is gzip. False: it cannot be read. */
static bool read_probe(Probe *p)
{
    Gzip file;
    if (gzip_open(&file, p->path, NULL) != GT_OK)
        return false;
    (void)gzip_read(&file, p->at, PROBE_BYTES, &p->size, NULL); /* what precedes damage counts */
    gzip_close(&file);
    return p->size > 0;
}

static void recognize_file(const char *path, uint64_t bytes, Recognized *r)
{
    Probe p = { .path = path };
    if (bytes == 0 || !read_probe(&p)) {
        snprintf(r->what, sizeof r->what,
                 bytes == 0 ? "an empty file" : "a file that cannot be read");
        return;
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i](&p, r))
            return;
    snprintf(r->what, sizeof r->what, "a file of an unknown format");
}

void source_recognize(const char *path, Recognized *r)
{
    struct stat st;
    *r = (Recognized){ 0 };
    if (stat(path, &st) != 0)
        snprintf(r->what, sizeof r->what, "%s", strerror(errno));
    else if (S_ISDIR(st.st_mode))
        recognize_folder(path, r);
    else if (S_ISREG(st.st_mode))
        recognize_file(path, (uint64_t)st.st_size, r);
    else
        snprintf(r->what, sizeof r->what, "neither a file nor a folder");
}
