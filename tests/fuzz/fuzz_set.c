/* One override, "key.path=VALUE", of a config with nets. */
#include "fuzz.h"
#include "gantrain/run/config.h"

static const char base[] =
    "{\"data\": {\"kind\": \"idx\", \"dir\": \"d\"},"
    " \"generator\": {\"layers\": [{\"kind\": \"dense\", \"units\": 4}, \"batch_norm\","
    "                              {\"kind\": \"dense\", \"activation\": \"tanh\"}]},"
    " \"penalty\": {\"kind\": \"r1\", \"gamma\": 1}, \"train\": {\"steps\": 3}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Json tree;
    Error e = { 0 };
    if (!tree.root)
        must(json_parse(&tree, base, strlen(base), "base", 0, &e) == GT_OK, "the base is JSON");
    char *word = malloc(size + 1);
    must(word != NULL, "memory");
    memcpy(word, data, size);
    word[size] = '\0';
    char *equals = strchr(word, '=');
    if (equals && equals > word) { /* as on the command line */
        *equals = '\0';
        const Override o = { .path = word, .word = equals + 1 };
        Config c;
        must_report(config_make(&c, tree.root, &o, 1, &e), &e);
        config_free(&c);
    }
    free(word);
    return 0;
}
