#ifndef TAILRACE_TESTS_UNIT_RULES_BENCH_H
#define TAILRACE_TESTS_UNIT_RULES_BENCH_H
/* A definition with a rule of each kind, events for them made by hand, and what was raised. */
#include "tests/unit/support.h"

#include "core/definition_json.h"
#include "core/rules.h"
#include "core/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

enum { VELOCITY, SLA, PAIR, EACH }; /* the rules below, in their order */

static const char rules_json[] =
    "{\"name\": \"x\", \"fields\": {\"id\": {\"type\": \"text\"}, \"who\": {\"type\": \"text\"},"
    " \"kind\": {\"type\": \"text\"}, \"of\": {\"type\": \"text\"}, \"step\": {\"type\": \"text\"},"
    " \"at\": {\"type\": \"time\"}, \"amount\": {\"type\": \"money\", \"places\": 2}},"
    " \"time\": \"at\", \"id\": [\"id\"], \"measures\": [\"count\"],"
    " \"lifecycle\": {\"key\": \"id\", \"field\": \"step\", \"opened\": \"o\", \"closed\": \"c\"},"
    " \"rules\": ["
    "  {\"name\": \"velocity\", \"more_than\": %d, \"per\": \"who\", \"within\": \"%s\"},"
    "  {\"name\": \"sla\", \"open_longer_than\": \"%s\"},"
    "  {\"name\": \"pair\", \"within\": \"%s\", \"pair\": {\"field\": \"kind\", \"opens\": \"r\","
    "   \"ref\": \"of\", \"needs\": \"p\"}},"
    "  {\"name\": \"each\", \"when\": [\"amount>1\"]}]}";

static inline struct definition *make(int more_than, const char *velocity, const char *limit,
                                      const char *wait)
{
    char text[2048];
    struct error error = {.text = ""};
    snprintf(text, sizeof text, rules_json, more_than, velocity, limit, wait);
    struct definition *d = definition_from_json(text, strlen(text), "test", &error);
    if (!d || definition_compile(d, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return d;
}

/* --- what was raised --- */

enum { HEARD_MAX = 512 };

struct heard {
    struct alert alerts[HEARD_MAX];
    size_t len;
};

static inline void hear(void *context, const struct alert *alert)
{
    struct heard *heard = context;
    assert_true(heard->len < HEARD_MAX);
    heard->alerts[heard->len++] = *alert;
}

/* Alerts of a rule raised and not taken back; each id is raised once, and then taken back at most
 * once. */
static inline size_t standing(const struct heard *heard, int rule)
{
    size_t count = 0;
    for (size_t i = 0; i < heard->len; i++) {
        const struct alert *alert = &heard->alerts[i];
        bool raised = false;
        for (size_t j = 0; j < i; j++)
            if (heard->alerts[j].id == alert->id) {
                assert_false(heard->alerts[j].retracted);
                raised = true;
            }
        assert_true(raised == alert->retracted);
        if (alert->rule == rule)
            count += alert->retracted ? (size_t)-1 : 1;
    }
    return count;
}

static inline bool stands(const struct heard *heard, uint64_t id)
{
    bool found = false;
    for (size_t i = 0; i < heard->len; i++)
        if (heard->alerts[i].id == id)
            found = !heard->alerts[i].retracted;
    return found;
}

/* --- events --- */

struct bench {
    struct definition *definition;
    struct rules *rules;
    struct heard heard;
    struct alert_sink sink;
    uint64_t next; /* position */
};

static inline void open_bench(struct bench *bench, struct definition *definition,
                              const struct rules_config *config)
{
    struct rules_config own = *config;
    memset(bench, 0, sizeof *bench);
    own.definition = definition;
    bench->definition = definition;
    bench->rules = rules_new(&own);
    bench->sink = (struct alert_sink){.take = hear, .context = &bench->heard};
}

static inline void close_bench(struct bench *bench)
{
    rules_free(bench->rules);
    definition_free(bench->definition);
}

static inline struct event purchase(epoch_ms time, uint64_t who)
{
    return (struct event){.time = time, .subject = {who, 0}, .rules = 1 << VELOCITY};
}

static inline struct event step(epoch_ms time, uint64_t ticket, enum lifecycle_step step)
{
    return (struct event){
        .time = time, .ticket = {ticket, 1}, .lifecycle = (uint8_t)step, .rules = 1 << SLA};
}

static inline struct event half(epoch_ms time, uint64_t key, enum pair_role role)
{
    return (struct event){
        .time = time, .subject = {0, key}, .pair = (uint8_t)role, .rules = 1 << PAIR};
}

/* The event, at the next position, and the watermark that it makes. */
static inline void give(struct bench *bench, struct event event, epoch_ms watermark)
{
    struct event_position position = {0, 0, bench->next++};
    rules_event(bench->rules, &event, NULL, &position, watermark, false, &bench->sink);
    rules_advance(bench->rules, watermark, &bench->sink);
}

enum { T = 1000 * 1000 * 1000 };
static const struct rules_config usual __attribute__((unused)) = {.delay_ms = 60 * MS_PER_SECOND,
                                                                  .lateness_ms = 9 * MS_PER_MINUTE,
                                                                  .window_ms = 5 * MS_PER_MINUTE};

/* A few milliseconds for everything, so that small feeds cross every boundary. */
enum { MORE_THAN = 2, WITHIN = 6, SLA_LIMIT = 8, WAIT = 10, DELAY = 3, LATENESS = 5, WINDOW = 4 };
static const struct rules_config tight
    __attribute__((unused)) = {.delay_ms = DELAY, .lateness_ms = LATENESS, .window_ms = WINDOW};

static inline struct definition *make_tight(void)
{
    return make(MORE_THAN, "6ms", "8ms", "10ms");
}

#endif
