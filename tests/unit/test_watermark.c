/*
 * Protects: W as a pure function of the events and idle marks (S-20 … S-24), against a plain model
 * that knows every event; W never goes back; the future guard and the jump guard at their exact
 * boundaries (S-60, S-61, D-05); no overflow at the ends of time (S-62).
 */
#include "core/watermark.h"

#include "tests/unit/support.h"

#include <stdlib.h>

#define NOON ((epoch_ms)1767614400000) /* 2026-01-05T12:00:00Z */
#define FAR  ((epoch_ms)4070908800000) /* 2099-01-01 */

static const struct watermark_config usual = WATERMARK_DEFAULTS;

static void test_one_source(void **state)
{
    (void)state;
    struct watermark *w = watermark_new(&usual);
    assert_true(watermark_now(w) == WATERMARK_NONE);
    /* the event's own time does not judge it: W before it is handed back */
    assert_true(watermark_advance(w, 0, NOON) == WATERMARK_NONE);
    assert_true(watermark_now(w) == NOON - MS_PER_MINUTE);
    assert_true(watermark_advance(w, 0, NOON + 5000) == NOON - MS_PER_MINUTE);
    assert_true(watermark_advance(w, 0, NOON - MS_PER_HOUR) == NOON + 5000 - MS_PER_MINUTE);
    assert_true(watermark_now(w) == NOON + 5000 - MS_PER_MINUTE);
    watermark_end(w); /* S-24 */
    assert_true(watermark_now(w) == WATERMARK_END);
    watermark_advance(w, 0, NOON + 6000);
    assert_true(watermark_now(w) == WATERMARK_END);
    watermark_free(w);
    watermark_free(NULL);
}

/* The worked example of the design: what W was behind each event. */
static void test_worked_example(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms, watermark_ms; /* from 12:00 */
    } table[] = {
        {10000, -50000},  {299999, 239999}, {300000, 240000}, {360000, 300000}, {240000, 300000},
        {900000, 840000}, {270000, 840000}, {330000, 840000}, {901000, 841000},
    };
    struct watermark *w = watermark_new(&usual);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        watermark_advance(w, 0, NOON + table[i].at_ms);
        assert_true(watermark_now(w) == NOON + table[i].watermark_ms);
    }
    assert_true(watermark_is_future(w, FAR, NOON + 901000));
    watermark_free(w);
}

static void test_the_slowest_source_holds(void **state)
{
    (void)state;
    struct watermark *w = watermark_new(&usual);
    watermark_expect(w, 0);
    watermark_expect(w, 5);
    watermark_advance(w, 0, NOON);
    assert_true(watermark_now(w) == WATERMARK_NONE); /* source 5 is there and has said nothing */
    watermark_advance(w, 5, NOON - 1000);
    assert_true(watermark_now(w) == NOON - 1000 - MS_PER_MINUTE);
    watermark_advance(w, 0, NOON + 9000);
    assert_true(watermark_now(w) == NOON - 1000 - MS_PER_MINUTE);
    watermark_idle(w, 5); /* S-23 */
    assert_true(watermark_now(w) == NOON + 9000 - MS_PER_MINUTE);
    watermark_idle(w, 0); /* all idle: W stays */
    assert_true(watermark_now(w) == NOON + 9000 - MS_PER_MINUTE);
    /* back with an old event: W does not go back (S-21), and waits for the source again */
    watermark_advance(w, 5, NOON);
    watermark_advance(w, 0, NOON + 20000);
    assert_true(watermark_now(w) == NOON + 9000 - MS_PER_MINUTE);
    watermark_advance(w, 5, NOON + 15000);
    assert_true(watermark_now(w) == NOON + 15000 - MS_PER_MINUTE);
    watermark_idle(w, 9); /* never heard of, and idle: holds nobody */
    watermark_advance(w, 5, NOON + 16000);
    assert_true(watermark_now(w) == NOON + 16000 - MS_PER_MINUTE);
    watermark_free(w);
}

