#ifndef TAILRACE_TESTS_STATE_WORLD_H
#define TAILRACE_TESTS_STATE_WORLD_H
/*
 * What the tests of the state share: seeded random streams in which every part of a pipeline has
 * something to remember, a shelf that takes deltas as the store does, and pictures of pipelines
 * that can be compared. Caps are small, so that what is given up is given up often.
 */
#include "tests/unit/support.h"

#include "core/dedupe_parts.h"
#include "core/definition_json.h"
#include "core/lifecycle_parts.h"
#include "core/pipeline_state.h"
#include "core/window_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLD_MAX = 400, WORLD_KEYS = 5, WORLD_SOURCES = 3 };
#define WORLD_START ((epoch_ms)20000 * MS_PER_DAY + 23 * (epoch_ms)MS_PER_HOUR)

/* --- the shelf --- */

struct shelf_row {
    int part;
    size_t key_len, value_len;
    unsigned char *key, *value;
};

struct shelf {
    struct shelf_row *rows;
    size_t len, room;
    uint64_t written; /* bytes, all deltas */
};

static inline void shelf_fini(struct shelf *shelf)
{
    for (size_t r = 0; r < shelf->len; r++) {
        free(shelf->rows[r].key);
        free(shelf->rows[r].value);
    }
    free(shelf->rows);
    *shelf = (struct shelf){0};
}

static inline int shelf_compare(const struct shelf_row *row, int part, const void *key,
                                size_t key_len)
{
    if (row->part != part)
        return row->part < part ? -1 : 1;
    size_t both = row->key_len < key_len ? row->key_len : key_len;
    int difference = both > 0 ? memcmp(row->key, key, both) : 0;
    return difference != 0 ? difference : (row->key_len > key_len) - (row->key_len < key_len);
}

