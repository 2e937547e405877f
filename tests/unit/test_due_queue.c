/*
 * Protects: what is due comes soonest first, whatever order it was queued in: rising, falling, in
 * runs, at random; against a list searched from end to end, with entries swept out between.
 */
#include "tests/unit/support.h"

#include "core/due_queue.h"

enum { ROOM = 200, STEPS = 200000 };

static struct due list[ROOM];
static int list_len;

static bool holds(const void *context, const struct due *due)
{
    const uint32_t *gone = context;
    return due->note % 4 != *gone;
}

static void sweep(struct due_queue *queue, uint32_t gone)
{
    int kept = 0;
    for (int i = 0; i < list_len; i++)
        if (holds(&gone, &list[i]))
            list[kept++] = list[i];
    list_len = kept;
    due_queue_sweep(queue, holds, &gone);
}

static epoch_ms least(void)
{
    epoch_ms time = INT64_MAX;
    for (int i = 0; i < list_len; i++)
        time = list[i].time < time ? list[i].time : time;
    return time;
}

/* Takes this very entry out of the list. */
static void take(const struct due *due)
{
    for (int i = 0; i < list_len; i++)
        if (list[i].note == due->note) {
            assert_int_equal(list[i].time, due->time);
            list[i] = list[--list_len];
            return;
        }
    fail_msg("nobody queued %u", (unsigned)due->note);
}

static epoch_ms next_time(uint64_t *seed, epoch_ms step)
{
    switch (step / 1000 % 4) {
    case 0: /* rising, a little out of order, from two clocks */
        return step + (step & 1) * 500 + random_below(seed, 4);
    case 1:
        return -step;
    case 2:
        return random_below(seed, 1000);
    default:
        return step / 100;
    }
}

static void soonest_comes_first(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct due_queue queue;
    due_queue_init(&queue);
    for (epoch_ms step = 0; step < STEPS; step++) {
        bool filling = step / 300 % 2 == 0;
        if (list_len < ROOM && random_below(&seed, 5) < (filling ? 4 : 1)) {
            struct due due = {.time = next_time(&seed, step), .note = (uint32_t)step};
            due_queue_add(&queue, due);
            list[list_len++] = due;
        } else if (list_len > 0) {
            take(due_queue_first(&queue));
            due_queue_drop_first(&queue);
        }
        if (random_below(&seed, 500) == 0)
            sweep(&queue, random_below(&seed, 4));
        const struct due *first = due_queue_first(&queue);
        assert_int_equal(queue.len, list_len);
        assert_int_equal(queue.least, least());
        assert_int_equal(first ? first->time : INT64_MAX, least());
    }
    due_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(soonest_comes_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
