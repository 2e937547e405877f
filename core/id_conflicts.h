#ifndef TAILRACE_CORE_ID_CONFLICTS_H
#define TAILRACE_CORE_ID_CONFLICTS_H
/*
 * Ids that came again with another content, whatever became of them: how many, and where the newest
 * stand (S-41). Plain data; copied into snapshots.
 */
#include "core/event.h"

enum { ID_CONFLICTS_KEPT = 16 };

struct id_conflict {
    struct event_position first; /* the record that the id is remembered of */
    struct event_position second;
    bool first_known; /* not when that was very long ago: core/trail.h */
};

struct id_conflicts { /* zeroed: none */
    uint64_t total;
    struct id_conflict kept[ID_CONFLICTS_KEPT]; /* number n at n % ID_CONFLICTS_KEPT */
};

static inline void id_conflicts_add(struct id_conflicts *conflicts,
                                    const struct id_conflict *conflict)
{
    conflicts->kept[conflicts->total++ % ID_CONFLICTS_KEPT] = *conflict;
}

static inline int id_conflicts_len(const struct id_conflicts *conflicts)
{
    return conflicts->total < ID_CONFLICTS_KEPT ? (int)conflicts->total : ID_CONFLICTS_KEPT;
}

/* The nth newest, from 0, of id_conflicts_len. */
static inline const struct id_conflict *id_conflicts_newest(const struct id_conflicts *conflicts,
                                                            int n)
{
    return &conflicts->kept[(conflicts->total - 1 - (uint64_t)n) % ID_CONFLICTS_KEPT];
}

/* Adds those of what lies behind. */
static inline void id_conflicts_merge(struct id_conflicts *into, const struct id_conflicts *from)
{
    into->total += from->total - (uint64_t)id_conflicts_len(from);
    for (int n = id_conflicts_len(from) - 1; n >= 0; n--)
        id_conflicts_add(into, id_conflicts_newest(from, n));
}

#endif
