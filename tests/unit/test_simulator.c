/*
 * Protects: the seed decides every byte; a given number of records is met exactly, inside the day,
 * in order of event time; ids are unique and every closing follows its opening (traps X9, X15);
 * shares are those announced (A1-19, A1-20, A1-26); both formats carry the same records; a marked
 * record leaves the sequence as it was.
 */
#include "feeds/profiles.h"
#include "feeds/simulator.h"
#include "tests/unit/simulator_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const profile_names[] = {"tickets", "payments", "orders"};

static uint64_t hash_add(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_of(struct simulator *simulator, size_t records)
{
    char line[SIMULATED_RECORD_MAX];
    const char *header = simulator_header(simulator);
    uint64_t hash = hash_add(0xcbf29ce484222325u, header, strlen(header));
    epoch_ms time;
    for (size_t i = 0, len; i < records && (len = simulator_next(simulator, line, &time)) > 0; i++)
        hash = hash_add(hash, line, len);
    simulator_free(simulator);
    return hash;
}

static void take(struct simulator *simulator, char line[SIMULATED_RECORD_MAX + 1])
{
    epoch_ms time;
    line[simulator_next(simulator, line, &time)] = '\0';
}

/* --- the same everywhere -------------------------------------------------------------------- */

static void test_first_lines(void **state)
{
    static const char *const expected[][2] = {
        {"10001,2228,Medium,2026-01-05T00:56:11.491Z,open\n",
         "{\"ticket_id\":\"10001\",\"customer_id\":\"2228\",\"priority\":\"Medium\",\"submitted_"
         "at\":\"2026-01-05T00:56:11.491Z\",\"status\":\"open\"}\n"},
        {"100000,2676,193.18,59,2026-01-05T00:06:56.157Z,US\n",
         "{\"event_id\":\"100000\",\"user_id\":\"2676\",\"amount\":193.18,\"merchant_id\":\"59\","
         "\"timestamp\":\"2026-01-05T00:06:56.157Z\",\"country_code\":\"US\"}\n"},
        {"500001,5352,90,160.66,London,completed,Electronics,2026-01-05T00:10:37.170Z\n",
         "{\"order_id\":\"500001\",\"customer_id\":\"5352\",\"product_id\":\"90\",\"order_value_"
         "gbp\":160.66,\"region\":\"London\",\"status\":\"completed\",\"product_category\":"
         "\"Electronics\",\"order_timestamp\":\"2026-01-05T00:10:37.170Z\"}\n"}};
    char line[SIMULATED_RECORD_MAX + 1];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int format = SIMULATED_CSV; format <= SIMULATED_JSONL; format++) {
            struct simulator *simulator =
                simulate(profile_names[i], 42, 200, (enum simulated_format)format);
            take(simulator, line);
            assert_string_equal(line, expected[i][format]);
            simulator_free(simulator);
        }
}

static void test_bytes_are_the_seeds(void **state)
{
    static const uint64_t expected[][2] = {
        {0xd2ce62ef1aa20b56, 0x991a8159c541941c},
        {0x5d595bfca49f6a89, 0x2d4d3ac127840cde},
        {0x46fcdfeb6826234c, 0x5c2608506071fdcd},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *name = profile_names[i];
        assert_int_equal(hash_of(simulate(name, 42, 5000, SIMULATED_CSV), 5000), expected[i][0]);
        assert_int_equal(hash_of(simulate(name, 42, 0, SIMULATED_JSONL), 5000), expected[i][1]);
    }
}

static void test_seeds_and_days_differ(void **state)
{
    struct simulator_config config = {.profile = "tickets", .seed = 42, .records = 200};
    char first[SIMULATED_RECORD_MAX + 1], second[SIMULATED_RECORD_MAX + 1];
    (void)state;
    assert_true(hash_of(simulate("payments", 1, 200, SIMULATED_CSV), 200) !=
                hash_of(simulate("payments", 2, 200, SIMULATED_CSV), 200));
    config.day = 100;
    struct simulator *a = simulator_new(&config, NULL);
    config.day = 101;
    struct simulator *b = simulator_new(&config, NULL);
    for (int i = 0; i < 3; i++) {
        take(a, first);
        take(b, second);
    }
    /* not the same day again under another date: the clock differs too */
    assert_string_not_equal(strchr(first, 'T'), strchr(second, 'T'));
    simulator_free(a);
    simulator_free(b);
}

