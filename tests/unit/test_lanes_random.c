/*
 * Guards, on random feeds through the real decoder: an answer is a function of bytes and
 * configuration alone (S-22, S-33, S-111). Read in blocks of 1, 2, 3, 7, 1024 records, or from a
 * file in slices of any size by any number of workers, the JSON is the same to the byte. Events in
 * another order within the delay give the same answer (S-20, S-73). Live raises no alert of a
 * condition or of velocity that batch does not raise, by id, and all of them when nothing was late
 * or in the future (S-71, S-73). Conservation is checked behind every block (S-03).
 */
#include "tests/unit/lane_bench.h"

#include "core/batch_run.h"
#include "feeds/tail.h"
#include "tui/output.h"

#include <stdio.h>
#include <unistd.h>

enum { ROWS_MAX = 120, CSV_MAX = 96 * ROWS_MAX, UNIT = 1000 };
#define NOON ((epoch_ms)1767614400000) /* 2026-01-05T12:00:00Z */

struct row {
    epoch_ms time;
    int id; /* -1: broken */
    int user, cents, region;
};

struct feed_text {
    struct row rows[ROWS_MAX];
    int rows_len;
    char csv[CSV_MAX];
    size_t len;
    char json[1024]; /* its definition */
    int64_t delay_ms;
};

/* --- making one --- */

static void make_definition_text(struct feed_text *text, uint64_t *seed)
{
    static const char *const windows[] = {"\"size\": \"5s\"", "\"size\": \"7s\", \"slide\": \"2s\"",
                                          "\"session\": \"3s\""};
    text->delay_ms = UNIT * random_below(seed, 5);
    snprintf(text->json, sizeof text->json,
             "{\"name\": \"x\", \"fields\": {\"time\": {\"type\": \"time\", \"required\": true},"
             " \"id\": {\"type\": \"text\"}, \"user\": {\"type\": \"text\"}, \"amount\": {\"type\":"
             " \"money\", \"places\": 2, \"positive\": true}, \"region\": {\"type\": \"text\"}},"
             " \"time\": \"time\", \"id\": [\"id\"], \"group_by\": [\"region\"],"
             " \"measures\": [\"count\", \"sum:amount\", \"max:amount\"], \"window\": {%s},"
             " \"watermark\": {\"delay\": \"%lldms\", \"lateness\": \"%us\", \"jump\": \"20s\"},"
             " \"rules\": [{\"name\": \"velocity\", \"more_than\": 2, \"per\": \"user\","
             " \"within\": \"4s\"}, {\"name\": \"large\", \"when\": [\"amount>9.00\"]}]}",
             windows[random_below(seed, 3)], (long long)text->delay_ms + 1,
             (unsigned)random_below(seed, 6) + 1);
    text->delay_ms++; /* a duration of 0 is written otherwise */
}

/* A quoted user with a line end in it misleads whoever guesses where a slice begins. */
static void write_row(struct feed_text *text, const struct row *row)
{
    static const char *const users[] = {"ann", "\"b\no\nb\"", "\"c,\"\"1\"\"\""};
    static const char *const regions[] = {"N", "S", "", "\"E\nF\""};
    char time[INSTANT_TEXT];
    instant_format(row->time, time);
    if (row->id < 0)
        text->len += (size_t)snprintf(text->csv + text->len, CSV_MAX - text->len,
                                      "%s,,ann,0.00,broken\n", time);
    else
        text->len += (size_t)snprintf(text->csv + text->len, CSV_MAX - text->len,
                                      "%s,i%d,%s,%d.%02d,%s\n", time, row->id, users[row->user],
                                      row->cents / 100, row->cents % 100, regions[row->region]);
    assert_true(text->len < CSV_MAX - 1);
}

static void write_rows(struct feed_text *text)
{
    text->len = (size_t)snprintf(text->csv, CSV_MAX, "time,id,user,amount,region\n");
    for (int r = 0; r < text->rows_len; r++)
        write_row(text, &text->rows[r]);
}

