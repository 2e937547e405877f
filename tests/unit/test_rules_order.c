/*
 * Protects: what is raised is a function of the set of events, not of the order they come in (S-73,
 * S-75, X13): live in any order within its lateness, and batch from slices in any order, against a
 * brute force on thousands of small feeds. Each alert comes once (S-71), and live raises no
 * velocity alert that batch would not.
 */
#include "tests/unit/rules_bench.h"

/* --- any order --- */

enum { EVENTS_MAX = 24 };

struct disorder {
    struct event events[EVENTS_MAX];
    struct event_position positions[EVENTS_MAX];
    int order[EVENTS_MAX]; /* of arrival */
    bool late[EVENTS_MAX];
    int len;
};

static struct event random_event(uint64_t *seed)
{
    epoch_ms time = T + random_below(seed, 40);
    uint64_t key = random_below(seed, 2) + 1;
    switch (random_below(seed, 5)) {
    case 0:
        return step(time, key, LIFECYCLE_OPENED);
    case 1:
        return step(time, key, LIFECYCLE_CLOSED);
    case 2:
        return half(time, random_below(seed, 4), PAIR_OPENS);
    default:;
        struct event event = purchase(time, key);
        event.subject[1] = random_below(seed, 4);
        event.pair = PAIR_NEEDED;
        event.rules |= 1 << PAIR;
        return event;
    }
}

/* A feed in random disorder, and who of it is late. */
static void make_feed(struct disorder *feed, uint64_t *seed)
{
    epoch_ms arrival[EVENTS_MAX], newest = INT64_MIN;
    uint32_t disorder = random_below(seed, 20) + 1;
    feed->len = (int)random_below(seed, EVENTS_MAX) + 1;
    for (int i = 0; i < feed->len; i++) {
        feed->events[i] = random_event(seed);
        feed->positions[i] = (struct event_position){random_below(seed, 2), 0, (uint64_t)i};
        arrival[i] = feed->events[i].time + random_below(seed, disorder);
        int at = i;
        for (; at > 0 && arrival[feed->order[at - 1]] > arrival[i]; at--)
            feed->order[at] = feed->order[at - 1];
        feed->order[at] = i;
    }
    for (int i = 0; i < feed->len; i++) {
        const struct event *event = &feed->events[feed->order[i]];
        epoch_ms end = (event->time / WINDOW + 1) * WINDOW;
        feed->late[feed->order[i]] = newest != INT64_MIN && newest - DELAY >= end + LATENESS;
        newest = event->time > newest ? event->time : newest;
    }
}

static bool is_before(const struct disorder *feed, int a, int b)
{
    const struct event_position *p = &feed->positions[a], *q = &feed->positions[b];
    if (feed->events[a].time != feed->events[b].time)
        return feed->events[a].time < feed->events[b].time;
    if (p->source != q->source)
        return p->source < q->source;
    return p->start < q->start;
}

/* The rules as their header states them, on the whole set; `with_late`: late events are of it. */
static bool should_alert(const struct disorder *feed, int rule, int e, bool with_late)
{
    const struct event *event = &feed->events[e];
    int count = 0;
    bool settled = false;
    if (!(event->rules & 1 << rule) || (feed->late[e] && !with_late) ||
        (rule == SLA && event->lifecycle != LIFECYCLE_OPENED) ||
        (rule == PAIR && event->pair != PAIR_OPENS))
        return false;
    for (int o = 0; o < feed->len; o++) {
        const struct event *other = &feed->events[o];
        if (!(other->rules & 1 << rule) || (feed->late[o] && !with_late))
            continue;
        if (rule == VELOCITY)
            count += other->subject[0] == event->subject[0] && other->time > event->time - WITHIN &&
                     (o == e || is_before(feed, o, e));
        else if (rule == SLA)
            settled |= other->ticket[0] == event->ticket[0] &&
                       other->lifecycle == LIFECYCLE_CLOSED && is_before(feed, e, o) &&
                       other->time <= event->time + SLA_LIMIT;
        else
            settled |= other->subject[1] == event->subject[1] && other->pair == PAIR_NEEDED &&
                       other->time <= event->time + WAIT;
    }
    return rule == VELOCITY ? count > MORE_THAN : !settled;
}