static void test_unknown_profile(void **state)
{
    struct simulator_config config = {.profile = "shoes"};
    struct error error;
    (void)state;
    assert_null(simulator_new(&config, &error));
    assert_int_equal(error.code, STATUS_USAGE);
    assert_non_null(strstr(error.text, "shoes"));
    assert_non_null(strstr(error.text, "tickets, payments, orders"));
    config.profile = "tickets";
    config.records = UINT64_MAX;
    assert_null(simulator_new(&config, &error));
    assert_int_equal(error.code, STATUS_USAGE);
}

/* --- the day -------------------------------------------------------------------------------- */

static void check_count(const char *profile, uint64_t records)
{
    struct simulator *simulator = simulate(profile, records, records, SIMULATED_CSV);
    char line[SIMULATED_RECORD_MAX];
    epoch_ms time, last = day_start();
    uint64_t given = 0;
    for (;;) {
        epoch_ms peeked = simulator_peek(simulator);
        size_t len = simulator_next(simulator, line, &time);
        if (len == 0) {
            assert_int_equal(peeked, INT64_MAX);
            break;
        }
        assert_int_equal(peeked, time);
        assert_true(time >= last && time < day_start() + MS_PER_DAY);
        assert_true(len < SIMULATED_RECORD_MAX && line[len - 1] == '\n');
        last = time;
        given++;
    }
    assert_int_equal(given, records);
    assert_int_equal(simulator_next(simulator, line, &time), 0);
    simulator_free(simulator);
}

static void test_exactly_so_many_in_the_day(void **state)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 7, 10, 50, 127, 200, 1001, 20000, 300000};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++)
            check_count(profile_names[i], counts[j]);
}

/* Opens of one help desk day in [from, to) of its hours. */
static unsigned opens_between(double from, double to)
{
    struct simulator *simulator = simulate("tickets", 7, 0, SIMULATED_CSV);
    char line[SIMULATED_RECORD_MAX + 1];
    unsigned opens = 0;
    epoch_ms time;
    while (simulator_peek(simulator) < day_start() + (epoch_ms)(to * MS_PER_HOUR)) {
        line[simulator_next(simulator, line, &time)] = '\0';
        opens += time >= day_start() + (epoch_ms)(from * MS_PER_HOUR) && strstr(line, ",open\n");
    }
    simulator_free(simulator);
    return opens;
}

static void test_daily_curve(void **state)
{
    (void)state;
    unsigned day = opens_between(0, 24), night = opens_between(2, 3);
    unsigned morning = opens_between(9, 10), lunch = opens_between(12.25, 13.25);
    unsigned afternoon = opens_between(14, 15), evening = opens_between(20, 21);
    assert_in_range(day, 29000, 31000);
    assert_true(morning > afternoon && afternoon > lunch && lunch > evening && evening > night);
    assert_true(morning > 10 * night && night > 0);
    assert_true(morning > lunch + lunch / 2);
}

/* --- tickets -------------------------------------------------------------------------------- */

struct ticket {
    char rest[24]; /* customer and priority */
    epoch_ms opened;
    bool closed;
};

enum { FIRST_TICKET = 10001, TICKETS = 70000 };

struct help_desk {
    struct ticket *tickets; /* by id from FIRST_TICKET */
    unsigned long opened;
    unsigned closed;
    unsigned by_priority[3];
};

