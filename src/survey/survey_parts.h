/* What the files of this folder share. */
#ifndef GANTRAIN_SRC_SURVEY_SURVEY_PARTS_H
#define GANTRAIN_SRC_SURVEY_SURVEY_PARTS_H

#include "gantrain/survey/survey.h"

/* A source that was looked at. */
typedef struct Survey {
    const SurveyRequest *request;
    Config config;
    Dataset data;
    DatasetSummary summary;
    char found[200]; /* what lies at the path; "": nothing is read from there   */
    int kept_apart;  /* samples for evaluation; 0: none                         */
    Text why_none;   /* why there are none                                      */
    Text warnings;   /* one a line                                              */
} Survey;

/* The rows of the table that survey_warnings works through (data_warnings.c). */
enum { DATA_WARNING = 300 };
typedef struct DataCase {
    const Dataset *data;
    const DatasetSummary *summary;
    const Config *config;
} DataCase;
typedef bool DataWarning(const DataCase *c, char out[DATA_WARNING]);
void data_warnings_add(const DataCase *c, Text *out);

/* Adds what a config needs to read the source, without defaults: {"kind": ...}. */
void survey_add_config(const Survey *s, Text *out);

void survey_print(const Survey *s, Text *out);
void survey_print_json(const Survey *s, Text *out);

/* survey_draw: writes request->out: a grid of images by class, or a plot of the points. */
Status survey_draw(const Survey *s, Error *e);

#endif
