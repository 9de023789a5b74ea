/* Phrases that several causes put into their findings. For src/diagnosis/ alone. */
#ifndef GANTRAIN_SRC_DIAGNOSIS_FINDINGS_H
#define GANTRAIN_SRC_DIAGNOSIS_FINDINGS_H

#include "symptoms.h"

/* Truncates what does not fit. */
void append(char text[FINDING_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "steps 200 to 300: ", the steps of the last part, before the numbers measured there. */
void append_steps(const Symptoms *s, Finding *f);

/* "samples come from a moving average of weights over about 1000 steps, ..." */
void append_ema(const Symptoms *s, Finding *f);

/* Adds one suggestion to the advice: "try A, B". */
void advise(Finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The learning rates of the config, and other ones. */
double lr_g(const Symptoms *s);
double lr_d(const Symptoms *s);
void advise_lr_g(const Symptoms *s, Finding *f, double lr);
void advise_lr_d(const Symptoms *s, Finding *f, double lr);

/* Both rates times a factor; only the larger one where it is more than five times the other. */
void advise_lr_factor(const Symptoms *s, Finding *f, double factor);

/* R1, where the config has neither a gradient penalty nor weight clipping. */
void advise_penalty(const Symptoms *s, Finding *f);

/* A moving average whose horizon is at most a tenth of the steps done, but more than 10. */
void advise_ema(const Symptoms *s, Finding *f);

#endif