/* Fails where an id is opened twice, or closed before, or closed as another ticket. */
static void help_desk_take(struct help_desk *desk, const char *line, epoch_ms time)
{
    unsigned long id;
    char customer[8], priority[8], at[INSTANT_TEXT], status[8], rest[24], text[INSTANT_TEXT];
    assert_int_equal(
        sscanf(line, "%lu,%7[^,],%7[^,],%31[^,],%7[a-z]", &id, customer, priority, at, status), 5);
    assert_string_equal(at, instant_format(time, text));
    assert_in_range(id, FIRST_TICKET, FIRST_TICKET + TICKETS - 1);
    assert_in_range(atoi(customer), 1, 10000);
    snprintf(rest, sizeof rest, "%s %s", customer, priority);
    struct ticket *ticket = &desk->tickets[id - FIRST_TICKET];
    if (strcmp(status, "open") == 0) {
        assert_int_equal(id, FIRST_TICKET + desk->opened++); /* so unique (X9) */
        memcpy(ticket->rest, rest, sizeof rest);
        ticket->opened = time;
        desk->by_priority[*priority == 'H' ? 0 : *priority == 'M' ? 1 : 2]++;
    } else {
        assert_string_equal(status, "closed");
        assert_string_equal(rest, ticket->rest); /* so opened before */
        assert_true(!ticket->closed && time > ticket->opened);
        ticket->closed = true;
        desk->closed++;
    }
}

static struct help_desk run_help_desk(struct simulator *simulator, epoch_ms end)
{
    struct help_desk desk = {.tickets = calloc(TICKETS, sizeof *desk.tickets)};
    char line[SIMULATED_RECORD_MAX + 1];
    epoch_ms time;
    while (simulator_peek(simulator) < end) {
        line[simulator_next(simulator, line, &time)] = '\0';
        help_desk_take(&desk, line, time);
    }
    simulator_free(simulator);
    return desk;
}

/* Share in percent within 3 % of its own. */
static void assert_share(double part, double of, double percent)
{
    double share = 100 * part / of;
    if (share < percent * 0.97 || share > percent * 1.03)
        fail_msg("%.2f %% instead of %.2f %%", share, percent);
}

static void test_tickets_open_and_close(void **state)
{
    (void)state;
    struct help_desk desk = run_help_desk(simulate("tickets", 42, 40000, SIMULATED_CSV), INT64_MAX);
    assert_int_equal(desk.opened + desk.closed, 40000);
    assert_in_range(desk.closed, desk.opened * 85 / 100, desk.opened * 97 / 100);
    assert_share(desk.by_priority[0], (double)desk.opened, 40);
    assert_share(desk.by_priority[1], (double)desk.opened, 40);
    assert_share(desk.by_priority[2], (double)desk.opened, 20);
    free(desk.tickets);
}

