/* Settings of a config that a model may refuse. A row of `gan_settings` each; the reason is in
 * Model.refuses. What is not listed here every model accepts. */
#ifndef GANTRAIN_GAN_SETTINGS_H
#define GANTRAIN_GAN_SETTINGS_H

#include "gantrain/gan/gan.h"

typedef enum SettingId {
    OTHER_OBJECTIVE,
    RELATIVISTIC,
    FEATURE_MATCHING,
    GRADIENT_PENALTY,
    WEIGHT_CLIPPING,
    PACKING,
    LABEL_FLIPPING,
    DRIFT,
    SEVERAL_D_STEPS,
    SEVERAL_G_STEPS,
    COMPARING_LAYERS,
    REFERENCE_LAYERS,
    CLASSES_IN_G,
    CLASSES_IN_D,
    SETTINGS
} SettingId;

typedef struct Setting {
    const char *key;                    /* where a config sets it                                */
    bool (*is_on)(const GanOptions *o); /* after settings_known                                  */
    const char *example; /* a value of the key that turns it on; of a list: a layer */
    const char *words;   /* for messages: "does not support ..."                  */
} Setting;

extern const Setting gan_settings[SETTINGS];

/* A setting that no model combines with any of the others. */
typedef struct Conflict {
    SettingId setting;
    unsigned others; /* bits: 1 << SettingId */
    const char *why;
} Conflict;

enum { CONFLICTS = 1 };
extern const Conflict gan_conflicts[CONFLICTS];

/* Whether all that is_on reads has a value; false for an invalid config. */
bool settings_known(const GanOptions *o);

/* settings_refusal: why the model of `o` refuses the setting `id`; NULL: it is off or accepted.
 * settings_conflict: why it excludes others that are on; NULL: it is off or there are none. */
const char *settings_refusal(const GanOptions *o, SettingId id);
const char *settings_conflict(const GanOptions *o, SettingId id);

#endif