static void test_future_boundary(void **state)
{
    (void)state;
    struct watermark *w = watermark_new(&usual);
    assert_false(watermark_is_future(w, NOON + 5 * MS_PER_MINUTE, NOON));
    assert_true(watermark_is_future(w, NOON + 5 * MS_PER_MINUTE + 1, NOON));
    assert_false(watermark_is_future(w, INSTANT_END - 1, WATERMARK_NO_WALL));
    assert_false(watermark_is_future(w, INT64_MAX, INT64_MAX - 1));
    assert_true(watermark_is_future(w, 0, INT64_MIN));
    watermark_free(w);
}

static void test_a_lone_outlier_moves_nothing(void **state)
{
    (void)state;
    struct watermark *w = watermark_new(&usual);
    watermark_advance(w, 0, NOON);
    assert_true(watermark_advance(w, 0, FAR) == NOON - MS_PER_MINUTE);
    assert_true(watermark_now(w) == NOON - MS_PER_MINUTE);
    struct watermark_held held = watermark_held(w);
    assert_int_equal(held.events, 1);
    assert_true(held.greatest == FAR);
    for (int i = 1; i < 1000; i++) { /* a whole day of ordinary events does not confirm it */
        watermark_advance(w, 0, NOON + i * 2 * MS_PER_MINUTE);
        assert_true(watermark_now(w) == NOON + (i * 2 - 1) * MS_PER_MINUTE);
    }
    watermark_advance(w, 3, FAR + 1); /* another source's is no company; nor far: it is its first */
    assert_int_equal(watermark_held(w).events, 1);
    watermark_advance(w, 0, FAR + 10);
    assert_int_equal(watermark_held(w).events, 2);
    assert_true(watermark_held(w).greatest == FAR + 10);
    assert_true(watermark_now(w) < FAR - MS_PER_DAY);
    watermark_advance(w, 0, FAR - 10); /* K = 3: the greatest of the three */
    assert_true(watermark_now(w) == FAR + 1 - MS_PER_MINUTE);
    assert_int_equal(watermark_held(w).events, 0);
    watermark_free(w);
}

/* A device an hour and a bit fast: time reaches its event, and nothing was late meanwhile. */
static void test_a_fast_clock_does_not_become_right(void **state)
{
    (void)state;
    struct watermark *w = watermark_new(&usual);
    epoch_ms fast = NOON + MS_PER_HOUR + 1;
    watermark_advance(w, 0, NOON);
    watermark_advance(w, 0, fast);
    for (epoch_ms t = NOON; t < fast; t += MS_PER_MINUTE) {
        watermark_advance(w, 0, t);
        assert_true(watermark_now(w) == t - MS_PER_MINUTE);
        assert_int_equal(watermark_held(w).events, 1);
    }
    watermark_advance(w, 0, fast);
    assert_int_equal(watermark_held(w).events, 0);
    watermark_free(w);
}

static void test_jump_boundaries(void **state)
{
    (void)state;
    struct watermark *w = watermark_new(&usual);
    watermark_advance(w, 0, NOON);
    watermark_advance(w, 0, NOON + MS_PER_HOUR); /* exactly J ahead: not far */
    assert_true(watermark_now(w) == NOON + MS_PER_HOUR - MS_PER_MINUTE);
    epoch_ms now = NOON + MS_PER_HOUR;
    watermark_advance(w, 0, now + MS_PER_HOUR + 1);
    assert_int_equal(watermark_held(w).events, 1);
    /* company at J + 1 is none; at exactly J it is */
    epoch_ms a = now + 10 * (epoch_ms)MS_PER_HOUR;
    watermark_advance(w, 0, a);
    watermark_advance(w, 0, a + MS_PER_HOUR);
    watermark_advance(w, 0, a - MS_PER_HOUR - 1);
    assert_int_equal(watermark_held(w).events, 4);
    assert_true(watermark_now(w) == now - MS_PER_MINUTE);
    watermark_advance(w, 0, a - MS_PER_HOUR);
    /* a has a - J and a + J beside it; a + J has only a, and waits on */
    assert_true(watermark_now(w) == a - MS_PER_MINUTE);
    assert_int_equal(watermark_held(w).events, 1);
    assert_true(watermark_held(w).greatest == a + MS_PER_HOUR);
    watermark_free(w);
}

