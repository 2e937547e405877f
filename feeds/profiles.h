#ifndef TAILRACE_FEEDS_PROFILES_H
#define TAILRACE_FEEDS_PROFILES_H
/*
 * What is simulated: a help desk, a payment stream, a shop. A profile says how busy each hour of a
 * day is, what one occurrence carries, and how it is written; when things occur and in which order
 * is the simulator's.
 *
 * Pure functions of the dice that are handed in; any thread.
 */
#include "core/event.h"
#include "feeds/dice.h"
#include "feeds/simulator.h"

enum {
    PROFILE_MARKS = 48, /* one each half hour from 00:00; the rate goes straight between them */
    PROFILE_RATE_MAX = 1000
};

/* One record to be. Which members mean what is the profile's. */
struct occurrence {
    epoch_ms time;
    uint64_t id;
    uint32_t customer; /* or user */
    uint32_t item;     /* merchant, product */
    uint32_t amount;   /* minor units */
    uint8_t kind;      /* priority, country, region */
    uint8_t status;
};

/* Writes records of one feed; keeps the text of the date it wrote last. */
struct record_writer {
    enum simulated_format format;
    epoch_ms day_start;
    char date[INSTANT_TEXT];
};

void record_writer_init(struct record_writer *writer, enum simulated_format format);

struct profile {
    const char *name;
    const char *header;       /* the CSV header line */
    const uint16_t *rates;    /* PROFILE_MARKS of them, relative, 1 … PROFILE_RATE_MAX */
    uint32_t natural_per_day; /* occurrences, closings not counted */
    uint64_t first_id;        /* ids count on from here */
    /* All but time and id. */
    void (*draw)(struct dice *dice, struct occurrence *out);
    /* What a marked record carries. */
    void (*mark)(struct occurrence *out);
    void (*label)(const struct occurrence *marked, char out[EVENT_LABEL]);
    /* How long after its time an occurrence is closed; NULL: this profile knows no closing. At
     * least a minute. */
    int64_t (*open_for_ms)(struct dice *dice, const struct occurrence *occurrence);
    /* Writes the record with its line end; returns its length. */
    size_t (*write)(struct record_writer *writer, const struct occurrence *occurrence,
                    char out[SIMULATED_RECORD_MAX]);
};

enum { OCCURRENCE_OPEN = 0, OCCURRENCE_CLOSED = 1 }; /* status, where open_for_ms is there */

/* NULL when there is none of that name. */
const struct profile *profile_find(const char *name);

#endif
