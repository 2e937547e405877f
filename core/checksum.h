#ifndef TAILRACE_CORE_CHECKSUM_H
#define TAILRACE_CORE_CHECKSUM_H
/*
 * A fast sum over bytes of our own, to find those that a disk or a cable changed (D-12). Whatever
 * changes within one word of 8 bytes is always found. No secret: who wants two texts of one sum can
 * make them; core/siphash.h is for that.
 *
 * Threads: none.
 */
#include <stddef.h>
#include <stdint.h>

uint64_t checksum(const void *bytes, size_t len);

#endif
