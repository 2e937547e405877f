/*
 * Guards: Lambda, Kappa and micro-batch over running lanes. A replay from position 0 takes over at
 * the very byte where live stands, while the feed grows, with the same answer, or says what differs
 * (S-116); a day is sealed when the watermark allows it and served by batch from then on (S-115); a
 * trigger tells results once in its time and changes none (S-117). Under ThreadSanitizer it guards
 * the hand-over between the threads.
 */
#include "tests/unit/desk.h"

#include "core/serving.h"

enum { DAY = 20458 }; /* 2026-01-05 */

struct own_file {
    char path[64];
    FILE *file;
    int next; /* ticket */
};

static void open_file(struct own_file *own)
{
    snprintf(own->path, sizeof own->path, "/tmp/tailrace-test-XXXXXX");
    own->file = fdopen(mkstemp(own->path), "a");
    own->next = 1;
    fputs("ticket_id,customer_id,priority,submitted_at,status\n", own->file);
    fflush(own->file);
}

static void close_file(struct own_file *own)
{
    fclose(own->file);
    unlink(own->path);
}

/* Tickets a second apart, from a moment of 5 January on; some lines are no tickets. */
static void write_rows(struct own_file *own, int64_t second, int rows)
{
    for (int n = 0; n < rows; n++, own->next++) {
        char time[INSTANT_TEXT];
        instant_format(instant_day_start(DAY, 0) + (second + n) * 1000, time);
        if (own->next % 997 == 0 && own->next > 5000) /* not in the first slice */
            fprintf(own->file, "torn\n\n");
        fprintf(own->file, "%d,%d,%s,%s,open\n", own->next, own->next % 7,
                own->next % 2 ? "High" : "Low", time);
    }
    fflush(own->file);
}

static uint64_t wanted;

static bool live_at_wanted(struct desk *desk, const struct snapshot_live *live,
                           const struct snapshot_batch *batch)
{
    (void)desk;
    (void)batch;
    return live->table.total.count == wanted;
}

/* --- Kappa --- */

static struct snapshot_replay wait_for_replay(struct desk *desk)
{
    struct snapshot_replay replay;
    mono_ns end = clock_mono(desk->clock) + (mono_ns)PATIENCE_S * 1000000000;
    do {
        wake_clear(&desk->screen);
        engine_replay_state(desk->engine, &replay);
        if (replay.state != REPLAY_RUNNING)
            return replay;
        wake_wait(&desk->screen, clock_mono(desk->clock) + 50 * 1000000);
    } while (clock_mono(desk->clock) < end);
    fail_msg("the replay never ended");
    return replay;
}

static void replay_now(struct desk *desk, struct snapshot_replay *out)
{
    struct error error;
    assert_int_equal(engine_replay(desk->engine, &error), STATUS_OK);
    *out = wait_for_replay(desk);
}

/* Several slices, a line that is no ticket near many of their ends, and growth all the time. */
static void a_replay_takes_over(void **state)
{
    (void)state;
    struct own_file own;
    struct desk desk;
    struct snapshot_replay replay;
    struct error error;
    open_file(&own);
    write_rows(&own, 0, 20000);
    open_desk(&desk, own.path, MS_PER_DAY);
    wanted = 20000;
    wait_until(&desk, "what was there", live_at_wanted);
    struct snapshot_live *before = mem_alloc(sizeof *before);
    *before = *engine_live(desk.engine);
    for (int round = 1; round <= 5; round++) {
        assert_int_equal(engine_replay(desk.engine, &error), STATUS_OK);
        for (int more = 0; more < 20; more++)
            write_rows(&own, own.next, 50);
        replay = wait_for_replay(&desk);
        assert_string_equal(replay.text, "");
        assert_int_equal(replay.state, REPLAY_SWITCHED);
        assert_true(replay.same);
        assert_int_equal(replay.runs, round);
        assert_true(replay.rows >= 20000);
    }
    wanted = 25000;
    wait_until(&desk, "what came meanwhile", live_at_wanted);
    const struct snapshot_live *after = engine_live(desk.engine);
    assert_int_equal(after->outcomes.rejected, 25000 / 997 - 5000 / 997);
    assert_int_equal(after->reasons_len, before->reasons_len);
    assert_int_equal(after->reasons[0].line, before->reasons[0].line);
    assert_int_equal(after->reasons[0].line, 5983);
    free(before);
    close_desk(&desk);
    close_file(&own);
}

