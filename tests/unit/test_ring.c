/*
 * Guards: blocks come out of the ring in order, each once, whole; a full ring refuses, an empty one
 * gives nothing; the exchange always gives the newest published half, whole. Run under
 * ThreadSanitizer, it guards their memory ordering.
 */
#include "tests/unit/support.h"

#include "core/ring.h"
#include "core/snapshot.h"
#include "core/wake.h"

#include <pthread.h>
#include <sched.h>

static void full_and_empty(void **state)
{
    (void)state;
    struct ring *ring = ring_new(2);
    assert_null(ring_peek(ring));
    for (uint32_t n = 1; n <= 2; n++) {
        struct event_block *block = ring_reserve(ring);
        assert_non_null(block);
        block->len = n;
        ring_publish(ring);
    }
    assert_null(ring_reserve(ring));
    assert_int_equal(ring_len(ring), 2);
    assert_int_equal(ring_peek(ring)->len, 1);
    ring_release(ring);
    assert_non_null(ring_reserve(ring));
    assert_int_equal(ring_peek(ring)->len, 2);
    ring_release(ring);
    assert_null(ring_peek(ring));
    ring_free(ring);
}

enum { BLOCKS = 20000 };

static void *produce(void *argument)
{
    struct ring *ring = argument;
    for (uint32_t n = 0; n < BLOCKS;) {
        struct event_block *block = ring_reserve(ring);
        if (!block) {
            sched_yield();
            continue;
        }
        block->len = 2;
        block->begin = n;
        block->events[0].start = n;
        block->events[1].start = n * 3;
        ring_publish(ring);
        n++;
    }
    return NULL;
}

static void two_threads(void **state)
{
    (void)state;
    struct ring *ring = ring_new(4);
    pthread_t producer;
    pthread_create(&producer, NULL, produce, ring);
    for (uint64_t n = 0; n < BLOCKS;) {
        const struct event_block *block = ring_peek(ring);
        if (!block) {
            sched_yield();
            continue;
        }
        assert_int_equal(block->begin, n);
        assert_int_equal(block->events[0].start, n);
        assert_int_equal(block->events[1].start, (uint32_t)n * 3);
        ring_release(ring);
        n++;
    }
    pthread_join(producer, NULL);
    assert_null(ring_peek(ring));
    ring_free(ring);
}

struct half {
    uint64_t number;
    uint64_t copies[64];
};

static void *publish_halves(void *argument)
{
    struct exchange *exchange = argument;
    for (uint64_t n = 1; n <= BLOCKS; n++) {
        struct half *half = exchange_back(exchange);
        half->number = n;
        for (int c = 0; c < 64; c++)
            half->copies[c] = n;
        exchange_publish(exchange);
    }
    return NULL;
}

static void exchange_gives_the_newest_whole(void **state)
{
    (void)state;
    struct exchange *exchange = exchange_new(sizeof(struct half));
    pthread_t writer;
    uint64_t last = 0;
    assert_null(exchange_newest(exchange));
    pthread_create(&writer, NULL, publish_halves, exchange);
    while (last < BLOCKS) {
        const struct half *half = exchange_newest(exchange);
        if (!half)
            continue;
        assert_true(half->number >= last);
        last = half->number;
        for (int c = 0; c < 64; c++)
            assert_int_equal(half->copies[c], last);
    }
    pthread_join(writer, NULL);
    assert_int_equal(((const struct half *)exchange_newest(exchange))->number, BLOCKS);
    exchange_free(exchange);
}

static void *ring_the_bell(void *argument)
{
    wake_ring(argument);
    return NULL;
}

static void a_bell_rung_before_waiting_is_heard(void **state)
{
    (void)state;
    struct wake wake;
    pthread_t ringer;
    wake_init(&wake);
    for (int n = 0; n < 200; n++) {
        wake_clear(&wake);
        pthread_create(&ringer, NULL, ring_the_bell, &wake);
        wake_wait(&wake, WAKE_NEVER); /* hangs when a ring is lost */
        pthread_join(ringer, NULL);
    }
    wake_fini(&wake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_and_empty),
        cmocka_unit_test(two_threads),
        cmocka_unit_test(exchange_gives_the_newest_whole),
        cmocka_unit_test(a_bell_rung_before_waiting_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
