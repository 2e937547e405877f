/*
 * Guards: S-113 with the lanes at work. While a file grows without a stop, in whole records and in
 * torn ones, with late events, events from the future, duplicates, and some behind the horizon, run
 * after run of the batch lane is explained to the last unit: EXACT, by count and by sum, whenever
 * both halves speak of the same run; also while a file is rotated, and with two files. A truncated
 * one is said to differ (S-114). Under ThreadSanitizer it guards the post between the lanes.
 */
#include "tests/unit/support.h"

#include "core/engine.h"
#include "core/reconcile.h"
#include "feeds/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 60, FILES = 2, RUNS = 40, ROTATIONS = 3 };

#define START ((epoch_ms)20000 * MS_PER_DAY + MS_PER_HOUR)

static const char HEADER[] = "id,at,kind,amount\n";

struct desk {
    char paths[FILES][64];
    int files;
    struct definition *definition;
    struct symbols *symbols;
    struct clock *clock;
    struct feed *feed;
    struct wake screen;
    struct engine *engine;
    uint64_t random;
    uint32_t next;   /* event of the story */
    uint64_t judged; /* newest run that was reconciled */
    int exact;       /* runs that were */
    int rotated;     /* how often the first file was */
    bool differs;
    wide_int future, escaped, late; /* of the last one */
};

static struct definition *sales(void)
{
    struct error error = {.text = ""};
    struct definition *definition = definition_new("sales");
    definition_add_field(definition, "id", FIELD_TEXT, NULL, &error);
    definition_add_field(definition, "at", FIELD_TIME, NULL, &error);
    definition_add_field(definition, "kind", FIELD_TEXT, NULL, &error);
    definition_add_field(definition, "amount", FIELD_MONEY, NULL, &error);
    definition->fields[3].places = 2;
    definition->id_fields[0] = 0;
    definition->id_fields_len = 1;
    definition->watermark.delay_ms = 2 * MS_PER_SECOND;
    definition->watermark.lateness_ms = 20 * MS_PER_SECOND;
    if (definition_set_time(definition, "at", &error) != STATUS_OK ||
        definition_set_group_by(definition, "kind", &error) != STATUS_OK ||
        definition_set_measures(definition, "count,sum:amount", &error) != STATUS_OK ||
        definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    definition->horizon_ms = 30 * MS_PER_SECOND;
    return definition;
}

/* Event n; what an id says is always the same. */
static int record(uint32_t n, char out[128])
{
    static const char *const kinds[] = {"tea", "milk", "bread", "salt"};
    uint64_t own = n * 77777U + 3;
    epoch_ms time = START + (epoch_ms)n * 50;
    if (random_below(&own, 9) == 0)
        time -= random_below(&own, 60000);
    if (random_below(&own, 40) == 0) /* beyond the clock: the same day, or the next */
        time = START + (random_below(&own, 2) ? 22 : 46) * (epoch_ms)MS_PER_HOUR;
    char at[INSTANT_TEXT];
    return snprintf(out, 128, "e%u,%s,%s,%u.%02u\n", n, instant_format(time, at),
                    kinds[random_below(&own, 4)], random_below(&own, 90), random_below(&own, 100));
}

/* What is there already when the feed is opened. */
static void write_old(struct desk *desk, const char *path, uint32_t records)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(HEADER, file);
    for (; desk->next < records; desk->next++) {
        char text[128];
        record(desk->next, text);
        fputs(text, file);
    }
    fclose(file);
}

