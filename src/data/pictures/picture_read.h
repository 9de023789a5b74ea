/* All pictures of a list as samples of one shape. */
#ifndef GANTRAIN_SRC_DATA_PICTURE_READ_H
#define GANTRAIN_SRC_DATA_PICTURE_READ_H

#include "gantrain/data/dataset.h"
#include "picture_list.h"

typedef struct PictureOptions {
    int size;                  /* of the square; 0: the pictures have one size      */
    int channels;              /* 1, 3; 0: 1 where all pictures are grey            */
    int background;            /* grey level under transparent pixels               */
    bool skip;                 /* pictures that cannot be read are left out         */
    DatasetProgress *progress; /* may be NULL */
    void *progress_context;
} PictureOptions;

typedef struct Pictures {
    Shape shape;
    int n;
    size_t bytes;
    uint8_t *pixels;                   /* [n, C,H,W] owned                         */
    uint8_t *label;                    /* [n] owned                                */
    double seconds;                    /* what decoding took                      */
    int skipped;                       /* pictures left out, ...                   */
    char first_skipped[GT_ERROR_TEXT]; /* ... and what is wrong with the first one */
} Pictures;

/* pictures_read: decodes all pictures of the list, in parallel; the result does not depend on the
 * number of threads. GT_EDATA names the first picture that cannot be read, or two whose sizes
 * differ; GT_ERESOURCE; what options->progress returns. The caller frees *p with pictures_free. */
Status pictures_read(Pictures *p, const PictureList *l, const PictureOptions *options, Error *e);

/* Accepts NULL and a zeroed Pictures. */
void pictures_free(Pictures *p);

#endif
