/*
 * Guards: however a range is cut and by however many workers it is counted, the whole answer is
 * that of one sequential reading, to the byte: outcomes, rejects with their lines, groups, open
 * tickets, distinct, windows, alerts, conflicts with both positions (S-41, S-110). Cut at every
 * byte of small feeds with quoted line ends, stray quotes, CRLF, NUL, byte order marks, torn ends,
 * JSON lines; and anywhere in random ones. The days of a backfill counted in one reading are those
 * counted alone.
 */
#include "tests/unit/support.h"

#include "core/batch_run.h"
#include "core/definition_json.h"
#include "feeds/tail.h"
#include "tui/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { SHARE = 8 }; /* of the cuts, where each is many times as slow */
#else
enum { SHARE = 1 };
#endif
enum { WORKERS_MOST = 8, DAYS = 4, TEXT_MAX = 64 * 1024 };
#define MONDAY ((epoch_ms)1767571200000) /* 2026-01-05 */

/* Everything that an answer can have in it. */
static const char *const base =
    "{\"name\": \"x\", \"fields\": {\"time\": {\"type\": \"time\", \"required\": true},"
    " \"id\": {\"type\": \"text\"}, \"user\": {\"type\": \"text\"}, \"amount\": {\"type\":"
    " \"money\", \"places\": 2}, \"region\": {\"type\": \"text\"}, \"status\": {\"type\":"
    " \"text\"}}, \"time\": \"time\", \"id\": [\"id\"], \"on_conflict\": \"%s\","
    " \"group_by\": [\"region\"], \"measures\": [\"count\", \"sum:amount\", \"min:amount\","
    " \"open\", \"distinct:user\", \"distinct:id\"],"
    " \"lifecycle\": {\"key\": \"user\", \"field\": \"status\", \"opened\": [\"open\"],"
    " \"closed\": [\"closed\"]}, \"window\": {\"size\": \"6h\"},"
    " \"rules\": [{\"name\": \"velocity\", \"more_than\": 2, \"per\": \"user\","
    " \"within\": \"4h\"}, {\"name\": \"large\", \"when\": [\"amount>9.00\"]}],"
    " \"reports\": {\"daily\": {\"dedupe\": \"id\", \"group_by\": [\"region\"], \"measures\":"
    " [\"count\", \"distinct:user\"]}}}";

struct ask {
    const char *path;
    const char *policy; /* on_conflict */
    bool report;        /* its own ids, and no on_conflict */
    bool no_dedupe;
    uint64_t slice_bytes; /* 0: one slice */
    int workers;
    const struct batch_range *ranges;
    size_t ranges_len;
    uint64_t rereads, parallel; /* counted */
};

