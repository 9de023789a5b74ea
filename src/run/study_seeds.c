/* The seeds of a study: [1, 2, 5], or a word such as "1-3,7". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/run/study_plan.h"

#define MOST_SEED 9007199254740992 /* 2^53, as in a config */

/* A number at *at, which moves behind it; -1: there is none. */
static int64_t take_number(const char **at)
{
    char *end;
    if (**at < '0' || **at > '9')
        return -1;
    errno = 0;
    const long long n = strtoll(*at, &end, 10);
    *at = end;
    return errno == ERANGE || n > MOST_SEED ? -1 : n;
}

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

/* "3" or "1-3" at *at. */
static bool take_range(Study *s, const char **at)
{
    const int64_t first = take_number(at);
    int64_t last = first;
    if (first >= 0 && **at == '-') {
        ++*at;
        last = take_number(at);
    }
    return first >= 0 && last >= first && add_range(s, first, last);
}

static bool take_word(Study *s, const char *word)
{
    const char *at = word;
    for (;;) {
        if (!take_range(s, &at))
            return false;
        if (!*at)
            return true;
        if (*at++ != ',')
            return false;
    }
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
