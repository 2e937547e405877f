/*
 * What was remembered since, as one blob named by the place of its first entry; a blob goes when
 * nothing in it is remembered any more, whatever stands before it.
 */
#include "core/dedupe_parts.h"
#include "core/state_parts.h"

void dedupe_saved_fini(struct dedupe_saved *saved)
{
    blob_list_fini(&saved->blobs);
}

enum { ENTRY = sizeof(struct entry), PIECE = 512 /* stay in the nearest cache meanwhile */ };

static void pack_entry(unsigned char *bytes, const struct entry *entry)
{
    const struct entry packed = {.id0 = htole64(entry->id0),
                                 .id1 = htole32(entry->id1),
                                 .time_low = htole32(entry->time_low),
                                 .content = htole32(entry->content),
                                 .stood = htole32(entry->stood)};
    memcpy(bytes, &packed, sizeof packed);
}

static bool is_remembered(const struct entry *entry, epoch_ms floor)
{
    return (entry->id0 | entry->id1) != 0 && dedupe_entry_time(entry) >= floor;
}

/* How many places from this one on, before `last`, stand in one chunk; `*entries`: the first of
 * them, NULL: the chunk was given back. */
static uint64_t run_of(const struct dedupe *dedupe, uint64_t place, uint64_t last,
                       const struct entry **entries)
{
    uint64_t size = (uint64_t)1 << dedupe->chunk_bits, left = size - (place & (size - 1));
    *entries = dedupe_entry(dedupe, place);
    return left < last - place ? left : last - place;
}

/* Those that are not remembered leave their places empty. */
static void put_each(const struct entry *entries, uint64_t len, epoch_ms floor,
                     unsigned char *bytes)
{
    for (uint64_t i = 0; i < len; i++, bytes += ENTRY)
        if (is_remembered(&entries[i], floor))
            pack_entry(bytes, &entries[i]);
        else
            memset(bytes, 0, ENTRY);
}

/* Nearly always all are remembered; their bytes are then what is kept, where the machine's order of
 * bytes is the file's. */
static void put_piece(const struct entry *entries, uint64_t len, epoch_ms floor, struct blob *blob,
                      unsigned char *bytes)
{
    bool all = htole32(1) == 1;
    for (uint64_t i = 0; i < len; i++) {
        bool there = is_remembered(&entries[i], floor);
        epoch_ms time = there ? dedupe_entry_time(&entries[i]) : INT64_MIN;
        blob->newest = time > blob->newest ? time : blob->newest;
        all &= there;
    }
    if (all)
        memcpy(bytes, entries, len * ENTRY);
    else
        put_each(entries, len, floor, bytes);
}

static void put_run(const struct entry *entries, uint64_t len, epoch_ms floor, struct blob *blob,
                    unsigned char *bytes)
{
    if (!entries) {
        memset(bytes, 0, len * ENTRY);
        return;
    }
    for (uint64_t at = 0; at < len; at += PIECE) {
        uint64_t piece = len - at < PIECE ? len - at : PIECE;
        put_piece(entries + at, piece, floor, blob, bytes + at * ENTRY);
    }
}

static void put_entries(const struct dedupe *dedupe, struct blob *blob, epoch_ms floor,
                        struct saver *saver)
{
    key_u64(&saver->key, blob->first);
    unsigned char *bytes = delta_put_room(saver->delta, STATE_ID, saver->key.bytes, saver->key.len,
                                          (blob->last - blob->first) * ENTRY);
    saver->key.len = 0;
    uint64_t len;
    for (uint64_t place = blob->first; place < blob->last; place += len, bytes += len * ENTRY) {
        const struct entry *entries;
        len = run_of(dedupe, place, blob->last, &entries);
        put_run(entries, len, floor, blob, bytes);
    }
}

/* The first place that is remembered; the last one when none is. */
static uint64_t first_remembered(const struct dedupe *dedupe, const struct blob *blob,
                                 epoch_ms floor)
{
    uint64_t place = blob->first;
    const struct entry *entry;
    while (place < blob->last &&
           (!(entry = dedupe_entry(dedupe, place)) || !is_remembered(entry, floor)))
        place++;
    return place;
}

