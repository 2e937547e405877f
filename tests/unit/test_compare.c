/*
 * Protects: the virtual clock of compare, and what is told by it, on feeds small enough to compute
 * by hand: when records arrive, also behind a lone far one, over a gap, and from several files;
 * which runs a schedule means and what each of them read; ages, delays of alerts in both lanes, the
 * greatest jump; a long schedule thinned out, with the same delays.
 */
#include "tests/unit/feed_bench.h"

#include "core/compare.h"
#include "core/definition_json.h"
#include "tui/compare_page.h"

static const char definition_text[] =
    "{\"name\": \"hand\", \"fields\": {\"at\": {\"type\": \"time\", \"required\": true},"
    " \"id\": {\"type\": \"text\"}, \"kind\": {\"type\": \"text\"}},"
    " \"time\": \"at\", \"id\": [\"id\"], \"group_by\": [\"kind\"], \"measures\": [\"count\"],"
    " \"rules\": [{\"name\": \"high\", \"when\": [\"kind=High\"], \"per\": \"kind\"},"
    " {\"name\": \"burst\", \"more_than\": 1, \"per\": \"kind\", \"within\": \"10m\"}]}";

#define HEAD      "at,id,kind\n"
#define DAY(rest) "2026-01-05T" rest "\n"

static epoch_ms at(const char *clock)
{
    char text[32];
    epoch_ms time = 0;
    snprintf(text, sizeof text, "2026-01-05T%sZ", clock);
    assert_int_equal(instant_parse(text, strlen(text), 0, &time), INSTANT_OK);
    return time;
}

struct hand {
    struct bench *bench;
    struct definition *definition;
    struct clock *clock;
    struct compare out;
};

