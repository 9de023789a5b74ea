/* A config: the JSON parser, the option tables, and the nets it describes if they fit into 64 KiB.
 * A printed config parses to the same config. */
#include "fuzz.h"
#include "gantrain/run/config.h"

static void print_again(const Config *c)
{
    Text first = { 0 }, second = { 0 };
    Config again;
    Error e = { 0 };
    if (config_text(c, 0, &first, &e) != GT_OK) { /* the small arena was full */
        text_free(&first);
        return;
    }
    const Status s = config_parse(&again, first.at, first.used, "again", &e);
    must(s == GT_OK || s == GT_ERESOURCE, "a printed config is valid");
    if (s == GT_OK && config_text(&again, 0, &second, &e) == GT_OK)
        must(first.used == second.used && memcmp(first.at, second.at, first.used) == 0,
             "a printed config is unchanged");
    text_free(&second);
    config_free(&again);
    text_free(&first);
}

static void build_nets(const Config *c)
{
    enum { SMALL = 64 };
    Gan g;
    Error e = { 0 };
    const bool images = dataset_range(&c->data) != NULL;
    const Shape shape = images ? (Shape){ 1, 3, 3 } : (Shape){ 2, 1, 1 };
    const int batch = (int)(c->train.batch_size < SMALL ? c->train.batch_size : SMALL);
    must_report(gan_build(&g, &c->gan, NULL, shape, 0, batch, (uint64_t)c->seed, &e), &e);
    gan_close(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Config c;
    Error e = { 0 };
    const Status s = config_parse(&c, (const char *)data, size, "input", &e);
    must_report(s, &e);
    if (s == GT_OK) {
        print_again(&c);
        build_nets(&c);
    }
    config_free(&c);
    return 0;
}
