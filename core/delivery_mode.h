#ifndef TAILRACE_CORE_DELIVERY_MODE_H
#define TAILRACE_CORE_DELIVERY_MODE_H
/* What a crash between two commits may do (S-80), by what is made durable first. */
enum delivery_mode {
    DELIVERY_EFFECTIVELY_ONCE, /* positions and memory in one transaction: nothing */
    DELIVERY_AT_LEAST_ONCE,    /* memory, then positions: count the last epoch's records again */
    DELIVERY_AT_MOST_ONCE,     /* positions, then counting: lose the last epoch's records */
};

#endif
