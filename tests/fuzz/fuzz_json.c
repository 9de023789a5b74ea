/* Any text as JSON: an accepted text is written and parsed again, with the same result. */
#include "fuzz.h"
#include "gantrain/io/json.h"

static void write_again(const Json *j, int indent)
{
    Text first = { 0 }, second = { 0 };
    Json again;
    Error e = { 0 };
    json_write(&first, j->root, indent);
    must(json_parse(&again, first.at, first.used, "again", 0, &e) == GT_OK,
         "what was written is JSON");
    json_write(&second, again.root, indent);
    must(first.used == second.used && memcmp(first.at, second.at, first.used) == 0,
         "what was written is read as the same");
    json_free(&again);
    text_free(&first);
    text_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    Json j;
    e.code = GT_OK;
    e.lines = 0;
    const Status s = json_parse(&j, (const char *)data, size, "input", 0, &e);
    must_report(s, &e);
    if (s == GT_OK) {
        write_again(&j, 0);
        write_again(&j, 2);
        json_free(&j);
    }
    return 0;
}
