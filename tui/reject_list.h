#ifndef TAILRACE_TUI_REJECT_LIST_H
#define TAILRACE_TUI_REJECT_LIST_H
/*
 * Records that were not counted as they stood, for `tailrace rejects`: their groups, and where they
 * come from one by one, by kind, reason and position: a state, or a list made while a feed was
 * read.
 *
 * A list is bounded: LIST_RECORDS records, LIST_BYTES of theirs; what exceeds it is counted, and is
 * in the groups all the same.
 *
 * Threads: none; one owner at a time.
 */
#include "core/reject_log.h"
#include "core/store.h"

enum { LIST_RECORDS = 1 << 20, LIST_BYTES = 256 << 20 };

/* Where records come from; every pass gives the same ones. */
struct reject_source {
    enum status (*each)(void *self, store_take_reject *take, void *context, struct error *error);
    const char *(*name)(void *self, uint32_t source); /* of its file; NULL: not known */
    void *self;
};

struct reject_groups { /* zeroed: empty */
    struct reject_log log;
    struct reject_bytes {
        bool kept;
        size_t len;
        char bytes[STORE_REJECT_BYTES];
    } examples[REJECT_GROUPS]; /* of the newest of each group */
    uint64_t kinds[STATE_REJECTS];
    uint64_t not_kept; /* records without their bytes */
};

/* A store_take_reject: adds the record; `context` is the groups. */
bool reject_groups_add(void *context, const struct store_reject *reject);

/* By kind and reason, as records come from a source. */
void reject_groups_sort(struct reject_groups *groups);

struct reject_list;

struct reject_list *reject_list_new(void);
void reject_list_free(struct reject_list *list); /* accepts NULL */
/* Copies the record. */
void reject_list_add(struct reject_list *list, const struct store_reject *reject);
/* Before the first pass. */
void reject_list_sort(struct reject_list *list);
/* The `each` of a source; `self` is the list. */
enum status reject_list_each(void *self, store_take_reject *take, void *context,
                             struct error *error);
/* Records that the list had no room for. */
uint64_t reject_list_beyond(const struct reject_list *list);

#endif
