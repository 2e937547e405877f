/*
 * Protects: when each rule raises an alert, at its boundaries (S-12, S-34, S-75, A1-39, X22); that
 * a late event alerts and says so (S-72); what an alert says; that state expires with the watermark
 * and is capped (X12, D-07).
 */
#include "tests/unit/rules_bench.h"

#include "core/known_keys.h"

/* --- velocity --- */

static void test_velocity_boundaries(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        epoch_ms times[8]; /* in order of arrival, ms after T; -1 ends */
        size_t alerts;
    } table[] = {
        {"five are not more than five", {0, 1, 2, 3, 4, -1}, 0},
        {"the sixth is", {0, 1, 2, 3, 4, 5, -1}, 1},
        {"the seventh too", {0, 1, 2, 3, 4, 5, 6, -1}, 2},
        {"exactly 300 s older is outside", {0, 1, 2, 3, 4, 300000, -1}, 0},
        {"a millisecond less is inside", {1, 1, 2, 3, 4, 300000, -1}, 1},
        {"six at once: the sixth", {7, 7, 7, 7, 7, 7, -1}, 1},
        {"the first comes last", {1, 2, 3, 4, 5, 0, -1}, 1},
        {"one in the middle comes last", {0, 1, 2, 4, 5, 6, 3, -1}, 2},
        {"it joins no window", {300001, 300002, 300003, 300004, 300005, 1, -1}, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bench bench;
        open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
        for (const epoch_ms *time = table[i].times; *time >= 0; time++)
            give(&bench, purchase(T + *time, 7), INT64_MIN);
        if (standing(&bench.heard, VELOCITY) != table[i].alerts)
            fail_msg("%s: %zu alerts", table[i].what, standing(&bench.heard, VELOCITY));
        close_bench(&bench);
    }
}

static void test_velocity_is_of_one_subject(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
    for (int i = 0; i < 10; i++)
        give(&bench, purchase(T + i, (uint64_t)(i % 2) + 1), INT64_MIN);
    assert_int_equal(bench.heard.len, 0);
    give(&bench, purchase(T + 10, 2), INT64_MIN);
    assert_int_equal(bench.heard.len, 1);
    assert_int_equal(bench.heard.alerts[0].subject, 2);
    assert_int_equal(bench.heard.alerts[0].time, T + 10);
    assert_int_equal(bench.heard.alerts[0].position.start, 10);
    close_bench(&bench);
}

/* --- SLA --- */

enum { LIMIT = 4 * MS_PER_HOUR };

static void test_sla_boundaries(void **state)
{
    (void)state;
    for (int off = -1; off <= 1; off++) {
        struct bench bench;
        open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
        give(&bench, step(T, 7, LIFECYCLE_OPENED), T);
        give(&bench, step(T + LIMIT + off, 7, LIFECYCLE_CLOSED), T + LIMIT + off);
        assert_int_equal(standing(&bench.heard, SLA), off > 0);
        rules_advance(bench.rules, INT64_MAX, &bench.sink);
        assert_int_equal(standing(&bench.heard, SLA), off > 0);
        close_bench(&bench);
    }
    struct bench bench;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
    give(&bench, step(T, 7, LIFECYCLE_OPENED), T);
    rules_advance(bench.rules, T + LIMIT - 1, &bench.sink);
    assert_int_equal(bench.heard.len, 0);
    rules_advance(bench.rules, T + LIMIT, &bench.sink);
    assert_int_equal(bench.heard.len, 1);
    assert_int_equal(bench.heard.alerts[0].time, T + LIMIT);
    assert_int_equal(bench.heard.alerts[0].event_time, T);
    rules_advance(bench.rules, T + LIMIT + 1, &bench.sink);
    assert_int_equal(bench.heard.len, 1);
    close_bench(&bench);
}

/* A close that comes later but is stamped in time takes the alert back; one that is not, does not.
 */
