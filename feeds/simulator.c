/*
 * Records in order of event time, from a seed.
 *
 * DESIGN. Two sequences are merged: arrivals (drawn one ahead) and the closings of what is open, a
 * heap by time. Times and traits come from two streams of dice, so the traits of the n-th ticket do
 * not depend on how many there are.
 *
 * A given number of records is opens and closings together, and only closings that fall in the day
 * count. How many opens that takes is found by rehearsing the same dice, then raising the number
 * until there are enough; the few closings too many are left out, evenly, and those tickets stay
 * open. A desk busier than the natural volume has the more hands: it closes the faster, so that
 * about as many are open. Memory: 24 bytes for each occurrence that is open, a few thousand.
 */
#include "feeds/simulator.h"

#include "core/status.h"
#include "feeds/arrivals.h"
#include "feeds/faults.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAP_WAYS = 4,       /* half the levels of two ways, each about a cache line */
    DEFAULT_DAY = 20458, /* 2026-01-05 */
    TRAITS_STREAM = 2,
    MARKED_ID = 900000001,  /* the natural volume reaches it after years */
    RECORDS_MAX = 800000000 /* so that no sequence reaches it */
};

/* The closing of an occurrence that is open. */
struct closing {
    epoch_ms time;
    uint64_t id;
    uint32_t customer;
    uint8_t kind;
};

struct simulator {
    const struct profile *profile;
    struct record_writer writer;
    struct arrivals arrivals;
    struct dice traits;
    struct occurrence arriving; /* time INT64_MAX: none */
    struct closing *open;       /* a heap, the earliest first */
    size_t open_len;
    size_t open_cap;
    epoch_ms end;           /* closings from here on are not given */
    uint64_t closings_all;  /* of the rehearsal */
    uint64_t closings_kept; /* so many of them, evenly */
    uint64_t closings_seen;
    uint64_t busy; /* occurrences in the day, no less than the natural volume */
    uint64_t next_id;
    uint64_t marked; /* marked records given */
    epoch_ms last;   /* time of the last record given */
    struct faults *faults;
    struct delivery ready; /* what comes next, when has_ready */
    bool has_ready;
};

int32_t simulator_default_day(void)
{
    return DEFAULT_DAY;
}

/* --- what is open --------------------------------------------------------------------------- */

/* Ids decide between equal times: the order of records is not left to the heap's layout. No
 * branches: which of two random times is earlier, no predictor can tell. */
static bool closes_before(const struct closing *a, const struct closing *b)
{
    return (a->time < b->time) | ((a->time == b->time) & (a->id < b->id));
}

static void open_push(struct simulator *simulator, struct closing closing)
{
    if (simulator->open_len == simulator->open_cap) {
        simulator->open_cap = simulator->open_cap > 0 ? simulator->open_cap * 2 : 1024;
        simulator->open =
            mem_resize(simulator->open, simulator->open_cap * sizeof *simulator->open);
    }
    struct closing *open = simulator->open;
    size_t hole = simulator->open_len++;
    while (hole > 0 && closes_before(&closing, &open[(hole - 1) / HEAP_WAYS])) {
        open[hole] = open[(hole - 1) / HEAP_WAYS];
        hole = (hole - 1) / HEAP_WAYS;
    }
    open[hole] = closing;
}

static size_t first_child(const struct closing *open, size_t hole, size_t len)
{
    size_t first = HEAP_WAYS * hole + 1, end = first + HEAP_WAYS;
    if (end > len)
        end = len;
    for (size_t child = first + 1; child < end; child++)
        if (closes_before(&open[child], &open[first]))
            first = child;
    return first;
}

static struct closing open_pop(struct simulator *simulator)
{
    struct closing *open = simulator->open;
    struct closing first = open[0], moved = open[--simulator->open_len];
    size_t hole = 0, child;
    while ((child = first_child(open, hole, simulator->open_len)) < simulator->open_len &&
           closes_before(&open[child], &moved)) {
        open[hole] = open[child];
        hole = child;
    }
    open[hole] = moved;
    return first;
}

/* --- arrivals ------------------------------------------------------------------------------- */

/* Draws the traits of what arrives at `time`, and when it is closed (INT64_MAX: never), later than
 * it arrives. */
static epoch_ms draw(const struct simulator *simulator, struct dice *traits, epoch_ms time,
                     struct occurrence *out)
{
    const struct profile *profile = simulator->profile;
    out->time = time;
    profile->draw(traits, out);
    if (!profile->open_for_ms)
        return INT64_MAX;
    int64_t open_for =
        profile->open_for_ms(traits, out) * profile->natural_per_day / (int64_t)simulator->busy;
    return time + (open_for > 0 ? open_for : 1);
}

/* Of so many closings that fall in the day, an even choice is given. */
static bool closing_is_kept(struct simulator *simulator)
{
    if (simulator->closings_kept == simulator->closings_all)
        return true;
    uint64_t seen = simulator->closings_seen++;
    return (seen + 1) * simulator->closings_kept / simulator->closings_all !=
           seen * simulator->closings_kept / simulator->closings_all;
}

static void arrive(struct simulator *simulator)
{
    struct occurrence *next = &simulator->arriving;
    epoch_ms time = arrivals_next(&simulator->arrivals);
    if (time == INT64_MAX) {
        next->time = INT64_MAX;
        return;
    }
    next->id = simulator->next_id++;
    epoch_ms closed_at = draw(simulator, &simulator->traits, time, next);
    if (closed_at < simulator->end && closing_is_kept(simulator))
        open_push(simulator, (struct closing){.time = closed_at,
                                              .id = next->id,
                                              .customer = next->customer,
                                              .kind = next->kind});
}

