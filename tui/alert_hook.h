#ifndef TAILRACE_TUI_ALERT_HOOK_H
#define TAILRACE_TUI_ALERT_HOOK_H
/*
 * The user's command that gets alerts: `sh -c COMMAND`, the lines on its standard input, never on
 * its command line (no byte of a feed becomes part of a command).
 *
 * A call gets all lines that wait, up to HOOK_BATCH bytes: a lone alert is a call of its own, a
 * storm a call with many lines. Calls begin at most HOOK_BURST at once and HOOK_RATE a second, and
 * at most HOOK_RUNNING run (D-16). One that takes longer than HOOK_TIMEOUT_MS is killed with all of
 * its process group. Lines beyond HOOK_CAP bytes are not given, and counted; so are those of calls
 * that failed: a call is not repeated.
 *
 * The input is a file of memory: a command that does not read, or not all, blocks nobody. The
 * command has a session of its own, so it has no terminal to write to; the signals' defaults; and
 * no descriptors but 0, 1, 2.
 *
 * Threads: none; one owner, which must be the only one to wait for its children. Never waits, but
 * for alert_hook_finish.
 */
#include "core/clock.h"
#include "core/status.h"
#include "core/wake.h"
#include "tui/hook_output.h"
#include "tui/line_buffer.h"

#include <sys/types.h>

enum {
    HOOK_RATE = 5,
    HOOK_BURST = 10,
    HOOK_RUNNING = 4,
    HOOK_BATCH = 64 * 1024,
    HOOK_CAP = 4 * 1024 * 1024,
    HOOK_TIMEOUT_MS = 10 * 1000,
    HOOK_FINISH_MS = 3 * 1000,
    HOOK_TEXT = 128
};

/* When calls may begin: HOOK_BURST at once, then HOOK_RATE a second. */
struct hook_pace {
    mono_ns due; /* private */
};
/* When the next call may begin; in the past when it may now. */
mono_ns hook_pace_next(const struct hook_pace *pace);
void hook_pace_began(struct hook_pace *pace, mono_ns now);

struct hook_call {
    pid_t pid; /* 0: a free place */
    mono_ns deadline;
    uint64_t lines;
    bool killed;
    struct hook_output output; /* when it goes anywhere */
};

struct alert_hook {
    const char *command; /* NULL: none; adding does nothing */
    int output;          /* where its output goes, filtered; -1: nowhere */
    struct line_buffer waiting;
    struct hook_pace pace;
    struct hook_call calls[HOOK_RUNNING];
    int running;
    mono_ns retry_at; /* after a call could not be begun */

    uint64_t begun, failed;       /* calls */
    uint64_t given, failed_lines; /* lines, of calls that ended well and that did not */
    uint64_t refused;             /* lines not given for want of room, or of time at the end */
    char trouble[HOOK_TEXT];      /* what became of the last call; "": it went well */
};

void alert_hook_init(struct alert_hook *hook, const char *command, int output, size_t cap);
void alert_hook_fini(struct alert_hook *hook);

void alert_hook_add(struct alert_hook *hook, const char *line, size_t len);
/* Sees what ended, ends what takes too long, begins what may begin. Returns when to be called
 * again; INT64_MAX: when something was added. */
mono_ns alert_hook_turn(struct alert_hook *hook, mono_ns now);
/* Gives all that waits in one last call, and waits for calls, HOOK_FINISH_MS at most; what runs
 * then is killed. */
void alert_hook_finish(struct alert_hook *hook, struct clock *clock, struct wake *bell);

#endif
