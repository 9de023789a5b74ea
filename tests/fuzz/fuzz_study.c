/* A study file, or a recipe; a recipe that is named by a path is the same text. What is accepted is printed as a
 * study that is accepted, with as many cells. */
#include "fuzz.h"
#include "study/study_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const StudyRequest q = { .config = "study.json" };
    Study s, again;
    Error e = { 0 };
    Text text = { 0 };
    fuzz_give(data, size);
    const Status read = study_read(&s, &q, &e);
    must_tell(read, &e);
    if (read == GT_OK && study_text(&s, &text, &e) == GT_OK) {
        fuzz_give(text.at, text.used);
        const Status second = study_read(&again, &q, &e);
        must(second == GT_ERESOURCE ||
                 (second == GT_OK && s.cells == again.cells && s.seeds == again.seeds),
             "a study that was printed is the same study");
        study_close(&again);
    }
    text_free(&text);
    study_close(&s);
    return 0;
}
