/*
 * The log of alerts (S-71): those of an epoch are one row, named by the number of the first, since
 * a feed can raise as many alerts as it has events. Ids stand apart from the texts, so that knowing
 * which are there is quick.
 *
 * The newest ids are held in memory; those before, in a very long log, are read whenever an epoch
 * has alerts. Ids and texts have sums of their own, and numbers leave no gap: a row that was
 * changed, moved or lost is found when the log is read (D-12).
 */
#include "core/state_bytes.h"
#include "core/store_parts.h"

#include <stdlib.h>

enum { ENTRY = 9 /* id, and whether it is taken back */, AHEAD = 16, FEW = 8, LOOKS = 16 };

/* An alert and what takes it back are two entries. */
static uint64_t name_of(uint64_t id, bool retracted)
{
    return retracted ? ~id : id;
}

static uint64_t sum_of(uint64_t number, const void *bytes, size_t len)
{
    number = htole64(number);
    return store_sum(0, &number, sizeof number, bytes, len);
}

/* --- reading --- */

/* One row, at most to the end of the log. */
struct alert_row {
    uint64_t number;
    const unsigned char *ids;
    size_t len; /* entries */
};

static void id_at(const struct alert_row *row, size_t entry, struct delta_alert *alert)
{
    struct unpack unpack = unpack_of(row->ids + entry * ENTRY, ENTRY);
    alert->id = unpack_u64(&unpack);
    alert->retracted = unpack_u8(&unpack) != 0;
}

static bool row_is_sound(sqlite3_stmt *statement, struct alert_row *row)
{
    row->number = (uint64_t)sqlite3_column_int64(statement, 0);
    row->ids = sqlite3_column_blob(statement, 2);
    size_t bytes = (size_t)sqlite3_column_bytes(statement, 2);
    row->len = bytes / ENTRY;
    return row->len > 0 && bytes % ENTRY == 0 &&
           sum_of(row->number, row->ids, bytes) == (uint64_t)sqlite3_column_int64(statement, 1);
}

typedef bool take_row(void *context, sqlite3_stmt *statement, const struct alert_row *row);

/* Rows from the one that holds `number` on, to the newest. `take` returns false for what was not
 * written so, or ends it at a number: SQLITE_OK, STORE_NOT_WRITTEN, or a result of SQLite's. */
static int each_row(struct store *store, enum statement which, uint64_t number, take_row *take,
                    void *context)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (!statement)
        return sqlite3_errcode(store->db);
    sqlite3_bind_int64(statement, 1, (int64_t)number);
    uint64_t next = 0;
    int result;
    bool sound = true;
    while (sound && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct alert_row row;
        sound = row_is_sound(statement, &row) && (next == 0 || row.number == next) &&
                (next != 0 || row.number == 1 || row.number <= number) &&
                take(context, statement, &row);
        next = row.number + row.len;
    }
    sqlite3_reset(statement);
    if (sound && result != SQLITE_DONE)
        return result;
    bool whole = next == store->head.alerts + 1 || (next == 0 && store->head.alerts == 0);
    return sound && whole ? SQLITE_OK : STORE_NOT_WRITTEN;
}

static enum status read_status(struct store *store, int result, struct error *error)
{
    if (result == SQLITE_OK)
        return STATUS_OK;
    return result == STORE_NOT_WRITTEN ? store_damaged(store, error)
                                       : store_read_failed(store, result, error);
}

struct telling {
    uint64_t behind;
    store_take_alert *take;
    void *context;
};

/* Texts are there for all of a row or for none. */
static bool tell_row(void *context, sqlite3_stmt *statement, const struct alert_row *row)
{
    const struct telling *telling = context;
    const void *texts = sqlite3_column_blob(statement, 4);
    size_t bytes = (size_t)sqlite3_column_bytes(statement, 4);
    struct unpack unpack = unpack_of(texts, bytes);
    if (sum_of(row->number, texts, bytes) != (uint64_t)sqlite3_column_int64(statement, 3))
        return false;
    for (size_t a = 0; a < row->len; a++) {
        size_t len = bytes > 0 ? unpack_u32(&unpack) : 0;
        if (unpack.bad || len > unpack.left)
            return false;
        if (row->number + a > telling->behind)
            telling->take(telling->context, row->number + a, unpack.at, len);
        unpack.at = len > 0 ? unpack.at + len : unpack.at;
        unpack.left -= len;
    }
    return unpack_done(&unpack);
}