/* --- how many opens make so many records ---------------------------------------------------- */

static uint64_t rehearse(const struct simulator *simulator)
{
    struct arrivals arrivals = simulator->arrivals;
    struct dice traits = simulator->traits;
    struct occurrence occurrence = {0};
    uint64_t closings = 0;
    for (epoch_ms time; (time = arrivals_next(&arrivals)) != INT64_MAX;)
        closings += draw(simulator, &traits, time, &occurrence) < simulator->end;
    return closings;
}

static void plan(struct simulator *simulator, const struct simulator_config *config, uint64_t seed)
{
    const struct profile *profile = simulator->profile;
    epoch_ms start = instant_day_start(config->day, NULL);
    dice_seed(&simulator->traits, seed, TRAITS_STREAM);
    simulator->end = INT64_MAX;
    simulator->busy = profile->natural_per_day;
    if (config->records == 0 || !profile->open_for_ms) {
        arrivals_init(&simulator->arrivals, profile, seed, start, config->records);
        return;
    }
    simulator->end = start + MS_PER_DAY;
    if (config->records / 2 > simulator->busy)
        simulator->busy = config->records / 2;
    uint64_t still_open = simulator->busy > profile->natural_per_day ? profile->natural_per_day / 16
                                                                     : config->records / 128;
    uint64_t opens = (config->records + 1) / 2 + still_open, closings;
    for (;;) {
        arrivals_init(&simulator->arrivals, profile, seed, start, opens);
        closings = rehearse(simulator);
        if (opens + closings >= config->records)
            break;
        opens += (config->records - opens - closings + 1) / 2;
    }
    simulator->closings_all = closings;
    simulator->closings_kept = config->records - opens;
}

/* --- the simulator -------------------------------------------------------------------------- */

struct simulator *simulator_new(const struct simulator_config *config, struct error *error)
{
    const struct profile *profile = profile_find(config->profile);
    if (!profile) {
        error_set(error, STATUS_USAGE,
                  "no profile \"%s\" to simulate; there are tickets, payments, orders",
                  config->profile);
        return NULL;
    }
    if (config->records > RECORDS_MAX) {
        error_set(error, STATUS_USAGE, "at most %d records can be simulated in one feed",
                  RECORDS_MAX);
        return NULL;
    }
    struct simulator *simulator = mem_zero(1, sizeof *simulator);
    simulator->profile = profile;
    simulator->next_id = profile->first_id;
    simulator->last = INT64_MIN;
    record_writer_init(&simulator->writer, config->format);
    /* Another day is another sequence, not the same one moved. */
    struct dice day;
    dice_seed(&day, config->seed, (uint64_t)config->day);
    uint64_t seed = dice_roll(&day);
    plan(simulator, config, seed);
    simulator->faults = faults_new(&config->faults, seed);
    arrive(simulator);
    return simulator;
}

void simulator_free(struct simulator *simulator)
{
    if (!simulator)
        return;
    free(simulator->open);
    faults_free(simulator->faults);
    free(simulator);
}

const char *simulator_header(const struct simulator *simulator)
{
    return simulator->writer.format == SIMULATED_CSV ? simulator->profile->header : "";
}

/* An occurrence that arrives stands in the heap already when it is due itself; it is never closed
 * in the moment that it arrives, so a closing at or before an arrival is of an earlier one. */
static bool closing_is_next(const struct simulator *simulator)
{
    return simulator->open_len > 0 && simulator->open[0].time <= simulator->arriving.time;
}

/* When the next record of the sequence occurs. */
static epoch_ms next_time(const struct simulator *simulator)
{
    return closing_is_next(simulator) ? simulator->open[0].time : simulator->arriving.time;
}

static struct occurrence take_next(struct simulator *simulator)
{
    struct occurrence record = simulator->arriving;
    if (!closing_is_next(simulator)) {
        arrive(simulator);
        return record;
    }
    struct closing closing = open_pop(simulator);
    return (struct occurrence){.time = closing.time,
                               .id = closing.id,
                               .customer = closing.customer,
                               .kind = closing.kind,
                               .status = OCCURRENCE_CLOSED};
}

/* What was kept back stands before what occurs at the same time. */
static bool make_ready(struct simulator *simulator)
{
    while (!simulator->has_ready) {
        epoch_ms time = next_time(simulator);
        if (faults_due(simulator->faults, time, &simulator->ready)) {
            simulator->has_ready = true;
        } else if (time == INT64_MAX) {
            return false;
        } else {
            struct occurrence record = take_next(simulator);
            simulator->has_ready = faults_pass(simulator->faults, &record, &simulator->ready);
        }
    }
    return true;
}

epoch_ms simulator_peek(struct simulator *simulator)
{
    return make_ready(simulator) ? simulator->ready.due : INT64_MAX;
}

size_t simulator_next(struct simulator *simulator, char out[SIMULATED_RECORD_MAX], epoch_ms *time)
{
    if (!make_ready(simulator))
        return 0;
    const struct delivery *ready = &simulator->ready;
    simulator->has_ready = false;
    *time = simulator->last = ready->due;
    size_t len = simulator->profile->write(&simulator->writer, &ready->record, out);
    if (!ready->torn)
        return len;
    out[len / 2] = '\n';
    return len / 2 + 1;
}

size_t simulator_marked(struct simulator *simulator, epoch_ms now, char out[SIMULATED_RECORD_MAX],
                        char label[EVENT_LABEL])
{
    const struct profile *profile = simulator->profile;
    struct occurrence record = {.time = now > simulator->last ? now : simulator->last,
                                .id = MARKED_ID + simulator->marked++};
    profile->mark(&record);
    profile->label(&record, label);
    return profile->write(&simulator->writer, &record, out);
}