static void test_sla_retraction(void **state)
{
    (void)state;
    for (int off = 0; off <= 1; off++) {
        struct bench bench;
        open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
        give(&bench, step(T, 7, LIFECYCLE_OPENED), T);
        rules_advance(bench.rules, T + LIMIT + 60000, &bench.sink);
        assert_int_equal(standing(&bench.heard, SLA), 1);
        assert_int_equal(rules_raised(bench.rules, SLA), 1);
        give(&bench, step(T + LIMIT + off, 7, LIFECYCLE_CLOSED), T + LIMIT + 60000);
        assert_int_equal(standing(&bench.heard, SLA), off);
        assert_int_equal(rules_raised(bench.rules, SLA), off);
        close_bench(&bench);
    }
}

static void test_sla_order(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
    /* the close comes first */
    give(&bench, step(T + 10, 1, LIFECYCLE_CLOSED), T);
    give(&bench, step(T, 1, LIFECYCLE_OPENED), T);
    /* closed, and open again: the first close does not settle the second opening */
    give(&bench, step(T, 2, LIFECYCLE_OPENED), T);
    give(&bench, step(T + 10, 2, LIFECYCLE_CLOSED), T);
    give(&bench, step(T + 20, 2, LIFECYCLE_OPENED), T);
    /* of one moment the position decides */
    give(&bench, step(T, 3, LIFECYCLE_OPENED), T);
    give(&bench, step(T, 3, LIFECYCLE_CLOSED), T);
    give(&bench, step(T, 4, LIFECYCLE_CLOSED), T);
    give(&bench, step(T, 4, LIFECYCLE_OPENED), T);
    rules_advance(bench.rules, INT64_MAX, &bench.sink);
    assert_int_equal(bench.heard.len, 2);
    assert_int_equal(bench.heard.alerts[0].subject, 4);
    assert_int_equal(bench.heard.alerts[1].subject, 2);
    assert_int_equal(bench.heard.alerts[1].event_time, T + 20);
    close_bench(&bench);
}

/* --- pair --- */

static void test_pair(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t payment; /* ms after the refund's time; INT64_MAX: none */
        bool first;      /* it comes before the refund */
        size_t alerts;
    } table[] = {
        {"none", INT64_MAX, false, 1},
        {"45 s later clears it silently", 45000, false, 0},
        {"days before", -3LL * MS_PER_DAY, true, 0},
        {"days before, out of order", -3LL * MS_PER_DAY, false, 0},
        {"at the end of waiting", 600000, false, 0},
        {"behind it", 600001, false, 1},
        {"behind it, and first", 600001, true, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bench bench;
        open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
        if (table[i].first)
            give(&bench, half(T + table[i].payment, 7, PAIR_NEEDED), INT64_MIN);
        give(&bench, half(T, 7, PAIR_OPENS), INT64_MIN);
        give(&bench, half(T, 8, PAIR_NEEDED), INT64_MIN);
        if (!table[i].first && table[i].payment != INT64_MAX)
            give(&bench, half(T + table[i].payment, 7, PAIR_NEEDED), INT64_MIN);
        rules_advance(bench.rules, T + 599999, &bench.sink);
        assert_int_equal(bench.heard.len, 0);
        rules_advance(bench.rules, T + 600000, &bench.sink);
        if (bench.heard.len != table[i].alerts)
            fail_msg("%s: %zu alerts", table[i].what, bench.heard.len);
        close_bench(&bench);
    }
}

/* max(B + A, within) */
static void test_pair_waits_at_least(void **state)
{
    (void)state;
    struct bench bench;
    struct rules_config config = {.delay_ms = 1000, .lateness_ms = 2000};
    open_bench(&bench, make(5, "5m", "4h", "120s"), &config);
    give(&bench, half(T, 7, PAIR_OPENS), T + 119999);
    assert_int_equal(bench.heard.len, 0);
    rules_advance(bench.rules, T + 120000, &bench.sink);
    assert_int_equal(bench.heard.len, 1);
    give(&bench, half(T + 120000, 7, PAIR_NEEDED), T + 120001);
    assert_int_equal(standing(&bench.heard, PAIR), 0);
    close_bench(&bench);
}

