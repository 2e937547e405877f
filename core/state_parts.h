#ifndef TAILRACE_CORE_STATE_PARTS_H
#define TAILRACE_CORE_STATE_PARTS_H
/*
 * How each part of a pipeline goes into the state and comes back; core/pipeline_state.c puts them
 * together, nobody else includes it.
 *
 * Saving writes what changed since the last time (S-98): a `..._saved` says what was written then.
 * It never changes the part but for the lists of what is new, which it empties. Restoring fills a
 * part that is fresh; false, or STATUS_DAMAGED, means that these bytes were never saved (D-12), and
 * the part is then only good to be freed.
 *
 * Threads: none; the part's owner.
 */
#include "core/delta.h"
#include "core/pipeline.h"
#include "core/pipeline_state.h"
#include "core/state_bytes.h"

/* Where rows are written; key and value are made, put, and empty again. */
struct saver {
    struct delta *delta;
    struct pack key, value;
};

void saver_put(struct saver *saver, enum state_part part);
void saver_remove(struct saver *saver, enum state_part part);
/* Puts the value under a number, unless it is what was written there last: `*sum` tells; 0: nothing
 * was. */
void saver_put_changed(struct saver *saver, enum state_part part, uint32_t number, uint64_t *sum);

/* What is read back, and what it may refer to. */
struct restoring {
    const struct state_rows *rows;
    size_t symbols_len, tally_len;
    struct error *error;
};

enum status restoring_each(const struct restoring *restoring, enum state_part part,
                           state_take *take, void *context);

/* Things numbered as they came, written in blobs of an epoch, forgotten from the oldest on. */
struct blob {
    uint64_t first, last; /* [first, last) */
    epoch_ms newest;
};

struct blob_list {
    struct blob *entries;
    size_t len, room;
};

void blob_list_fini(struct blob_list *list);
void blob_list_add(struct blob_list *list, const struct blob *blob);
/* The first `gone` of them are no more. */
void blob_list_forget(struct blob_list *list, size_t gone);

/*
 * Things that change and go, written as blobs of what changed in an epoch: what a later blob says
 * of one counts. So that blobs do not gather for ever, all are written once more, some places with
 * each epoch, when what is out of date outweighs the rest; then the blobs before go. The work of an
 * epoch keeps to what it changed (S-98).
 */
struct blob_log {
    uint64_t first, next; /* blobs [first, next) are there */
    uint64_t entries;     /* in them */
    uint64_t sweep;       /* the first blob since the writing once more began */
    uint64_t swept;       /* entries since */
    size_t left, places;  /* still to be written, and when it began; left 0: it is not going on */
};

/* Whether all of `len` are to be written at once, hardly more than the `touched` ones: after
 * blob_log_whole all blobs before are gone. */
bool blob_log_is_whole(size_t touched, size_t len);
void blob_log_whole(struct blob_log *log, enum state_part part, uint8_t tag, struct saver *saver);
/* Whether places are to be swept; `*begins`: now, from all of them on. */
bool blob_log_sweeps(struct blob_log *log, size_t len, size_t places, bool *begins);
/* The saver's value as a blob of this many entries. */
void blob_log_put(struct blob_log *log, enum state_part part, uint8_t tag, uint64_t entries,
                  struct saver *saver);
/* A blob that came back, in order of their keys; its tag was read from `name`. False: it cannot be.
 */
bool blob_log_take(struct blob_log *log, struct unpack *name, uint64_t entries);

/* --- keys and sums --- */

static inline void pack_symbols(struct pack *pack, const symbol *key, int len)
{
    for (int k = 0; k < len; k++)
        pack_u32(pack, key[k]);
}

static inline void unpack_symbols(struct unpack *unpack, symbol *key, int len, size_t symbols_len)
{
    for (int k = 0; k < len; k++) {
        key[k] = unpack_u32(unpack);
        unpack->bad |= key[k] >= symbols_len;
    }
}

static inline void pack_position(struct pack *pack, const struct event_position *position)
{
    pack_u32(pack, position->source);
    pack_u32(pack, position->generation);
    pack_u64(pack, position->start);
}

static inline struct event_position unpack_position(struct unpack *unpack)
{
    struct event_position position = {.source = unpack_u32(unpack)};
    position.generation = unpack_u32(unpack);
    position.start = unpack_count(unpack);
    return position;
}

void pack_values(struct pack *pack, const struct accumulator *values, int len);
void unpack_values(struct unpack *unpack, struct accumulator *values, int len);

/* --- the parts --- */

void symbols_state_save(size_t *saved, struct symbols *symbols, struct saver *saver);
enum status symbols_state_restore(size_t *saved, struct symbols *symbols,
                                  const struct restoring *restoring);

struct outcomes_saved {
    uint64_t read, rejected, skipped_bytes; /* a repair changes no more than `rejected` */
};
void outcome_state_save(struct outcomes_saved *saved, const struct outcomes *outcomes,
                        struct saver *saver);
enum status outcome_state_restore(struct outcomes_saved *saved, struct outcomes *outcomes,
                                  const struct restoring *restoring);

struct watermark_saved {
    uint64_t *sums; /* of what was written, by source */
    size_t len;
    epoch_ms now;
    bool any;
};
void watermark_saved_fini(struct watermark_saved *saved);
void watermark_state_save(struct watermark_saved *saved, const struct watermark *watermark,
                          struct saver *saver);
enum status watermark_state_restore(struct watermark_saved *saved, struct watermark *watermark,
                                    const struct restoring *restoring);

/* A set of ids: `tag` tells it from others. */
struct distinct_saved {
    uint64_t blobs;
};
void distinct_state_save(struct distinct_saved *saved, struct distinct *distinct, uint32_t tag,
                         struct saver *saver);