/* High tickets are dealt with sooner than Low ones: half of them within the median. */
static void test_handling_times(void **state)
{
    (void)state;
    struct simulator *simulator = simulate("tickets", 3, 0, SIMULATED_CSV);
    epoch_ms end = day_start() + 12 * MS_PER_HOUR;
    struct help_desk desk = run_help_desk(simulator, end);
    unsigned due[3] = {0}, closed[3] = {0};
    for (unsigned long i = 0; i < desk.opened; i++) {
        static const int64_t median_ms[] = {45 * MS_PER_MINUTE, 2 * MS_PER_HOUR, 4 * MS_PER_HOUR};
        const struct ticket *ticket = &desk.tickets[i];
        int priority = strstr(ticket->rest, "High") ? 0 : strstr(ticket->rest, "Medium") ? 1 : 2;
        /* open for between one and two medians when looked at: some 50 % to 78 % are closed */
        int64_t open_for = end - ticket->opened;
        if (open_for < median_ms[priority] || open_for > 2 * median_ms[priority])
            continue;
        due[priority]++;
        closed[priority] += ticket->closed;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(closed[i] * 100 / due[i], 52, 76);
    free(desk.tickets);
}

/* Natural volume goes on: ids continue, and what is open at midnight is closed the day after. */
static void test_next_day(void **state)
{
    (void)state;
    struct help_desk one =
        run_help_desk(simulate("tickets", 42, 0, SIMULATED_CSV), day_start() + MS_PER_DAY);
    struct help_desk two =
        run_help_desk(simulate("tickets", 42, 0, SIMULATED_CSV), day_start() + 2 * MS_PER_DAY);
    unsigned carried = 0;
    for (unsigned long i = 0; i < one.opened; i++)
        carried += two.tickets[i].closed && !one.tickets[i].closed;
    assert_in_range(two.opened - one.opened, 29000, 31000);
    assert_in_range(carried, 100, 5000);
    free(one.tickets);
    free(two.tickets);
}

/* --- payments and orders -------------------------------------------------------------------- */

static void test_payments(void **state)
{
    enum { PAYMENTS = 50000 };
    struct simulator *simulator = simulate("payments", 42, PAYMENTS, SIMULATED_CSV);
    unsigned by_country[4] = {0}, suspicious = 0;
    char line[SIMULATED_RECORD_MAX + 1], country[3];
    (void)state;
    for (unsigned long i = 0; i < PAYMENTS; i++) {
        unsigned long id;
        unsigned user, whole, cents, merchant;
        take(simulator, line);
        assert_int_equal(sscanf(line, "%lu,%u,%u.%2u,%u,%*[^,],%2s", &id, &user, &whole, &cents,
                                &merchant, country),
                         6);
        unsigned amount = whole * 100 + cents;
        assert_int_equal(id, 100000 + i);
        assert_in_range(user, 1, 5000);
        assert_in_range(merchant, 1, 200);
        assert_in_range(amount, 500, 85000);
        const char *known = strstr("US NG RU CN", country);
        assert_non_null(known);
        by_country[(known - "US NG RU CN") / 3]++;
        suspicious += amount > 50000 && strcmp(country, "US") != 0;
    }
    assert_share(by_country[0], PAYMENTS, 400.0 / 7);
    for (int i = 1; i < 4; i++)
        assert_share(by_country[i], PAYMENTS, 100.0 / 7);
    assert_share(suspicious, PAYMENTS, 17.75); /* A1-20 */
    simulator_free(simulator);
}

static void test_orders(void **state)
{
    enum { ORDERS = 50000, PRODUCTS = 400 };
    static char category_of[PRODUCTS + 1][16];
    struct simulator *simulator = simulate("orders", 42, ORDERS, SIMULATED_CSV);
    unsigned completed = 0, tiers[3] = {0};
    char line[SIMULATED_RECORD_MAX + 1], region[16], status[16], category[16];
    (void)state;
    for (unsigned long i = 0; i < ORDERS; i++) {
        unsigned long id;
        unsigned customer, product, whole, cents;
        take(simulator, line);
        assert_int_equal(sscanf(line, "%lu,%u,%u,%u.%2u,%15[^,],%15[^,],%15[^,],", &id, &customer,
                                &product, &whole, &cents, region, status, category),
                         8);
        assert_int_equal(id, 500001 + i);
        assert_in_range(customer, 1, 10000);
        assert_in_range(product, 1, PRODUCTS);
        assert_true(whole * 100 + cents >= 99);
        if (!*category_of[product])
            memcpy(category_of[product], category, sizeof category);
        assert_string_equal(category, category_of[product]);
        completed += strcmp(status, "completed") == 0;
        tiers[whole >= 500 ? 0 : whole >= 100 ? 1 : 2]++;
    }
    assert_share(completed, ORDERS, 88);
    for (int i = 0; i < 3; i++)
        assert_true(tiers[i] > ORDERS / 50); /* every tier of value is there */
    simulator_free(simulator);
}

/* --- two formats ---------------------------------------------------------------------------- */

/* Reads one flat object strictly and writes its values as a CSV line, its names as a header. */
static void flatten(const char *json, char *header, char *values)
{
    assert_int_equal(*json++, '{');
    for (char end = ','; end == ',';) {
        assert_int_equal(*json++, '"');
        while (*json != '"')
            *header++ = *json++;
        json++;
        assert_int_equal(*json++, ':');
        bool quoted = *json == '"';
        json += quoted;
        while (quoted ? *json != '"' : *json != ',' && *json != '}') {
            assert_true(quoted ? *json >= ' ' && *json != '\\'
                               : strchr("0123456789.", *json) != NULL);
            *values++ = *json++;
        }
        json += quoted;
        end = *json++;
        *header++ = *values++ = end == ',' ? ',' : '\n';
        assert_true(end == ',' || end == '}');
    }
    *header = *values = '\0';
    assert_string_equal(json, "\n");
}

static void test_twins(void **state)
{
    char csv_line[SIMULATED_RECORD_MAX + 1], json_line[SIMULATED_RECORD_MAX + 1];
    char header[SIMULATED_RECORD_MAX], values[SIMULATED_RECORD_MAX];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct simulator *csv = simulate(profile_names[i], 5, 3000, SIMULATED_CSV);
        struct simulator *json = simulate(profile_names[i], 5, 3000, SIMULATED_JSONL);
        assert_string_equal(simulator_header(json), "");
        for (int record = 0; record < 3000; record++) {
            take(csv, csv_line);
            take(json, json_line);
            flatten(json_line, header, values);
            assert_string_equal(header, simulator_header(csv));
            assert_string_equal(values, csv_line);
        }
        simulator_free(csv);
        simulator_free(json);
    }
}

