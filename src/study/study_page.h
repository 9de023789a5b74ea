/* The page of a study, part by part. */
#ifndef GANTRAIN_SRC_STUDY_STUDY_PAGE_H
#define GANTRAIN_SRC_STUDY_STUDY_PAGE_H

#include "gantrain/study/study_work.h"

/* A study with its cells from the best to the worst. */
typedef struct StudyPage {
    const StudyWork *w;
    int *order; /* [cells] */
} StudyPage;

/* The table of cells, the dots of every metric, the last pictures of every cell's median run. */
void study_page_table(Text *out, const StudyPage *p);
void study_page_dots(Text *out, const StudyPage *p);
Status study_page_pictures(Text *out, const StudyPage *p, Error *e);

/* "by fcd, lowest first" and the like; nothing when no metric ranks. */
void study_page_rank(Text *out, const StudyWork *w);

#endif
