#ifndef TAILRACE_TUI_HOOK_OUTPUT_H
#define TAILRACE_TUI_HOOK_OUTPUT_H
/*
 * What the user's alert command prints, on its way to where we print ours. The command was given
 * bytes of a feed and may well print them decoded, so they pass the filter here too (D-01): line by
 * line, long ones in pieces.
 *
 * A pipe for each call, read whenever the call is looked after, so that a command which prints much
 * waits for us, and nobody for it. Closed when the call ends: what it left running in the
 * background has nobody to print for.
 *
 * Threads: none; one owner. Never waits.
 */
#include <stdbool.h>
#include <stddef.h>

enum { HOOK_OUTPUT_LINE = 512 };

struct hook_output {
    int fd; /* the end that is read */
    size_t len;
    char line[HOOK_OUTPUT_LINE]; /* the beginning of one */
};

/* `*write_end` is for the command, and the caller's to close. False: errno says why. */
bool hook_output_open(struct hook_output *output, int *write_end);
/* Passes on what has come, to the descriptor `to`. */
void hook_output_look(struct hook_output *output, int to);
/* The last of it. */
void hook_output_close(struct hook_output *output, int to);

#endif
