/* The config of a run, described by one option table. */
#ifndef GANTRAIN_RUN_CONFIG_H
#define GANTRAIN_RUN_CONFIG_H

#include "gantrain/base/option.h"
#include "gantrain/base/text.h"
#include "gantrain/data/dataset.h"
#include "gantrain/gan/gan.h"
#include "gantrain/gan/model.h"
#include "gantrain/io/json.h"

/* A warm start. */
typedef struct InitOptions {
    const char *file; /* "": none                                         */
    const Entry *players;
    bool optimizer;
    const char *crc32; /* of the file, eight hex digits; "": not checked  */
} InitOptions;

typedef struct TrainOptions {
    int64_t epochs; /* passes over the data, or  */
    int64_t steps;  /* generator steps; one of the two is 0 */
    int64_t batch_size;
    int64_t accumulate;      /* batches per update */
    int64_t recoveries;      /* roll-backs after a divergence, at most */
    Numbers earlier_lengths; /* of a run that was extended: pairs of a length in steps and the step
                                up to which schedules followed it, ascending */
} TrainOptions;

typedef struct CheckpointOptions {
    int64_t every_steps; /* 0: at the end of every epoch */
    int64_t keep;
    int64_t keep_every;   /* 0: none are kept for ever */
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
    bool classifier;      /* images: score them by a classifier of the data */
    const char *metrics;  /* others to measure, comma-separated; "": none */
    int64_t samples;
    double bin;       /* width, of histograms */
    const char *best; /* the score that selects the best state; "": none */
    int64_t patience; /* of early stopping, in evaluations; 0: none */
} EvaluateOptions;

typedef struct Config {
    const char *name;
    int64_t seed;
    Spec data;
    GanOptions gan;
    InitOptions init_from;
    TrainOptions train;
    CheckpointOptions checkpoint;
    SampleOptions sample;
    LogOptions log;
    EvaluateOptions evaluate;

    Arena arena;   /* owns every text, spec and list above    */
    Json file;     /* its source, with the overrides applied  */
    Json defaults; /* nets for a config without layers        */
} Config;

extern const Option config_options[];

/* What SIGUSR1 does: "save" or "stop". */
extern const Registry usr1_actions;
bool config_usr1_stops(const Config *c);

/* Which nets a warm start takes. */
bool config_inits_generator(const Config *c);
bool config_inits_discriminator(const Config *c);

/* One `key.path=value`, from the command line or from a study file. */
typedef struct Override {
    const char *path, *word;
    const Value *value; /* NULL: `word` counts */
} Override;

/* As a path: `word` is where the data lie; their kind is recognised (data/recognize.h). */
#define CONFIG_DATA "--data"

/* config_check_overrides: GT_EUSAGE if two words set the same key, or train.epochs and train.steps
 * both. Of several values the last one counts. config_read and config_make call it. */
Status config_check_overrides(const Override *o, int n, Error *e);

/* config_read: read a file, apply the overrides (train.epochs and train.steps replace each other),
 * check all that needs no data. GT_ECONFIG lists all mistakes; GT_EUSAGE: an override fits
 * nowhere. */
Status config_read(Config *c, const char *path, const Override *overrides, int n, Error *e);

/* config_make: the same from a tree, which is copied; its texts and those of the overrides must
 * outlive c. */
Status config_make(Config *c, const Value *root, const Override *overrides, int n, Error *e);

/* config_parse: the same from a text, such as the one in a checkpoint. */
Status config_parse(Config *c, const char *text, size_t bytes, const char *origin, Error *e);

/* config_of_data: a config of defaults for the data at `path`, which must outlive c, with images in
 * `range` (NULL: signed). GT_ECONFIG, GT_ERESOURCE. */
Status config_of_data(Config *c, const char *path, const PixelRange *range, Error *e);

/* config_fit_to_data: for data of few samples (see config_fit.c), gives keys that the source of the
 * config leaves out other defaults than those of the table.
 *   words   out  what was set, as "train.epochs=680, ..."; "": nothing */
enum { CONFIG_FIT = 256 };
void config_fit_to_data(Config *c, int count, char words[CONFIG_FIT]);

/* "configs/mnist-v1.2.json" -> "mnist-v1.2", in the arena; NULL: the arena is full. */
const char *config_name_of_file(Arena *a, const char *path);

/* config_text: the resolved config as JSON; reading it again gives the same config. */
Status config_text(const Config *c, int indent, Text *out, Error *e);

/* One setting of several config trees. */
enum { COMPARED_CONFIGS = 16 };
typedef struct ConfigSetting {
    int n;
    const Value *at[COMPARED_CONFIGS]; /* [n] NULL: not in this tree                 */
    char path[256];                    /* "optimizer.generator.lr"; "": the whole tree */
} ConfigSetting;

/* Called for a setting that differs. True: compare its parts too; then all trees have it, all as
 * objects or all as lists. */
typedef bool SettingFn(void *context, const ConfigSetting *s);

/* config_compare: call `differs` for the setting s and the parts of it that differ. */
void config_compare(const ConfigSetting *s, SettingFn *differs, void *context);

/* Whether the first value relates to every other one. */
bool config_setting_all(const ConfigSetting *s, bool (*relation)(const Value *a, const Value *b));

/* How two configs are compared. */
typedef struct ConfigDiffRules {
    const char *const *ignored; /* keys that may differ, with all below them; ends with NULL */
    const char *here, *there;   /* what messages call the two                                */
} ConfigDiffRules;

/* A run and the checkpoint it resumes from; two ranks of a run; a config and the config.json that a
 * run with it writes. */
extern const ConfigDiffRules config_diff_resume, config_diff_ranks, config_diff_recorded;

/* config_diff: add "path: V here, W there" to `out` for the keys in which `there` (a resolved
 * config) differs from c, the first hundred bytes of them; *n counts all. GT_ERESOURCE: no memory
 * to compare. */
Status config_diff(const Config *c, const Value *there, const ConfigDiffRules *rules, Text *out,
                   int *n, Error *e);

void config_free(Config *c);

#endif
