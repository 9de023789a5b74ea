/* The line of a classifier that is trained. */
#include "gantrain/train/teller.h"

#include <stdio.h>

#include "gantrain/base/log.h"
#include "gantrain/train/progress.h"
#include "gantrain/train/signals.h"

enum { LINE = 128, BAR = 20 };

Teller teller_begin(bool quiet, bool live)
{
    return (Teller){ .quiet = quiet, .live = live && log_can_be_live() };
}

static void draw(double done, double accuracy)
{
    char line[LINE], bar[BAR + 1];
    const int full = (int)(done * BAR + 0.5);
    for (int i = 0; i < BAR; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    bar[BAR] = '\0';
    snprintf(line, sizeof line, "\rclassifier [%s] %3.0f%%  right %.1f%%\033[K", bar, 100 * done,
             100 * accuracy);
    log_put(line);
}

/* At most ten times a second, and at both ends. */
static void say_live(Teller *t, double done, double accuracy)
{
    const double now = progress_now();
    if (t->begun && done < 1 && now - t->drawn < 0.1)
        return;
    draw(done, accuracy);
    t->drawn = now;
    if (done >= 1)
        log_put("\n");
}

static void say_plain(const Teller *t, double done, double accuracy)
{
    char line[LINE];
    if (!t->begun)
        log_put("training a classifier of the data, once: it is kept for later runs\n");
    if (done < 1)
        return;
    snprintf(line, sizeof line, "classifier trained: right on %.2f %% of the test images\n",
             100 * accuracy);
    log_put(line);
}

Status teller_say(void *teller, double done, double accuracy)
{
    Teller *t = teller;
    const Status asked = done < 1 ? signals_stop_status() : GT_OK;
    if (asked != GT_OK) {
        if (!t->quiet && t->live && t->begun)
            log_put("\n");
        return asked;
    }
    if (!t->quiet && t->live)
        say_live(t, done, accuracy);
    else if (!t->quiet)
        say_plain(t, done, accuracy);
    t->begun = true;
    return GT_OK;
}

void teller_work(void *teller, const char *what, const char *of)
{
    const Teller *t = teller;
    char line[LINE];
    if (t->quiet || !t->live)
        return;
    snprintf(line, sizeof line, "\r%s%s%.40s%s\033[K", what ? what : "", what ? " " : "",
             what ? of : "", what ? " ..." : "");
    log_put(line);
}
