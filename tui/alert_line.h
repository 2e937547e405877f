#ifndef TAILRACE_TUI_ALERT_LINE_H
#define TAILRACE_TUI_ALERT_LINE_H
/*
 * An alert as one line of JSON, for files and for other programs (members may be added, none is
 * renamed):
 *
 *     {"id": "0f…", "type": "POTENTIAL_FRAUD", "rule": "geo-amount", "time": "…", "event_time":
 * "…", "subject": "2807", "label": "500047", "amount": "912.50", "late": false, "retracted": false,
 *      "number": 3, "position": {"index": 0, "source": "payments.csv", "generation": 0,
 *      "start": 8123}, "detected_at": "…"}
 *
 * `id` is the same for the same rule and event, also when the alert is taken back (S-71). `label`
 * is the event's id. What is not there is null. Of health (core/health.h):
 *
 *     {"id": "…", "type": "HEALTH_LAG", "rule": "health", "time": "…", "since": "…",
 *      "resolved": false, "number": 1, "lasting_ms": 10203, "unread_bytes": 52000,
 *      "detected_at": "…"}
 *
 * Pure; any thread.
 */
#include "core/alert.h"
#include "core/health.h"

enum {
    ALERT_LINE = 8192,  /* room for any line */
    ALERT_SOURCE = 1024 /* bytes of a source's name kept */
};

/* With its line end; returns the length. `source` is the name of the position's, NULL: unknown.
 * `detected_at` INT64_MIN: left out, where the same work is to give the same bytes. */
size_t alert_line(const struct definition *definition, const struct alert *alert,
                  const char *source, epoch_ms detected_at, char out[ALERT_LINE]);
size_t alert_line_health(const struct health_alert *alert, epoch_ms detected_at,
                         char out[ALERT_LINE]);

#endif