static void test_the_ends_of_time(void **state)
{
    (void)state;
    struct watermark_config config = usual;
    config.delay_ms = config.jump_ms = config.future_ms = 3660 * (int64_t)MS_PER_DAY;
    struct watermark *w = watermark_new(&config);
    watermark_advance(w, 0, 0);
    assert_true(watermark_now(w) == -config.delay_ms);
    watermark_advance(w, 0, INT64_MAX);
    watermark_advance(w, 0, INT64_MAX - 1);
    watermark_advance(w, 0, INT64_MAX - 2);
    assert_true(watermark_now(w) == INT64_MAX - config.delay_ms);
    watermark_advance(w, 1, INT64_MIN + 1);
    watermark_advance(w, 1, INT64_MIN);
    assert_true(watermark_now(w) == INT64_MAX - config.delay_ms);
    watermark_free(w);
}

/* --- the model: every event ever, the rules as the design writes them --- */

enum { MODEL_EVENTS = 400, MODEL_SOURCES = 5 };

struct model_source {
    bool active;
    epoch_ms greatest;
    epoch_ms far[MODEL_EVENTS]; /* all that ever were far */
    bool dropped[MODEL_EVENTS];
    int far_len;
};

struct model {
    struct watermark_config config;
    struct model_source sources[MODEL_SOURCES];
    epoch_ms now;
};

static bool model_waits(const struct model_source *s, int i)
{
    return !s->dropped[i] && s->far[i] > s->greatest;
}

static int model_company(const struct model *m, const struct model_source *s, epoch_ms at)
{
    int company = 0;
    for (int i = 0; i < s->far_len; i++)
        company += model_waits(s, i) && llabs(s->far[i] - at) <= m->config.jump_ms;
    return company;
}

/* Of more than WATERMARK_FAR_MAX that wait, the one that came first waits no more. */
static void model_bound(struct model_source *s)
{
    int waiting = 0, first = -1;
    for (int i = s->far_len - 1; i >= 0; i--)
        if (model_waits(s, i)) {
            waiting++;
            first = i;
        }
    if (waiting > WATERMARK_FAR_MAX)
        s->dropped[first] = true;
}

static void model_settle(struct model *m)
{
    epoch_ms least = INT64_MAX;
    for (int s = 0; s < MODEL_SOURCES; s++) {
        const struct model_source *source = &m->sources[s];
        if (!source->active)
            continue;
        epoch_ms own =
            source->greatest == INT64_MIN ? INT64_MIN : source->greatest - m->config.delay_ms;
        least = own < least ? own : least;
    }
    if (least != INT64_MAX && least > m->now)
        m->now = least;
}

static void model_event(struct model *m, uint32_t source, epoch_ms time)
{
    struct model_source *s = &m->sources[source];
    s->active = true;
    if (s->greatest != INT64_MIN && time > s->greatest + m->config.jump_ms) {
        epoch_ms best = s->greatest;
        s->far[s->far_len++] = time;
        model_bound(s);
        for (int i = 0; i < s->far_len; i++)
            if (model_waits(s, i) && s->far[i] > best &&
                model_company(m, s, s->far[i]) >= m->config.jump_events)
                best = s->far[i];
        s->greatest = best;
    } else if (time > s->greatest) {
        s->greatest = time;
    }
    model_settle(m);
}