/* Both text forms of a time appear, with and without the fraction (X8), and are read back. */
static void test_times(void **state)
{
    struct simulator *simulator = simulate("payments", 1, 20000, SIMULATED_CSV);
    unsigned with = 0, without = 0;
    char line[SIMULATED_RECORD_MAX], text[INSTANT_TEXT];
    epoch_ms time, read;
    (void)state;
    for (size_t len; (len = simulator_next(simulator, line, &time)) > 0;) {
        line[len] = '\0';
        assert_int_equal(sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%31[^,]", text), 1);
        assert_int_equal(instant_parse(text, strlen(text), NULL, &read), INSTANT_OK);
        assert_int_equal(read, time);
        (strchr(text, '.') ? &with : &without)[0]++;
    }
    assert_true(with > 19000 && without > 0);
    simulator_free(simulator);
}

/* --- marked records ------------------------------------------------------------------------- */

static void test_marked(void **state)
{
    static const char *const labels[] = {"#900000001 High", "#900000001 612.40 NG",
                                         "#900000001 649.00 London"};
    char line[SIMULATED_RECORD_MAX + 1], other[SIMULATED_RECORD_MAX + 1];
    char label[EVENT_LABEL], text[INSTANT_TEXT];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct simulator *plain = simulate(profile_names[i], 42, 200, SIMULATED_CSV);
        struct simulator *marked = simulate(profile_names[i], 42, 200, SIMULATED_CSV);
        epoch_ms last, now = day_start() + 18 * MS_PER_HOUR;
        for (int record = 0; record < 100; record++) {
            take(plain, line);
            simulator_next(marked, other, &last);
        }
        line[simulator_marked(marked, now, line, label)] = '\0';
        assert_string_equal(label, labels[i]);
        assert_memory_equal(line, "900000001,", 10);
        assert_non_null(strstr(line, instant_format(now, text)));
        /* never behind what was given before it */
        line[simulator_marked(marked, 0, line, label)] = '\0';
        assert_memory_equal(line, "900000002,", 10);
        assert_non_null(strstr(line, instant_format(last, text)));
        for (int record = 100; record < 201; record++) {
            take(plain, line);
            take(marked, other);
            assert_string_equal(line, other);
        }
        simulator_free(plain);
        simulator_free(marked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_lines),
        cmocka_unit_test(test_bytes_are_the_seeds),
        cmocka_unit_test(test_seeds_and_days_differ),
        cmocka_unit_test(test_unknown_profile),
        cmocka_unit_test(test_exactly_so_many_in_the_day),
        cmocka_unit_test(test_daily_curve),
        cmocka_unit_test(test_tickets_open_and_close),
        cmocka_unit_test(test_handling_times),
        cmocka_unit_test(test_next_day),
        cmocka_unit_test(test_payments),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
