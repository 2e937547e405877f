/* Names and bytes. */
#include "core/look_feed.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

struct look_feed {
    struct feed feed; /* first */
    struct look_source {
        char *name;
        uint64_t bytes;
    } * sources;
    size_t len;
};

static enum feed_result look_read(struct feed *feed, struct event_block *block, struct error *error)
{
    (void)feed, (void)block, (void)error;
    return FEED_IDLE;
}

static void look_wait(struct feed *feed, struct wake *wake, mono_ns deadline)
{
    (void)feed;
    wake_wait(wake, deadline);
}

static void look_status(struct feed *feed, struct feed_status *out)
{
    *out = (struct feed_status){.state = FEED_READING,
                                .sources = (uint32_t)((struct look_feed *)feed)->len};
}

static void look_label_next(struct feed *feed)
{
    (void)feed;
}

static bool look_source(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes)
{
    const struct look_feed *look = (const struct look_feed *)feed;
    if (index >= look->len)
        return false;
    *name = look->sources[index].name;
    *bytes = look->sources[index].bytes;
    return true;
}

static struct scan *look_scan_open(struct feed *feed, struct error *error)
{
    (void)feed;
    error_set(error, STATUS_NOT_FOUND, "only the state is looked at: there is no feed to read");
    return NULL;
}

static void look_free(struct feed *feed)
{
    struct look_feed *look = (struct look_feed *)feed;
    for (size_t s = 0; s < look->len; s++)
        free(look->sources[s].name);
    free(look->sources);
    free(look);
}

struct feed *look_feed_new(void)
{
    static const struct feed_ops ops = {.read = look_read,
                                        .wait = look_wait,
                                        .status = look_status,
                                        .label_next = look_label_next,
                                        .source = look_source,
                                        .scan_open = look_scan_open,
                                        .free = look_free};
    struct look_feed *look = mem_zero(1, sizeof *look);
    look->feed.ops = &ops;
    return &look->feed;
}

void look_feed_add(struct feed *feed, const char *name, uint64_t bytes)
{
    struct look_feed *look = (struct look_feed *)feed;
    if (look->len == 0 || strcmp(look->sources[look->len - 1].name, name) != 0) {
        look->sources = mem_resize(look->sources, (look->len + 1) * sizeof *look->sources);
        look->sources[look->len++] = (struct look_source){.name = mem_copy_text(name)};
    }
    look->sources[look->len - 1].bytes += bytes;
}