static void compare(const struct bench *bench, const struct disorder *feed, bool with_late,
                    uint64_t seed, const char *lane)
{
    for (int rule = VELOCITY; rule <= PAIR; rule++) {
        size_t wanted = 0;
        for (int e = 0; e < feed->len; e++) {
            uint64_t id = rules_alert_id(&bench->definition->rules[rule], &feed->positions[e]);
            bool should = should_alert(feed, rule, e, with_late);
            if (should != stands(&bench->heard, id))
                fail_msg("%s, seed %llu, rule %d, event %d: should %s", lane,
                         (unsigned long long)seed, rule, e, should ? "alert" : "not alert");
            wanted += should;
        }
        assert_int_equal(standing(&bench->heard, rule), wanted);
        assert_int_equal(rules_raised(bench->rules, rule), wanted);
    }
}

static void run_live(struct bench *bench, const struct disorder *feed, bool with_late)
{
    epoch_ms newest = INT64_MIN, watermark = INT64_MIN;
    for (int i = 0; i < feed->len; i++) {
        int e = feed->order[i];
        const struct event *event = &feed->events[e];
        newest = event->time > newest ? event->time : newest;
        watermark = newest - DELAY;
        if (!feed->late[e] || with_late)
            rules_event(bench->rules, event, NULL, &feed->positions[e], watermark, feed->late[e],
                        &bench->sink);
        rules_advance(bench->rules, watermark, &bench->sink);
    }
    rules_advance(bench->rules, INT64_MAX, &bench->sink);
}

static bool sometimes_retracted, sometimes_late, sometimes_late_alert;

static void test_any_order_live(void **state)
{
    (void)state;
    for (uint64_t s = 0; s < 20000; s++) {
        uint64_t seed = s * 7919 + 1;
        struct disorder feed;
        struct bench bench;
        make_feed(&feed, &seed);
        open_bench(&bench, make_tight(), &tight);
        run_live(&bench, &feed, false);
        compare(&bench, &feed, false, s, "live");
        for (int rule = VELOCITY; rule <= PAIR; rule++)
            assert_int_equal(rules_missed(bench.rules, rule), 0);
        for (size_t i = 0; i < bench.heard.len; i++)
            sometimes_retracted |= bench.heard.alerts[i].retracted;
        close_bench(&bench);
    }
    assert_true(sometimes_retracted);
}

/* Late events may join windows or not: velocity alerts are those of batch, or fewer (S-73). */
static void test_live_is_part_of_batch(void **state)
{
    (void)state;
    for (uint64_t s = 0; s < 20000; s++) {
        uint64_t seed = s * 104729 + 3;
        struct disorder feed;
        struct bench bench;
        make_feed(&feed, &seed);
        open_bench(&bench, make_tight(), &tight);
        run_live(&bench, &feed, true);
        for (int e = 0; e < feed.len; e++) {
            uint64_t id = rules_alert_id(&bench.definition->rules[VELOCITY], &feed.positions[e]);
            bool raised = stands(&bench.heard, id);
            assert_true(!raised || should_alert(&feed, VELOCITY, e, true));
            sometimes_late |= feed.late[e];
            sometimes_late_alert |= raised && feed.late[e];
        }
        close_bench(&bench);
    }
    assert_true(sometimes_late && sometimes_late_alert);
}

/* Slices read apart, their events in any order, merged in any order. */
static void test_any_order_batch(void **state)
{
    (void)state;
    for (uint64_t s = 0; s < 20000; s++) {
        uint64_t seed = s * 15485863 + 5;
        struct disorder feed;
        struct bench bench, slices[3];
        struct rules_config config = tight;
        config.deferred = true;
        config.texts = s % 2;
        config.notes_max = config.known_max = 1; /* caps are for state that waits */
        make_feed(&feed, &seed);
        open_bench(&bench, make_tight(), &config);
        for (int i = 0; i < 3; i++)
            open_bench(&slices[i], bench.definition, &config);
        for (int e = feed.len - 1; e >= 0; e--)
            rules_event(slices[random_below(&seed, 3)].rules, &feed.events[e], NULL,
                        &feed.positions[e], INT64_MIN, false, &bench.sink);
        for (int i = 0; i < 3; i++) {
            rules_merge(bench.rules, slices[i].rules);
            rules_free(slices[i].rules);
        }
        rules_settle(bench.rules, INT64_MAX, &bench.sink);
        compare(&bench, &feed, true, s, "batch");
        for (size_t i = 0; i < bench.heard.len; i++)
            assert_false(bench.heard.alerts[i].retracted);
        close_bench(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_live),
        cmocka_unit_test(test_live_is_part_of_batch),
        cmocka_unit_test(test_any_order_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
