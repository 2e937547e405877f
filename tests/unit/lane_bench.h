#ifndef TAILRACE_TESTS_UNIT_LANE_BENCH_H
#define TAILRACE_TESTS_UNIT_LANE_BENCH_H
/*
 * A lane without threads: bytes of a feed through a real decoder, in blocks as large as one likes,
 * into a pipeline. Conservation (S-03) is checked behind each block.
 *
 *     lane_open → lane_feed for each source → lane_end → look at lane.pipeline → lane_close
 */
#include "tests/unit/support.h"

#include "core/definition_json.h"
#include "core/pipeline.h"
#include "feeds/decode.h"

#include <stdlib.h>

struct lane {
    struct definition *definition;
    struct symbols *symbols;
    struct pipeline pipeline;
    uint32_t block_len; /* events in a block; 0: as many as fit */
    epoch_ms wall;      /* the clock when blocks are read */
};

static inline struct definition *lane_definition(const char *json)
{
    struct error error = {.text = ""};
    struct definition *definition = definition_from_json(json, strlen(json), "test", &error);
    if (!definition || definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return definition;
}

/* `config` says all but definition and symbols. */
static inline void lane_open(struct lane *lane, const char *json,
                             const struct pipeline_config *config)
{
    struct pipeline_config own = *config;
    *lane = (struct lane){.wall = WATERMARK_NO_WALL};
    lane->definition = lane_definition(json);
    own.definition = lane->definition;
    lane->symbols = symbols_new(1000);
    own.symbols = lane->symbols;
    pipeline_init(&lane->pipeline, &own);
}

static inline void lane_close(struct lane *lane)
{
    pipeline_fini(&lane->pipeline);
    symbols_free(lane->symbols);
    definition_free(lane->definition);
}

/* A whole source: its CSV, header first. */
static inline void lane_feed(struct lane *lane, uint32_t source, const char *csv, size_t len)
{
    struct decoder_config config = {.definition = lane->definition,
                                    .symbols = lane->symbols,
                                    .hash_key = {.word = {1, 2}},
                                    .format = FORMAT_CSV};
    struct decoder *decoder = decoder_new(&config);
    struct event_block *block = mem_zero(1, sizeof *block);
    size_t cap = lane->block_len ? lane->block_len : EVENT_BLOCK_MAX;
    block->source = source;
    block->read_at = lane->wall;
    decoder_texts(decoder, block->texts);
    while (block->end < len) {
        struct decoded out;
        struct error error = {.text = ""};
        if (decoder_feed(decoder, csv + block->end, len - block->end, true, UINT64_MAX,
                         block->events, cap, &out, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        block->begin = block->end;
        block->end += out.consumed;
        block->skipped = out.skipped;
        block->len = (uint32_t)out.events;
        pipeline_apply(&lane->pipeline, block);
        assert_true(outcomes_close(&lane->pipeline.outcomes));
    }
    free(block);
    decoder_free(decoder);
}

#endif
