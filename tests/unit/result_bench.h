#ifndef TAILRACE_TESTS_RESULT_BENCH_H
#define TAILRACE_TESTS_RESULT_BENCH_H
/* Two batch runs that must have found the same, each closing by itself (S-03). */
#include "tests/unit/support.h"

#include "core/batch_run.h"

static inline void assert_same(const struct batch_result *a, const struct batch_result *b)
{
    const struct pipeline *p = &a->pipeline, *q = &b->pipeline;
    assert_memory_equal(&p->outcomes, &q->outcomes, sizeof p->outcomes);
    assert_true(outcomes_close(&p->outcomes));
    assert_int_equal(tally_len(p->tally), tally_len(q->tally));
    for (size_t i = 0; i < tally_len(p->tally); i++)
        assert_memory_equal(tally_row(p->tally, i), tally_row(q->tally, i),
                            sizeof(struct tally_row));
    assert_int_equal(a->marks_len, b->marks_len);
    assert_int_equal(a->marks[0].end, b->marks[0].end);
    assert_int_equal(a->bytes, b->bytes);
}

#endif
