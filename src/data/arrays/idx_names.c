#include "idx_names.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/file.h"

enum { HEADS = 16 };

static const char *const train_parts[] = { "train", NULL };
static const char *const test_parts[] = { "t10k", "test", NULL };
static const char *const ends[] = { "-ubyte", "-ubyte.gz", NULL };

bool idx_names_path(const IdxNames *n, const char *what, char path[IDX_PATH])
{
    const char *spelling[] = { "-", "." };
    const int rank = strcmp(what, "images") == 0 ? 3 : 1;
    for (int s = 0; s < 2; s++)
        for (int k = 0; ends[k]; k++) {
            snprintf(path, IDX_PATH, "%s/%s%s-%s%sidx%d%s", n->dir, n->head, n->part, what,
                     spelling[s], rank, ends[k]);
            if (file_exists(path))
                return true;
        }
    snprintf(path, IDX_PATH, "%s/%s%s-%s-idx%d-ubyte", n->dir, n->head, n->part, what, rank);
    return false;
}

bool idx_names_is_emnist(const IdxNames *n)
{
    return strncmp(n->head, "emnist-", strlen("emnist-")) == 0;
}

/* ---- sets with a name ------------------------------------------------------------------------ */

typedef struct Heads {
    int n; /* at most HEADS are listed */
    char head[HEADS][IDX_HEAD];
    const char *part[HEADS];
} Heads;

/* Length of what stands before `end` at the end of the first n characters of `name`; -1: nothing
 * ends so. */
static int before(const char *name, int n, const char *end)
{
    const int m = (int)strlen(end);
    return n >= m && memcmp(name + n - m, end, (size_t)m) == 0 ? n - m : -1;
}

/* Length of the head of the name of a file with the images of `part`; -1: it is another file. */
static int head_length(const char *name, const char *part)
{
    static const char *const spellings[] = { "-images-idx3", "-images.idx3", NULL };
    for (int k = 0; ends[k]; k++) {
        const int stem = before(name, (int)strlen(name), ends[k]);
        for (int s = 0; stem >= 0 && spellings[s]; s++) {
            const int whole = before(name, stem, spellings[s]);
            const int head = whole >= 0 ? before(name, whole, part) : -1;
            if (head > 0 && head < IDX_HEAD && name[head - 1] == '-')
                return head;
        }
    }
    return -1;
}

/* "letters" means "emnist-letters-", "letters-" and itself. */
static bool is_meant(const char *head, const char *subset)
{
    char with[IDX_HEAD + 16];
    if (!*subset)
        return true;
    snprintf(with, sizeof with, "%s-", subset);
    if (strcmp(head, subset) == 0 || strcmp(head, with) == 0)
        return true;
    snprintf(with, sizeof with, "emnist-%s-", subset);
    return strcmp(head, with) == 0;
}

static void add_head(Heads *h, const char *head, const char *part)
{
    int i = 0; /* sorted: the order of a folder means nothing */
    while (i < h->n && strcmp(h->head[i], head) < 0)
        i++;
    if (h->n == HEADS || (i < h->n && strcmp(h->head[i], head) == 0))
        return;
    memmove(h->head[i + 1], h->head[i], (size_t)(h->n - i) * sizeof h->head[0]);
    memmove(&h->part[i + 1], &h->part[i], (size_t)(h->n - i) * sizeof h->part[0]);
    strcpy(h->head[i], head);
    h->part[i] = part;
    h->n++;
}

static void find_heads(Heads *h, const char *dir, const char *const *parts, const char *subset)
{
    DIR *folder = opendir(dir);
    if (!folder)
        return;
    for (const struct dirent *f = readdir(folder); f; f = readdir(folder))
        for (int k = 0; parts[k]; k++) {
            char head[IDX_HEAD];
            const int n = head_length(f->d_name, parts[k]);
            if (n < 0)
                continue;
            snprintf(head, sizeof head, "%.*s", n, f->d_name);
            if (is_meant(head, subset))
                add_head(h, head, parts[k]);
        }
    closedir(folder);
}

/* "digits, letters": what data.subset takes. */
static void list_heads(char *text, size_t room, const Heads *h)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < h->n && used < room; i++) {
        const char *head = h->head[i];
        head += strncmp(head, "emnist-", 7) == 0 ? 7 : 0;
        const int n = (int)strlen(head) - 1; /* without the '-' at the end */
        used += (size_t)snprintf(text + used, room - used, "%s%.*s", i ? ", " : "", n, head);
    }
}

static Status choose_head(const Heads *h, const char *dir, const char *subset, Error *e)
{
    char names[240];
    list_heads(names, sizeof names, h);
    if (*subset)
        return fail(e, GT_EDATA, "%s: no files of the set \"%s\" (data.subset); there are %s", dir,
                    subset, h->n ? names : "none with the name of a set");
    return fail(e, GT_EDATA,
                "%s: images of %d sets: name one of them as data.subset, or move its files to a "
                "folder of their own: %s",
                dir, h->n, names);
}

Status idx_names_find(IdxNames *n, const char *dir, const char *subset, bool test, Error *e)
{
    const char *const *parts = test ? test_parts : train_parts;
    char path[IDX_PATH];
    Heads h = { 0 };
    *n = (IdxNames){ .dir = dir };
    for (int k = 0; parts[k] && !*subset; k++) {
        n->part = parts[k];
        if (idx_names_path(n, "images", path))
            return GT_OK;
    }
    n->part = NULL;
    find_heads(&h, dir, parts, subset);
    if (h.n == 1) {
        strcpy(n->head, h.head[0]);
        n->part = h.part[0];
        return GT_OK;
    }
    if (h.n == 0 && *subset)
        find_heads(&h, dir, parts, "");
    return h.n == 0 && !*subset ? GT_OK : choose_head(&h, dir, subset, e);
}