/* Where a payment may have been forgotten, its refund is not accused (S-73). */
static void test_forgotten_payments(void **state)
{
    (void)state;
    struct bench bench;
    struct rules_config config = usual;
    config.known_max = 4;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &config);
    for (uint64_t key = 1; key <= 4; key++)
        give(&bench, half(T, key, PAIR_NEEDED), T);
    give(&bench, half(T, 100, PAIR_OPENS), T + 600000);
    assert_int_equal(bench.heard.len, 1);
    give(&bench, half(T, 5, PAIR_NEEDED), T);
    give(&bench, half(T, 5, PAIR_OPENS), T);
    give(&bench, half(T, 1, PAIR_OPENS), T + 600000);
    assert_int_equal(bench.heard.len, 1);
    assert_int_equal(rules_missed(bench.rules, PAIR), 1);
    close_bench(&bench);
}

/* Homes that crowd one corner of the table. */
static uint64_t crowded(uint64_t number)
{
    return number * 4096 + 4090 + number % 7;
}

static void test_known_keys(void **state)
{
    (void)state;
    struct known_keys *known = known_keys_new(300);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t key = 0; key < 1000; key++) {
            known_keys_add(known, crowded(key), (epoch_ms)key + 5);
            known_keys_add(known, crowded(key), (epoch_ms)key);
            known_keys_add(known, crowded(key), (epoch_ms)key + 9);
            assert_int_equal(known_keys_len(known), key < 300 ? key + 1 : 300);
            for (uint64_t kept = key < 300 ? 0 : key - 299; key % 7 == 0 && kept <= key; kept++)
                assert_int_equal(known_keys_time(known, crowded(kept)), kept);
        }
        assert_int_equal(known_keys_forgotten(known), 700);
        for (uint64_t key = 0; key < 1000; key++)
            assert_true(known_keys_time(known, crowded(key)) ==
                        (key < 700 ? INT64_MAX : (epoch_ms)key));
        known_keys_clear(known);
        assert_true(known_keys_time(known, crowded(999)) == INT64_MAX);
    }
    known_keys_free(known);
}

/* --- one event --- */

/* S-72: late events too, marked; S-71: the id is the event's and the rule's. */
static void test_each_event(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
    assert_int_equal(bench.definition->alert_slot, 0);
    struct event event = {.time = T, .value = {1234}, .present = 1, .rules = 1 << EACH};
    const struct event_text text = {.label = "500001", .subject = "2807"};
    const struct event_position a = {0, 0, 5}, b = {0, 1, 5}, c = {1, 0, 5};
    rules_event(bench.rules, &event, &text, &a, T, false, &bench.sink);
    rules_event(bench.rules, &event, &text, &b, T + MS_PER_DAY, true, &bench.sink);
    event.rules = 0;
    rules_event(bench.rules, &event, &text, &c, T, false, &bench.sink);
    assert_int_equal(bench.heard.len, 2);
    const struct alert *alert = &bench.heard.alerts[0];
    assert_int_equal(alert->amount, 1234);
    assert_true(alert->has_amount && !alert->late && bench.heard.alerts[1].late);
    assert_string_equal(alert->text.label, "500001");
    assert_string_equal(alert->text.subject, "2807");
    const struct rule *rules = bench.definition->rules;
    assert_true(alert->id == rules_alert_id(&rules[EACH], &a));
    assert_true(alert->id != bench.heard.alerts[1].id);
    assert_true(alert->id != rules_alert_id(&rules[EACH], &c));
    assert_true(alert->id != rules_alert_id(&rules[SLA], &a));
    close_bench(&bench);
}

