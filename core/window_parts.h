#ifndef TAILRACE_CORE_WINDOW_PARTS_H
#define TAILRACE_CORE_WINDOW_PARTS_H
/*
 * What the files of window share among themselves; nobody else includes it.
 *
 *     window.c          the life of a row: added to, due, told, final; tumbling and hopping
 *     window_session.c  which sessions an event joins
 *     window_rows.c     where rows are: memory, index, the heap of what is due, oldest-first lists
 */
#include "core/window.h"

/* Rows of one size in chunks that never move; what is let go is used again. */
struct window_pool {
    size_t stride_bytes;
    char **chunks;
    size_t chunks_len;
    size_t used; /* rows of the newest chunk handed out */
    struct window_row *spare;
};

void window_pool_init(struct window_pool *pool, int values_len);
void window_pool_fini(struct window_pool *pool);
/* Zeroed, with this id. */
struct window_row *window_pool_take(struct window_pool *pool, const struct window_id *id);
void window_pool_give(struct window_pool *pool, struct window_row *row);

/* Things that begin with a struct window_id, found by it. Open addressing. Start times are chosen
 * by the feed, so the hash is keyed (D-08). */
struct window_index {
    struct window_id **slots; /* a power of two; NULL is empty */
    size_t size, len;
    int keys_len;
    uint64_t key, factor;
};

void window_index_init(struct window_index *index, int keys_len);
void window_index_fini(struct window_index *index);
void window_index_clear(struct window_index *index);
/* The thing with this id, or NULL. */
struct window_id *window_index_find(const struct window_index *index, const struct window_id *id);
void window_index_put(struct window_index *index, struct window_id *id);          /* not in it */
void window_index_remove(struct window_index *index, const struct window_id *id); /* in it */

/* Rows not final, the next one due on top. */
struct window_heap {
    struct window_row **rows;
    size_t len, room;
};

/* Rows that nothing happens to any more, oldest first. */
struct window_list {
    struct window_row *head, *tail;
    size_t len;
};

void window_list_append(struct window_list *list, struct window_row *row);
struct window_row *window_list_take(struct window_list *list); /* the oldest; len > 0 */

/* The sessions of one key. */
struct session_owner {
    struct window_id id; /* start 0 */

    struct window_row **rows; /* open, ascending: [begin, begin + len) of room */
    size_t begin, len, room;

    epoch_ms barrier;     /* events up to it are too late */
    epoch_ms final_start; /* of the latest final session, which ends at the barrier */
    bool has_final;

    bool queued; /* in the list of guards, until W >= forget_at */
    epoch_ms forget_at;
    struct session_owner *older, *newer;

    uint64_t changed; /* about the serial of the last change */
    uint64_t guard;   /* its number in the list of guards, ascending */
};

enum { WINDOWS_NEAR = 64 };

struct windows {
    struct window_config config;
    int keys_len, values_len;
    int64_t slide_ms; /* tumbling: the size */
    epoch_ms watermark;
    struct window_counters counters; /* those of rows now are made when asked for */
    size_t settling;

    struct window_pool pool;
    struct window_index open; /* rows not final by their id; sessions: owners by their key */
    struct window_heap heap;
    struct window_list finals;
    struct window_list late;
    struct window_index late_index;
    struct window_row *before; /* room for a row as it was */

    struct window_row *near[WINDOWS_NEAR]; /* rows found of late, some of them gone meanwhile */

    epoch_ms primary, primary_until; /* the last event's: those in between have the same */
    struct session_owner *guard_old, *guard_new; /* owners whose barrier guards a final session */
    size_t guards_len;
    uint64_t guards_made;
};

/* end + A without overflow. */
static inline epoch_ms window_final_at(const struct windows *windows, epoch_ms end)
{
    int64_t lateness = windows->config.lateness_ms;
    return end > INT64_MAX - lateness ? INT64_MAX : end + lateness;
}

int window_compare_keys(const struct windows *windows, const symbol a[EVENT_KEYS_MAX],
                        const symbol b[EVENT_KEYS_MAX]);

void window_heap_push(struct windows *windows, struct window_row *row);
void window_heap_remove(struct windows *windows, struct window_row *row);
/* Puts the row where it belongs after its due, state, end or start changed. */
void window_heap_moved(struct windows *windows, struct window_row *row);

/* A new open row, in the heap, counting nothing yet; NULL when open_cap is met. */
struct window_row *window_open(struct windows *windows, const struct window_id *id, epoch_ms end);
/* Lets go of an open row. */
void window_close(struct windows *windows, struct window_row *row);
/* Provisional or settling by its end and W; the heap follows. */
void window_settle(struct windows *windows, struct window_row *row);

void window_add_event(const struct windows *windows, struct window_row *row,
                      const struct event *event);
void window_add_row(const struct windows *windows, struct window_row *row,
                    const struct window_row *from);
void window_add_late(struct windows *windows, const struct window_id *id, epoch_ms end,
                     const struct event *event);
void window_copy(const struct windows *windows, struct window_row *into,
                 const struct window_row *from);
void window_tell(struct windows *windows, enum window_change_kind kind,
                 const struct window_row *before, const struct window_row *after);

/* Sessions. */
enum window_fate window_session_add(struct windows *windows, const struct event *event,
                                    const symbol key[EVENT_KEYS_MAX]);
/* Joins `from`, made of events from its start to its end - gap, to the sessions of its key; its
 * events are not late. */
void window_session_merge(struct windows *windows, const struct window_row *from);
/* The row became final at its due: from here on its gap is out of reach. */
void window_session_finalised(struct windows *windows, const struct window_row *row);
/* Lets go of keys that no event can meet any more at this watermark. */
void window_session_forget(struct windows *windows, epoch_ms watermark);
void window_session_clear(struct windows *windows);

/* The state. NULL: the key has an owner already. The guards are queued in their order. */
struct session_owner *window_session_restore_owner(struct windows *windows,
                                                   const struct session_owner *saved);
void window_session_restore_guard(struct windows *windows, struct session_owner *owner);
/* An open row is its owner's; false: nobody's, or it meets another. */
bool window_session_restore(struct windows *windows, struct window_row *row);

#endif