static void open_desk(struct desk *desk, int files, bool from_end)
{
    struct error error = {.text = ""};
    const char *paths[FILES];
    memset(desk, 0, sizeof *desk);
    desk->files = files;
    desk->random = 5;
    desk->definition = sales();
    desk->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    desk->clock = clock_new_compressed(START + 10 * (epoch_ms)MS_PER_HOUR, 1);
    wake_init(&desk->screen);
    for (int f = 0; f < files; f++) {
        snprintf(desk->paths[f], sizeof desk->paths[f], "/tmp/tailrace-test-%d-XXXXXX", f);
        int fd = mkstemp(desk->paths[f]);
        close(fd);
        write_old(desk, desk->paths[f], from_end ? 500 : 0);
        paths[f] = desk->paths[f];
    }
    struct tail_config tail = {.definition = desk->definition,
                               .symbols = desk->symbols,
                               .hash_key = hash_key_random(),
                               .fd = -1,
                               .grace_ms = 20,
                               .from_end = from_end,
                               .paths = paths,
                               .paths_len = (size_t)files};
    desk->feed = tail_open(&tail, &error);
    if (!desk->feed)
        fail_msg("%s", error.text);
    desk->engine = engine_new(&(struct engine_config){.definition = desk->definition,
                                                      .symbols = desk->symbols,
                                                      .clock = desk->clock,
                                                      .feed = desk->feed,
                                                      .every_ms = 20,
                                                      .workers = 2,
                                                      .screen = &desk->screen});
    if (engine_start(desk->engine, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void close_desk(struct desk *desk)
{
    engine_free(desk->engine);
    desk->feed->ops->free(desk->feed);
    clock_free(desk->clock);
    wake_fini(&desk->screen);
    symbols_free(desk->symbols);
    definition_free(desk->definition);
    for (int f = 0; f < desk->files; f++)
        unlink(desk->paths[f]);
    for (int r = 0; r < desk->rotated; r++) {
        char old[80];
        snprintf(old, sizeof old, "%s.%d", desk->paths[0], r);
        unlink(old);
    }
}

/* --- the story --- */

/* Mostly the next event, sometimes one again, from near or from behind the horizon; each is torn
 * for a moment. */
static void tell_more(struct desk *desk)
{
    if (desk->next > 3200 + 300 * (uint32_t)desk->exact) /* the lanes keep the pace */
        return;
    FILE *file = fopen(desk->paths[random_below(&desk->random, (uint32_t)desk->files)], "a");
    assert_non_null(file);
    for (uint32_t burst = 1 + random_below(&desk->random, 40); burst > 0; burst--) {
        char text[128];
        uint32_t back = 0;
        if (random_below(&desk->random, 8) == 0)
            back = random_below(&desk->random, random_below(&desk->random, 4) ? 50 : 3000);
        int len = record(back < desk->next ? desk->next - back : desk->next, text);
        desk->next += back == 0;
        size_t cut = random_below(&desk->random, (uint32_t)len);
        fwrite(text, 1, cut, file);
        fflush(file);
        fwrite(text + cut, 1, (size_t)len - cut, file);
    }
    fclose(file);
}

/* The first file goes under another name, and is begun anew (T-R4). */
static void rotate(struct desk *desk)
{
    char old[80];
    snprintf(old, sizeof old, "%s.%d", desk->paths[0], desk->rotated++);
    assert_int_equal(rename(desk->paths[0], old), 0);
    FILE *file = fopen(desk->paths[0], "w");
    assert_non_null(file);
    fputs(HEADER, file);
    fclose(file);
}

/* --- judging --- */

static void judge_rows(const struct desk *desk, const struct differences *d)
{
    for (int r = -2; r < d->rows_len; r++) {
        const struct difference *row = r == -2 ? &d->total : r == -1 ? &d->others : &d->rows[r];
        if (row->unexplained != 0 || row->batch != row->at_mark + row->future - row->escaped ||
            row->live != row->at_mark + row->behind)
            fail_msg("run %d, %s: batch %lld, at the mark %lld, future %lld, escaped %lld",
                     (int)desk->judged, row->label, (long long)row->batch, (long long)row->at_mark,
                     (long long)row->future, (long long)row->escaped);
    }
}

static void judge(struct desk *desk)
{
    const struct snapshot_live *live = engine_live(desk->engine);
    const struct snapshot_batch *batch = engine_batch(desk->engine);
    static struct differences d;
    if (!live || !batch || batch->run == desk->judged)
        return;
    for (int m = 0; m < 2; m++) {
        reconcile_answers(desk->definition, live, batch, m, &d);
        if (d.state == RECONCILE_UNEXPLAINED)
            fail_msg("run %d: %s", (int)batch->run, d.why);
        desk->differs |= d.state == RECONCILE_INPUTS_DIFFER;
        if (d.state != RECONCILE_EXACT)
            return;
        desk->judged = batch->run;
        judge_rows(desk, &d);
        if (m == 0) {
            desk->exact++;
            desk->future = d.total.future;
            desk->escaped = d.total.escaped;
            desk->late = d.total.late;
        }
    }
}

static void every_run_is_explained(struct desk *desk)
{
    mono_ns end = clock_mono(desk->clock) + (mono_ns)PATIENCE_S * 1000000000;
    while (desk->exact < RUNS || desk->escaped == 0) {
        if (clock_mono(desk->clock) > end)
            fail_msg("only %d runs were exact, %d escaped", desk->exact, (int)desk->escaped);
        wake_clear(&desk->screen);
        tell_more(desk);
        if (desk->exact >= RUNS * (desk->rotated + 1) / (ROTATIONS + 1) &&
            desk->rotated < ROTATIONS)
            rotate(desk);
        judge(desk);
        wake_wait(&desk->screen, clock_mono(desk->clock) + 1000000);
    }
    assert_false(desk->differs);
    assert_true(desk->future > 0);
    assert_true(desk->late > 0);
    const struct snapshot_windows *windows = &engine_live(desk->engine)->windows;
    assert_int_equal(windows->size_ms, 5 * MS_PER_MINUTE);
    assert_true(windows->windows_len > 0 && windows->windows[windows->windows_len - 1].count > 0);
    assert_true(windows->corrections_len > 0 && windows->late_len > 0);
}

static void a_growing_file(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, 1, false);
    every_run_is_explained(&desk);
    close_desk(&desk);
}

static void two_growing_files(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, 2, false);
    every_run_is_explained(&desk);
    close_desk(&desk);
}

/* Both begin where the reader did. */
static void a_file_read_from_its_end(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, 1, true);
    every_run_is_explained(&desk);
    close_desk(&desk);
}

/* What live counted is gone: said, not compared. */
static void a_truncated_file(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, 1, false);
    mono_ns end = clock_mono(desk.clock) + (mono_ns)PATIENCE_S * 1000000000;
    while (desk.exact == 0 && clock_mono(desk.clock) < end) {
        wake_clear(&desk.screen);
        tell_more(&desk);
        judge(&desk);
        wake_wait(&desk.screen, clock_mono(desk.clock) + 1000000);
    }
    assert_int_equal(truncate(desk.paths[0], sizeof HEADER - 1), 0);
    while (!desk.differs && clock_mono(desk.clock) < end) {
        wake_clear(&desk.screen);
        judge(&desk);
        wake_wait(&desk.screen, clock_mono(desk.clock) + 10000000);
    }
    assert_true(desk.differs);
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_file),
        cmocka_unit_test(two_growing_files),
        cmocka_unit_test(a_file_read_from_its_end),
        cmocka_unit_test(a_truncated_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
