/* Tests every cause against a history, orders those that apply by severity, and hides the
 * consequences of more severe ones. */
#include "gantrain/diagnosis/diagnosis.h"

#include "causes.h"

typedef struct Match {
    int cause;
    Finding finding;
} Match;

static bool is_long_enough(const Symptoms *s, const Cause *c)
{
    return s->h->rows >= c->rows && (c->steps == 0 || symptom_last_step(s) >= c->steps);
}

static void test_cause(const Symptoms *s, int i, Match *out)
{
    const Cause *c = &cause_table[i];
    *out = (Match){ i, { c->is.name, c->title, c->is.summary, 0, "", "" } };
    if (is_long_enough(s, c))
        out->finding.severity = c->test(s, &out->finding);
}

/* Behind the equally severe: the order of the table is kept. */
static void insert(Match *list, int n, const Match *one)
{
    int i = n;
    for (; i > 0 && list[i - 1].finding.severity < one->finding.severity; i--)
        list[i] = list[i - 1];
    list[i] = *one;
}

/* Too early or healthy: the first that has evidence. */
static int report_no_cause(const Symptoms *s, Finding *out)
{
    Match m;
    for (int i = CAUSE_too_early; i < CAUSES; i++) {
        test_cause(s, i, &m);
        if (*m.finding.evidence)
            break;
    }
    *out = m.finding;
    return 1;
}

int diagnose(const History *h, const Config *c, Finding out[], int room)
{
    Match list[CAUSES], one;
    unsigned hidden = 0;
    int matches = 0, n = 0;
    Symptoms s;

    symptoms_init(&s, h, c);
    for (int i = 0; i < CAUSE_too_early; i++) {
        test_cause(&s, i, &one);
        if (one.finding.severity > 0)
            insert(list, matches++, &one);
    }
    for (int i = 0; i < matches && n < room; i++) {
        if (hidden >> list[i].cause & 1)
            continue;
        hidden |= cause_table[list[i].cause].hides;
        out[n++] = list[i].finding;
    }
    return n > 0 || room < 1 ? n : report_no_cause(&s, out);
}

void finding_text(const Finding *f, Text *out)
{
    text_add(out, "%s", f->title);
    if (*f->evidence)
        text_add(out, ": %s", f->evidence);
    if (*f->advice)
        text_add(out, "; %s", f->advice);
}