static void the_simulated_desk_replays(void **state)
{
    (void)state;
    struct desk desk;
    struct snapshot_replay replay;
    open_desk(&desk, NULL, MS_PER_HOUR);
    wanted = 0;
    mono_ns end = clock_mono(desk.clock) + (mono_ns)PATIENCE_S * 1000000000;
    while ((!engine_live(desk.engine) || engine_live(desk.engine)->table.total.count < 1000) &&
           clock_mono(desk.clock) < end) {
        wake_clear(&desk.screen);
        wake_wait(&desk.screen, clock_mono(desk.clock) + 50 * 1000000);
    }
    for (int round = 0; round < 3; round++) {
        replay_now(&desk, &replay);
        assert_string_equal(replay.text, "");
        assert_true(replay.same);
    }
    close_desk(&desk);
}

static bool one_in_the_future(struct desk *desk, const struct snapshot_live *live,
                              const struct snapshot_batch *batch)
{
    (void)desk;
    (void)batch;
    return live->outcomes.future == 1 && live->outcomes.read == 101;
}

static bool past_eleven(struct desk *desk, const struct snapshot_live *live,
                        const struct snapshot_batch *batch)
{
    (void)live;
    (void)batch;
    return clock_now(desk->clock) > desk_clock_start + MS_PER_HOUR;
}

/* What was ahead of the clock is not any more (S-60). */
static void a_replay_says_what_differs(void **state)
{
    (void)state;
    struct own_file own;
    struct desk desk;
    struct snapshot_replay replay;
    desk_clock_start = instant_day_start(DAY, 0) + 10 * MS_PER_HOUR;
    open_file(&own);
    write_rows(&own, 10 * 3600 - 200, 100);
    write_rows(&own, 10 * 3600 + 1800, 1);
    open_desk(&desk, own.path, MS_PER_DAY);
    wait_until(&desk, "one is in the future", one_in_the_future);
    clock_set_speed(desk.clock, 3600);
    engine_clock_changed(desk.engine);
    wait_until(&desk, "an hour later", past_eleven);
    replay_now(&desk, &replay);
    assert_int_equal(replay.state, REPLAY_SWITCHED);
    assert_false(replay.same);
    assert_string_equal(replay.text, "in the future: 1 before, 0 now");
    wanted = 101;
    wait_until(&desk, "it serves the new answer", live_at_wanted);
    close_desk(&desk);
    close_file(&own);
    desk_clock_start = 0;
}

static bool truncated(struct desk *desk, const struct snapshot_live *live,
                      const struct snapshot_batch *batch)
{
    (void)desk;
    (void)batch;
    return live->feed.truncations == 1 && live->table.total.count == 110;
}

/* A2-55: without its history there is no replay; the old answer goes on serving. */
static void missing_history_is_refused(void **state)
{
    (void)state;
    struct own_file own;
    struct desk desk;
    struct snapshot_replay replay;
    open_file(&own);
    write_rows(&own, 0, 100);
    open_desk(&desk, own.path, MS_PER_DAY);
    wanted = 100;
    wait_until(&desk, "what was there", live_at_wanted);
    assert_int_equal(ftruncate(fileno(own.file), 0), 0);
    fputs("ticket_id,customer_id,priority,submitted_at,status\n", own.file);
    write_rows(&own, 200, 10);
    wait_until(&desk, "the file began anew", truncated);
    replay_now(&desk, &replay);
    assert_int_equal(replay.state, REPLAY_FAILED);
    assert_non_null(strstr(replay.text, "history is missing"));
    assert_int_equal(engine_live(desk.engine)->table.total.count, 110);
    close_desk(&desk);
    close_file(&own);
}

/* --- Lambda --- */

static struct served served;

static const struct serving_day *serve(struct desk *desk, const struct snapshot_live *live,
                                       const struct snapshot_batch *batch, int32_t day)
{
    serving_make(desk->definition, live, batch, &served);
    return serving_day(&served, day);
}

static bool live_serves(struct desk *desk, const struct snapshot_live *live,
                        const struct snapshot_batch *batch)
{
    const struct serving_day *day = serve(desk, live, batch, DAY);
    return day && day->layer == SERVING_LIVE && day->total.count == 101;
}

