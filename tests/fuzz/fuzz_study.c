/* A study file, or a recipe; a recipe that is named by a path has the same text. An accepted study
 * is printed as a study with the same number of cells. */
#include "fuzz.h"
#include "study/study_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const StudyRequest q = { .config = "study.json" };
    Study s, again;
    Error e = { 0 };
    Text text = { 0 };
    fuzz_set_file(data, size);
    const Status read = study_read(&s, &q, &e);
    must_report(read, &e);
    if (read == GT_OK && study_text(&s, &text, &e) == GT_OK) {
        fuzz_set_file(text.at, text.used);
        const Status second = study_read(&again, &q, &e);
        must(second == GT_ERESOURCE ||
                 (second == GT_OK && s.cells == again.cells && s.seeds == again.seeds),
             "a printed study is the same study");
        study_close(&again);
    }
    text_free(&text);
    study_close(&s);
    return 0;
}