/* Those that came and were forgotten since are not missed. */
static void save_new(struct dedupe_saved *saved, const struct dedupe *dedupe, epoch_ms floor,
                     struct saver *saver)
{
    uint64_t oldest = dedupe->next > dedupe->cap ? dedupe->next - dedupe->cap : 0;
    struct blob blob = {.first = saved->next > oldest ? saved->next : oldest,
                        .last = dedupe->next,
                        .newest = INT64_MIN};
    saved->next = dedupe->next;
    blob.first = first_remembered(dedupe, &blob, floor);
    if (blob.first == blob.last)
        return;
    put_entries(dedupe, &blob, floor, saver);
    blob_list_add(&saved->blobs, &blob);
}

static void forget(struct dedupe_saved *saved, const struct dedupe *dedupe, epoch_ms floor,
                   struct saver *saver)
{
    size_t kept = 0;
    for (size_t b = 0; b < saved->blobs.len; b++) {
        const struct blob *blob = &saved->blobs.entries[b];
        if (blob->newest >= floor && blob->last + dedupe->cap > dedupe->next) {
            saved->blobs.entries[kept++] = *blob;
            continue;
        }
        key_u64(&saver->key, blob->first);
        saver_remove(saver, STATE_ID);
    }
    saved->blobs.len = kept;
}

static uint64_t entries_of(const struct dedupe_saved *saved)
{
    uint64_t entries = 0;
    for (size_t b = 0; b < saved->blobs.len; b++)
        entries += saved->blobs.entries[b].last - saved->blobs.entries[b].first;
    return entries;
}

/* Where records stood: the runs begun since, and those that no blob needs any more. */
static void save_trail(struct dedupe_saved *saved, const struct dedupe *dedupe, uint64_t begun,
                       struct saver *saver)
{
    const struct trail *trail = &dedupe->trail;
    uint64_t oldest = saved->blobs.len > 0 ? saved->blobs.entries[0].first : dedupe->next;
    for (size_t r = 0; r < trail->len; r++) {
        const struct trail_run *run = &trail->runs[r];
        bool needed = r + 1 == trail->len || trail->runs[r + 1].number > oldest;
        if (!needed && run->number >= saved->trail_from && run->number < begun) {
            saved->trail_from = run->number + 1;
            key_u64(&saver->key, run->number);
            saver_remove(saver, STATE_TRAIL);
        }
        if (run->number < begun)
            continue;
        pack_position(&saver->value, &run->first);
        key_u64(&saver->key, run->number);
        saver_put(saver, STATE_TRAIL);
    }
}

static void save_conflicts(const struct id_conflicts *conflicts, struct pack *value)
{
    pack_u64(value, conflicts->total);
    for (uint64_t c = 0; c < ID_CONFLICTS_KEPT && c < conflicts->total; c++) {
        pack_position(value, &conflicts->kept[c].first);
        pack_position(value, &conflicts->kept[c].second);
        pack_u8(value, conflicts->kept[c].first_known);
    }
}

static void restore_conflicts(struct id_conflicts *conflicts, struct unpack *unpack)
{
    conflicts->total = unpack_count(unpack);
    for (uint64_t c = 0; c < ID_CONFLICTS_KEPT && c < conflicts->total; c++) {
        conflicts->kept[c].first = unpack_position(unpack);
        conflicts->kept[c].second = unpack_position(unpack);
        conflicts->kept[c].first_known = unpack_bool(unpack);
    }
}

static bool take_run(void *context, const void *key, size_t key_len, const void *value,
                     size_t value_len)
{
    struct trail *trail = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint64_t number = unkey_u64(&name), len = trail->len;
    struct event_position position = unpack_position(&unpack);
    if (!unpack_done(&name) || !unpack_done(&unpack))
        return false;
    trail_restore(trail, number, &position);
    return trail->len != len || len == TRAIL_RUNS_MAX;
}

