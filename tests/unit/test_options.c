/*
 * Protects: options about event time and ids reach the definition and replace what it says; help
 * that fits 80x24; a manual that knows every option.
 */
#include "tui/command_feed.h"

#include "core/definition_json.h"
#include "tests/unit/support.h"
#include "tui/command.h"

#include <stdlib.h>

/* main's, which a test has not. */
void command_note(const char *format, ...)
{
    (void)format;
}

/* Parses "stream FEED" and these words. */
static enum status parse(struct options *options, struct error *error, const char *const words[])
{
    static char *argv[16] = {(char *)"tailrace", (char *)"stream"}; /* the options point into it */
    int argc = 2;
    for (; *words; words++)
        argv[argc++] = (char *)*words;
    argv[argc++] = (char *)"feed.csv";
    return options_parse(argc, argv, options, error);
}

#define PARSE(options, error, ...) parse(options, error, (const char *const[]){__VA_ARGS__, NULL})

static struct definition *with_members(const char *members)
{
    char text[512];
    struct error error;
    snprintf(text, sizeof text,
             "{\"name\": \"x\", \"time\": \"at\", \"id\": \"who\", \"fields\": {\"at\": "
             "{\"type\": \"time\"}, \"who\": {\"type\": \"text\"}}%s}",
             members);
    struct definition *d = definition_from_json(text, strlen(text), "x", &error);
    if (!d)
        fail_msg("%s", error.text);
    return d;
}