static struct definition *define(const struct ask *ask)
{
    char json[2048];
    struct error error = {.text = ""};
    snprintf(json, sizeof json, base, ask->policy ? ask->policy : "count");
    struct definition *definition = definition_from_json(json, strlen(json), "test", &error);
    if (definition && ask->report)
        assert_int_equal(definition_use_report(definition, "daily", &error), STATUS_OK);
    if (definition)
        definition->no_dedupe = ask->no_dedupe;
    if (!definition || definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return definition;
}

static void print_result(FILE *out, const struct batch_result *result,
                         const struct symbols *symbols)
{
    struct summary summary = {.lane = "batch",
                              .definition = result->pipeline.config.definition,
                              .symbols = symbols,
                              .pipeline = &result->pipeline,
                              .windows = true,
                              .last = true};
    const struct outcomes *o = &result->pipeline.outcomes;
    assert_true(outcomes_close(o));
    output_summary(out, &summary, OUTPUT_JSON);
    output_summary(out, &summary, OUTPUT_TEXT); /* with the total of `distinct` */
    for (int r = 0; r < REJECT_COUNT; r++)
        fprintf(out, "%d %u %u %llu\n", r, o->example[r].line, o->example[r].generation,
                (unsigned long long)o->example[r].start);
    for (size_t m = 0; m < result->marks_len; m++)
        fprintf(out, "%llu\n", (unsigned long long)result->marks[m].end);
    fprintf(out, "%llu\n", (unsigned long long)result->bytes);
}

/* The answers one after the other, or why there is none. */
static char *answer(struct ask *ask)
{
    struct error error = {.text = ""};
    struct definition *definition = define(ask);
    struct symbols *symbols = symbols_new(1000);
    struct batch_result results[DAYS] = {{.bytes = 0}};
    struct tail_config config = {.definition = definition,
                                 .symbols = symbols,
                                 .hash_key = hash_key_random(),
                                 .paths = &ask->path,
                                 .paths_len = 1,
                                 .fd = -1,
                                 .bounded = true,
                                 .scan_slice_bytes = ask->slice_bytes};
    struct feed *feed = tail_open(&config, &error);
    struct scan *scan = feed ? feed->ops->scan_open(feed, &error) : NULL;
    char *text;
    size_t len;
    if (!scan)
        fail_msg("%s", error.text);
    struct batch_progress progress = {.bytes = 0};
    struct batch_run_config run = {.definition = definition,
                                   .progress = &progress,
                                   .symbols = symbols,
                                   .scan = scan,
                                   .workers = ask->workers,
                                   .ranges = ask->ranges,
                                   .ranges_len = ask->ranges_len};
    FILE *out = open_memstream(&text, &len);
    size_t ranges = ask->ranges_len ? ask->ranges_len : 1;
    if (batch_run(&run, results, &error) == STATUS_OK)
        for (size_t r = 0; r < ranges; r++)
            print_result(out, &results[r], symbols);
    else
        fprintf(out, "%s\n", error.text);
    fclose(out);
    if (results[0].rereads == 0) /* every byte once, whatever the number of ranges */
        assert_int_equal(progress.bytes, results[0].bytes);
    ask->rereads += results[0].rereads;
    ask->parallel += results[0].workers > 1;
    for (size_t r = 0; r < ranges; r++)
        batch_result_fini(&results[r]);
    scan->ops->free(scan);
    feed->ops->free(feed);
    symbols_free(symbols);
    definition_free(definition);
    return text;
}

static void assert_same(const struct ask *ask, const char *wanted, const char *got)
{
    size_t at = 0;
    if (strcmp(wanted, got) == 0)
        return;
    while (wanted[at] == got[at])
        at++;
    at = at > 60 ? at - 60 : 0;
    fail_msg("slices of %llu, %d workers: …%.160s… wanted …%.160s…",
             (unsigned long long)ask->slice_bytes, ask->workers, got + at, wanted + at);
}

/* --- small feeds, cut everywhere --- */

#define HEADER           "time,id,user,amount,region,status\n"
#define AT(clock)        "2026-01-05T" clock ":00Z"
#define ROW(clock, rest) AT(clock) "," rest

struct text {
    const char *what;
    const char *bytes;
    size_t len;
};
#define TEXT(what, bytes)                                                                          \
    {                                                                                              \
        what, bytes, sizeof bytes - 1                                                              \
    }

static const struct text texts[] = {
    TEXT("quoted line ends",
         HEADER AT("01:00") ",a,\"u\n1\",1.00,N,open\n" AT(
             "01:10") ",b,\"u\n1\",2.00,\"N\n\",\n" AT("01:20") ",a,\"u\n1\",1.00,N,"
                                                                "open\n" AT("01:30") ",a,"
                                                                                     "\"x\n"
                                                                                     "\n\","
                                                                                     "9.50,"
                                                                                     "N,"
                                                                                     "close"
                                                                                     "d\n"),
    TEXT("stray quotes",
         HEADER AT("01:00") ",a,u\"1,1.00,N,open\n" AT("01:10") ",b,\"u1,2.00,N,\n" AT(
             "01:20") ",c,u\"\",1.00,S,open\n" AT("01:30") ",a,\"u\"2,9.50,N,"
                                                           "closed\n" AT("01:30") ",b,"
                                                                                  "u2,9."
                                                                                  "50,N,"
                                                                                  "close"
                                                                                  "d\n"),
    TEXT("CRLF and lone CR",
         "time,id,user,amount,region,status\r\n" AT("01:00") ",a,u1,1.00,N,open\r\n\r\n" AT(
             "02:00") ",a,u1,1.00,N,open\n" AT("03:00") ",b,\"u\r\n2\",9.01,S,"
                                                        "open\r\n\r" AT("04:00") ",b,u2,9."
                                                                                 "01,S,"
                                                                                 "closed\r"
                                                                                 "\n"),
    TEXT("NUL, no UTF-8, wrong times and numbers",
         HEADER AT("01:00") ",a,u\0001,1.00,N,open\n" AT(
             "01:10") ",b,u\xff,2.00,N,\n"
                      "yesterday,c,u,1.00,N,open\n" AT("01:20") ",d,u,1.005,N,open\n" AT(
                          "01:30") ",d,u,1.00\n\0\0\n" AT("01:40") ",a,u1,1.00,N,open\n"),
    TEXT("torn", HEADER AT("01:00") ",a,u1,1.00,N,open\n" AT("01:10") ",a,\"u1\n,2.00,N"),
    TEXT("a quote that stays open",
         HEADER AT("01:00") ",a,\"u1,1.00,N,open\n" AT("01:10") ",a,u1,2.00,N,\n" AT(
             "01:20") ",a,u1,2.00,N,\n" AT("01:30") ",b,u1,2.00,N,closed\n"),
    TEXT("JSON lines",
         "{\"time\":\"" AT(
             "01:00") "\",\"id\":\"a\",\"user\":\"u\\n1\",\"amount\":1.00}\n"
                      "{\"time\":\"" AT(
                          "01:10") "\",\"id\":\"b\",\"user\":\"u1\",\"amount\":\"10.00\"}"
                                   "\r\n"
                                   "{\"time\":\"" AT(
                                       "01:20") "\",\"id\":\"a\",\n\n{\"time\":1,\"id\":"
                                                "\"a\"}\n[]\n"
                                                "{\"time\":\"" AT(
                                                    "01:00") "\",\"id\":\"a\",\"user\":"
                                                             "\"u\\n1\",\"amount\":1.00}\n"
                                                             "{\"time\":\"" AT(
                                                                 "01:10") "\",\"id\":\"b\","
                                                                          "\"user\":\"u1\","
                                                                          "\"amount\":9}\n{"
                                                                          "\"ti"),
    TEXT("a byte order mark, quotes within quotes",
         "\xef\xbb\xbf" HEADER ROW("01:00", "a,\"u\"\"\n\"\"1\",1.00,N,open\n")
             ROW("01:10", "b,\"\"\"\n\",9.50,N,closed\n") ROW("01:20", "\"a\n\",u1,2.00,\"\",\n")
                 ROW("01:20", "\xef\xbb\xbf"
                              "a,u1,2.00,S,\n")),
    TEXT("a header in quotes, over two lines, CRLF",
         "\"time\",id,user,\"amount\",region,\"status\",\"no\r\nte\"\r\n" ROW(
             "01:00", "a,u1,1.00,N,open,\"x\r\ny\"\r\n") ROW("01:10", "a,u1,9.50,N,closed,\r\n")),
    TEXT("whole, but for the last line end",
         HEADER ROW("01:00", "a,u1,1.00,N,open\n") ROW("01:10", "b,\"u\n1\",2.00,N,closed")),
    TEXT("JSON lines, a mark, NUL, no UTF-8, no last line end",
         "\xef\xbb\xbf{\"time\":\"" AT(
             "01:00") "\",\"id\":\"a\",\"amount\":1.00}\n\0\0\n"
                      "{\"time\":\"" AT(
                          "01:10") "\",\"id\":\"\0\",\"amount\":1.00}\n"
                                   "{\"time\":\"" AT(
                                       "01:20") "\",\"id\":\"\xff\",\"amount\":1.00}\r\n"
                                                "{\"time\":\"" AT(
                                                    "01:30") "\",\"user\":\"\\\"{\\n}\",\"amount\":"
                                                             "9.50}\n \n"
                                                             "\xef\xbb\xbf{\"time\":\"" AT(
                                                                 "01:40") "\",\"amount\":9.50}\n"
                                                                          "{\"time\":\"" AT(
                                                                              "01:50") "\",\"id\":"
                                                                                       "\"b\","
                                                                                       "\"amount\":"
                                                                                       "9.50}"),
    TEXT("semicolons, lone line ends in front",
         "\n\ntime;id;user;amount;region;status\n" AT("01:00") ";a;\"u;\n1\";1.00;N;open\n" AT(
             "01:10") ";a;u1;9.50;N;closed\n"),
    TEXT("a header alone", HEADER),
    TEXT("a header and a mark alone", "\xef\xbb\xbf" HEADER),
    TEXT("no line end at all", "time,id,user"),
    TEXT("blank lines alone", "\n\n\r\n \n"),
};

static char path[] = "/tmp/tailrace-cuts-XXXXXX";
static int fd = -1;

static int open_file(void **state)
{
    (void)state;
    fd = mkstemp(path);
    return fd < 0;
}

static int close_file(void **state)
{
    (void)state;
    close(fd);
    return unlink(path);
}

static void write_file(const void *bytes, size_t len)
{
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, bytes, len, 0), (ssize_t)len);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    static const char *const policies[] = {"count", "first", "reject"};
    uint64_t rereads = 0, parallel = 0;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        struct ask ask = {.path = path, .policy = policies[t % 3], .workers = 1};
        write_file(texts[t].bytes, texts[t].len);
        char *wanted = answer(&ask);
        for (uint64_t slice = 1; slice <= texts[t].len; slice += SHARE) {
            ask.slice_bytes = slice;
            ask.workers = 1 + (int)(slice % WORKERS_MOST);
            char *got = answer(&ask);
            assert_same(&ask, wanted, got);
            free(got);
        }
        rereads += ask.rereads;
        parallel += ask.parallel;
        free(wanted);
    }
    assert_true(rereads > 20 / SHARE);
    assert_true(parallel > 1000 / SHARE);
}

