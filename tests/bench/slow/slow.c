/*
 * A planted slowdown, for the test of `make bench-quick`: linked into the program with --wrap, it
 * does idle work for every event that a lane counts, and for every frame that is drawn. It is far
 * more than the tolerance of any path, and far less than one would see.
 */
#include "core/pipeline.h"
#include "tui/view.h"

enum { EACH_EVENT = 400, EACH_FRAME = 1000 * 1000 };

void __real_pipeline_apply(struct pipeline *pipeline, const struct event_block *block);
void __real_pipeline_apply_part(struct pipeline *pipeline, const struct event_block *block,
                                uint32_t from, uint32_t to);
void __real_view_draw(struct cells *cells, const struct frame *frame);

static void idle_work(uint64_t rounds)
{
    for (uint64_t n = 0; n < rounds; n++)
        __asm__("" ::: "memory");
}

void __wrap_pipeline_apply(struct pipeline *pipeline, const struct event_block *block)
{
    idle_work((uint64_t)block->len * EACH_EVENT);
    __real_pipeline_apply(pipeline, block);
}

void __wrap_pipeline_apply_part(struct pipeline *pipeline, const struct event_block *block,
                                uint32_t from, uint32_t to)
{
    idle_work((uint64_t)(to - from) * EACH_EVENT);
    __real_pipeline_apply_part(pipeline, block, from, to);
}

void __wrap_view_draw(struct cells *cells, const struct frame *frame)
{
    idle_work(EACH_FRAME);
    __real_view_draw(cells, frame);
}