/* `calm`: in order, every id new, nothing broken. */
static void make_feed(struct feed_text *text, uint64_t seed, bool calm)
{
    epoch_ms now = NOON;
    memset(text, 0, sizeof *text);
    make_definition_text(text, &seed);
    text->rows_len = 20 + (int)random_below(&seed, ROWS_MAX - 20);
    for (int r = 0; r < text->rows_len; r++) {
        struct row *row = &text->rows[r];
        now += random_below(&seed, 3) * UNIT / 2 + random_below(&seed, 2);
        *row = (struct row){.time = now,
                            .id = r,
                            .user = (int)random_below(&seed, 3),
                            .cents = 1 + (int)random_below(&seed, 1000),
                            .region = (int)random_below(&seed, 4)};
        if (calm)
            continue;
        if (random_below(&seed, 3) == 0)
            row->time -= UNIT * random_below(&seed, 20);
        if (random_below(&seed, 25) == 0)
            row->time += 25 * UNIT; /* far */
        if (random_below(&seed, 8) == 0 && r > 0)
            *row = text->rows[random_below(&seed, (uint32_t)r)];
        if (random_below(&seed, 10) == 0)
            row->cents++; /* a conflict, when it was one again */
        if (random_below(&seed, 30) == 0)
            row->id = -1;
    }
    write_rows(text);
}

/* Each event comes at most the delay behind the newest before it. */
static void shuffle_within_delay(struct feed_text *text, uint64_t seed)
{
    epoch_ms arrival[ROWS_MAX];
    for (int r = 0; r < text->rows_len; r++) {
        struct row row = text->rows[r];
        epoch_ms at = row.time + random_below(&seed, (uint32_t)text->delay_ms + 1);
        int place = r;
        for (; place > 0 && arrival[place - 1] > at; place--) {
            arrival[place] = arrival[place - 1];
            text->rows[place] = text->rows[place - 1];
        }
        arrival[place] = at;
        text->rows[place] = row;
    }
    write_rows(text);
}

/* --- its answers --- */

static char *json_of(const struct pipeline *pipeline, const struct symbols *symbols)
{
    char *json;
    size_t len;
    FILE *out = open_memstream(&json, &len);
    struct summary summary = {.lane = "any",
                              .definition = pipeline->config.definition,
                              .symbols = symbols,
                              .pipeline = pipeline,
                              .windows = true,
                              .last = true};
    output_summary(out, &summary, OUTPUT_JSON);
    fclose(out);
    return json;
}

static char *live_json(const struct feed_text *text, uint32_t block_len)
{
    struct lane lane;
    lane_open(&lane, text->json, &(struct pipeline_config){.live = true});
    lane.block_len = block_len;
    lane_feed(&lane, 0, text->csv, text->len);
    pipeline_end(&lane.pipeline);
    char *json = json_of(&lane.pipeline, lane.symbols);
    lane_close(&lane);
    return json;
}

static void assert_same(const char *what, uint64_t seed, const char *wanted, const char *got)
{
    size_t at = 0;
    if (strcmp(wanted, got) == 0)
        return;
    while (wanted[at] == got[at])
        at++;
    at = at > 40 ? at - 40 : 0;
    fail_msg("%s, seed %llu: …%.120s… wanted …%.120s…", what, (unsigned long long)seed, got + at,
             wanted + at);
}

static void blocks_of_any_size(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 7};
    static struct feed_text text;
    for (uint64_t seed = 0; seed < 150; seed++) {
        make_feed(&text, seed, false);
        char *wanted = live_json(&text, EVENT_BLOCK_MAX);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            char *got = live_json(&text, sizes[s]);
            assert_same("blocks", seed, wanted, got);
            free(got);
        }
        free(wanted);
    }
}

static void order_within_the_delay(void **state)
{
    (void)state;
    static struct feed_text text;
    int moved = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        make_feed(&text, seed, true);
        char *in_order = live_json(&text, 0);
        epoch_ms first = text.rows[0].time, second = text.rows[1].time;
        shuffle_within_delay(&text, seed);
        moved += text.rows[0].time != first || text.rows[1].time != second;
        char *shuffled = live_json(&text, 0);
        assert_same("order", seed, in_order, shuffled);
        free(in_order);
        free(shuffled);
    }
    assert_true(moved > 100);
}

/* --- batch, from a file --- */

