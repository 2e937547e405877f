/*
 * Rows of the state whose checksums pass and whose bytes are anybody's (D-12): a pipeline is not
 * restored from them, with words, or it is: then its counters close, it goes on counting, what it
 * saves is accepted, and one restored from that goes on exactly as it does (S-90, S-92).
 *
 * An input: a digit that chooses the world (definition, caps, records), then rows, each as part,
 * length of its key, length of its value (two bytes, the greater first), key, value.
 */
#include "tests/unit/state_world.h"

#include "tests/fuzz/fuzz.h"

enum { WORLDS = 10, RECORDS = 64, BLOCK = 6 };

static struct world *world_of(unsigned which)
{
    static struct world *worlds[WORLDS];
    which %= WORLDS;
    if (!worlds[which]) {
        worlds[which] = world_new(which);
        if (worlds[which]->len > RECORDS)
            worlds[which]->len = RECORDS;
    }
    return worlds[which];
}

static void put_rows(struct shelf *shelf, struct taker taker)
{
    struct delta delta = {.len = 0};
    while (taker.left >= 4) {
        enum state_part part = (enum state_part)take(&taker, 1);
        size_t key_len = (size_t)take(&taker, 1), value_len = (size_t)take(&taker, 2);
        key_len = key_len < taker.left ? key_len : taker.left;
        const uint8_t *key = taker.at;
        taker.at += key_len;
        taker.left -= key_len;
        value_len = value_len < taker.left ? value_len : taker.left;
        delta_put(&delta, part, key, key_len, taker.at, value_len);
        taker.at += value_len;
        taker.left -= value_len;
    }
    shelf_take(shelf, &delta);
    delta_fini(&delta);
}

/* A symbol's number is what the rows made it; its text is what records have. */
static void apply_block(struct counter *counter, uint32_t from, uint32_t to)
{
    static struct event_block block;
    const struct world *world = counter->world;
    block.source = world->records[from].source;
    block.read_at = world->records[to - 1].read_at;
    block.len = to - from;
    for (uint32_t n = 0; n < block.len; n++) {
        struct event *event = &block.events[n];
        *event = world->records[from + n].event;
        const char *text = symbols_text(world->symbols, event->key[0]);
        event->key[0] = symbols_intern(counter->symbols, text, strlen(text));
        snprintf(block.texts[n].label, sizeof block.texts[n].label, "id %u", from + n);
        snprintf(block.texts[n].subject, sizeof block.texts[n].subject, "who");
    }
    pipeline_apply(&counter->pipeline, &block);
    must(outcomes_close(&counter->pipeline.outcomes), "the counters do not close");
    if (world->records[to - 1].idle)
        pipeline_idle(&counter->pipeline, block.source);
}

static void apply(struct counter *counter, uint32_t from, uint32_t to)
{
    const struct record *records = counter->world->records;
    for (uint32_t end; from < to; from = end) {
        end = from + 1;
        while (end < to && end - from < BLOCK && !records[end - 1].idle &&
               records[end].source == records[from].source)
            end++;
        apply_block(counter, from, end);
    }
}

static enum status restore(struct counter *counter, const struct shelf *shelf, struct error *error)
{
    const struct state_rows rows = {shelf_each, (void *)(uintptr_t)shelf};
    counter->alerts_len = counter->windows_len = 0;
    counter_begin(counter);
    return pipeline_state_restore(counter->state, &rows, error);
}

static void check_same_tally(const struct tally *a, const struct tally *b)
{
    must(tally_len(a) == tally_len(b), "groups");
    for (size_t i = 0; i < tally_len(a); i++)
        must(memcmp(tally_row(a, i), tally_row(b, i), sizeof(struct tally_row)) == 0, "group %zu",
             i);
}

static void check_same(const struct counter *a, const struct counter *b)
{
    const struct pipeline *x = &a->pipeline, *y = &b->pipeline;
    struct dedupe_counters ids[2] = {dedupe_counters(x->dedupe), dedupe_counters(y->dedupe)};
    struct window_counters windows[2] = {windows_counters(x->windows),
                                         windows_counters(y->windows)};
    must(memcmp(&x->outcomes, &y->outcomes, sizeof x->outcomes) == 0, "outcomes");
    must(pipeline_watermark(x) == pipeline_watermark(y), "the watermark");
    must(x->newest == y->newest && x->newest_day == y->newest_day, "the newest");
    must(memcmp(&ids[0], &ids[1], sizeof ids[0]) == 0, "ids");
    must(memcmp(&windows[0], &windows[1], sizeof windows[0]) == 0, "windows");
    must(windows_len(x->windows) == windows_len(y->windows), "rows of windows");
    must(lifecycle_len(x->lifecycle) == lifecycle_len(y->lifecycle), "tickets");
    must(memcmp(x->alerts->total, y->alerts->total, sizeof x->alerts->total) == 0, "alerts");
    must(a->alerts_len == b->alerts_len &&
             memcmp(a->alerts, b->alerts, a->alerts_len * sizeof *a->alerts) == 0,
         "alerts told");
    must(a->windows_len == b->windows_len &&
             memcmp(a->windows, b->windows, a->windows_len * sizeof *a->windows) == 0,
         "results told");
    check_same_tally(x->tally, y->tally);
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        must((x->days[d].tally != NULL) == (y->days[d].tally != NULL), "days");
        if (x->days[d].tally)
            check_same_tally(x->days[d].tally, y->days[d].tally);
    }
}

/* One goes on, the other begins where it saved. */
static void check_goes_on(struct counter *first)
{
    static struct counter second;
    struct error error = {.text = ""};
    uint32_t half = first->world->len / 2;
    apply(first, 0, half);
    counter_save(first);
    second.world = first->world;
    enum status status = restore(&second, &first->shelf, &error);
    must(status == STATUS_OK, "what it saved is refused: %s", error.text);
    first->alerts_len = first->windows_len = 0;
    check_same(first, &second);
    apply(first, half, first->world->len);
    apply(&second, half, first->world->len);
    check_same(first, &second);
    pipeline_end(&first->pipeline);
    pipeline_end(&second.pipeline);
    check_same(first, &second);
    counter_drop(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct counter first;
    struct taker taker = {data, size};
    struct error error = {.text = ""};
    first.world = world_of((unsigned)take(&taker, 1) - '0');
    put_rows(&first.shelf, taker);
    enum status status = restore(&first, &first.shelf, &error);
    if (status == STATUS_OK) {
        must(outcomes_close(&first.pipeline.outcomes), "the counters do not close");
        check_goes_on(&first);
    } else {
        must_say(status, &error);
        must(status == STATUS_DAMAGED, "status %d: %s", (int)status, error.text);
    }
    counter_drop(&first);
    shelf_fini(&first.shelf);
    return 0;
}
