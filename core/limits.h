#ifndef TAILRACE_CORE_LIMITS_H
#define TAILRACE_CORE_LIMITS_H
/*
 * Where an answer met a limit, and what that cost: nothing is given up in silence (D-05, D-06,
 * D-07). Everything else of the answer is exact. Pure; the caller's thread.
 */
#include "core/watermark.h"

#include <stdbool.h>
#include <stdint.h>

struct pipeline;
struct symbols;

#define LIMITS_LIST(X)                                                                             \
    X(LIMIT_GROUPS, "groups")  /* events counted in the group (other) (S-15) */                    \
    X(LIMIT_TEXTS, "texts")    /* texts of keys for which there was no room: they are (other) */   \
    X(LIMIT_LONG, "long_keys") /* keys too long to be told apart behind their first 250 bytes */   \
    X(LIMIT_OPEN, "open")      /* openings of doubt: `open` may be off by as many */               \
    X(LIMIT_DISTINCT, "distinct") /* `distinct` is too low by at most as many */                   \
    X(LIMIT_IDS, "ids")           /* ids given up within their horizon (S-42) */                   \
    X(LIMIT_WINDOWS, "windows")   /* events that no window listed holds */                         \
    X(LIMIT_ALERTS, "alerts")     /* what no rule could judge */

#define LIMITS_ENUM(code, text) code,
enum limit { LIMITS_LIST(LIMITS_ENUM) LIMIT_COUNT };
#undef LIMITS_ENUM

struct limits {
    uint64_t met[LIMIT_COUNT];  /* 0: not met */
    struct watermark_held held; /* far ones that did not move the watermark (S-61) */
};

/* "groups" and so on. */
const char *limit_text(enum limit limit);

/* `windows`: they are part of the answer. */
struct limits limits_of(const struct pipeline *pipeline, const struct symbols *symbols,
                        bool windows);
/* Whether any was met; what waits ahead of the watermark is none. */
bool limits_degraded(const struct limits *limits);

#endif