/* Removes what was written. */
void distinct_state_forget(struct distinct_saved *saved, uint32_t tag, struct saver *saver);
/* Groups are below `groups`. */
enum status distinct_state_restore(struct distinct_saved *saved, struct distinct *distinct,
                                   uint32_t tag, size_t groups, const struct restoring *restoring);

/* A tally: `tag` tells it from others. A row has changed when its count or `open` has. */
struct tally_saved {
    struct tally_mark {
        uint64_t count;
        int64_t open;
    } * rows;
    size_t len, room;
    uint64_t overflowed, refused;
    struct distinct_saved distinct;
};
enum { TALLY_TAG_RARE = 64, TALLY_TAG_PAST = 1024 }; /* from here on they are many and small */
void tally_saved_fini(struct tally_saved *saved);
void tally_state_save(struct tally_saved *saved, struct tally *tally, uint32_t tag,
                      struct saver *saver);
void tally_state_forget(struct tally_saved *saved, uint32_t tag, struct saver *saver);
enum status tally_state_restore(struct tally_saved *saved, struct tally *tally, uint32_t tag,
                                const struct restoring *restoring);
/* Several at once, of tags one behind the other; a place without a tally has no rows. */
struct tally_place {
    struct tally_saved *saved;
    struct tally *tally;
};
enum status tally_state_restore_all(const struct tally_place *places, size_t len, uint32_t first,
                                    const struct restoring *restoring);

struct window_saved {
    struct window_open_mark {
        const struct window_row *row;
        uint64_t born;
    } * open;
    size_t open_len, open_room;
    struct window_id *owners;
    size_t owners_len, owners_room;
    uint64_t serial, finalised, dropped, late, late_made, late_dropped, overflowed;
    epoch_ms watermark;
    bool any;
};
void window_saved_fini(struct window_saved *saved);
void window_state_save(struct window_saved *saved, const struct windows *windows,
                       struct saver *saver);
enum status window_state_restore(struct window_saved *saved, struct windows *windows,
                                 const struct restoring *restoring);
/* window_state_sessions.c: the owners. */
void window_state_save_owners(struct window_saved *saved, const struct windows *windows,
                              struct saver *saver);
enum status window_state_restore_owners(struct window_saved *saved, struct windows *windows,
                                        const struct restoring *restoring);

struct dedupe_saved {
    uint64_t next;
    struct blob_list blobs;
    struct dedupe_counters counters;
    uint64_t conflicts;
    uint64_t trail_from; /* runs before are removed */
};
void dedupe_saved_fini(struct dedupe_saved *saved);
void dedupe_state_save(struct dedupe_saved *saved, const struct dedupe *dedupe, epoch_ms watermark,
                       struct saver *saver);
enum status dedupe_state_restore(struct dedupe_saved *saved, struct dedupe *dedupe,
                                 const struct restoring *restoring);

struct lifecycle_saved {
    struct blob_log tickets;
    uint64_t closings, degraded;
    epoch_ms forgotten;
    struct blob_list blobs;
    bool any;
};
void lifecycle_saved_fini(struct lifecycle_saved *saved);
void lifecycle_state_keep(struct lifecycle *lifecycle);
void lifecycle_state_save(struct lifecycle_saved *saved, struct lifecycle *lifecycle,
                          struct saver *saver);
/* After the tally. */
enum status lifecycle_state_restore(struct lifecycle_saved *saved, struct lifecycle *lifecycle,
                                    const struct restoring *restoring);

struct rules_saved {
    struct rule_mark {
        uint64_t raised, missed;
        uint32_t stamps;
        struct blob_log notes;
        uint64_t known; /* blobs written */
        struct blob_list blobs;
        bool any;
    } rules[RULES_MAX];
};
void rules_saved_fini(struct rules_saved *saved);
void rules_state_keep(struct rules *rules);
void rules_state_save(struct rules_saved *saved, struct rules *rules, struct saver *saver);
enum status rules_state_restore(struct rules_saved *saved, struct rules *rules,
                                const struct restoring *restoring);

struct alert_saved {
    uint64_t sums[BOARD_RECENT + BOARD_EPISODES];
    uint64_t taken, retracted;
};
void alert_state_save(struct alert_saved *saved, const struct alert_board *board,
                      struct saver *saver);
enum status alert_state_restore(struct alert_saved *saved, struct alert_board *board,
                                const struct restoring *restoring);

struct rare_saved {
    struct rare_day_saved {
        int32_t day;
        bool used;
        struct tally_saved kinds[RARE_KINDS];
    } days[RARE_DAYS];
    int32_t lost_before, lost_from;
    bool any;
};
void rare_saved_fini(struct rare_saved *saved);
void rare_state_save(struct rare_saved *saved, const struct rare *rare, struct saver *saver);
enum status rare_state_restore(struct rare_saved *saved, struct rare *rare,
                               const struct restoring *restoring);

struct past_saved {
    struct tally_saved places[PAST_DAYS];
    int32_t day[PAST_DAYS];
    uint64_t dropped, missed;
    int32_t from;
};
void past_saved_fini(struct past_saved *saved);
void past_days_state_save(struct past_saved *saved, struct past_days *past, struct saver *saver);
enum status past_days_state_restore(struct past_saved *saved, struct past_days *past,
                                    const struct restoring *restoring);

struct window_watch_saved {
    uint64_t windows, late;
    uint64_t corrections[SNAPSHOT_CORRECTIONS];
};
void window_watch_state_save(struct window_watch_saved *saved, const struct window_watch *watch,
                             struct saver *saver);
enum status window_watch_state_restore(struct window_watch_saved *saved, struct window_watch *watch,
                                       const struct restoring *restoring);

#endif