/* What batch says of an event is what live says. */
static void test_batch_texts_and_range(void **state)
{
    (void)state;
    struct bench bench;
    struct rules_config config = usual;
    config.deferred = config.texts = true;
    config.from = T + LIMIT;
    config.to = T + LIMIT + 2;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &config);
    for (int i = -1; i <= 2; i++) {
        struct event event = step(T + i, (uint64_t)(i + 10), LIFECYCLE_OPENED);
        struct event_text text = {.label = "", .subject = "s"};
        struct event_position position = {1, 2, (uint64_t)(i + 10)};
        snprintf(text.label, sizeof text.label, "ticket %d", i);
        event.present = 1;
        event.value[0] = i;
        rules_event(bench.rules, &event, &text, &position, INT64_MIN, false, &bench.sink);
    }
    /* a slice's, behind what is there */
    struct bench slice;
    open_bench(&slice, bench.definition, &config);
    struct event refund = half(T - 600000 + LIMIT, 3, PAIR_OPENS);
    const struct event_text text = {.label = "refund", .subject = ""};
    const struct event_position position = {0, 0, 77};
    rules_event(slice.rules, &refund, &text, &position, INT64_MIN, false, &bench.sink);
    rules_merge(bench.rules, slice.rules);
    rules_free(slice.rules);
    rules_settle(bench.rules, T + LIMIT, &bench.sink);
    assert_int_equal(bench.heard.len, 2); /* -1: before the range; 1 and 2: the mark is not there */
    assert_string_equal(bench.heard.alerts[0].text.label, "ticket 0");
    assert_string_equal(bench.heard.alerts[0].text.subject, "s");
    assert_int_equal(bench.heard.alerts[0].amount, 0);
    assert_true(bench.heard.alerts[0].has_amount);
    assert_int_equal(bench.heard.alerts[0].position.generation, 2);
    assert_string_equal(bench.heard.alerts[1].text.label, "refund");
    assert_int_equal(bench.heard.alerts[1].position.start, 77);
    close_bench(&bench);
}

static void hear_nothing(void *context, const struct alert *alert)
{
    (void)context;
    (void)alert;
}

/* What one subject may keep bounds live work; batch sees everything. */
static void test_batch_has_no_caps(void **state)
{
    (void)state;
    struct bench bench;
    struct rules_config config = usual;
    config.deferred = true;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &config);
    for (int i = 0; i < RULES_SUBJECT_NOTES + 10; i++) {
        struct event event = step(T, 7, LIFECYCLE_OPENED);
        const struct event_position position = {0, 0, (uint64_t)i};
        rules_event(bench.rules, &event, NULL, &position, INT64_MIN, false, &bench.sink);
    }
    bench.sink.take = hear_nothing;
    rules_settle(bench.rules, INT64_MAX, &bench.sink);
    assert_int_equal(rules_raised(bench.rules, SLA), RULES_SUBJECT_NOTES + 10);
    assert_int_equal(rules_missed(bench.rules, SLA), 0);
    close_bench(&bench);
}

/* --- bounds --- */

/* X12: subjects that went idle leave with the watermark. */
static void test_state_expires(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, make_tight(), &tight);
    for (uint64_t i = 0; i < 5000; i++) {
        epoch_ms now = T + (epoch_ms)i;
        give(&bench, purchase(now, i + 1), now - DELAY);
        give(&bench, step(now, i + 1, LIFECYCLE_OPENED), now - DELAY);
        give(&bench, step(now, i + 1, LIFECYCLE_CLOSED), now - DELAY);
        give(&bench, half(now, i + 1, PAIR_OPENS), now - DELAY);
        give(&bench, half(now, i + 1, PAIR_NEEDED), now - DELAY);
        assert_true(rules_kept(bench.rules, VELOCITY) <= DELAY + LATENESS + WINDOW + WITHIN + 1);
        assert_true(rules_kept(bench.rules, SLA) <= DELAY + LATENESS + WINDOW + 2);
        assert_true(rules_kept(bench.rules, PAIR) <= 1);
    }
    rules_advance(bench.rules, INT64_MAX, &bench.sink);
    for (int rule = VELOCITY; rule <= PAIR; rule++)
        assert_int_equal(rules_kept(bench.rules, rule), 0);
    assert_int_equal(bench.heard.len, 0);
    close_bench(&bench);
}

