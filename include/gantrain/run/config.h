/* The config of a run: one option table for the whole file. */
#ifndef GANTRAIN_RUN_CONFIG_H
#define GANTRAIN_RUN_CONFIG_H

#include "gantrain/base/option.h"
#include "gantrain/base/text.h"
#include "gantrain/data/dataset.h"
#include "gantrain/gan/gan.h"
#include "gantrain/io/json.h"

typedef struct TrainOptions {
    int64_t epochs; /* passes over the data, or  */
    int64_t steps;  /* generator steps; one of the two is 0 */
    int64_t batch_size;
    int64_t accumulate; /* batches an update */
    int64_t recoveries; /* times that a divergence is survived */
} TrainOptions;

typedef struct CheckpointOptions {
    int64_t every_steps; /* 0: at the end of every epoch */
    int64_t keep;
    int64_t keep_every;   /* 0: none for ever */
    const Entry *on_usr1; /* of usr1_actions */
} CheckpointOptions;

typedef struct SampleOptions {
    int64_t every_epochs; /* 0: only at the end */
    int64_t rows, cols;   /* of the grid        */
    int64_t zoom;
} SampleOptions;

typedef struct LogOptions {
    int64_t every_steps;
} LogOptions;

typedef struct EvaluateOptions {
    int64_t every_epochs; /* 0: only at the end */
    bool classifier;      /* images: by what a classifier of the data sees in them */
    int64_t samples;
    double bin;       /* width, of histograms */
    const char *best; /* the score by which the best state is kept; "": none */
    int64_t patience; /* evaluations without a better one; 0: no end  */
} EvaluateOptions;

typedef struct Config {
    const char *name;
    int64_t seed;
    Spec data;
    GanOptions gan;
    TrainOptions train;
    CheckpointOptions checkpoint;
    SampleOptions sample;
    LogOptions log;
    EvaluateOptions evaluate;

    Arena arena;   /* owns every text, spec and list above        */
    Json file;     /* the tree it was read from, overrides applied */
    Json defaults; /* nets for a config that names none            */
} Config;

extern const Option config_options[];

/* What SIGUSR1 is answered with: "save" or "stop". */
extern const Registry usr1_actions;
bool config_usr1_stops(const Config *c);

/* One `key.path=value`: a word of the command line, or a value that was written elsewhere. */
typedef struct Override {
    const char *path, *word;
    const Value *value; /* NULL: the word */
} Override;

/* config_check_overrides: no two words for one key, or for the two that replace each other; of values the later
 * one counts. GT_EUSAGE. config_read and config_make call it. */
Status config_check_overrides(const Override *o, int n, Error *e);

/* config_read: the file, then the overrides, then every check that needs no data.
 * train.epochs and train.steps replace each other. GT_ECONFIG with all mistakes, GT_EUSAGE for an
 * override that fits nowhere. */
Status config_read(Config *c, const char *path, const Override *overrides, int n, Error *e);

/* config_make: the same from a tree that was read already, of which a copy is made; its texts, and those of
 * the overrides, must outlive c. The name of the config is the tree's or an override's. */
Status config_make(Config *c, const Value *root, const Override *overrides, int n, Error *e);

/* config_parse: the same from a text, such as the one a checkpoint carries. */
Status config_parse(Config *c, const char *text, size_t bytes, const char *origin, Error *e);

/* The name that a config has from its file: "configs/mnist-v1.2.json" -> "mnist-v1.2"; in the arena, NULL when
 * that is full. */
const char *config_name_of_file(Arena *a, const char *path);

/* config_text: the resolved config as JSON; reading it again gives the same config. */
Status config_text(const Config *c, int indent, Text *out, Error *e);

/* What must be the same where two configs meet, and the words for both. */
typedef struct ConfigDiffRules {
    const char *const *may_differ; /* keys, with all below them; ends with NULL */
    const char *here, *there;
} ConfigDiffRules;

/* A run and the checkpoint it goes on from; two ranks of a run. */
extern const ConfigDiffRules config_diff_resume, config_diff_ranks;

/* config_diff: add "path: V here, W there" to `out` for every key in which `there` (a
 * resolved config) differs from c and that must not, until there is enough to read; *n is how many there are.
 * GT_ERESOURCE: no memory to compare them. */
Status config_diff(const Config *c, const Value *there, const ConfigDiffRules *m, Text *out, int *n,
                   Error *e);

void config_free(Config *c);

#endif
