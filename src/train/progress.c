/* The progress line. Widths of numbers are fixed, so that the eye can rest on a column. */
#include "gantrain/train/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/base/log.h"

enum { LINE = 256, BAR = 6 }; /* a live line fits into 80 columns */

double progress_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_start(Progress *p, uint64_t step, bool quiet, bool live)
{
    const double now = progress_now();
    *p = (Progress){ .quiet = quiet, .live = live && log_can_be_live(), .began = now };
    p->first = p->rate_step = step;
    p->rate_time = now;
}

/* Steps a second over the last second or so; the first figure comes at once. */
static void measure(Progress *p, uint64_t step, double now)
{
    const double seconds = now - p->rate_time;
    if (step == p->rate_step || (p->rate > 0 && seconds < 1))
        return;
    p->rate = (double)(step - p->rate_step) / (seconds > 1e-9 ? seconds : 1e-9);
    p->rate_time = now;
    p->rate_step = step;
}

void progress_duration(double seconds, char out[PROGRESS_DURATION])
{
    const long s = (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(out, PROGRESS_DURATION, "%ldh%02ldm", s / 3600, s / 60 % 60);
    else
        snprintf(out, PROGRESS_DURATION, "%ldm%02lds", s / 60, s % 60);
}

/* Time left at the speed of the whole process so far, which is steadier than the last second. */
static void describe_eta(char out[PROGRESS_DURATION], const Progress *p, const ProgressPoint *at,
                         double now)
{
    const double done = (double)(at->step - p->first);
    if (done < 1) {
        snprintf(out, PROGRESS_DURATION, "?");
        return;
    }
    progress_duration((double)(at->steps - at->step) * (now - p->began) / done, out);
}

void progress_set_scores(Progress *p, uint64_t step, const char *words)
{
    snprintf(p->scores, sizeof p->scores, "%s", words);
    p->scores_step = step;
}

/* The parts of a line, in their order. */
enum { EPOCH, GAUGE, RATE, ETA, LOSSES, JUDGED, PARTS };
typedef char Part[64];

static void describe_gauge(Part out, double done)
{
    const int full = (int)(done * BAR + 0.5);
    char bar[BAR + 1];
    for (int i = 0; i < BAR; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    bar[BAR] = '\0';
    snprintf(out, sizeof(Part), "[%s]", bar);
}

/* Speed, time left, losses, and what was measured, else how often D is right on real and on fake samples. */
static void describe(Part part[PARTS], const Progress *p, const ProgressPoint *at,
                     const StepStats *s, double now)
{
    char eta[PROGRESS_DURATION];
    describe_eta(eta, p, at, now);
    snprintf(part[EPOCH], sizeof(Part), "epoch %llu/%llu", (unsigned long long)at->epoch,
             (unsigned long long)at->epochs);
    describe_gauge(part[GAUGE], at->epoch_fraction);
    snprintf(part[RATE], sizeof(Part), "%.0f steps/s", p->rate);
    snprintf(part[ETA], sizeof(Part), "ETA %s", eta);
    snprintf(part[LOSSES], sizeof(Part), "D %.3g G %.3g", s->d_loss, s->g_loss);
    if (p->scores_step == at->step)
        snprintf(part[JUDGED], sizeof(Part), "%s", p->scores);
    else
        snprintf(part[JUDGED], sizeof(Part), "right %.0f%% %.0f%%", 100 * s->d_accuracy_real,
                 100 * s->d_accuracy_fake);
}

/* The parts from `first` on that are not empty; how long they are. */
static int join(char out[LINE], Part part[PARTS], int first)
{
    int n = 0;
    for (int i = first; i < PARTS; i++)
        if (*part[i])
            n += snprintf(out + n, (size_t)(LINE - n), "%s%s", n ? " " : "", part[i]);
    return n;
}

/* What a narrow terminal has no room for is left out whole, the least important first. */
static void fit(char out[LINE], Part part[PARTS], int width)
{
    static const int expendable[] = { GAUGE, RATE, LOSSES, ETA };
    for (size_t i = 0; join(out, part, EPOCH) > width && i < sizeof expendable / sizeof(int); i++)
        *part[expendable[i]] = '\0';
}

static int terminal_width(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20 ? w.ws_col : 80;
}

static void draw(Progress *p, const ProgressPoint *at, const StepStats *s, double now,
                 const char *end)
{
    const int width = terminal_width() - 1;
    char shown[LINE], line[2 * LINE];
    Part part[PARTS];
    describe(part, p, at, s, now);
    fit(shown, part, width);
    snprintf(line, sizeof line, "\r%.*s\033[K%s", width < LINE ? width : LINE, shown, end);
    log_put(line);
    p->drawn = now;
    p->line_open = *end == '\0';
}

void progress_step(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    if (p->quiet || !p->live)
        return;
    const double now = progress_now();
    measure(p, at->step, now);
    if (now - p->drawn >= 0.1)
        draw(p, at, s, now, "");
}

/* Before the first step of this process there is nothing to tell but the place. */
static void say_plain(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    char what[LINE] = "", line[2 * LINE];
    const double now = progress_now();
    Part part[PARTS];
    measure(p, at->step, now);
    describe(part, p, at, s, now);
    *part[GAUGE] = '\0';
    if (at->step > p->first)
        join(what, part, GAUGE);
    snprintf(line, sizeof line, "epoch %llu/%llu  step %llu/%llu  %s\n",
             (unsigned long long)at->epoch, (unsigned long long)at->epochs,
             (unsigned long long)at->step, (unsigned long long)at->steps, what);
    log_put(line);
}

void progress_log(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    if (p->quiet || p->live)
        return;
    say_plain(p, at, s);
}

void progress_print(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    progress_end_line(p);
    say_plain(p, at, s);
}

void progress_epoch(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    if (p->quiet || !p->live)
        return;
    const double now = progress_now();
    measure(p, at->step, now);
    draw(p, at, s, now, "\n");
}

void progress_end_line(Progress *p)
{
    if (p->line_open)
        log_put("\n");
    p->line_open = false;
}
