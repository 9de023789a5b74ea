/* From a history to a verdict: every cause is asked, those that hold are ordered by severity, and what
 * follows from a surer one is left out. */
#include "gantrain/diagnosis/diagnosis.h"

#include <math.h>
#include <stdio.h>

#include "causes.h"

/* A cause that holds. */
typedef struct Holding {
    int cause;
    Finding finding;
} Holding;

/* Whether a history is long enough for a cause. */
static bool reaches(const Symptoms *s, const Cause *c)
{
    return s->h->rows >= c->rows && (c->steps == 0 || sign_end(s) >= c->steps);
}

static bool holds(const Symptoms *s, int i, Holding *out)
{
    const Cause *c = &cause_table[i];
    *out = (Holding){ i, { c->is.name, c->title, c->is.summary, 0, "", "" } };
    if (!reaches(s, c))
        return false;
    out->finding.severity = c->test(s, &out->finding);
    return out->finding.severity > 0;
}

/* Behind those that are as severe: causes are asked in the order of the table. */
static void insert(Holding *list, int n, const Holding *one)
{
    int i = n;
    for (; i > 0 && list[i - 1].finding.severity < one->finding.severity; i--)
        list[i] = list[i - 1];
    list[i] = *one;
}

/* The rows that say why there is nothing to say; the first that has something does. */
static int say_nothing(const Symptoms *s, Finding *out)
{
    for (int i = CAUSE_EARLY; i < CAUSES; i++) {
        const Cause *c = &cause_table[i];
        *out = (Finding){ c->is.name, c->title, c->is.summary, 0, "", "" };
        c->test(s, out);
        if (*out->evidence)
            return 1;
    }
    return 1;
}

int diagnose(const History *h, const Config *c, Finding out[], int room)
{
    Holding list[CAUSES], one;
    unsigned hidden = 0;
    int n = 0, told = 0;
    Symptoms s;

    signs_read(&s, h, c);
    for (int i = 0; i < CAUSE_EARLY; i++)
        if (holds(&s, i, &one))
            insert(list, n++, &one);
    for (int i = 0; i < n && told < room; i++) {
        if (hidden >> list[i].cause & 1)
            continue;
        hidden |= cause_table[list[i].cause].hides;
        out[told++] = list[i].finding;
    }
    return told > 0 || room < 1 ? told : say_nothing(&s, out);
}

void finding_text(const Finding *f, Text *out)
{
    text_add(out, "%s", f->title);
    if (*f->evidence)
        text_add(out, ": %s", f->evidence);
    if (*f->advice)
        text_add(out, "; %s", f->advice);
}

/* ---- the registry ----------------------------------------------------------------------------------- */

#define ROW(i) &cause_table[i].is

static const Entry *const all[] = {
    ROW(CAUSE_SAME_DATA), ROW(CAUSE_NOT_FINITE), ROW(CAUSE_NO_NOISE),    ROW(CAUSE_RATE),
    ROW(CAUSE_D_WEAK),    ROW(CAUSE_G_FROZEN),   ROW(CAUSE_VANISHING),   ROW(CAUSE_D_STRONG),
    ROW(CAUSE_COLLAPSE),  ROW(CAUSE_MEMORY),     ROW(CAUSE_OSCILLATION), ROW(CAUSE_PLATEAU),
    ROW(CAUSE_LAG),       ROW(CAUSE_EARLY),      ROW(CAUSE_HEALTHY),     NULL,
};

_Static_assert(sizeof all / sizeof *all == CAUSES + 1, "a row for every cause");

const Registry causes = { "causes", "cause", all };
