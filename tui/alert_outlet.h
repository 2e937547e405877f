#ifndef TAILRACE_TUI_ALERT_OUTLET_H
#define TAILRACE_TUI_ALERT_OUTLET_H
/*
 * Where alerts leave the process: a file that gets every one of them as a line (S-71, S-74), and a
 * command of the user's (tui/alert_hook.h). One thread serves both, so the lane only leaves a copy.
 *
 *     alert_outlet_open → alert_outlet_start → the sinks, in the lane's thread → lane stopped →
 *     alert_outlet_stop → alert_outlet_counts → alert_outlet_free
 *
 * The queue between lane and thread grows to `queue_cap` alerts. When it is full the lane waits
 * while the thread goes on writing, as it does for any reader (S-120); a thread that is not done
 * with one alert in OUTLET_PATIENCE_MS hangs, on a disk that does not answer, and until it takes
 * again the lane waits no more: what finds the queue full is lost, and counted (S-05). The same for
 * lines beyond ALERT_FILE_CAP that wait for a full disk. The command never holds up anything.
 *
 * Threads: open, start, stop, free belong to main; the sinks to the lane; counts and trouble to
 * any.
 */
#include "core/alert.h"
#include "core/clock.h"
#include "core/feed.h"
#include "core/health.h"
#include "tui/alert_hook.h"

enum { OUTLET_QUEUE = 64 * 1024, OUTLET_PATIENCE_MS = 1000, OUTLET_TROUBLE = 256 };

struct alert_outlet_config {
    const char *path;     /* NULL: no file */
    const char *command;  /* NULL: none */
    int output;           /* where the command's output goes, filtered; -1: nowhere */
    struct wake *changed; /* rung when alert_outlet_trouble says something else; may be NULL */
    size_t queue_cap;     /* 0: OUTLET_QUEUE */
    int64_t patience_ms;  /* 0: OUTLET_PATIENCE_MS */
    size_t file_cap;      /* 0: ALERT_FILE_CAP */
    size_t hook_cap;      /* 0: HOOK_CAP */
};

struct alert_outlet_counts {
    uint64_t taken;         /* alerts that came */
    uint64_t written;       /* lines in the file */
    uint64_t waiting;       /* for the file */
    uint64_t lost;          /* never written to the file */
    uint64_t calls, failed; /* of the command */
    uint64_t not_given;     /* alerts that no successful call got: refused, or of failed calls */
};

/* Of a log of alerts: up to which number each way out has had them all, on disk or by a call that
 * ended. One that is not wanted stays where it was. */
struct alert_marks {
    uint64_t file, command;
};

struct alert_outlet;

/* NULL: the file cannot be appended to. */
struct alert_outlet *alert_outlet_open(const struct alert_outlet_config *config,
                                       struct error *error);
/* `feed` names the sources; NULL: nobody does. All three outlive alert_outlet_stop. */
enum status alert_outlet_start(struct alert_outlet *outlet, const struct definition *definition,
                               struct feed *feed, struct clock *clock, struct error *error);
struct alert_sink alert_outlet_sink(struct alert_outlet *outlet);
struct health_sink alert_outlet_health_sink(struct alert_outlet *outlet);

/*
 * Alerts of a log (core/store.h), as lines, instead of the sink's: numbered, so that who keeps the
 * marks can give the rest again. Those up to an outlet's mark are not given to it once more; an
 * empty line is of an alert that nobody waited for.
 *
 *     alert_outlet_begin(marks) → alert_outlet_logged … → alert_outlet_marks
 *
 * A mark moves on when nothing waits, and stands still from the first line that was lost.
 */
void alert_outlet_begin(struct alert_outlet *outlet, const struct alert_marks *marks);
void alert_outlet_logged(void *outlet, uint64_t number, const void *line, size_t len);
/* Any thread; final after alert_outlet_stop. */
struct alert_marks alert_outlet_marks(struct alert_outlet *outlet);
bool alert_outlet_wants_file(const struct alert_outlet *outlet);
bool alert_outlet_wants_command(const struct alert_outlet *outlet);

/* Writes what waits; the command has HOOK_FINISH_MS for its part. Idempotent. */
void alert_outlet_stop(struct alert_outlet *outlet);
void alert_outlet_free(struct alert_outlet *outlet); /* accepts NULL */

struct alert_outlet_counts alert_outlet_counts(struct alert_outlet *outlet);
/* What is wrong now, "" when nothing is; filter before output. Returns out. */
char *alert_outlet_trouble(struct alert_outlet *outlet, char out[OUTLET_TROUBLE]);

#endif
