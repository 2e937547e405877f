#ifndef TAILRACE_FEEDS_DICE_H
#define TAILRACE_FEEDS_DICE_H
/*
 * Seeded chance, the same on every machine: integers only, no libm, no rand(). Not for secrets.
 *
 * One dice is one stream. Streams of the same seed are independent, so what one part of a
 * simulation draws does not move what another part draws.
 */
#include <stdint.h>

struct dice {
    uint64_t state;
};

enum { DICE_MEAN = 1 << 16, DICE_ONE = 1 << 10 };

void dice_seed(struct dice *dice, uint64_t seed, uint64_t stream);

/* 64 random bits. */
uint64_t dice_roll(struct dice *dice);

/* 0 … below-1, below > 0. */
uint32_t dice_below(struct dice *dice, uint32_t below);

/* The gap to the next of events that come independently: exponential, mean DICE_MEAN, >= 1. */
uint32_t dice_gap(struct dice *dice);

/* A factor for what varies by multiples (durations, prices): lognormal, median DICE_ONE; nine in
 * ten lie within a quarter and four times of it, all within a fourteenth and fourteen times. */
uint32_t dice_factor(struct dice *dice);

#endif