static inline size_t shelf_place(const struct shelf *shelf, int part, const void *key,
                                 size_t key_len)
{
    size_t low = 0, high = shelf->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shelf_compare(&shelf->rows[middle], part, key, key_len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static inline unsigned char *shelf_copy(const void *bytes, size_t len)
{
    unsigned char *copy = mem_alloc(len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

static inline void shelf_take(struct shelf *shelf, const struct delta *delta)
{
    struct delta_entry entry;
    shelf->written += delta->len;
    for (size_t at = 0; delta_next(delta, &at, &entry);) {
        const struct delta_head *head = &entry.head;
        size_t place = shelf_place(shelf, head->which, entry.key, head->key_len);
        bool there = place < shelf->len &&
                     shelf_compare(&shelf->rows[place], head->which, entry.key, head->key_len) == 0;
        if (there) {
            free(shelf->rows[place].key);
            free(shelf->rows[place].value);
            memmove(&shelf->rows[place], &shelf->rows[place + 1],
                    (--shelf->len - place) * sizeof *shelf->rows);
        }
        if (head->op != DELTA_PUT)
            continue;
        if (shelf->len == shelf->room) {
            shelf->room = shelf->room * 2 + 64;
            shelf->rows = mem_resize(shelf->rows, shelf->room * sizeof *shelf->rows);
        }
        memmove(&shelf->rows[place + 1], &shelf->rows[place],
                (shelf->len++ - place) * sizeof *shelf->rows);
        shelf->rows[place] = (struct shelf_row){.part = head->which,
                                                .key_len = head->key_len,
                                                .value_len = head->value_len,
                                                .key = shelf_copy(entry.key, head->key_len),
                                                .value = shelf_copy(entry.value, head->value_len)};
    }
}

static inline enum status shelf_each(void *rows, enum state_part part, state_take *take,
                                     void *context, struct error *error)
{
    const struct shelf *shelf = rows;
    for (size_t r = 0; r < shelf->len; r++) {
        const struct shelf_row *row = &shelf->rows[r];
        if (row->part == (int)part &&
            !take(context, row->key, row->key_len, row->value, row->value_len))
            return error_set(error, STATUS_DAMAGED, "part %d, row %zu", (int)part, r);
    }
    return STATUS_OK;
}

/* --- the stream --- */

struct record {
    struct event event;
    uint32_t source;
    epoch_ms read_at;
    bool idle; /* instead: the source is idle */
};

struct world {
    uint64_t random;
    struct definition *definition;
    struct symbols *symbols; /* of those who made the records */
    symbol keys[WORLD_KEYS];
    bool small; /* caps */
    uint32_t sources, len;
    struct record records[WORLD_MAX];
};

static const char world_json[] =
    "{\"name\": \"x\", \"fields\": {\"id\": {\"type\": \"text\"}, \"who\": {\"type\": \"text\"},"
    " \"kind\": {\"type\": \"text\"}, \"of\": {\"type\": \"text\"}, \"step\": {\"type\": \"text\"},"
    " \"at\": {\"type\": \"time\"}, \"amount\": {\"type\": \"money\", \"places\": 2}},"
    " \"time\": \"at\", \"id\": [\"id\"], \"group_by\": [\"kind\"],"
    " \"measures\": [\"count\", \"sum:amount\", \"open\", \"distinct:who\"],"
    " \"lifecycle\": {\"key\": \"id\", \"field\": \"step\", \"opened\": \"o\", \"closed\": \"c\"},"
    " \"rules\": ["
    "  {\"name\": \"velocity\", \"more_than\": 2, \"per\": \"who\", \"within\": \"90s\"},"
    "  {\"name\": \"sla\", \"open_longer_than\": \"30s\"},"
    "  {\"name\": \"pair\", \"within\": \"15s\", \"pair\": {\"field\": \"kind\", \"opens\": \"r\","
    "   \"ref\": \"of\", \"needs\": \"p\"}},"
    "  {\"name\": \"each\", \"when\": [\"amount>1\"]}]}";

static inline void world_define(struct world *world)
{
    struct error error = {.text = ""};
    struct definition *d = definition_from_json(world_json, strlen(world_json), "test", &error);
    if (!d || definition_compile(d, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    world->definition = d;
    d->watermark.delay_ms = random_below(&world->random, 3000);
    d->watermark.lateness_ms = random_below(&world->random, 20000);
    d->watermark.future_ms = random_below(&world->random, 2) ? 5000 : 10 * MS_PER_DAY;
    d->watermark.jump_ms = 60000;
    d->needs_dedupe = true;
    d->horizon_ms =
        d->watermark.delay_ms + d->watermark.lateness_ms + random_below(&world->random, 20000);
    d->on_conflict = (enum on_conflict)random_below(&world->random, 3);
    d->window.asked = true;
    d->window.size_ms = 10000;
    d->window.slide_ms = random_below(&world->random, 3) ? 10000 : 2500;
    if (random_below(&world->random, 3) == 0)
        d->window.session_ms = 1500 + random_below(&world->random, 9000);
}

static inline void world_rules(struct world *world, struct event *event)
{
    uint64_t *random = &world->random;
    event->subject[0] = 0x100 + random_below(random, 6);
    event->distinct[0] = 0x900 + random_below(random, 60);
    if (random_below(random, 3) == 0)
        event->rules |= 1;
    if (random_below(random, 2)) {
        event->ticket[0] = 0x500 + random_below(random, 40);
        event->ticket[1] = 1;
        event->lifecycle =
            random_below(random, 2) ? (uint8_t)LIFECYCLE_OPENED : (uint8_t)LIFECYCLE_CLOSED;
        event->rules |= 2;
    }
    if (random_below(random, 3) == 0) {
        event->subject[1] = 0x700 + random_below(random, 8);
        event->pair = random_below(random, 2) ? (uint8_t)PAIR_OPENS : (uint8_t)PAIR_NEEDED;
        event->rules |= 4;
    }
    if (random_below(random, 8) == 0)
        event->rules |= 8;
}

static inline struct event world_event(struct world *world, uint32_t n)
{
    uint64_t *random = &world->random;
    struct event event = {.time = WORLD_START + (epoch_ms)n * 12000, .content = 7, .length = 1};
    event.start = n;
    if (random_below(random, 3) == 0)
        event.time -= random_below(random, 70000);
    if (random_below(random, 25) == 0)
        event.time += 6000 + random_below(random, 200000);
    if (random_below(random, 60) == 0)
        event.time += 5 * (epoch_ms)MS_PER_DAY;
    event.id[0] = (uint64_t)(n + 1) << 40 | (n + 1) * 2654435761U;
    event.id[1] = (uint64_t)(n + 1) << 20;
    event.key[0] = world->keys[random_below(random, WORLD_KEYS)];
    event.present = random_below(random, 8) != 0;
    event.value[0] = random_below(random, 10000);
    event.filtered = random_below(random, 12) == 0;
    if (!event.filtered)
        world_rules(world, &event);
    if (random_below(random, 30) == 0)
        event.reason = (uint8_t)(1 + random_below(random, REJECT_COUNT - 1));
    return event;
}

static inline struct event world_again(struct world *world, uint32_t n)
{
    uint64_t *random = &world->random;
    uint32_t back = 1 + random_below(random, random_below(random, 3) ? 8 : n);
    struct event event = world->records[back > n ? 0 : n - back].event;
    event.start = n;
    if (random_below(random, 6) == 0)
        event.content = 8;
    return event;
}

static inline void world_fill(struct world *world)
{
    uint32_t source = 0;
    world->len = 40 + random_below(&world->random, WORLD_MAX - 40);
    for (uint32_t n = 0; n < world->len; n++) {
        struct record *record = &world->records[n];
        if (random_below(&world->random, 10) == 0)
            source = random_below(&world->random, world->sources);
        bool again = n > 0 && random_below(&world->random, 6) == 0;
        record->event = again ? world_again(world, n) : world_event(world, n);
        record->source = source;
        record->read_at = WORLD_START + (epoch_ms)n * 12000 + 500;
        record->idle = random_below(&world->random, 50) == 0;
    }
}

static inline struct world *world_new(uint64_t seed)
{
    struct world *world = mem_zero(1, sizeof *world);
    world->random = seed * 99991 + 1;
    world->small = seed % 3 == 0;
    world_define(world);
    world->symbols = symbols_new(64);
    for (int k = 0; k < WORLD_KEYS; k++) {
        char text[2] = {(char)('e' - k), '\0'};
        world->keys[k] = symbols_intern(world->symbols, text, 1);
    }
    world->sources = 1 + random_below(&world->random, WORLD_SOURCES);
    world_fill(world);
    return world;
}

static inline void world_free(struct world *world)
{
    definition_free(world->definition);
    symbols_free(world->symbols);
    free(world);
}

/* --- one that counts it --- */

enum { HEARD_MAX = 8192 };

struct heard {
    uint64_t word[4];
};

struct counter {
    const struct world *world;
    struct symbols *symbols;
    struct pipeline pipeline;
    struct pipeline_state *state;
    struct shelf shelf;
    struct heard alerts[HEARD_MAX], windows[HEARD_MAX];
    size_t alerts_len, windows_len;
};

static inline void counter_alert(void *context, const struct alert *alert)
{
    struct counter *counter = context;
    assert_true(counter->alerts_len < HEARD_MAX);
    counter->alerts[counter->alerts_len++] = (struct heard){
        {alert->id, (uint64_t)alert->time, alert->subject,
         (uint64_t)alert->amount << 8 | (uint64_t)alert->late << 1 | (uint64_t)alert->retracted}};
}

static inline uint64_t row_word(const struct window_row *row)
{
    return row ? row->count << 40 ^ (uint64_t)row->value[0].sum << 8 ^ row->revision : 0;
}

static inline void counter_change(void *context, const struct window_change *change)
{
    struct counter *counter = context;
    const struct window_row *row = change->after ? change->after : change->before;
    assert_true(counter->windows_len < HEARD_MAX);
    counter->windows[counter->windows_len++] =
        (struct heard){{(uint64_t)row->id.start << 3 | (uint64_t)change->kind,
                        (uint64_t)row->end << 8 | row->id.key[0], row_word(change->before),
                        row_word(change->after)}};
}

static inline void counter_begin(struct counter *counter)
{
    const struct world *world = counter->world;
    struct pipeline_config config = {.definition = world->definition,
                                     .live = true,
                                     .by_day = true,
                                     .explain = true,
                                     .watch_windows = true,
                                     .closed_room = world->small ? 5 : 64,
                                     .groups_cap = world->small ? 3 : 0,
                                     .distinct_cap = world->small ? 60 : DISTINCT_CAP_LIVE,
                                     .window_sink = counter_change,
                                     .window_context = counter,
                                     .alerts = {.take = counter_alert, .context = counter}};
    config.symbols = counter->symbols = symbols_new(64);
    pipeline_init(&counter->pipeline, &config);
    if (world->small) {
        struct dedupe_config dedupe = {
            .horizon_ms = world->definition->horizon_ms,
            .cap = 3,
            .conflicts_count = definition_on_conflict(world->definition) == CONFLICT_COUNT,
            .chunk = 2};
        dedupe_free(counter->pipeline.dedupe);
        counter->pipeline.dedupe = dedupe_new(&dedupe);
        counter->pipeline.windows->config.open_cap = 12;
        counter->pipeline.windows->config.final_cap = 10;
        counter->pipeline.windows->config.late_cap = 3;
    }
    counter->state = pipeline_state_new(&counter->pipeline, counter->symbols);
}

static inline struct counter *counter_new(const struct world *world)
{
    struct counter *counter = mem_zero(1, sizeof *counter);
    counter->world = world;
    counter_begin(counter);
    for (int k = 0; k < WORLD_KEYS; k++) {
        char text[2] = {(char)('e' - k), '\0'};
        symbols_intern(counter->symbols, text, 1);
    }
    for (uint32_t s = 0; s < world->sources; s++)
        pipeline_expect(&counter->pipeline, s);
    return counter;
}

static inline void counter_drop(struct counter *counter)
{
    pipeline_state_free(counter->state);
    pipeline_fini(&counter->pipeline);
    symbols_free(counter->symbols);
    counter->state = NULL;
    counter->symbols = NULL;
}

static inline void counter_free(struct counter *counter)
{
    counter_drop(counter);
    shelf_fini(&counter->shelf);
    free(counter);
}

/* Records [from, to), of one source, as one block. */
static inline void counter_apply(struct counter *counter, uint32_t from, uint32_t to)
{
    static struct event_block block;
    const struct record *records = counter->world->records;
    block.source = records[from].source;
    block.read_at = records[to - 1].read_at;
    block.len = to - from;
    for (uint32_t n = from; n < to; n++) {
        block.events[n - from] = records[n].event;
        snprintf(block.texts[n - from].label, sizeof block.texts[0].label, "id %u", n);
        snprintf(block.texts[n - from].subject, sizeof block.texts[0].subject, "who");
    }
    pipeline_apply(&counter->pipeline, &block);
    if (records[to - 1].idle)
        pipeline_idle(&counter->pipeline, records[from].source);
}

static inline void counter_save(struct counter *counter)
{
    struct delta delta = {.len = 0};
    pipeline_state_save(counter->state, &delta);
    shelf_take(&counter->shelf, &delta);
    delta_fini(&delta);
}

/* Everything is forgotten but the shelf. */
static inline enum status counter_restart(struct counter *counter, struct error *error)
{
    const struct state_rows rows = {shelf_each, &counter->shelf};
    counter_drop(counter);
    counter_begin(counter);
    return pipeline_state_restore(counter->state, &rows, error);
}

/* --- comparing --- */

static inline void assert_same_tickets(const struct lifecycle *a, const struct lifecycle *b)
{
    assert_int_equal(lifecycle_len(a), lifecycle_len(b));
    assert_int_equal(a->open, b->open);
    for (size_t i = 0; i < a->size; i++) {
        const struct ticket *ticket = &a->table[i];
        if ((ticket->id[0] | ticket->id[1]) == 0)
            continue;
        const struct ticket *other = lifecycle_find(b, ticket->id);
        assert_non_null(other);
        assert_memory_equal(ticket, other, sizeof *ticket);
    }
}

#endif
