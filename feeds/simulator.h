#ifndef TAILRACE_FEEDS_SIMULATOR_H
#define TAILRACE_FEEDS_SIMULATOR_H
/*
 * A seeded source of plausible events: a help desk, a payment stream, a shop (feeds/profiles.h).
 * Same profile, seed and day: the same bytes, on every machine.
 *
 * The simulator yields records in the order in which the feed shall have them: that of event time,
 * but for faults asked for (feeds/faults.h). Who writes them, and when, is the caller's:
 * command_simulate writes all of them at once or at a rate, the producer (simulated_source) appends
 * each to a feed file when the clock reaches it.
 */
#include "core/engine.h"
#include "core/instant.h"

enum simulated_format { SIMULATED_CSV, SIMULATED_JSONL };
enum { SIMULATED_RECORD_MAX = 512, SIMULATED_FAULT_ONE = 100000 };

/* How many of SIMULATED_FAULT_ONE records have each fault. */
struct simulated_faults {
    uint32_t late, duplicate, malformed, future;
};

/* "late=2%,duplicate", "none": a name alone is 1 %. STATUS_USAGE says what is wrong. */
enum status simulated_faults_parse(const char *text, struct simulated_faults *out,
                                   struct error *error);

struct simulator_config {
    const char *profile; /* "tickets", "payments", "orders" */
    uint64_t seed;
    int32_t day;      /* first day, counted from 1970-01-01 UTC */
    uint64_t records; /* that many fall in the day; 0: the profile's natural volume, day on day */
    enum simulated_format format;
    struct simulated_faults faults; /* copies and torn lines come on top of `records` */
};

struct simulator;

/* STATUS_USAGE: no such profile (names those there are). */
struct simulator *simulator_new(const struct simulator_config *config, struct error *error);
void simulator_free(struct simulator *simulator);

/* The CSV header line, with its line end; "" for JSONL. */
const char *simulator_header(const struct simulator *simulator);

/* The next record, with its line end; returns its length, 0 after the last. `time` is when the feed
 * shall have it: its event time, or later. */
size_t simulator_next(struct simulator *simulator, char out[SIMULATED_RECORD_MAX], epoch_ms *time);
/* The time that simulator_next will give, without taking the record; INT64_MAX: none. */
epoch_ms simulator_peek(struct simulator *simulator);

/* A marked record at `now`, outside the seeded sequence: what it carries does not change it. */
size_t simulator_marked(struct simulator *simulator, epoch_ms now, char out[SIMULATED_RECORD_MAX],
                        char label[EVENT_LABEL]);

/* The day that simulations start on unless told otherwise: 2026-01-05, a Monday. */
int32_t simulator_default_day(void);

/* The simulator as the producer of a feed file (an unlinked temporary file). */
struct simulated_source;

struct simulated_source *simulated_source_new(struct simulator *simulator, struct error *error);
void simulated_source_free(struct simulated_source *source);
int simulated_source_fd(const struct simulated_source *source); /* for tail_config.fd; owned here */
/* The feed to tell of appends (tail_appended); set before produce is called. */
void simulated_source_attach(struct simulated_source *source, struct feed *feed);
extern const struct producer_ops simulated_source_ops; /* producer: struct simulated_source * */

#endif
