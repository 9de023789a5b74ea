/* The pictures in a folder or a zip archive: their names in order, their classes, their bytes. */
#ifndef GANTRAIN_SRC_DATA_PICTURE_LIST_H
#define GANTRAIN_SRC_DATA_PICTURE_LIST_H

#include "gantrain/io/zip.h"

enum { PICTURE_WHERE = 8400, PICTURE_DEPTH = 8 /* of folders in each other */ };

typedef struct PictureFile {
    const char *name; /* below the folder or in the archive, with its folders        */
    size_t at;        /* of the name in `names`; in an archive the index of an entry */
    uint8_t label;    /* index in class_name; without classes 0                      */
} PictureFile;

typedef struct PictureList {
    const char *path;  /* the caller's: a folder or an archive                     */
    PictureFile *file; /* [n] owned, sorted by name, folder by folder              */
    int n, room;
    bool zipped;
    Zip zip;
    int folder;        /* descriptor; -1: an archive                                */
    char *names;       /* owned; NULL: an archive                                   */
    size_t skip;       /* bytes of the folders that hold everything                 */
    char **class_name; /* [n_classes] owned, each too; the caller may take them    */
    int n_classes;     /* 0: no subfolders, or more than labels can count           */
    int unlabelled;    /* subfolders, where these are more than labels can count */
    int other;         /* files of picture formats that are not read, ...           */
    int beside;        /* pictures in folders beside pictures, which are ignored, ... */
    char first_other[256], first_beside[256]; /* ... and the first of them        */
} PictureList;

/* picture_list_open: finds the pictures (*.png, *.jpg, *.jpeg in any case) directly in the folder
 * or archive `path`, or in its subfolders, which then are the classes in the order of their bytes.
 * Folders that hold everything are skipped; hidden names and __MACOSX are ignored. Links to files
 * and to subfolders are followed, deeper ones to folders are not. GT_EDATA: not readable, no
 * pictures, or subfolders such as train and test; GT_ERESOURCE. The caller closes *l, also after a
 * failure. */
Status picture_list_open(PictureList *l, const char *path, Error *e);

/* picture_list_key: a hash of all names, sizes and times of modification. */
uint64_t picture_list_key(const PictureList *l);

/* picture_list_read: the bytes of picture i; picture_list_head: at most `n` of them at its
 * beginning (*whole: these are all), which the caller frees likewise. Messages name the picture.
 * May be called by several threads at once. */
Status picture_list_read(const PictureList *l, int i, Bytes *out, Error *e);
Status picture_list_head(const PictureList *l, int i, size_t n, Bytes *out, bool *whole, Error *e);

/* The name of picture i for messages. */
void picture_list_where(const PictureList *l, int i, char out[PICTURE_WHERE]);

void picture_list_close(PictureList *l);

#endif
