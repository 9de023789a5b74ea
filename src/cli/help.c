/* The help pages of the program: commands and exit codes come from their tables. */
#include "help.h"

void help_add(const Command *const *commands, Text *out)
{
    text_add(out,
             "gantrain %s: train generative adversarial networks from a JSON config\n\n"
             "usage:\n"
             "  gantrain FILE.json [options]   short for gantrain train --config FILE.json\n"
             "  gantrain COMMAND [options]\n"
             "  gantrain help [COMMAND]        options, examples and config keys\n"
             "  gantrain --help | --version\n\ncommands:\n",
             GANTRAIN_VERSION);
    for (const Command *const *c = commands; *c; c++)
        text_add(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    text_add(out, "  %-10s %s\n", "help", "Explain a command; the same as COMMAND --help.");
    text_add(out, "\nResults go to stdout, progress and warnings to stderr.\n\n"
                  "exit codes for scripts:\n");
#define X(name, code, text) text_add(out, "  %3d  %s\n", code, text);
    GT_STATUS_LIST(X)
#undef X
    text_add(out,
             "\nAfter 75 and 129 to 143 repeat the command (train: with --resume). After 6, 7, 9\n"
             "and 10 remove the cause that the message names, then repeat. After 2 to 5 and 8\n"
             "the same command would fail again. Without arguments: a short help, and 2.\n"
             "\nexamples:\n"
             "  gantrain configs/mnist.json --epochs 5\n"
             "  gantrain sample --checkpoint runs/mnist/checkpoints/best.safetensors \\\n"
             "           --out digits.png\n");
}

void help_add_short(Text *out)
{
    text_add(out,
             "gantrain %s: train generative adversarial networks (GANs) from a JSON config\n\n"
             "  gantrain FILE.json                                train into runs/NAME; open its\n"
             "                                                    report.html in a browser\n"
             "  gantrain FILE.json --resume                       continue a stopped training\n"
             "  gantrain sample --checkpoint FILE --out new.png   draw pictures with a checkpoint\n"
             "                                                    of runs/NAME/checkpoints\n"
             "  gantrain evaluate --checkpoint FILE               measure how good they are\n\n"
             "gantrain help            all commands and exit codes\n"
             "gantrain help COMMAND    options, examples, keys of a config with defaults\n"
             "gantrain list            layers, objectives, metrics: what a config can name\n"
             "README.md, configs/      a first config, recipes; scripts/quickstart.sh trains one\n",
             GANTRAIN_VERSION);
}
