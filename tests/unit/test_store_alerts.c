/* The log of alerts: each once (S-71), told when it is durable (S-80, S-91), and damage found. */
#include "tests/unit/store_bench.h"

#include <string.h>

/* S-71. */
static void test_alerts_once(void **state)
{
    struct store *store = opened(*state);
    struct delta delta = {0};
    delta_alert(&delta, UINT64_C(0xF000000000000001), false, "{}", 2);
    delta_alert(&delta, UINT64_C(0xF000000000000001), false, "{}", 2);
    commit(store, &delta);
    commit(store, &delta);
    assert_true(store_has_alert(store, UINT64_C(0xF000000000000001)));
    assert_false(store_has_alert(store, 1));
    delta_fini(&delta);
    store_close(store);
}

/* S-71: also those that memory does not reach, and after opening anew. Numbers tell how many are in
 * the log. */
static void test_alerts_once_in_a_long_log(void **state)
{
    struct bench *bench = *state;
    struct store_config config = {
        .path = bench->path, .digest = DIGEST, .write = true, .alerts_known = 10};
    struct error error = {.text = ""};
    struct store *store;
    struct delta delta = {0};
    for (int life = 0; life < 3; life++) {
        assert_int_equal(store_open(&config, &store, &error), STATUS_OK);
        for (uint64_t a = 0; a < 300; a++) {
            delta_alert(&delta, a * UINT64_C(0x9E3779B97F4A7C15), a % 2, NULL, 0);
            if (a % 7 == 6)
                commit(store, &delta);
        }
        commit(store, &delta);
        delta_alert(&delta, 0, false, "0", 1);
        delta_alert(&delta, 0, true, "0 back", 6);
        commit(store, &delta);
        assert_int_equal(store_last_alert(store), 301);
        assert_true(store_has_alert(store, 299 * UINT64_C(0x9E3779B97F4A7C15)));
        store_close(store);
    }
    delta_fini(&delta);
}

struct told_alerts {
    char text[128];
};

static void take_alert(void *context, uint64_t number, const void *text, size_t len)
{
    struct told_alerts *told = context;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%d:%.*s ", (int)number, (int)len,
             (const char *)text);
}

/* S-71, S-80: told when their epoch is durable, those alone that the log did not hold; an alert and
 * its retraction are two entries; what is behind a number can be had again. */
static void test_outbox(void **state)
{
    struct store *store = opened(*state);
    struct told_alerts told = {.text = ""}, rest = {.text = ""};
    struct error error = {.text = ""};
    struct delta delta = {0};
    store_tell_alerts(store, take_alert, &told);
    delta_alert(&delta, 7, false, "a", 1);
    delta_alert(&delta, 8, false, "b", 1);
    delta_alert(&delta, 7, false, "again", 5);
    assert_string_equal(told.text, "");
    commit(store, &delta);
    assert_string_equal(told.text, "1:a 2:b ");
    delta_alert(&delta, 7, true, "back", 4);
    commit(store, &delta);
    assert_string_equal(told.text, "1:a 2:b 3:back ");
    assert_int_equal(store_last_alert(store), 3);
    store_close(store);
    store = opened(*state);
    assert_int_equal(store_each_alert(store, 1, take_alert, &rest, &error), STATUS_OK);
    assert_string_equal(rest.text, "2:b 3:back ");
    delta_fini(&delta);
    store_close(store);
}

/* D-12: an alert whose id or text was changed, or that is gone, is damage: neither told, nor
 * written behind. */
static void test_alerts_damaged(void **state)
{
    static const char *const damages[] = {
        "UPDATE alert SET ids = x'010000000000000000' WHERE number = 1",
        "UPDATE alert SET ids = x'' WHERE number = 2",
        "UPDATE alert SET number = 4 WHERE number = 2",
        "DELETE FROM alert WHERE number = 1",
        "DELETE FROM alert WHERE number = 2",
        "UPDATE alert SET texts = x'0100000062' WHERE number = 2"};
    const size_t of_texts = sizeof damages / sizeof *damages - 1;
    for (size_t d = 0; d <= of_texts; d++) {
        struct store_config config = {.path = ((struct bench *)*state)->path,
                                      .digest = DIGEST,
                                      .write = true,
                                      .rebuild = true};
        struct told_alerts told = {.text = ""};
        struct error error = {.text = ""};
        struct delta delta = {0};
        struct store *store;
        assert_int_equal(store_open(&config, &store, &error), STATUS_OK);
        delta_alert(&delta, 7, false, "a", 1);
        commit(store, &delta);
        delta_alert(&delta, 8, false, "c", 1);
        commit(store, &delta);
        store_close(store);
        run_sql(*state, damages[d]);
        store = opened(*state);
        assert_int_equal(store_each_alert(store, 0, take_alert, &told, &error), STATUS_DAMAGED);
        delta_alert(&delta, 9, false, "d", 1);
        assert_int_equal(store_commit(store, &delta, &error),
                         d == of_texts ? STATUS_OK : STATUS_DAMAGED);
        delta_fini(&delta);
        store_close(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_alerts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_alerts_once_in_a_long_log, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outbox, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_alerts_damaged, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
