/*
 * The three simulated feeds.
 *
 * DESIGN. A record is values between fixed pieces of text; a profile has one list of pieces for CSV
 * and one for JSONL, and one function that puts the values. So both formats carry the same record
 * by construction. Ids and codes are strings in JSON, money is a number.
 */
#include "feeds/profiles.h"

#include <stdio.h>
#include <string.h>

/* --- writing ------------------------------------------------------------------------------- */

struct piece {
    const char *text;
    size_t len;
};

#define PIECE(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

void record_writer_init(struct record_writer *writer, enum simulated_format format)
{
    *writer = (struct record_writer){.format = format, .day_start = INT64_MAX};
}

static char *put_piece(char *at, struct piece piece)
{
    memcpy(at, piece.text, piece.len);
    return at + piece.len;
}

static char *put_text(char *at, const char *text)
{
    return stpcpy(at, text);
}

static char *put_two(char *at, uint32_t value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
    return at + 2;
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    size_t len = 0;
    do {
        digits[sizeof digits - ++len] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(at, digits + sizeof digits - len, len);
    return at + len;
}

static char *put_money(char *at, uint32_t minor)
{
    at = put_number(at, minor / 100);
    *at++ = '.';
    return put_two(at, minor % 100);
}

/* The form that instant_format writes: the fraction stands only when it is not 0 (trap X8). A
 * day's text is made once. */
static char *put_time(char *at, struct record_writer *writer, epoch_ms time)
{
    if (time < writer->day_start || time - writer->day_start >= MS_PER_DAY) {
        writer->day_start = instant_day_start(instant_day(time, NULL), NULL);
        instant_format_date(time, NULL, writer->date);
    }
    uint32_t ms = (uint32_t)(time - writer->day_start);
    uint32_t fraction = ms % MS_PER_SECOND, seconds = ms / MS_PER_SECOND;
    at = put_text(at, writer->date);
    *at++ = 'T';
    at = put_two(at, seconds / 3600);
    *at++ = ':';
    at = put_two(at, seconds / 60 % 60);
    *at++ = ':';
    at = put_two(at, seconds % 60);
    if (fraction > 0) {
        *at++ = '.';
        *at++ = (char)('0' + fraction / 100);
        at = put_two(at, fraction % 100);
    }
    *at++ = 'Z';
    return at;
}

/* --- tickets: a help desk ------------------------------------------------------------------- */

enum { CUSTOMERS = 10000 };
enum priority { HIGH, MEDIUM, LOW };

static const char *const priority_names[] = {"High", "Medium", "Low"};
static const char *const ticket_status_names[] = {"open", "closed"};

/* A quiet night, a morning peak at 09:30, lunch, a lower peak at 14:30, an evening tail. */
static const uint16_t ticket_rates[PROFILE_MARKS] = {
    7,  6,  6,  5,  5,  5,  5,  5,  6,  6,  7,  8,  10, 15, 25, 40, 60, 80, 95, 100, 95, 88, 82, 75,
    62, 50, 52, 66, 80, 86, 82, 76, 70, 62, 50, 40, 32, 27, 24, 21, 19, 17, 15, 13,  11, 9,  8,  7};

/* High 2 : Medium 2 : Low 1 (A1-26). */
static void ticket_draw(struct dice *dice, struct occurrence *out)
{
    static const uint8_t priorities[] = {HIGH, HIGH, MEDIUM, MEDIUM, LOW};
    out->kind = priorities[dice_below(dice, sizeof priorities)];
    out->customer = 1 + dice_below(dice, CUSTOMERS);
    out->status = OCCURRENCE_OPEN;
}

static void ticket_mark(struct occurrence *out)
{
    out->kind = HIGH;
    out->customer = 1;
    out->status = OCCURRENCE_OPEN;
}

static void ticket_label(const struct occurrence *marked, char out[EVENT_LABEL])
{
    snprintf(out, EVENT_LABEL, "#%llu %s", (unsigned long long)marked->id,
             priority_names[marked->kind]);
}

static int64_t ticket_open_for_ms(struct dice *dice, const struct occurrence *ticket)
{
    static const int64_t median_ms[] = {45 * MS_PER_MINUTE, 2 * MS_PER_HOUR, 4 * MS_PER_HOUR};
    return median_ms[ticket->kind] * dice_factor(dice) / DICE_ONE;
}

static size_t ticket_write(struct record_writer *writer, const struct occurrence *ticket,
                           char out[SIMULATED_RECORD_MAX])
{
    static const struct piece pieces[][6] = {
        [SIMULATED_CSV] = {PIECE(""), PIECE(","), PIECE(","), PIECE(","), PIECE(","), PIECE("\n")},
        [SIMULATED_JSONL] = {PIECE("{\"ticket_id\":\""), PIECE("\",\"customer_id\":\""),
                             PIECE("\",\"priority\":\""), PIECE("\",\"submitted_at\":\""),
                             PIECE("\",\"status\":\""), PIECE("\"}\n")}};
    const struct piece *piece = pieces[writer->format];
    char *at = put_piece(out, *piece++);
    at = put_number(at, ticket->id);
    at = put_piece(at, *piece++);
    at = put_number(at, ticket->customer);
    at = put_piece(at, *piece++);
    at = put_text(at, priority_names[ticket->kind]);
    at = put_piece(at, *piece++);
    at = put_time(at, writer, ticket->time);
    at = put_piece(at, *piece++);
    at = put_text(at, ticket_status_names[ticket->status]);
    at = put_piece(at, *piece);
    return (size_t)(at - out);
}

/* --- payments: cards all over the world ----------------------------------------------------- */

enum { USERS = 5000, MERCHANTS = 200, PAYMENT_MIN = 500, PAYMENT_MAX = 85000 };

/* US x4, NG, RU, CN (A1-19). */
static const char *const country_codes[] = {"US", "US", "US", "US", "NG", "RU", "CN"};
enum { COUNTRY_NG = 4 };

/* People pay at noon and most in the evening; a world-wide shop never quite sleeps. */
static const uint16_t payment_rates[PROFILE_MARKS] = {
    40, 35, 30, 26, 23, 21, 20, 20, 20,  21, 23, 26, 30, 35, 41, 47,
    53, 58, 62, 65, 68, 71, 75, 80, 85,  86, 82, 77, 73, 70, 69, 69,
    71, 75, 80, 85, 90, 94, 97, 99, 100, 98, 93, 86, 77, 67, 57, 48};

static void payment_draw(struct dice *dice, struct occurrence *out)
{
    out->customer = 1 + dice_below(dice, USERS);
    out->amount = PAYMENT_MIN + dice_below(dice, PAYMENT_MAX - PAYMENT_MIN + 1);
    out->item = 1 + dice_below(dice, MERCHANTS);
    out->kind = (uint8_t)dice_below(dice, sizeof country_codes / sizeof *country_codes);
}

/* One that a fraud rule for large amounts abroad would see. */
static void payment_mark(struct occurrence *out)
{
    out->customer = 1;
    out->amount = 61240;
    out->item = 1;
    out->kind = COUNTRY_NG;
}

static void payment_label(const struct occurrence *marked, char out[EVENT_LABEL])
{
    snprintf(out, EVENT_LABEL, "#%llu %u.%02u %s", (unsigned long long)marked->id,
             marked->amount / 100, marked->amount % 100, country_codes[marked->kind]);
}

static size_t payment_write(struct record_writer *writer, const struct occurrence *payment,
                            char out[SIMULATED_RECORD_MAX])
{
    static const struct piece pieces[][7] = {
        [SIMULATED_CSV] = {PIECE(""), PIECE(","), PIECE(","), PIECE(","), PIECE(","), PIECE(","),
                           PIECE("\n")},
        [SIMULATED_JSONL] = {PIECE("{\"event_id\":\""), PIECE("\",\"user_id\":\""),
                             PIECE("\",\"amount\":"), PIECE(",\"merchant_id\":\""),
                             PIECE("\",\"timestamp\":\""), PIECE("\",\"country_code\":\""),
                             PIECE("\"}\n")}};
    const struct piece *piece = pieces[writer->format];
    char *at = put_piece(out, *piece++);
    at = put_number(at, payment->id);
    at = put_piece(at, *piece++);
    at = put_number(at, payment->customer);
    at = put_piece(at, *piece++);
    at = put_money(at, payment->amount);
    at = put_piece(at, *piece++);
    at = put_number(at, payment->item);
    at = put_piece(at, *piece++);
    at = put_time(at, writer, payment->time);
    at = put_piece(at, *piece++);
    at = put_text(at, country_codes[payment->kind]);
    at = put_piece(at, *piece);
    return (size_t)(at - out);
}

/* --- orders: a shop ------------------------------------------------------------------------- */

enum { PRODUCTS = 400, PRICE_MIN = 99, PRODUCT_SEED = 1 };
enum order_status { COMPLETED, CANCELLED, RETURNED };

static const char *const region_names[] = {"London", "North", "Midlands",
                                           "South",  "Wales", "Scotland"};
static const char *const order_status_names[] = {"completed", "cancelled", "returned"};

static const struct {
    const char *name;
    uint32_t median_price; /* pence */
} categories[] = {{"Electronics", 18000}, {"Clothing", 4500}, {"Home", 8000},
                  {"Books", 1400},        {"Toys", 2800},     {"Sports", 6000}};
enum { CATEGORIES = sizeof categories / sizeof *categories };

/* Orders are placed in the lunch break and on the sofa. */
static const uint16_t order_rates[PROFILE_MARKS] = {
    22, 16, 12, 9,  7,  6,  5,  5,  5,  6,   7,  9,  12, 17, 24, 32,
    39, 45, 50, 54, 58, 62, 68, 76, 84, 86,  80, 71, 64, 60, 58, 58,
    60, 63, 66, 69, 72, 77, 84, 92, 98, 100, 97, 88, 74, 58, 43, 31};

/* A product always has the same category and price. */
static uint32_t category_of(uint32_t product)
{
    return product % CATEGORIES;
}

static uint32_t price_of(uint32_t product)
{
    struct dice dice;
    dice_seed(&dice, PRODUCT_SEED, product);
    uint32_t pence = categories[category_of(product)].median_price * dice_factor(&dice) / DICE_ONE;
    return pence < PRICE_MIN ? PRICE_MIN : pence;
}

/* Of a hundred orders 88 are completed, 8 cancelled, 4 returned; most are of one piece. */
static void order_draw(struct dice *dice, struct occurrence *out)
{
    static const uint8_t pieces[] = {1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
    out->customer = 1 + dice_below(dice, CUSTOMERS);
    out->item = 1 + dice_below(dice, PRODUCTS);
    out->amount = price_of(out->item) * pieces[dice_below(dice, sizeof pieces)];
    out->kind = (uint8_t)dice_below(dice, sizeof region_names / sizeof *region_names);
    uint32_t fate = dice_below(dice, 100);
    out->status = fate < 88 ? COMPLETED : fate < 96 ? CANCELLED : RETURNED;
}

static void order_mark(struct occurrence *out)
{
    out->customer = 1;
    out->item = CATEGORIES;
    out->amount = 64900;
    out->kind = 0;
    out->status = COMPLETED;
}

static void order_label(const struct occurrence *marked, char out[EVENT_LABEL])
{
    snprintf(out, EVENT_LABEL, "#%llu %u.%02u %s", (unsigned long long)marked->id,
             marked->amount / 100, marked->amount % 100, region_names[marked->kind]);
}

static size_t order_write(struct record_writer *writer, const struct occurrence *order,
                          char out[SIMULATED_RECORD_MAX])
{
    static const struct piece pieces[][9] = {
        [SIMULATED_CSV] = {PIECE(""), PIECE(","), PIECE(","), PIECE(","), PIECE(","), PIECE(","),
                           PIECE(","), PIECE(","), PIECE("\n")},
        [SIMULATED_JSONL] = {PIECE("{\"order_id\":\""), PIECE("\",\"customer_id\":\""),
                             PIECE("\",\"product_id\":\""), PIECE("\",\"order_value_gbp\":"),
                             PIECE(",\"region\":\""), PIECE("\",\"status\":\""),
                             PIECE("\",\"product_category\":\""),
                             PIECE("\",\"order_timestamp\":\""), PIECE("\"}\n")}};
    const struct piece *piece = pieces[writer->format];
    char *at = put_piece(out, *piece++);
    at = put_number(at, order->id);
    at = put_piece(at, *piece++);
    at = put_number(at, order->customer);
    at = put_piece(at, *piece++);
    at = put_number(at, order->item);
    at = put_piece(at, *piece++);
    at = put_money(at, order->amount);
    at = put_piece(at, *piece++);
    at = put_text(at, region_names[order->kind]);
    at = put_piece(at, *piece++);
    at = put_text(at, order_status_names[order->status]);
    at = put_piece(at, *piece++);
    at = put_text(at, categories[category_of(order->item)].name);
    at = put_piece(at, *piece++);
    at = put_time(at, writer, order->time);
    at = put_piece(at, *piece);
    return (size_t)(at - out);
}

/* --- the table ------------------------------------------------------------------------------ */

static const struct profile profiles[] = {
    {.name = "tickets",
     .header = "ticket_id,customer_id,priority,submitted_at,status\n",
     .rates = ticket_rates,
     .natural_per_day = 30000,
     .first_id = 10001,
     .draw = ticket_draw,
     .mark = ticket_mark,
     .label = ticket_label,
     .open_for_ms = ticket_open_for_ms,
     .write = ticket_write},
    {.name = "payments",
     .header = "event_id,user_id,amount,merchant_id,timestamp,country_code\n",
     .rates = payment_rates,
     .natural_per_day = 172800, /* one each 500 ms, on average (A1-23) */
     .first_id = 100000,
     .draw = payment_draw,
     .mark = payment_mark,
     .label = payment_label,
     .write = payment_write},
    {.name = "orders",
     .header = "order_id,customer_id,product_id,order_value_gbp,region,status,product_category,"
               "order_timestamp\n",
     .rates = order_rates,
     .natural_per_day = 20000,
     .first_id = 500001,
     .draw = order_draw,
     .mark = order_mark,
     .label = order_label,
     .write = order_write},
};

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}
