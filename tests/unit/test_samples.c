/*
 * Protects the sample feeds: twins in CSV and JSON give the same events, and the broken ones show
 * every reason that a small file can. Run from the top of the source.
 */
#include "feeds/guess.h"
#include "tests/unit/decode_run.h"

static char *load(const char *path, size_t *len)
{
    enum { SAMPLE_MAX = 1 << 16 };
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be opened", path);
    char *bytes = malloc(SAMPLE_MAX);
    *len = fread(bytes, 1, SAMPLE_MAX, file);
    assert_true(*len < SAMPLE_MAX);
    fclose(file);
    return bytes;
}

/* Decodes a sample by the built-in definition that its columns are matched to. */
static struct definition *decode(const char *path, enum feed_format format, const char *name,
                                 struct run *run)
{
    size_t len;
    struct guess guess;
    struct error error;
    char *bytes = load(path, &len);
    assert_int_equal(guess_read(bytes, len, &guess, &error), STATUS_OK);
    assert_int_equal(guess.format, format);
    struct definition *definition = guess_builtin(&guess, &error);
    guess_fini(&guess);
    if (!definition || definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s: %s", path, error.text);
    assert_string_equal(definition->name, name);
    run_feed(definition, format, bytes, len, 1000, 64, run);
    free(bytes);
    return definition;
}

static void test_twins(void **state)
{
    (void)state;
    static const char *const names[] = {"tickets", "payments", "orders"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        static struct run csv, json;
        char path[64];
        snprintf(path, sizeof path, "sample_data/%s.csv", names[i]);
        definition_free(decode(path, FORMAT_CSV, names[i], &csv));
        snprintf(path, sizeof path, "sample_data/%s.jsonl", names[i]);
        definition_free(decode(path, FORMAT_JSONL, names[i], &json));
        assert_true(csv.len >= 40);
        assert_int_equal(csv.len, json.len);
        for (size_t e = 0; e < csv.len; e++) {
            assert_int_equal(csv.events[e].reason, REJECT_NONE);
            if (!run_same_content(&csv.events[e], &json.events[e]))
                fail_msg("%s: event %zu differs from its twin", path, e);
        }
    }
}

static void test_broken(void **state)
{
    (void)state;
    static struct run run;
    struct definition *d = decode("sample_data/broken.csv", FORMAT_CSV, "payments", &run);
    assert_string_equal(run_reasons(d, &run),
                        "none parse utf8 nul field_count missing_field:event_id bad_number "
                        "precision nonpositive_amount bad_timestamp time_range unknown_enum:type "
                        "parse none torn");
    definition_free(d);
    d = decode("sample_data/broken.jsonl", FORMAT_JSONL, "payments", &run);
    assert_string_equal(run_reasons(d, &run),
                        "none parse utf8 nul bad_type:user_id missing_field:event_id bad_number "
                        "precision nonpositive_amount bad_timestamp time_range unknown_enum:type "
                        "duplicate_key bad_number none torn");
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