static void test_against_the_model(void **state)
{
    (void)state;
    int jumped = 0, often_held = 0, idled = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        uint64_t random = seed;
        static struct model model;
        memset(&model, 0, sizeof model);
        model.config = (struct watermark_config){.delay_ms = random_below(&random, 50),
                                                 .jump_ms = 1 + random_below(&random, 100),
                                                 .jump_events = 1 + (int)random_below(&random, 4)};
        model.now = INT64_MIN;
        uint32_t sources = 1 + random_below(&random, MODEL_SOURCES);
        uint32_t outliers = random_below(&random, 3) ? 20 : 2;
        struct watermark *w = watermark_new(&model.config);
        for (int s = 0; s < MODEL_SOURCES; s++) {
            model.sources[s].greatest = INT64_MIN;
            model.sources[s].active = s < (int)sources;
            if (model.sources[s].active)
                watermark_expect(w, (uint32_t)s);
        }
        epoch_ms clock = 1000;
        for (int i = 0; i < MODEL_EVENTS; i++) {
            uint32_t source = random_below(&random, sources);
            epoch_ms before = watermark_now(w);
            clock += random_below(&random, 20);
            epoch_ms time = clock - random_below(&random, 60);
            if (random_below(&random, outliers) == 0)
                time += random_below(&random, 2000);
            if (random_below(&random, 40) == 0) {
                watermark_idle(w, source);
                model.sources[source].active = false;
                model_settle(&model);
                idled++;
            } else {
                assert_true(watermark_advance(w, source, time) == before);
                model_event(&model, source, time);
            }
            jumped += watermark_now(w) > clock;
            often_held += watermark_held(w).events > WATERMARK_FAR_MAX - 4;
            assert_true(watermark_now(w) >= before); /* S-21 */
            if (watermark_now(w) != model.now)
                fail_msg("seed %d event %d: W is %lld, wanted %lld", (int)seed, i,
                         (long long)watermark_now(w), (long long)model.now);
        }
        watermark_free(w);
    }
    assert_true(jumped > 0 && often_held > 0 && idled > 0); /* the rare paths were taken */
}

/* More far events than are kept: the last WATERMARK_FAR_MAX decide (D-07). */
static void test_bounded_memory(void **state)
{
    (void)state;
    for (int between = WATERMARK_FAR_MAX - 3; between <= WATERMARK_FAR_MAX; between++) {
        struct watermark *w = watermark_new(&usual);
        watermark_advance(w, 0, 0);
        epoch_ms cluster = 1000 * (epoch_ms)MS_PER_DAY;
        watermark_advance(w, 0, cluster);
        for (int i = 0; i < between; i++)
            watermark_advance(w, 0, cluster + (i + 1) * (epoch_ms)MS_PER_DAY);
        watermark_advance(w, 0, cluster);
        watermark_advance(w, 0, cluster);
        /* all three must be among the last 64 */
        bool moved = watermark_now(w) == cluster - MS_PER_MINUTE;
        assert_int_equal(moved, between + 3 <= WATERMARK_FAR_MAX);
        assert_true(watermark_held(w).events <= WATERMARK_FAR_MAX);
        watermark_free(w);
    }
}

/* Looking at it, and telling sources again, changes nothing (S-22). */
static void test_pure(void **state)
{
    (void)state;
    uint64_t random = 7;
    struct watermark *plain = watermark_new(&usual), *watched = watermark_new(&usual);
    watermark_expect(plain, 0);
    watermark_expect(plain, 1);
    watermark_expect(watched, 1);
    watermark_expect(watched, 0);
    for (int i = 0; i < 5000; i++) {
        uint32_t source = random_below(&random, 2);
        epoch_ms time = NOON + i * 100 + random_below(&random, 2 * MS_PER_HOUR);
        watermark_advance(plain, source, time);
        for (uint32_t looks = random_below(&random, 3); looks > 0; looks--) {
            watermark_now(watched);
            watermark_held(watched);
            watermark_expect(watched, source);
            watermark_is_future(watched, time, NOON);
        }
        watermark_advance(watched, source, time);
        assert_true(watermark_now(plain) == watermark_now(watched));
    }
    watermark_free(plain);
    watermark_free(watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_source),
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_the_slowest_source_holds),
        cmocka_unit_test(test_future_boundary),
        cmocka_unit_test(test_a_lone_outlier_moves_nothing),
        cmocka_unit_test(test_a_fast_clock_does_not_become_right),
        cmocka_unit_test(test_jump_boundaries),
        cmocka_unit_test(test_the_ends_of_time),
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_bounded_memory),
        cmocka_unit_test(test_pure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