enum status store_each_alert(struct store *store, uint64_t number, store_take_alert *take,
                             void *context, struct error *error)
{
    struct telling telling = {.behind = number, .take = take, .context = context};
    if (number >= store->head.alerts)
        return STATUS_OK;
    return read_status(store, each_row(store, SQL_EACH_TEXTS, number + 1, tell_row, &telling),
                       error);
}

struct looking {
    uint64_t id;
    bool found;
};

static bool look_in_row(void *context, sqlite3_stmt *statement, const struct alert_row *row)
{
    struct looking *looking = context;
    struct delta_alert alert;
    (void)statement;
    for (size_t a = 0; a < row->len; a++) {
        id_at(row, a, &alert);
        looking->found |= alert.id == looking->id;
    }
    return true;
}

bool store_has_alert(struct store *store, uint64_t id)
{
    struct looking looking = {.id = id};
    each_row(store, SQL_EACH_ALERTS, 0, look_in_row, &looking);
    return looking.found;
}

uint64_t store_last_alert(struct store *store)
{
    return store->head.alerts;
}

/* --- what is known --- */

static bool know_row(void *context, sqlite3_stmt *statement, const struct alert_row *row)
{
    struct id_set *known = context;
    struct delta_alert alert;
    (void)statement;
    for (size_t a = 0; a < row->len; a++) {
        id_at(row, a + AHEAD < row->len ? a + AHEAD : a, &alert);
        id_set_prefetch(known, name_of(alert.id, alert.retracted));
        id_at(row, a, &alert);
        id_set_add(known, name_of(alert.id, alert.retracted));
    }
    return true;
}

/* Once. */
static int know_newest(struct store *store)
{
    uint64_t last = store->head.alerts, each = store->alerts_known.each;
    uint64_t from = last > each ? last - each : 0;
    id_set_reserve(&store->alerts_known, (size_t)(last - from));
    int result = each_row(store, SQL_EACH_ALERTS, from + 1, know_row, &store->alerts_known);
    store->alerts_read = result == SQLITE_OK;
    store->alerts_before = from > 0;
    return result;
}

void store_forget_alerts(struct store *store)
{
    id_set_fini(&store->alerts_known);
    store->alerts_read = false;
}

struct recalling {
    struct id_set *known;
    struct id_set wanted;
};

static bool recall_row(void *context, sqlite3_stmt *statement, const struct alert_row *row)
{
    struct recalling *recalling = context;
    struct delta_alert alert;
    (void)statement;
    for (size_t a = 0; a < row->len; a++) {
        id_at(row, a, &alert);
        uint64_t name = name_of(alert.id, alert.retracted);
        if (id_set_has(&recalling->wanted, name))
            id_set_add(recalling->known, name);
    }
    return true;
}

static void want(struct id_set *wanted, const struct delta *delta)
{
    struct delta_entry entry;
    struct delta_alert alert;
    for (size_t at = 0; delta_next(delta, &at, &entry);)
        for (size_t a = 0; entry.head.op == DELTA_ALERTS && delta_next_alert(&entry, &a, &alert);)
            id_set_add(wanted, name_of(alert.id, alert.retracted));
}

/* Looking through the log for a few, as at the end of a run that goes on, is less work than to know
 * all of it; unless it goes on so. */
static bool are_few(struct store *store, const struct id_set *wanted)
{
    return wanted->young.len < store->head.alerts / FEW && store->alerts_looks++ < LOOKS;
}

/* Those of an epoch's alerts that are in the log are known then. */
static int recall(struct store *store, const struct delta *delta)
{
    struct recalling recalling = {.known = &store->alerts_known};
    int result = SQLITE_OK;
    if (store->head.alerts == 0) {
        store->alerts_read = true;
        return SQLITE_OK;
    }
    id_set_init(&recalling.wanted, SIZE_MAX);
    want(&recalling.wanted, delta);
    bool few = !store->alerts_read && are_few(store, &recalling.wanted);
    if (!store->alerts_read && !few)
        result = know_newest(store);
    id_set_trim(&store->alerts_known);
    bool beyond = store->alerts_before || store->alerts_known.dropped > 0;
    if (result == SQLITE_OK && (few || beyond))
        result = each_row(store, SQL_EACH_ALERTS, 0, recall_row, &recalling);
    id_set_fini(&recalling.wanted);
    return result;
}