static char *batch_json(const struct feed_text *text, const char *path, uint64_t slice_bytes,
                        int workers, uint64_t *rereads)
{
    struct error error = {.text = ""};
    struct definition *definition = lane_definition(text->json);
    struct symbols *symbols = symbols_new(1000);
    struct tail_config config = {.definition = definition,
                                 .symbols = symbols,
                                 .hash_key = hash_key_random(),
                                 .paths = &path,
                                 .paths_len = 1,
                                 .fd = -1,
                                 .bounded = true,
                                 .scan_slice_bytes = slice_bytes};
    struct feed *feed = tail_open(&config, &error);
    struct scan *scan = feed ? feed->ops->scan_open(feed, &error) : NULL;
    struct batch_result result;
    if (!scan)
        fail_msg("%s", error.text);
    struct batch_run_config run = {
        .definition = definition, .symbols = symbols, .scan = scan, .workers = workers};
    if (batch_run(&run, &result, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_true(outcomes_close(&result.pipeline.outcomes));
    *rereads += result.rereads;
    char *json = json_of(&result.pipeline, symbols);
    batch_result_fini(&result);
    scan->ops->free(scan);
    feed->ops->free(feed);
    symbols_free(symbols);
    definition_free(definition);
    return json;
}

static void slices_and_workers_of_any_number(void **state)
{
    (void)state;
    static struct feed_text text;
    char path[] = "/tmp/tailrace-lanes-XXXXXX";
    int fd = mkstemp(path);
    uint64_t rereads = 0;
    assert_true(fd >= 0);
    for (uint64_t seed = 0; seed < 40; seed++) {
        uint64_t dice = seed;
        make_feed(&text, seed, false);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, text.csv, text.len, 0), (ssize_t)text.len);
        char *wanted = batch_json(&text, path, 1 << 20, 1, &rereads);
        for (int workers = 1; workers <= 4; workers++) {
            char *got = batch_json(&text, path, 20 + random_below(&dice, 1500), workers, &rereads);
            assert_same("slices", seed, wanted, got);
            free(got);
        }
        free(wanted);
    }
    assert_true(rereads > 40);
    close(fd);
    unlink(path);
}

/* --- alerts of both lanes, by id --- */

enum { HEARD_MAX = 4 * ROWS_MAX };
struct heard {
    uint64_t ids[HEARD_MAX];
    size_t len;
};

static void hear(void *context, const struct alert *alert)
{
    struct heard *heard = context;
    assert_true(heard->len < HEARD_MAX && !alert->retracted);
    for (size_t i = 0; i < heard->len; i++)
        assert_true(heard->ids[i] != alert->id); /* each once (S-71) */
    heard->ids[heard->len++] = alert->id;
}

static struct outcomes listen(const struct feed_text *text, bool live, struct heard *heard)
{
    struct lane lane;
    heard->len = 0;
    lane_open(&lane, text->json,
              &(struct pipeline_config){.live = live, .alerts = {.take = hear, .context = heard}});
    lane_feed(&lane, 0, text->csv, text->len);
    pipeline_end(&lane.pipeline);
    struct outcomes outcomes = lane.pipeline.outcomes;
    lane_close(&lane);
    return outcomes;
}

static void live_alerts_are_among_those_of_batch(void **state)
{
    (void)state;
    static struct feed_text text;
    static struct heard live, batch;
    int fewer = 0, calm = 0;
    for (uint64_t seed = 0; seed < 800; seed++) {
        make_feed(&text, seed, seed % 4 == 0);
        struct outcomes outcomes = listen(&text, true, &live);
        listen(&text, false, &batch);
        for (size_t i = 0; i < live.len; i++) {
            size_t b = 0;
            while (b < batch.len && batch.ids[b] != live.ids[i])
                b++;
            if (b == batch.len)
                fail_msg("seed %llu: live raised what batch did not", (unsigned long long)seed);
        }
        fewer += live.len < batch.len;
        if (outcomes.late + outcomes.future > 0)
            continue;
        assert_int_equal(live.len, batch.len);
        calm++;
    }
    assert_true(fewer > 5 && calm > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_size),
        cmocka_unit_test(order_within_the_delay),
        cmocka_unit_test(slices_and_workers_of_any_number),
        cmocka_unit_test(live_alerts_are_among_those_of_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
