/* Live and plain lines of progress. Numbers have fixed widths so that they stay in their
 * columns. */
#include "gantrain/train/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/base/log.h"
#include "gantrain/train/signals.h"

enum { LINE = 256 };

static const double REDRAW = 0.1;   /* seconds between two states of a live line */
static const double PATIENCE = 0.3; /* seconds before the first one              */

double progress_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_duration(double seconds, char out[PROGRESS_DURATION])
{
    const long s = (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(out, PROGRESS_DURATION, "%ldh%02ldm", s / 3600, s / 60 % 60);
    else
        snprintf(out, PROGRESS_DURATION, "%ldm%02lds", s / 60, s % 60);
}

/* "[===>  ]" */
static void format_bar(char *out, size_t size, int width, double done)
{
    const int full = (int)(done * width + 0.5);
    char bar[32];
    for (int i = 0; i < width; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    snprintf(out, size, "[%.*s]", width, bar);
}

/* ---- of a training --------------------------------------------------------------------------- */

void progress_start(Progress *p, uint64_t step, bool quiet, bool live)
{
    const double now = progress_now();
    *p = (Progress){ .quiet = quiet, .live = live && log_can_overwrite(), .began = now };
    p->first_step = p->rate_step = step;
    p->rate_time = now;
    if (!quiet)
        log_write("D, G: losses; acc: real and generated samples that D classifies correctly\n");
}

void progress_set_scores(Progress *p, uint64_t step, const char *scores)
{
    snprintf(p->scores, sizeof p->scores, "%s", scores);
    p->scores_step = step;
}

/* Steps a second over the last second or so; the first value is there at once. */
static void measure_rate(Progress *p, uint64_t step, double now)
{
    const double seconds = now - p->rate_time;
    if (step == p->rate_step || (p->rate > 0 && seconds < 1))
        return;
    p->rate = (double)(step - p->rate_step) / (seconds > 1e-9 ? seconds : 1e-9);
    p->rate_time = now;
    p->rate_step = step;
}

/* At the average speed of this process, which is steadier than that of the last second. */
static void format_eta(char out[PROGRESS_DURATION], const Progress *p, const ProgressPoint *at,
                       double now)
{
    const double done = (double)(at->step - p->first_step);
    if (done < 1)
        snprintf(out, PROGRESS_DURATION, "?");
    else
        progress_duration((double)(at->steps - at->step) * (now - p->began) / done, out);
}

/* The parts of a line, in their order. */
enum { EPOCH, BAR, STEP, RATE, ETA, LOSSES, ACCURACY, SCORES, LAST_SCORES, PARTS };
typedef char Part[64];

enum { BAR_WIDTH = 6, LONG_BAR_WIDTH = 20 };

/* Scores of this step stand in place of the accuracies of D, earlier ones beside them. */
static void format_parts(Part part[PARTS], const Progress *p, const ProgressPoint *at,
                         const StepStats *s, double now)
{
    const bool scored = p->scores_step == at->step;
    char eta[PROGRESS_DURATION];
    format_eta(eta, p, at, now);
    memset(part, 0, PARTS * sizeof(Part));
    snprintf(part[EPOCH], sizeof(Part), "epoch %llu/%llu", (unsigned long long)at->epoch,
             (unsigned long long)at->epochs);
    format_bar(part[BAR], sizeof(Part), BAR_WIDTH, at->epoch_fraction);
    snprintf(part[STEP], sizeof(Part), "step %llu/%llu", (unsigned long long)at->step,
             (unsigned long long)at->steps);
    snprintf(part[RATE], sizeof(Part), "%.0f steps/s", p->rate);
    snprintf(part[ETA], sizeof(Part), "ETA %s", eta);
    snprintf(part[LOSSES], sizeof(Part), "D %.3g G %.3g", s->d_loss, s->g_loss);
    if (scored)
        snprintf(part[SCORES], sizeof(Part), "%s", p->scores);
    else
        snprintf(part[ACCURACY], sizeof(Part), "acc %.0f%% %.0f%%", 100 * s->d_accuracy_real,
                 100 * s->d_accuracy_fake);
    if (!scored && *p->scores)
        snprintf(part[LAST_SCORES], sizeof(Part), "last %s", p->scores);
}

/* Joins the chosen parts that are not empty; returns the length. */
static int join(char out[LINE], Part part[PARTS], unsigned chosen)
{
    int n = 0;
    out[0] = '\0';
    for (int i = 0; i < PARTS; i++)
        if (chosen >> i & 1 && *part[i])
            n += snprintf(out + n, (size_t)(LINE - n), "%s%s", n ? " " : "", part[i]);
    return n;
}

/* As many parts as the terminal has room for, the most important first; then a longer bar. */
static void fit_width(char out[LINE], Part part[PARTS], const ProgressPoint *at, int width)
{
    static const int importance[] = { EPOCH, SCORES, ACCURACY, ETA,        LOSSES,
                                      RATE,  BAR,    STEP,     LAST_SCORES };
    unsigned chosen = 0;
    for (size_t i = 0; i < sizeof importance / sizeof *importance; i++) {
        const unsigned more = chosen | 1U << importance[i];
        if (i == 0 || join(out, part, more) <= width)
            chosen = more;
    }
    if (join(out, part, chosen) + LONG_BAR_WIDTH - BAR_WIDTH <= width)
        format_bar(part[BAR], sizeof(Part), LONG_BAR_WIDTH, at->epoch_fraction);
    join(out, part, chosen);
}

static int terminal_width(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20 ? w.ws_col : 80;
}

/* `end` is "\n" for the last state of a line. */
static void draw(Progress *p, const ProgressPoint *at, const StepStats *s, const char *end)
{
    const double now = progress_now();
    char shown[LINE], line[2 * LINE];
    Part part[PARTS];
    measure_rate(p, at->step, now);
    if (!*end && now - p->drawn < REDRAW)
        return;
    const int width = terminal_width() - 1;
    format_parts(part, p, at, s, now);
    fit_width(shown, part, at, width);
    snprintf(line, sizeof line, "\r%.*s\033[K%s", width < LINE ? width : LINE, shown, end);
    log_write(line);
    p->drawn = now;
    p->line_open = *end == '\0';
}

void progress_step(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    if (!p->quiet && p->live)
        draw(p, at, s, "");
}

void progress_epoch(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    if (!p->quiet && p->live)
        draw(p, at, s, "\n");
}

/* Before the first step of this process there are no numbers to print. */
static void print_plain(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    char numbers[LINE] = "", line[2 * LINE];
    const double now = progress_now();
    Part part[PARTS];
    measure_rate(p, at->step, now);
    format_parts(part, p, at, s, now);
    if (at->step > p->first_step)
        join(numbers, part, 1U << RATE | 1U << ETA | 1U << LOSSES | 1U << ACCURACY | 1U << SCORES);
    snprintf(line, sizeof line, "epoch %llu/%llu  step %llu/%llu  %s\n",
             (unsigned long long)at->epoch, (unsigned long long)at->epochs,
             (unsigned long long)at->step, (unsigned long long)at->steps, numbers);
    log_write(line);
}

void progress_log(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    if (!p->quiet && !p->live)
        print_plain(p, at, s);
}

void progress_print(Progress *p, const ProgressPoint *at, const StepStats *s)
{
    progress_end_line(p);
    print_plain(p, at, s);
}

void progress_end_line(Progress *p)
{
    if (p->line_open)
        log_write("\n");
    p->line_open = false;
}

/* ---- of other tasks -------------------------------------------------------------------------- */

TaskProgress task_progress_start(bool quiet, bool live)
{
    return (TaskProgress){ .quiet = quiet, .live = live && log_can_overwrite() };
}

static void draw_classifier(TaskProgress *p, double done, double accuracy)
{
    const double now = progress_now();
    char line[LINE], bar[32];
    if (p->begun && done < 1 && now - p->drawn < REDRAW)
        return;
    format_bar(bar, sizeof bar, 20, done);
    snprintf(line, sizeof line, "\rclassifier %s %3.0f%%  accuracy %.1f%%\033[K%s", bar, 100 * done,
             100 * accuracy, done < 1 ? "" : "\n");
    log_write(line);
    p->drawn = now;
}

static void print_classifier(const TaskProgress *p, double done, double accuracy)
{
    char line[LINE];
    if (!p->begun)
        log_write("training a classifier of the data, once: it is cached for later runs\n");
    if (done < 1)
        return;
    snprintf(line, sizeof line, "classifier trained: test accuracy %.2f %%\n", 100 * accuracy);
    log_write(line);
}

Status progress_classifier(void *task_progress, double done, double accuracy)
{
    TaskProgress *p = task_progress;
    const Status stop = done < 1 ? signals_stop_status() : GT_OK;
    if (stop != GT_OK) {
        if (!p->quiet && p->live && p->begun)
            log_write("\n");
        return stop;
    }
    if (!p->quiet && p->live)
        draw_classifier(p, done, accuracy);
    else if (!p->quiet)
        print_classifier(p, done, accuracy);
    p->begun = true;
    return GT_OK;
}

static void draw_data(TaskProgress *p, const char *task, double done)
{
    char line[LINE], bar[32];
    format_bar(bar, sizeof bar, 20, done);
    snprintf(line, sizeof line, "\r%.60s %s %3.0f%%\033[K%s", task, bar, 100 * done,
             done < 1 ? "" : "\n");
    log_write(line);
    p->drawn = progress_now();
    p->begun = true;
}

/* A task that ends within a moment gets no line. */
Status progress_data(void *task_progress, const char *task, double done)
{
    TaskProgress *p = task_progress;
    const bool ended = done < 0 || done >= 1;
    const double now = progress_now();
    if (!p->quiet && p->live) {
        if (p->drawn == 0)
            p->drawn = now + PATIENCE;
        if (done >= 0 && (ended ? p->begun : now - p->drawn >= REDRAW))
            draw_data(p, task, done);
        else if (done < 0 && p->begun)
            log_write("\n");
    }
    if (ended)
        *p = (TaskProgress){ .quiet = p->quiet, .live = p->live };
    return ended ? GT_OK : signals_stop_status();
}

void progress_task(void *task_progress, const char *task, const char *object)
{
    const TaskProgress *p = task_progress;
    char line[LINE];
    if (p->quiet || !p->live)
        return;
    if (task)
        snprintf(line, sizeof line, "\r%s %.40s ...\033[K", task, object);
    log_write(task ? line : "\r\033[K");
}