static void compile(const struct options *options, struct definition *d)
{
    struct error error;
    if (command_feed_compile(options, d, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

/* Bytes, with a unit or none; what does not fit in a number is refused, not another number (D-07).
 */
static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        uint64_t bytes; /* 0: refused */
    } sizes[] = {{"1000", 1000},
                 {"0", 1},
                 {"256M", UINT64_C(256) << 20},
                 {"2G", UINT64_C(2) << 30},
                 {"1048576G", UINT64_C(1) << 50},
                 {"1048577G", 0},
                 {"17179869184G", 0},
                 {"1099511627776G", 0},
                 {"2MB", 0},
                 {"M", 0},
                 {"-1", 0}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct options options;
        struct error error;
        enum status status = PARSE(&options, &error, "--rejects-max", sizes[s].word);
        assert_int_equal(status, sizes[s].bytes ? STATUS_OK : STATUS_USAGE);
        if (status == STATUS_OK)
            assert_int_equal(options.rejects_max, sizes[s].bytes);
    }
}

static void test_time_options(void **state)
{
    (void)state;
    struct options options;
    struct error error;
    struct definition *d = with_members("");
    assert_int_equal(PARSE(&options, &error, "--window", "10m", "--slide", "2m", "--delay", "10m",
                           "--lateness", "0s", "--no-dedupe"),
                     STATUS_OK);
    compile(&options, d);
    assert_int_equal(d->window.size_ms, 10 * MS_PER_MINUTE);
    assert_int_equal(d->window.slide_ms, 2 * MS_PER_MINUTE);
    assert_true(d->window.asked);
    assert_int_equal(d->watermark.delay_ms, 10 * MS_PER_MINUTE);
    assert_int_equal(d->watermark.lateness_ms, 0);
    assert_false(d->needs_dedupe);
    definition_free(d);
    /* not said: the definition's own */
    d = with_members(", \"window\": {\"session\": \"30m\", \"per\": \"who\"},"
                     " \"watermark\": {\"delay\": \"7s\"}");
    assert_int_equal(PARSE(&options, &error, "--measure", "count"), STATUS_OK);
    compile(&options, d);
    assert_int_equal(d->window.session_ms, 30 * MS_PER_MINUTE);
    assert_int_equal(d->watermark.delay_ms, 7 * MS_PER_SECOND);
    assert_true(d->needs_dedupe);
    definition_free(d);
}

static void test_a_window_replaces_another(void **state)
{
    (void)state;
    struct options options;
    struct error error;
    static const char session[] = ", \"window\": {\"session\": \"30m\", \"per\": \"who\"}";
    static const char hopping[] = ", \"window\": {\"size\": \"1h\", \"slide\": \"10m\"}";
    struct definition *d = with_members(session);
    assert_int_equal(PARSE(&options, &error, "--window", "1m"), STATUS_OK);
    compile(&options, d);
    assert_int_equal(d->window.session_ms, 0);
    assert_int_equal(d->window.slide_ms, MS_PER_MINUTE);
    assert_int_equal(d->window.per, -1);
    definition_free(d);
    d = with_members(hopping);
    compile(&options, d); /* tumbling by default, also where the definition's windows hop */
    assert_int_equal(d->window.size_ms, MS_PER_MINUTE);
    assert_int_equal(d->window.slide_ms, MS_PER_MINUTE);
    definition_free(d);
    d = with_members(hopping);
    assert_int_equal(PARSE(&options, &error, "--slide", "20m"), STATUS_OK);
    compile(&options, d);
    assert_int_equal(d->window.size_ms, MS_PER_HOUR);
    assert_int_equal(d->window.slide_ms, 20 * MS_PER_MINUTE);
    definition_free(d);
    d = with_members(session);
    assert_int_equal(PARSE(&options, &error, "--session", "5m"), STATUS_OK);
    compile(&options, d);
    assert_int_equal(d->window.session_ms, 5 * MS_PER_MINUTE);
    assert_int_equal(d->window.per, definition_field(d, "who"));
    definition_free(d);
}

static void test_refusals(void **state)
{
    (void)state;
    struct options options;
    struct error error;
    assert_int_equal(PARSE(&options, &error, "--window", "0s"), STATUS_USAGE);
    assert_string_equal(error.text, "--window 0s: say a duration, such as 5m or 1h");
    assert_int_equal(PARSE(&options, &error, "--lateness", "9"), STATUS_USAGE);
    assert_string_equal(error.text, "--lateness 9: say a duration, such as 9m, or 0s, or forever");
    assert_int_equal(PARSE(&options, &error, "--session", "1m", "--slide", "1s"), STATUS_USAGE);
    assert_non_null(strstr(error.text, "a session has no size"));
    struct definition *d = with_members("");
    assert_int_equal(PARSE(&options, &error, "--window", "1m", "--slide", "2m"), STATUS_OK);
    assert_int_equal(command_feed_compile(&options, d, &error), STATUS_BAD_DEFINITION);
    assert_non_null(strstr(error.text, "a slide of 2 min is longer than the size, 1 min"));
    definition_free(d);
}

static void test_help_fits(void **state)
{
    (void)state;
    for (int command = 0; command <= COMMAND_COUNT; command++) {
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        options_help(out, (enum command)command);
        fclose(out);
        int lines = 0;
        for (const char *line = text; *line; lines++) {
            size_t len = strcspn(line, "\n");
            if (len > 80)
                fail_msg("%.*s: %zu wide", (int)len, line, len);
            line += len + (line[len] == '\n');
        }
        if (lines > 24)
            fail_msg("the help of '%s' has %d lines", command_name((enum command)command), lines);
        free(text);
    }
}

static void test_manual_knows_every_option(void **state)
{
    (void)state;
    static char manual[65536];
    FILE *file = fopen("tui/tailrace.1", "r");
    if (!file)
        skip(); /* not run from the top folder */
    manual[fread(manual, 1, sizeof manual - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; options_name(i); i++) {
        char wanted[128];
        size_t used = (size_t)snprintf(wanted, sizeof wanted, "\\-\\-");
        for (const char *c = options_name(i); *c && used + 3 < sizeof wanted; c++)
            used +=
                (size_t)snprintf(wanted + used, sizeof wanted - used, *c == '-' ? "\\-" : "%c", *c);
        if (!strstr(manual, wanted))
            fail_msg("the manual says nothing of --%s", options_name(i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_time_options),
        cmocka_unit_test(test_a_window_replaces_another),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_help_fits),
        cmocka_unit_test(test_manual_knows_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