static bool batch_serves(struct desk *desk, const struct snapshot_live *live,
                         const struct snapshot_batch *batch)
{
    const struct serving_day *day = serve(desk, live, batch, DAY);
    return day && day->layer == SERVING_BATCH;
}

static bool one_late_since(struct desk *desk, const struct snapshot_live *live,
                           const struct snapshot_batch *batch)
{
    const struct serving_day *day = serve(desk, live, batch, DAY);
    return day && day->since == 1 && live->outcomes.late == 2;
}

static bool run_again(struct desk *desk, const struct snapshot_live *live,
                      const struct snapshot_batch *batch)
{
    const struct serving_day *day = serve(desk, live, batch, DAY);
    return day && day->runs == 2;
}

static void a_day_is_sealed(void **state)
{
    (void)state;
    struct own_file own;
    struct desk desk;
    open_file(&own);
    write_rows(&own, 86000, 100);
    write_rows(&own, 86400 + 598, 2); /* W = end + A - 1 s, and 0 s after the next */
    write_rows(&own, 86000, 1); /* 23:53:20: too late for its window, in the day all the same */
    open_desk(&desk, own.path, MS_PER_DAY);
    engine_arrange(desk.engine, ARRANGEMENT_LAMBDA, 0);
    wanted = 2;
    wait_until(&desk, "tomorrow", live_at_wanted);
    const struct snapshot_live *live = engine_live(desk.engine);
    assert_true(live->watermark == instant_day_start(DAY + 1, 0) + 9 * MS_PER_MINUTE - 1000);
    wait_until(&desk, "until then live serves it", live_serves);

    write_rows(&own, 86400 + 600, 1);
    wait_until(&desk, "the day is sealed", batch_serves);
    assert_int_equal(served.days[1].total.count, 101);
    assert_false(served.days[1].by_operator);
    assert_int_equal(served.days[0].layer, SERVING_LIVE);
    assert_int_equal(served.days[0].total.count, 3);

    write_rows(&own, 86000, 1);
    own.next++;
    wait_until(&desk, "one came late", one_late_since);
    assert_int_equal(served.days[1].total.count, 101);
    assert_true(engine_seal(desk.engine, DAY));
    wait_until(&desk, "it was run again", run_again);
    assert_int_equal(served.days[1].total.count, 102);
    assert_int_equal(served.days[1].since, 0);
    assert_true(engine_seal(desk.engine, DAY + 1)); /* the operator need not wait */
    close_desk(&desk);
    close_file(&own);
}

/* --- micro-batch --- */

static void a_trigger_tells_once(void **state)
{
    (void)state;
    enum { TRIGGER = 200 };
    struct own_file own;
    struct desk desk;
    open_file(&own);
    open_desk(&desk, own.path, MS_PER_DAY);
    engine_arrange(desk.engine, ARRANGEMENT_MICRO_BATCH, TRIGGER);
    epoch_ms last = 0, end = clock_now(desk.clock) + 1500;
    int told = 0;
    while (clock_now(desk.clock) < end) {
        write_rows(&own, own.next, 10);
        wake_clear(&desk.screen);
        const struct snapshot_live *live = engine_live(desk.engine);
        if (live && live->as_of != last && live->trigger_ms == TRIGGER) {
            if (told >= 2) /* the first one does not wait */
                assert_true(live->as_of / TRIGGER > last / TRIGGER);
            last = live->as_of;
            told++;
        }
        wake_wait(&desk.screen, clock_mono(desk.clock) + 5 * 1000000);
    }
    assert_in_range(told, 2, 1500 / TRIGGER + 3);
    wanted = (uint64_t)own.next - 1;
    wait_until(&desk, "the same answer", live_at_wanted);
    engine_arrange(desk.engine, ARRANGEMENT_SIDE_BY_SIDE, TRIGGER);
    write_rows(&own, own.next, 10);
    wanted += 10;
    wait_until(&desk, "as it comes again", live_at_wanted);
    close_desk(&desk);
    close_file(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_takes_over),
        cmocka_unit_test(the_simulated_desk_replays),
        cmocka_unit_test(a_replay_says_what_differs),
        cmocka_unit_test(missing_history_is_refused),
        cmocka_unit_test(a_day_is_sealed),
        cmocka_unit_test(a_trigger_tells_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