static void any_number_of_workers(void **state)
{
    (void)state;
    struct ask ask = {.path = path, .policy = "first", .workers = 1};
    write_file(texts[0].bytes, texts[0].len);
    char *wanted = answer(&ask);
    for (ask.workers = 1; ask.workers <= WORKERS_MOST; ask.workers++) {
        for (ask.slice_bytes = 1; ask.slice_bytes < 60; ask.slice_bytes += 3 * SHARE) {
            char *got = answer(&ask);
            assert_same(&ask, wanted, got);
            free(got);
        }
    }
    free(wanted);
}

/* --- random ones --- */

static size_t write_random(char *out, uint64_t *seed, int rows)
{
    static const char *const users[] = {"ann", "\"b\no\"", "\"c,\"\"1\"\"\"", "d\"e", ""};
    static const char *const regions[] = {"N", "S", "", "\"E\nF\""};
    static const char *const steps[] = {"open", "closed", "", "other"};
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\n\n"};
    size_t len = (size_t)sprintf(out, HEADER);
    for (int r = 0; r < rows; r++) {
        char time[INSTANT_TEXT];
        epoch_ms ms = MONDAY + random_below(seed, DAYS + 1) * (epoch_ms)MS_PER_DAY +
                      random_below(seed, 24) * (epoch_ms)MS_PER_HOUR;
        int id = (int)random_below(seed, (uint32_t)rows), like = (int)random_below(seed, 5);
        if (like > 0) /* the same content for the same id, mostly */
            ms = MONDAY + (id * 7 % ((DAYS + 1) * 24)) * (epoch_ms)MS_PER_HOUR;
        len += (size_t)sprintf(out + len, "%s,%s%d,%s,%d.%02d,%s,%s%s", instant_format(ms, time),
                               id % 19 == 0 ? "" : "i", id,
                               users[like > 0 ? id % 5 : (int)random_below(seed, 5)], id % 12,
                               id % 10, regions[id % 4], steps[like > 0 ? id % 4 : 1],
                               ends[random_below(seed, 5)]);
        if (random_below(seed, 20) == 0)
            out[len - 1 - random_below(seed, 20)] = "\"\n\0,x"[random_below(seed, 5)];
    }
    return len - random_below(seed, 9);
}

