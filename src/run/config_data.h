/* Which data a config reads, before its options are read. */
#ifndef GANTRAIN_SRC_RUN_CONFIG_DATA_H
#define GANTRAIN_SRC_RUN_CONFIG_DATA_H

#include "gantrain/run/config.h"

/* config_set_data: the data lie at `path`: a kind that reads what lies there replaces the one of
 * the tree unless that one reads it, too. Keys that both kinds have stay. `path` must outlive c.
 * GT_ERESOURCE. */
Status config_set_data(Config *c, const char *path, Error *e);

/* config_resolve_data: fills in a kind that is missing, and "as": "auto", from what lies at the
 * path of the tree. GT_ERESOURCE. */
Status config_resolve_data(Config *c, Error *e);

/* Whether the data will be points. */
bool config_wants_points(const Config *c);

#endif