static int hand_setup(void **state)
{
    struct error error = {.text = ""};
    struct hand *hand = mem_zero(1, sizeof *hand);
    hand->bench = bench_new();
    hand->definition =
        definition_from_json(definition_text, strlen(definition_text), "hand", &error);
    if (!hand->definition || definition_compile(hand->definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    hand->clock = clock_new_real();
    *state = hand;
    return 0;
}

static int hand_teardown(void **state)
{
    struct hand *hand = *state;
    compare_fini(&hand->out);
    bench_free(hand->bench);
    definition_free(hand->definition);
    clock_free(hand->clock);
    free(hand);
    return 0;
}

static struct feed *open_files(struct hand *hand, const char *const *paths, size_t len)
{
    struct error error = {.text = ""};
    struct tail_config config = bench_config(hand->bench, paths, len);
    config.definition = hand->definition;
    config.bounded = true;
    config.no_inotify = true;
    struct feed *feed = tail_open(&config, &error);
    if (!feed)
        fail_msg("%s", error.text);
    return feed;
}

/* Replays these files, written as they are given. */
static void replay(struct hand *hand, int64_t every_ms, const char *const *texts, size_t len)
{
    const char *paths[4];
    struct compare_input inputs[4];
    struct error error = {.text = ""};
    for (size_t f = 0; f < len; f++) {
        char name[32];
        snprintf(name, sizeof name, "f%zu", f);
        paths[f] = bench_path(hand->bench, name);
        bench_write(paths[f], O_TRUNC, texts[f], strlen(texts[f]));
        inputs[f] = (struct compare_input){(uint32_t)f, open_files(hand, &paths[f], 1)};
    }
    const struct compare_config config = {.definition = hand->definition,
                                          .symbols = hand->bench->symbols,
                                          .clock = hand->clock,
                                          .feed = open_files(hand, paths, len),
                                          .inputs = inputs,
                                          .inputs_len = len,
                                          .every_ms = every_ms,
                                          .as_of = WATERMARK_NO_WALL};
    compare_fini(&hand->out);
    if (compare_run(&config, &hand->out, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    config.feed->ops->free(config.feed);
    for (size_t f = 0; f < len; f++)
        inputs[f].feed->ops->free(inputs[f].feed);
}

static void expect_run(const struct compare *out, size_t k, const char *mark, uint64_t rows)
{
    assert_true(k < out->runs.len);
    assert_int_equal(out->runs.kept[k].mark, at(mark));
    assert_int_equal(out->runs.kept[k].rows, rows);
    assert_true(out->runs.kept[k].measured);
}

/* c brings a lone far record behind it; d is out of order; g is too late for its window. */
static const char day_text[] = HEAD DAY("08:01:00Z,a,High") DAY("08:04:00Z,b,Low")
    DAY("08:12:00Z,c,High") "2099-01-01T00:00:00Z,z,Odd\n" DAY("08:11:00Z,d,Low")
        DAY("08:25:30Z,e,High") DAY("07:50:00Z,g,Odd");

static void test_a_day_by_hand(void **state)
{
    struct hand *hand = *state;
    const char *text = day_text;
    const struct compare *out = &hand->out;
    replay(hand, 10 * MS_PER_MINUTE, &text, 1);
    assert_int_equal(out->begin, at("08:01:00"));
    assert_int_equal(out->end, at("08:25:30"));
    assert_int_equal(out->horizon, at("08:30:00"));
    assert_int_equal(out->disbelieved, 1);
    assert_int_equal(out->runs.planned, 3);
    assert_int_equal(out->runs.measured, 3);
    expect_run(out, 0, "08:10:00", 2);
    expect_run(out, 1, "08:20:00", 5);
    expect_run(out, 2, "08:30:00", 7);
    assert_int_equal(out->runs_differ, 0);
    assert_int_equal(out->runs.behind, 3);
    assert_int_equal(out->batch_cost.rows, 2 + 5 + 7);
    assert_int_equal(out->live_cost.rows, 7);
    assert_int_equal(out->live_cost.bytes, strlen(text));
    assert_int_equal(out->live.outcomes.late, 1);
    assert_int_equal(out->difference.compared, 4); /* the total, and three kinds */
    assert_int_equal(out->difference.differing, 0);
    /* 08:12 has c, z and d; the minute before had none */
    assert_true(out->spike.any);
    assert_int_equal(out->spike.minute, at("08:12:00"));
    assert_int_equal(out->spike.count, 3);
    assert_int_equal(out->spike.before, 0);
    assert_int_equal(out->spike.live, at("08:13:00"));
    assert_int_equal(out->spike.batch, at("08:20:00"));
}

static void test_delays_by_hand(void **state)
{
    struct hand *hand = *state;
    const char *text = day_text;
    const struct compare_rule *high = &hand->out.rules[0], *burst = &hand->out.rules[1];
    replay(hand, 10 * MS_PER_MINUTE, &text, 1);
    /* a 08:01 → 08:10, c 08:12 → 08:20, e 08:25:30 → 08:30 */
    assert_int_equal(high->both, 3);
    assert_int_equal(high->measured, 3);
    assert_int_equal(high->live.p50, 0);
    assert_int_equal(high->live.worst, 0);
    assert_int_equal(high->batch.p50, 8 * MS_PER_MINUTE);
    assert_int_equal(high->batch.worst, 9 * MS_PER_MINUTE);
    /* d makes two within ten minutes; it arrived at 08:12, its time is 08:11 */
    assert_int_equal(burst->both, 1);
    assert_int_equal(burst->live.p50, MS_PER_MINUTE);
    assert_int_equal(burst->batch.p50, 9 * MS_PER_MINUTE);
    for (int r = 0; r < 2; r++) {
        assert_int_equal(hand->out.rules[r].live_only, 0);
        assert_int_equal(hand->out.rules[r].batch_only, 0);
    }
    /* So many runs that they are thinned out: the delays stay exact. */
    replay(hand, 100, &text, 1);
    assert_true(hand->out.runs.stride > 1);
    assert_true(hand->out.runs.measured < hand->out.runs.planned);
    assert_int_equal(hand->out.runs.planned, (24 * 60 + 30) * 10);
    assert_int_equal(high->batch.worst, 100);
    assert_int_equal(burst->batch.p50, MS_PER_MINUTE);
}

/* The saw-tooth: from a run's own time to the interval and the next one's. */
static void test_ages_by_hand(void **state)
{
    struct hand *hand = *state;
    const char *text = day_text;
    const struct compare *out = &hand->out;
    int64_t longest = 0;
    replay(hand, 10 * MS_PER_MINUTE, &text, 1);
    for (size_t k = 0; k < out->runs.len; k++)
        if (out->runs.kept[k].took_ns > longest)
            longest = out->runs.kept[k].took_ns;
    int64_t ten_minutes = 600 * SECOND;
    assert_in_range(out->batch_age.mean, ten_minutes / 2, ten_minutes / 2 + longest);
    assert_in_range(out->batch_age.p99, ten_minutes / 100 * 99 - 1, ten_minutes + longest);
    assert_in_range(out->batch_age.worst, ten_minutes + 1, ten_minutes + longest);
    assert_in_range(out->live_age.worst, 1, 20 * SECOND);
    assert_true(out->live_age.mean <= out->live_age.worst);
}

static void test_believed_or_not(void **state)
{
    struct hand *hand = *state;
    static const struct {
        const char *text;
        const char *begin, *end;
        uint64_t disbelieved;
    } cases[] = {
        /* a gap over the jump guard's hour; nobody is back again */
        {HEAD DAY("08:00:00Z,a,x") DAY("14:00:00Z,b,x"), "08:00:00", "14:00:00", 0},
        {HEAD DAY("08:00:00Z,a,x") DAY("14:00:00Z,b,x") DAY("14:00:01Z,c,x"), "08:00:00",
         "14:00:01", 0},
        /* an outlier as the last, and as the first record */
        {HEAD DAY("08:00:00Z,a,x") "2099-01-01T00:00:00Z,b,x\n", "08:00:00", "08:00:00", 1},
        {HEAD "2099-01-01T00:00:00Z,b,x\n" DAY("08:00:00Z,a,x") DAY("08:05:00Z,c,x"), "08:00:00",
         "08:05:00", 1},
        /* one is back again, the others are not: a gap, and a late one */
        {HEAD DAY("08:00:00Z,a,x") DAY("14:00:00Z,b,x") DAY("08:00:10Z,c,x") DAY("14:01:00Z,d,x")
             DAY("14:02:00Z,e,x"),
         "08:00:00", "14:02:00", 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        replay(hand, MS_PER_HOUR, &cases[c].text, 1);
        assert_int_equal(hand->out.begin, at(cases[c].begin));
        assert_int_equal(hand->out.end, at(cases[c].end));
        assert_int_equal(hand->out.disbelieved, cases[c].disbelieved);
    }
}

/* Read in the order of arrival, whatever stands in which file; nobody waits for an idle one. */
static void test_several_files(void **state)
{
    struct hand *hand = *state;
    static const char *const texts[] = {
        HEAD DAY("08:01:00Z,a,High") DAY("08:30:00Z,d,High"),
        HEAD DAY("08:10:00Z,b,Low") DAY("08:20:00Z,c,High"),
    };
    replay(hand, 10 * MS_PER_MINUTE, texts, 2);
    const struct compare *out = &hand->out;
    assert_int_equal(out->runs.planned, 3);
    expect_run(out, 0, "08:10:00", 2); /* what arrives at the mark is in */
    expect_run(out, 1, "08:20:00", 3);
    expect_run(out, 2, "08:30:00", 4);
    assert_int_equal(out->runs_differ, 0);
    assert_int_equal(out->live.outcomes.late, 0);
    assert_int_equal(out->live.last_watermark, at("08:29:00"));
    assert_int_equal(out->rules[0].both, 3);
    assert_int_equal(out->rules[0].batch.worst, 9 * MS_PER_MINUTE);
}

static void test_nothing_to_replay(void **state)
{
    struct hand *hand = *state;
    static const char *const texts[] = {HEAD "no time,a,x\nno,b\n"};
    replay(hand, MS_PER_HOUR, texts, 1);
    assert_false(hand->out.any);
    assert_int_equal(hand->out.runs.planned, 0);
    assert_int_equal(hand->out.live.outcomes.rejected, 2);
    assert_int_equal(hand->out.last.pipeline.outcomes.rejected, 2);
    assert_false(hand->out.spike.any);
}

/* The page of what was replayed, as text. */
static char *text_of(struct hand *hand, bool *unexplained)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct compare_page *page = mem_zero(1, sizeof *page);
    page->compare = &hand->out;
    page->definition = hand->definition;
    page->symbols = hand->bench->symbols;
    page->name = "feed";
    page->sources = 1;
    page->every_ms = 10 * MS_PER_MINUTE;
    compare_page_make(page);
    compare_text(out, page);
    *unexplained = page->unexplained;
    free(page);
    fclose(out);
    return text;
}

/* Whatever has no reason comes before anything else. */
static void test_unexplained_comes_first(void **state)
{
    struct hand *hand = *state;
    const char *feed = day_text;
    bool unexplained;
    replay(hand, 10 * MS_PER_MINUTE, &feed, 1);
    for (int defect = 0; defect < 4; defect++) {
        hand->out.difference.unexplained = defect == 1;
        hand->out.rules[1].unexplained = defect == 2;
        hand->out.runs_differ = defect == 3;
        char *text = text_of(hand, &unexplained);
        assert_int_equal(unexplained, defect > 0);
        assert_int_equal(strncmp(text, "UNEXPLAINED", 11) == 0, defect > 0);
        assert_non_null(strstr(text, "WHY"));
        free(text);
    }
}

/* Totals agree; the window that g came too late for does not, and is known to. */
static void test_late_is_a_reason(void **state)
{
    struct hand *hand = *state;
    const char *feed = day_text;
    bool unexplained;
    hand->definition->window.asked = true;
    replay(hand, 10 * MS_PER_MINUTE, &feed, 1);
    assert_int_equal(hand->out.difference.differing, 1);
    assert_int_equal(hand->out.difference.by_late, 1);
    assert_int_equal(hand->out.difference.unexplained, 0);
    char *text = text_of(hand, &unexplained);
    assert_false(unexplained);
    assert_non_null(strstr(text, "by records too late for their windows"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_day_by_hand, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_delays_by_hand, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_ages_by_hand, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_believed_or_not, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_several_files, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_to_replay, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_unexplained_comes_first, hand_setup, hand_teardown),
        cmocka_unit_test_setup_teardown(test_late_is_a_reason, hand_setup, hand_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