static void random_cuts(void **state)
{
    (void)state;
    static const char *const policies[] = {"count", "first", "reject"};
    static char text[TEXT_MAX];
    uint64_t parallel = 0;
    for (uint64_t seed = 1; seed <= 40 / SHARE; seed++) {
        uint64_t dice = seed;
        size_t len = write_random(text, &dice, 10 + (int)random_below(&dice, 400));
        struct ask ask = {.path = path,
                          .policy = policies[seed % 3],
                          .report = seed % 4 == 0,
                          .no_dedupe = seed % 5 == 0,
                          .workers = 1};
        write_file(text, len);
        char *wanted = answer(&ask);
        for (int round = 0; round < 6; round++) {
            ask.slice_bytes = 30 + random_below(&dice, (uint32_t)len / 2);
            ask.workers = 1 + (int)random_below(&dice, WORKERS_MOST);
            char *got = answer(&ask);
            assert_same(&ask, wanted, got);
            free(got);
        }
        parallel += ask.parallel;
        free(wanted);
    }
    assert_true(parallel > 100 / SHARE);
}

/* --- many days in one reading --- */

static void days_together_are_days_alone(void **state)
{
    (void)state;
    static char text[TEXT_MAX];
    struct batch_range days[DAYS];
    for (int d = 0; d < DAYS; d++)
        days[d] = (struct batch_range){MONDAY + d * (epoch_ms)MS_PER_DAY,
                                       MONDAY + (d + 1) * (epoch_ms)MS_PER_DAY};
    for (uint64_t seed = 1; seed <= 40 / SHARE; seed++) {
        uint64_t dice = seed;
        size_t len = write_random(text, &dice, 10 + (int)random_below(&dice, 300)), used = 0;
        struct ask ask = {.path = path,
                          .policy = "first",
                          .report = seed % 2 == 0,
                          .workers = 1,
                          .ranges_len = 1};
        char *wanted = mem_zero(1, DAYS * TEXT_MAX);
        write_file(text, len);
        for (int d = 0; d < DAYS; d++) {
            ask.ranges = &days[d];
            char *alone = answer(&ask);
            used += (size_t)snprintf(wanted + used, DAYS * TEXT_MAX - used, "%s", alone);
            free(alone);
        }
        ask.ranges = days;
        ask.ranges_len = DAYS;
        for (ask.workers = 1; ask.workers <= WORKERS_MOST; ask.workers += 3) {
            ask.slice_bytes = 40 + random_below(&dice, (uint32_t)len / 2);
            char *got = answer(&ask);
            assert_same(&ask, wanted, got);
            free(got);
        }
        free(wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(any_number_of_workers),
        cmocka_unit_test(random_cuts),
        cmocka_unit_test(days_together_are_days_alone),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
