#ifndef TAILRACE_CORE_RARE_PARTS_H
#define TAILRACE_CORE_RARE_PARTS_H
/* Private to core/rare*.c. */
#include "core/rare.h"

struct rare_day {
    int32_t day;
    bool used;
    struct tally *kinds[RARE_KINDS]; /* NULL: none yet */
};

struct rare {
    struct rare_config config;
    struct rare_day days[RARE_DAYS];
    int32_t lost_before, lost_from;      /* days outside [lost_before, lost_from) are not whole */
    struct windows *windows[RARE_KINDS]; /* NULL: not kept */
    struct rare_place *places;
    size_t places_len, places_room;
    uint64_t places_overflowed;
};

/* The groups of a kind, made when they are not there. */
struct tally *rare_make(struct rare *rare, struct rare_day *day, enum rare_kind kind);

#endif
