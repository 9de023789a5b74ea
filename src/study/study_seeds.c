/* The seeds of a study: [1, 2, 5], or a word such as "1-3,7". */
#include "gantrain/base/ranges.h"
#include "gantrain/study/study_plan.h"

/* Adds first..last; false: too many. */
static bool add_range(Study *s, int64_t first, int64_t last)
{
    for (int64_t n = first; n <= last; n++) {
        if (s->seeds == STUDY_SEEDS)
            return false;
        s->seed[s->seeds++] = n;
    }
    return true;
}

static bool take_word(Study *s, const char *word)
{
    const char *at = word;
    int64_t first, last;
    do {
        if (!ranges_take(&at, &first, &last) || !add_range(s, first, last))
            return false;
    } while (*at);
    return true;
}

/* A number or a word. */
static void read_one(Study *s, const Value *v, Error *e)
{
    const bool word = v->kind == VALUE_STRING || v->kind == VALUE_NUMBER;
    if (!word || !take_word(s, v->text))
        option_report(
            e, v, "seeds",
            "expected integers 0..2^53, or ranges of them such as \"1-3\" (%d at most), got "
            "%s%s%.60s",
            STUDY_SEEDS, value_kind_name(v->kind), word ? " " : "", word ? v->text : "");
}

static void check_twice(const Study *s, const Value *v, Error *e)
{
    for (int i = 0; i < s->seeds; i++)
        for (int j = 0; j < i; j++)
            if (s->seed[i] == s->seed[j]) {
                option_report(e, v, "seeds", "%lld is there twice", (long long)s->seed[i]);
                return;
            }
}

void study_seeds_text(const Study *s, Text *out)
{
    for (int i = 0, last; i < s->seeds; i = last + 1) {
        for (last = i; last + 1 < s->seeds && s->seed[last + 1] == s->seed[last] + 1;)
            last++;
        text_add(out, "%s%lld", i ? ", " : "", (long long)s->seed[i]);
        if (last > i)
            text_add(out, "-%lld", (long long)s->seed[last]);
    }
}

void study_read_seeds(Study *s, const Value *seeds, Error *e)
{
    s->seed = arena_take(&s->arena, STUDY_SEEDS * sizeof *s->seed);
    if (!s->seed)
        return;
    if (!seeds)
        add_range(s, 1, 3);
    else if (seeds->kind != VALUE_ARRAY)
        read_one(s, seeds, e);
    for (const Value *v = seeds && seeds->kind == VALUE_ARRAY ? seeds->child : NULL; v; v = v->next)
        read_one(s, v, e);
    if (seeds && seeds->kind == VALUE_ARRAY && !seeds->child)
        option_report(e, seeds, "seeds", "an empty array: at least one is needed");
    if (seeds)
        check_twice(s, seeds, e);
}