void dedupe_state_save(struct dedupe_saved *saved, const struct dedupe *dedupe, epoch_ms watermark,
                       struct saver *saver)
{
    const struct dedupe_counters *counters = &dedupe->counters;
    bool same = memcmp(counters, &saved->counters, sizeof *counters) == 0;
    uint64_t begun = saved->next;
    if (dedupe->next == saved->next && same && dedupe->conflicts.total == saved->conflicts)
        return;
    epoch_ms floor = dedupe_floor(dedupe, watermark);
    if (dedupe->next > saved->next)
        save_new(saved, dedupe, floor, saver);
    forget(saved, dedupe, floor, saver);
    save_trail(saved, dedupe, begun, saver);
    saved->counters = *counters;
    saved->conflicts = dedupe->conflicts.total;
    pack_u64(&saver->value, dedupe->next);
    pack_u64(&saver->value, entries_of(saved));
    pack_i64(&saver->value, dedupe->evicted_newest);
    pack_u64(&saver->value, counters->duplicates);
    pack_u64(&saver->value, counters->evicted);
    pack_u64(&saver->value, counters->behind);
    save_conflicts(&dedupe->conflicts, &saver->value);
    saver_put(saver, STATE_ID);
}

struct taking {
    struct dedupe *dedupe;
    struct dedupe_saved *saved;
    uint64_t next;
};

static bool take_head(struct taking *taking, const void *value, size_t value_len)
{
    struct dedupe *dedupe = taking->dedupe;
    struct unpack unpack = unpack_of(value, value_len);
    taking->next = unpack_count(&unpack);
    dedupe_reserve(dedupe, (size_t)unpack_count(&unpack));
    dedupe->evicted_newest = unpack_time(&unpack);
    dedupe->counters.duplicates = unpack_count(&unpack);
    dedupe->counters.evicted = unpack_count(&unpack);
    dedupe->counters.behind = unpack_count(&unpack);
    restore_conflicts(&dedupe->conflicts, &unpack);
    return unpack_done(&unpack);
}

static struct entry entry_at(const unsigned char *bytes)
{
    struct entry entry;
    memcpy(&entry, bytes, sizeof entry);
    return (struct entry){.id0 = le64toh(entry.id0),
                          .id1 = le32toh(entry.id1),
                          .time_low = le32toh(entry.time_low),
                          .content = le32toh(entry.content),
                          .stood = le32toh(entry.stood)};
}

static bool take_entry(const struct taking *taking, struct blob *blob, const unsigned char *bytes)
{
    struct entry entry = entry_at(bytes);
    uint64_t place = blob->last++;
    if (place >= taking->next)
        return false;
    if ((entry.id0 | entry.id1) == 0 || place + taking->dedupe->cap < taking->next)
        return true;
    if (dedupe_entry_time(&entry) > blob->newest)
        blob->newest = dedupe_entry_time(&entry);
    return dedupe_restore_entry(taking->dedupe, place, &entry);
}

static bool take_entries(const struct taking *taking, struct blob *blob, const unsigned char *bytes,
                         size_t len)
{
    for (size_t at = 0; at < len; at += ENTRY)
        if (!take_entry(taking, blob, bytes + at))
            return false;
    return true;
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len);
    if (key_len == 0)
        return take_head(taking, value, value_len);
    uint64_t first = unkey_u64(&name);
    struct blob blob = {.first = first, .last = first, .newest = INT64_MIN};
    if (!unpack_done(&name) || value_len % ENTRY != 0 || first < taking->dedupe->next)
        return false;
    if (!take_entries(taking, &blob, value, value_len))
        return false;
    blob_list_add(&taking->saved->blobs, &blob);
    return true;
}

enum status dedupe_state_restore(struct dedupe_saved *saved, struct dedupe *dedupe,
                                 const struct restoring *restoring)
{
    struct taking taking = {.dedupe = dedupe, .saved = saved};
    enum status status = restoring_each(restoring, STATE_ID, take, &taking);
    if (status == STATUS_OK)
        dedupe_restored(dedupe, taking.next);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_TRAIL, take_run, &dedupe->trail);
    saved->next = dedupe->next;
    saved->counters = dedupe->counters;
    saved->conflicts = dedupe->conflicts.total;
    return status;
}
