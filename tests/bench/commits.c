/*
 * Counts a CSV of tickets as the live lane does and makes an epoch durable every 5000 records, all
 * in one thread, so that instructions are the same in each run: a path for `make bench-quick`.
 *
 *     commits FILE STATE      STATE: a folder that is not there yet
 */
#include "core/definition_json.h"
#include "core/pipeline_state.h"
#include "core/store.h"
#include "feeds/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_AN_EPOCH = 5, BLOCK_EVENTS = 1000, ALERT_BYTES = 160 };

struct run {
    struct definition *definition;
    struct symbols *symbols;
    struct pipeline pipeline;
    struct pipeline_state *state;
    struct store *store;
    struct delta delta;
    struct event_block *block;
    uint64_t blocks;
};

static void must(enum status status, const struct error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "commits: %s\n", error->text);
    exit(1);
}

/* As long as a line of JSON that leaves the program. */
static void take_alert(void *context, const struct alert *alert)
{
    static const char text[ALERT_BYTES];
    struct run *run = context;
    delta_alert(&run->delta, alert->id, alert->retracted, text, sizeof text);
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *len = (size_t)ftell(file);
    rewind(file);
    char *bytes = mem_alloc(*len + 1);
    size_t got = fread(bytes, 1, *len, file);
    fclose(file);
    return got == *len ? bytes : NULL;
}

static void open_run(struct run *run, const char *folder)
{
    struct error error = {.text = ""};
    const struct store_config store = {.path = folder, .digest = "0", .write = true};
    run->definition = definition_builtin("tickets");
    must(definition_compile(run->definition, &error), &error);
    run->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    run->block = mem_zero(1, sizeof *run->block);
    const struct pipeline_config config = {.definition = run->definition,
                                           .symbols = run->symbols,
                                           .live = true,
                                           .replay = true,
                                           .as_of = WATERMARK_NO_WALL,
                                           .alerts = {take_alert, run}};
    pipeline_init(&run->pipeline, &config);
    run->state = pipeline_state_new(&run->pipeline, run->symbols);
    must(store_open(&store, &run->store, &error), &error);
}

static void close_run(struct run *run)
{
    store_close(run->store);
    pipeline_state_free(run->state);
    pipeline_fini(&run->pipeline);
    delta_fini(&run->delta);
    free(run->block);
    symbols_free(run->symbols);
    definition_free(run->definition);
}

static void commit(struct run *run)
{
    struct error error = {.text = ""};
    pipeline_state_save(run->state, &run->delta);
    must(store_commit(run->store, &run->delta, &error), &error);
    delta_clear(&run->delta);
}

/* One block; how many bytes it took. */
static size_t count_some(struct run *run, struct decoder *decoder, const char *bytes, size_t len)
{
    struct error error = {.text = ""};
    struct decoded out;
    struct event_block *block = run->block;
    decoder_texts(decoder, block->texts);
    must(decoder_feed(decoder, bytes, len, true, UINT64_MAX, block->events, BLOCK_EVENTS, &out,
                      &error),
         &error);
    block->begin = block->end;
    block->end += out.consumed;
    block->skipped = out.skipped;
    block->lines += out.lines;
    block->len = (uint32_t)out.events;
    pipeline_apply(&run->pipeline, block);
    if (++run->blocks % BLOCKS_AN_EPOCH == 0)
        commit(run);
    return out.consumed;
}

int main(int argc, char **argv)
{
    size_t len = 0, took;
    char *bytes = argc == 3 ? read_file(argv[1], &len) : NULL;
    if (!bytes)
        return 2;
    struct run run = {.blocks = 0};
    open_run(&run, argv[2]);
    const struct decoder_config config = {.definition = run.definition,
                                          .symbols = run.symbols,
                                          .hash_key = {.word = {1, 2}},
                                          .format = FORMAT_CSV};
    struct decoder *decoder = decoder_new(&config);
    for (size_t at = 0; at < len; at += took)
        if ((took = count_some(&run, decoder, bytes + at, len - at)) == 0)
            break;
    commit(&run);
    decoder_free(decoder);
    uint64_t counted = run.pipeline.outcomes.counted;
    close_run(&run);
    free(bytes);
    return counted > 0 ? 0 : 1;
}
