/* Two numbers in the state, and lines from its log. */
#include "tui/command_outbox.h"

#include "core/state_bytes.h"
#include "tui/alert_line.h"

#include <stdlib.h>

/* --- marks --- */

static void put_mark(struct delta *delta, char key, uint64_t mark)
{
    struct pack value = {.len = 0};
    pack_u64(&value, mark);
    delta_put(delta, STATE_OUTBOX, &key, 1, value.bytes, value.len);
    free(value.bytes);
}

static bool put_marks(struct command_outbox *outbox, const struct alert_marks *marks,
                      struct delta *delta)
{
    bool file = marks->file != outbox->saved.file,
         command = marks->command != outbox->saved.command;
    if (file)
        put_mark(delta, 'f', marks->file);
    if (command)
        put_mark(delta, 'c', marks->command);
    outbox->saved = *marks;
    return file || command;
}

struct taking {
    struct alert_marks marks;
    bool file, command; /* they were there */
};

static bool take_mark(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint8_t which = unpack_u8(&name);
    uint64_t mark = unpack_count(&unpack);
    if (which == 'f')
        taking->marks.file = mark;
    else
        taking->marks.command = mark;
    taking->file |= which == 'f';
    taking->command |= which == 'c';
    return unpack_done(&name) && unpack_done(&unpack) && (which == 'f' || which == 'c');
}

static enum status write_marks(struct command_outbox *outbox, const struct alert_marks *marks,
                               struct error *error)
{
    struct delta delta = {.len = 0};
    enum status status = STATUS_OK;
    if (put_marks(outbox, marks, &delta))
        status = store_commit(outbox->store, &delta, error);
    delta_fini(&delta);
    return status;
}

/* An outlet that is there for the first time gets what comes from now on. */
static enum status read_marks(struct command_outbox *outbox, struct error *error)
{
    struct taking taking = {.file = false};
    enum status status = store_each(outbox->store, STATE_OUTBOX, take_mark, &taking, error);
    if (status != STATUS_OK)
        return status;
    struct alert_marks marks = taking.marks;
    outbox->saved = taking.marks;
    if (!taking.file && alert_outlet_wants_file(outbox->outlet))
        marks.file = store_last_alert(outbox->store);
    if (!taking.command && alert_outlet_wants_command(outbox->outlet))
        marks.command = store_last_alert(outbox->store);
    if (!taking.file)
        outbox->saved.file = UINT64_MAX; /* not written yet */
    if (!taking.command)
        outbox->saved.command = UINT64_MAX;
    return write_marks(outbox, &marks, error);
}

/* --- of the lane --- */

static void alert_text(void *context, const struct alert *alert, struct pack *out)
{
    const struct command_outbox *outbox = context;
    char line[ALERT_LINE];
    const char *source = NULL;
    uint64_t bytes;
    outbox->feed->ops->source(outbox->feed, alert->position.source, &source, &bytes);
    size_t len = alert_line(outbox->definition, alert, source, clock_now(outbox->clock), line);
    pack_bytes(out, line, len);
}

static void save(void *context, struct delta *delta)
{
    struct command_outbox *outbox = context;
    struct alert_marks marks = alert_outlet_marks(outbox->outlet);
    put_marks(outbox, &marks, delta);
}

/* The store's thread, and main while there is none. */
static void logged(void *context, uint64_t number, const void *text, size_t len)
{
    struct command_outbox *outbox = context;
    outbox->told = number;
    alert_outlet_logged(outbox->outlet, number, text, len);
}

/* --- life --- */

/* The outlet goes on; what its state knows of it is written with the next epoch. */
static void open_again(struct command_outbox *outbox)
{
    outbox->saved = (struct alert_marks){.file = UINT64_MAX, .command = UINT64_MAX};
}

static enum status open_first(struct command_outbox *outbox, struct error *error)
{
    enum status status = read_marks(outbox, error);
    if (status != STATUS_OK)
        return status;
    alert_outlet_begin(outbox->outlet, &outbox->saved);
    outbox->told =
        outbox->saved.file < outbox->saved.command ? outbox->saved.file : outbox->saved.command;
    return STATUS_OK;
}

enum status command_outbox_open(struct command_outbox *outbox, struct store *store,
                                const struct command_alerts *alerts,
                                const struct definition *definition, struct feed *feed,
                                struct clock *clock, struct live_lane_keeping *keeping,
                                struct error *error)
{
    enum status status = STATUS_OK;
    bool again = outbox->outlet != NULL;
    outbox->definition = definition;
    outbox->feed = feed;
    outbox->clock = clock;
    if (!store || !alerts->outlet)
        return STATUS_OK;
    outbox->store = store;
    outbox->outlet = alerts->outlet;
    if (again)
        open_again(outbox);
    else
        status = open_first(outbox, error);
    if (status == STATUS_OK)
        status = store_each_alert(store, outbox->told, logged, outbox, error);
    if (status != STATUS_OK)
        return status;
    store_tell_alerts(store, logged, outbox);
    keeping->alert_text = alert_text;
    keeping->alert_context = outbox;
    keeping->save = save;
    keeping->save_context = outbox;
    return status;
}

enum status command_outbox_close(struct command_outbox *outbox, const struct alert_marks *marks,
                                 struct error *error)
{
    return outbox->store ? write_marks(outbox, marks, error) : STATUS_OK;
}
