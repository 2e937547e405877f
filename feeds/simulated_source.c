/* The simulator as a producer: what the clock has reached is appended to a private feed file. */
#include "feeds/append_file.h"
#include "feeds/simulator.h"

#include <stdlib.h>
#include <string.h>

struct simulated_source {
    struct simulator *simulator; /* not owned */
    struct append_file file;
};

struct simulated_source *simulated_source_new(struct simulator *simulator, struct error *error)
{
    struct simulated_source *source = mem_alloc(sizeof *source);
    source->simulator = simulator;
    if (append_file_open(&source->file, error) != STATUS_OK) {
        free(source);
        return NULL;
    }
    const char *header = simulator_header(simulator);
    source->file.end = strlen(header);
    memcpy(source->file.bytes, header, source->file.end);
    return source;
}

void simulated_source_free(struct simulated_source *source)
{
    if (!source)
        return;
    append_file_close(&source->file);
    free(source);
}

int simulated_source_fd(const struct simulated_source *source)
{
    return source->file.fd;
}

void simulated_source_attach(struct simulated_source *source, struct feed *feed)
{
    source->file.feed = feed;
}

/* Takes no record that has no room: an append that fails loses nothing of the sequence. */
static enum status append_due(struct simulated_source *source, epoch_ms now, struct error *error)
{
    struct append_file *file = &source->file;
    enum status status = STATUS_OK;
    epoch_ms time;
    while (status == STATUS_OK && simulator_peek(source->simulator) <= now) {
        if (append_file_room(file) < SIMULATED_RECORD_MAX)
            status = append_file_flush(file, error);
        else
            file->end += simulator_next(source->simulator, file->bytes + file->end, &time);
    }
    return status == STATUS_OK ? append_file_flush(file, error) : status;
}

/* After a failure the next try is a minute of the feed's time away, not at once. */
static enum status produce(void *producer, epoch_ms now, epoch_ms *next, struct error *error)
{
    struct simulated_source *source = producer;
    enum status status = append_due(source, now, error);
    *next = status == STATUS_OK ? simulator_peek(source->simulator) : now + MS_PER_MINUTE;
    return status;
}

static enum status send(void *producer, epoch_ms now, char label[EVENT_LABEL], uint64_t *start,
                        struct error *error)
{
    struct simulated_source *source = producer;
    enum status status = append_due(source, now, error);
    if (status != STATUS_OK)
        return status;
    *start = source->file.written;
    source->file.end = simulator_marked(source->simulator, now, source->file.bytes, label);
    return append_file_flush(&source->file, error);
}

static int nothing_to_wait_on(void *producer)
{
    (void)producer;
    return -1;
}

const struct producer_ops simulated_source_ops = {
    .produce = produce, .send = send, .fd = nothing_to_wait_on};
