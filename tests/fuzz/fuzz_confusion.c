/* confusion.jsonl as a table of the report: a matrix or a note about it. */
#include "fuzz.h"
#include "report/report_parts.h"

static bool has(const Text *t, const char *phrase)
{
    return t->at && strstr(t->at, phrase);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Report p;
    Error e = { 0 };
    Text page = { 0 };
    ReportRun *r = &p.run[0];
    *r = (ReportRun){ .folder = { .path = "run", .lock = -1 }, .label = "run" };
    p.n = 1;
    fuzz_set_file(data, size);
    const Status s = report_read_confusion(r, &e);
    must_report(s, &e);
    must(s == GT_OK || s == GT_ERESOURCE, "a damaged file is skipped");
    must(!(r->confusion.root && r->missing.used), "a matrix or a note");
    report_add_confusion(&page, &p);
    must(page.failed || (r->confusion.root != NULL) == has(&page, "</section>"), "it is shown");
    text_free(&page);
    json_free(&r->confusion);
    text_free(&r->missing);
    return 0;
}