/* --- writing --- */

static void note(struct alerts_new *alerts, const struct delta_alert *alert)
{
    if (alerts->len == alerts->room) {
        alerts->room = alerts->room ? alerts->room * 2 : 64;
        alerts->entries = mem_resize(alerts->entries, alerts->room * sizeof *alerts->entries);
    }
    alerts->entries[alerts->len++] = *alert;
    alerts->texts += alert->len;
}

/* Where they come from memory in any order: a few ahead are asked for. */
static void take_new(struct commit *commit, const struct delta_entry *entry)
{
    struct id_set *known = &commit->store->alerts_known;
    struct delta_alert alert, ahead;
    size_t at = 0, at_ahead = 0;
    for (int a = 0; a < AHEAD && delta_next_alert(entry, &at_ahead, &ahead); a++)
        id_set_prefetch(known, name_of(ahead.id, ahead.retracted));
    while (delta_next_alert(entry, &at, &alert)) {
        if (delta_next_alert(entry, &at_ahead, &ahead))
            id_set_prefetch(known, name_of(ahead.id, ahead.retracted));
        if (id_set_add(known, name_of(alert.id, alert.retracted)))
            note(&commit->alerts, &alert);
    }
}

static void pack_alerts(const struct alerts_new *alerts, struct pack *ids, struct pack *texts)
{
    for (size_t a = 0; a < alerts->len; a++) {
        const struct delta_alert *alert = &alerts->entries[a];
        pack_u64(ids, alert->id);
        pack_u8(ids, alert->retracted);
        if (alerts->texts == 0)
            continue;
        pack_u32(texts, (uint32_t)alert->len);
        pack_bytes(texts, alert->text, alert->len);
    }
}

static int put_row(struct commit *commit, const struct pack *ids, const struct pack *texts)
{
    uint64_t number = commit->head.alerts + 1;
    sqlite3_stmt *statement = store_prepare(commit->store, SQL_ALERTS);
    if (!statement)
        return sqlite3_errcode(commit->store->db);
    sqlite3_bind_int64(statement, 1, (int64_t)number);
    sqlite3_bind_int64(statement, 2, (int64_t)commit->head.epoch);
    sqlite3_bind_int64(statement, 3, (int64_t)sum_of(number, ids->bytes, ids->len));
    store_bind_blob(statement, 4, ids->bytes, ids->len);
    sqlite3_bind_int64(statement, 5, (int64_t)sum_of(number, texts->bytes, texts->len));
    store_bind_blob(statement, 6, texts->bytes, texts->len);
    commit->head.alerts += commit->alerts.len;
    return store_run(commit->store, SQL_ALERTS);
}

static bool has_alerts(const struct delta *delta)
{
    struct delta_entry entry;
    for (size_t at = 0; delta_next(delta, &at, &entry);)
        if (entry.head.op == DELTA_ALERTS)
            return true;
    return false;
}

int store_put_alerts(struct commit *commit, const struct delta *delta)
{
    struct store *store = commit->store;
    struct delta_entry entry;
    if (!has_alerts(delta))
        return SQLITE_OK;
    int result = recall(store, delta);
    for (size_t at = 0; result == SQLITE_OK && delta_next(delta, &at, &entry);)
        if (entry.head.op == DELTA_ALERTS)
            take_new(commit, &entry);
    if (result != SQLITE_OK || commit->alerts.len == 0)
        return result;
    struct pack ids = {.len = 0}, texts = {.len = 0};
    pack_alerts(&commit->alerts, &ids, &texts);
    result = put_row(commit, &ids, &texts);
    free(ids.bytes);
    free(texts.bytes);
    return result;
}

/* --- telling --- */

void store_tell_alerts(struct store *store, store_take_alert *take, void *context)
{
    store->alert_taken = take;
    store->alert_context = context;
}

void store_tell(const struct commit *commit)
{
    const struct store *store = commit->store;
    const struct alerts_new *alerts = &commit->alerts;
    uint64_t number = commit->head.alerts - alerts->len;
    for (size_t a = 0; a < alerts->len && store->alert_taken; a++)
        store->alert_taken(store->alert_context, ++number, alerts->entries[a].text,
                           alerts->entries[a].len);
}
