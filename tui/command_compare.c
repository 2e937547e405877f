/*
 * Both lanes over a finished feed, on a virtual clock; one page. Each source that holds something
 * is opened once more by itself, so that sources can be read in the order their records arrived.
 */
#include "core/compare.h"

#include "tui/command.h"
#include "tui/command_feed.h"
#include "tui/command_target.h"
#include "tui/compare_page.h"
#include "tui/output_file.h"
#include "tui/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct compared {
    struct compare_input *at;
    size_t len;
    uint64_t bytes; /* of all */
};

static void close_inputs(struct compared *inputs)
{
    for (size_t i = 0; i < inputs->len; i++)
        inputs->at[i].feed->ops->free(inputs->at[i].feed);
    free(inputs->at);
}

/* By its descriptor, so that a name with a star in it is no pattern. */
static struct feed *open_alone(const struct command_feed *feed, struct hash_key key,
                               const char *name, struct error *error)
{
    int fd = feed->spool ? spool_fd(feed->spool)
                         : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        error_set_errno(error, STATUS_IO, errno, "%s", name);
        return NULL;
    }
    struct tail_config tail = {.definition = feed->definition,
                               .symbols = feed->symbols,
                               .hash_key = key,
                               .fd = fd,
                               .name = name,
                               .bounded = true,
                               .no_inotify = true};
    struct feed *alone = tail_open(&tail, error);
    if (!feed->spool)
        close(fd);
    return alone;
}

static enum status add_input(const struct command_feed *feed, struct hash_key key, uint32_t source,
                             struct compared *inputs, struct error *error)
{
    const char *name;
    uint64_t bytes;
    if (inputs->len == COMPARE_SOURCES)
        return error_set(error, STATUS_LIMIT, "at most %d files can be compared at once",
                         COMPARE_SOURCES);
    if (!feed->feed->ops->source(feed->feed, source, &name, &bytes))
        return error_set(error, STATUS_IO, "source %u has no name", source);
    struct feed *alone = open_alone(feed, key, name, error);
    if (!alone)
        return error->code;
    inputs->at = mem_resize(inputs->at, (inputs->len + 1) * sizeof *inputs->at);
    inputs->at[inputs->len++] = (struct compare_input){source, alone};
    return STATUS_OK;
}

/* Files that hold nothing, or the same file under another name, are no sources of the scan. */
static enum status open_inputs(const struct command_feed *feed, struct compared *inputs,
                               struct error *error)
{
    struct hash_key key = hash_key_random();
    struct scan *scan = feed->feed->ops->scan_open(feed->feed, error);
    if (!scan)
        return error->code;
    enum status status = STATUS_OK;
    inputs->bytes = scan->ops->bytes(scan);
    for (size_t i = 0; i < scan->ops->len(scan) && status == STATUS_OK; i++) {
        uint32_t source, generation;
        uint64_t begin;
        bool first;
        scan->ops->slice(scan, i, &source, &generation, &begin, &first);
        if (first)
            status = add_input(feed, key, source, inputs, error);
    }
    scan->ops->free(scan);
    return status;
}

static enum output_format format_of(const struct options *options)
{
    const char *name = options->output, *end = name ? strrchr(name, '.') : NULL;
    if (options->format_set || !end)
        return options->format;
    return strcmp(end, ".html") == 0 || strcmp(end, ".htm") == 0 ? OUTPUT_HTML
           : strcmp(end, ".json") == 0                           ? OUTPUT_JSON
                                                                 : OUTPUT_TEXT;
}

static void print_page(FILE *out, const struct options *options, const struct compare_page *page)
{
    switch (format_of(options)) {
    case OUTPUT_JSON:
        compare_json(out, page);
        break;
    case OUTPUT_HTML:
        compare_html(out, page);
        break;
    case OUTPUT_TEXT:
    case OUTPUT_CSV:
    case OUTPUT_JSONL:
    default:
        compare_text(out, page);
    }
}

static enum status write_page(const struct options *options, const struct compare_page *page,
                              struct error *error)
{
    if (!options->output) {
        print_page(stdout, options, page);
        return STATUS_OK;
    }
    struct output_file output;
    enum status status = output_file_open(&output, options->output, false, error);
    if (status != STATUS_OK)
        return status;
    print_page(output.stream, options, page);
    return output_file_close(&output, STATUS_OK, error);
}

/* What is being done, on a terminal. */
struct watching {
    struct batch_progress counter;
    struct progress *progress;
    uint64_t feed_bytes;
};

static void show_phase(void *context, const char *what, uint64_t bytes)
{
    struct watching *watching = context;
    progress_stop(watching->progress);
    watching->progress =
        progress_start(&watching->counter, bytes ? bytes : watching->feed_bytes, what);
}

static enum status compare(const struct options *options, struct command_feed *feed,
                           const struct compared *inputs, bool *unexplained, struct error *error)
{
    struct compare result;
    struct clock *clock = clock_new_real();
    struct watching watching = {.feed_bytes = inputs->bytes};
    const struct compare_config config = {.definition = feed->definition,
                                          .symbols = feed->symbols,
                                          .clock = clock,
                                          .feed = feed->feed,
                                          .inputs = inputs->at,
                                          .inputs_len = inputs->len,
                                          .every_ms = options->every_ms,
                                          .as_of = options->as_of_set ? options->as_of
                                                                      : WATERMARK_NO_WALL,
                                          .progress = &watching.counter,
                                          .phase = show_phase,
                                          .phase_context = &watching};
    enum status status = compare_run(&config, &result, error);
    progress_stop(watching.progress);
    if (status == STATUS_OK) {
        uint64_t bytes;
        struct compare_page *page = mem_zero(1, sizeof *page);
        page->compare = &result;
        page->definition = feed->definition;
        page->symbols = feed->symbols;
        page->feed = feed->feed;
        page->sources = inputs->len;
        page->every_ms = options->every_ms;
        page->needs_ms = options->needs_ms;
        feed->feed->ops->source(feed->feed, inputs->len ? inputs->at[0].source : 0, &page->name,
                                &bytes);
        compare_page_make(page);
        *unexplained = page->unexplained;
        status = write_page(options, page, error);
        free(page);
    }
    compare_fini(&result);
    clock_free(clock);
    return status;
}

int command_compare(const struct options *options)
{
    struct error error = {.text = ""};
    struct command_feed feed;
    struct compared inputs = {.at = NULL};
    bool unexplained = false;
    enum status status = command_feed_open(options, true, NULL, &feed, &error);
    if (status != STATUS_OK)
        return command_failed(&error);
    const struct command_target target = {.options = options, .feed = feed.feed};
    if (options->output)
        status = command_target_check(&target, "-o", options->output, &error);
    if (status == STATUS_OK)
        status = open_inputs(&feed, &inputs, &error);
    if (status == STATUS_OK)
        status = compare(options, &feed, &inputs, &unexplained, &error);
    close_inputs(&inputs);
    command_feed_close(&feed);
    if (status != STATUS_OK)
        return command_failed(&error);
    return unexplained ? 1 : 0;
}