/* D-07: full, velocity gives up its oldest, the others what comes last; nobody is accused. */
static void test_caps(void **state)
{
    (void)state;
    struct bench bench;
    struct rules_config config = usual;
    config.notes_max = 4;
    open_bench(&bench, make(3, "5m", "4h", "120s"), &config);
    for (uint64_t i = 0; i < 4; i++)
        give(&bench, purchase(T + (epoch_ms)i, 1), INT64_MIN);
    assert_int_equal(bench.heard.len, 1);
    give(&bench, purchase(T + 4, 1), INT64_MIN); /* T goes, the newest four stay */
    assert_int_equal(bench.heard.len, 2);
    give(&bench, purchase(T, 1), INT64_MIN); /* older than all: it is the one to go */
    assert_int_equal(rules_missed(bench.rules, VELOCITY), 2);
    assert_int_equal(rules_kept(bench.rules, VELOCITY), 4);
    for (uint64_t i = 0; i < 6; i++)
        give(&bench, step(T, i + 1, LIFECYCLE_OPENED), INT64_MIN);
    for (uint64_t i = 0; i < 6; i++)
        give(&bench, half(T, i + 1, PAIR_OPENS), INT64_MIN);
    assert_int_equal(rules_missed(bench.rules, SLA), 2);
    assert_int_equal(rules_missed(bench.rules, PAIR), 2);
    /* a close that finds no room: openings that it might have settled are not judged, though there
     * is room again */
    const epoch_ms reach = T + usual.lateness_ms + usual.window_ms;
    give(&bench, step(T + 5, 9, LIFECYCLE_CLOSED), INT64_MIN);
    give(&bench, step(T + 1, 1, LIFECYCLE_CLOSED), reach + 1);
    assert_int_equal(rules_kept(bench.rules, SLA), 3);
    give(&bench, step(T + 4, 9, LIFECYCLE_OPENED), reach + 1);
    assert_int_equal(rules_kept(bench.rules, SLA), 3);
    give(&bench, step(T + 6, 9, LIFECYCLE_OPENED), reach + 1);
    assert_int_equal(rules_kept(bench.rules, SLA), 4);
    assert_int_equal(rules_missed(bench.rules, SLA), 4);
    rules_advance(bench.rules, INT64_MAX, &bench.sink);
    assert_int_equal(standing(&bench.heard, SLA), 4);
    assert_int_equal(standing(&bench.heard, PAIR), 4);
    close_bench(&bench);
}

/* A subject that floods keeps its newest. */
static void test_subject_cap(void **state)
{
    (void)state;
    struct bench bench;
    struct alert_board board;
    open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
    alert_board_init(&board, bench.definition);
    for (int i = 0; i < RULES_SUBJECT_NOTES + 100; i++) {
        give(&bench, purchase(T + i, 1), INT64_MIN);
        assert_int_equal(bench.heard.len, i >= 5);
        if (bench.heard.len > 0)
            alert_board_add(&board, &bench.heard.alerts[--bench.heard.len]);
    }
    assert_int_equal(rules_kept(bench.rules, VELOCITY), RULES_SUBJECT_NOTES);
    assert_int_equal(board.total[VELOCITY], RULES_SUBJECT_NOTES + 95);
    assert_int_equal(board.episodes_total, 1);
    close_bench(&bench);
}

static void test_without_rules(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    const struct rules_config config = {.definition = definition};
    const struct event event = {.time = T};
    const struct event_position position = {0, 0, 0};
    struct rules *rules = rules_new(&config);
    assert_null(rules);
    rules_event(rules, &event, NULL, &position, T, false, NULL);
    rules_advance(rules, INT64_MAX, NULL);
    rules_merge(rules, rules);
    rules_settle(rules, INT64_MAX, NULL);
    rules_clear(rules);
    rules_free(rules);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_velocity_boundaries),
        cmocka_unit_test(test_velocity_is_of_one_subject),
        cmocka_unit_test(test_sla_boundaries),
        cmocka_unit_test(test_sla_retraction),
        cmocka_unit_test(test_sla_order),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_pair_waits_at_least),
        cmocka_unit_test(test_forgotten_payments),
        cmocka_unit_test(test_known_keys),
        cmocka_unit_test(test_each_event),
        cmocka_unit_test(test_batch_texts_and_range),
        cmocka_unit_test(test_batch_has_no_caps),
        cmocka_unit_test(test_state_expires),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_subject_cap),
        cmocka_unit_test(test_without_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
