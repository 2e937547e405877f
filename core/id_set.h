#ifndef TAILRACE_CORE_ID_SET_H
#define TAILRACE_CORE_ID_SET_H
/*
 * The newest of a row of ids, to know whether one came before: for the log of alerts, which holds
 * each id once (S-71).
 *
 * Bounded by id_set_trim: once the newer half holds `each`, the older one goes. Between two calls
 * nothing is given up. What is no longer held is the caller's to look for elsewhere (`dropped`).
 * Where an id stands depends on a random number, so no feed can aim at one place (D-08).
 *
 * Cost: 11 to 22 bytes an id. Ids come in no order: id_set_prefetch some ids earlier.
 *
 * Threads: none; one owner.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_set {
    struct id_set_half {
        uint64_t *slots; /* 0: empty */
        size_t len, room;
    } young, old;
    size_t each;
    uint64_t spread;  /* random, odd */
    uint64_t dropped; /* ids given up */
};

void id_set_init(struct id_set *set, size_t each);
void id_set_fini(struct id_set *set);

/* Room for this many more, so that none of them makes it grow. */
void id_set_reserve(struct id_set *set, size_t ids);
/* Brings nearer what looking for it needs. */
void id_set_prefetch(const struct id_set *set, uint64_t id);
/* Gives up the older half, if the newer one is full. */
void id_set_trim(struct id_set *set);
bool id_set_has(const struct id_set *set, uint64_t id);
/* False: it is there already. */
bool id_set_add(struct id_set *set, uint64_t id);

#endif
