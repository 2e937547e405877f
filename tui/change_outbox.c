/*
 * Rows of STATE_CHANGES: 'n' how far triggers are numbered, and the form of the lines; 'o' and a
 * number a piece of text that has not left, as far as the state knows; 't' and a window a row that
 * was told and is not final.
 */
#include "tui/change_outbox.h"

#include "core/state_bytes.h"
#include "tui/command.h"
#include "tui/safe_text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- back --- */

/* Text of the state is text of anybody's (D-12), unless its bytes were asked for as they are. */
static void tell(const struct options *options, const char *text, size_t len)
{
    if (options->raw) {
        fwrite(text, 1, len, stdout);
        return;
    }
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end ? (size_t)(end - text) - at : len - at;
        safe_print(stdout, text + at, line);
        fputc('\n', stdout);
        at += line + 1;
    }
}

/* A kill may have cut the last line of a file: what follows begins a line of its own. */
static void end_torn_line(void)
{
    char last = '\n';
    struct stat facts;
    int fd = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0 &&
        pread(fd, &last, 1, facts.st_size - 1) == 1 && last != '\n')
        fputc('\n', stdout);
    close(fd);
}

static bool take_form(struct change_outbox *outbox, const void *value, size_t value_len)
{
    struct unpack unpack = unpack_of(value, value_len);
    outbox->triggers = unpack_count(&unpack);
    uint8_t mode = unpack_u8(&unpack), format = unpack_u8(&unpack);
    bool raw = unpack_bool(&unpack);
    outbox->other = mode != (uint8_t)outbox->options->changes ||
                    format != (uint8_t)outbox->options->format || raw != outbox->options->raw;
    change_log_begin(outbox->log, outbox->triggers);
    return unpack_done(&unpack);
}

static bool take_text(struct change_outbox *outbox, uint64_t number, const char *text, size_t len)
{
    if (outbox->next > outbox->first && number != outbox->next)
        return false;
    if (outbox->next == outbox->first)
        outbox->first = number;
    outbox->next = number + 1;
    if (number < outbox->left)
        return true;
    if (outbox->other)
        command_note("changes that were not told are of another --changes or --format, and are "
                     "not told now");
    else
        tell(outbox->options, text, len);
    return true;
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct change_outbox *outbox = context;
    struct unpack name = unpack_of(key, key_len);
    switch (unpack_u8(&name)) {
    case 'n':
        return unpack_done(&name) && take_form(outbox, value, value_len);
    case 'o': {
        uint64_t number = unkey_u64(&name);
        return unpack_done(&name) && number < UINT64_MAX / 2 &&
               take_text(outbox, number, value, value_len);
    }
    case 't':
        if (!outbox->other)
            change_log_take_back(outbox->log, value, value_len);
        delta_remove(&outbox->told, STATE_CHANGES, key, key_len);
        return true;
    default:
        return false;
    }
}

/* What the log wrote so far is its header: once in a process, and of no epoch. */
static void tell_header(struct change_outbox *outbox)
{
    memory_file_flush(outbox->held);
    if (!outbox->begun) {
        end_torn_line();
        if (outbox->held->len > 0)
            fwrite(outbox->held->bytes, 1, outbox->held->len, stdout);
    }
    outbox->begun = true;
    memory_file_clear(outbox->held);
}

enum status change_outbox_open(struct change_outbox *outbox, struct store *store,
                               struct change_log *log, struct memory_file *held,
                               const struct options *options, struct error *error)
{
    if (!store || !held->stream)
        return STATUS_OK;
    outbox->store = store;
    outbox->log = log;
    outbox->held = held;
    outbox->options = options;
    outbox->sealed = 0;
    outbox->first = outbox->next = outbox->left;
    outbox->triggers = UINT64_MAX; /* not written yet */
    delta_clear(&outbox->told);
    tell_header(outbox);
    enum status status = store_each(store, STATE_CHANGES, take, outbox, error);
    if (status != STATUS_OK)
        return status;
    command_flush();
    if (!command_write_failed())
        outbox->left = outbox->next;
    change_log_tell(log, &outbox->told);
    return STATUS_OK;
}

/* --- forth --- */

static void put_text(struct change_outbox *outbox, struct delta *delta)
{
    struct pack key = {.len = 0};
    pack_u8(&key, 'o');
    key_u64(&key, outbox->next++);
    delta_put(delta, STATE_CHANGES, key.bytes, key.len, outbox->held->bytes + outbox->sealed,
              outbox->held->len - outbox->sealed);
    outbox->sealed = outbox->held->len;
    free(key.bytes);
}

static void put_form(struct change_outbox *outbox, struct delta *delta)
{
    struct pack value = {.len = 0};
    outbox->triggers = change_log_triggers(outbox->log);
    pack_u64(&value, outbox->triggers);
    pack_u8(&value, (uint8_t)outbox->options->changes);
    pack_u8(&value, (uint8_t)outbox->options->format);
    pack_u8(&value, outbox->options->raw);
    delta_put(delta, STATE_CHANGES, "n", 1, value.bytes, value.len);
    free(value.bytes);
}

static void remove_left(struct change_outbox *outbox, struct delta *delta)
{
    struct pack key = {.len = 0};
    for (; outbox->first < outbox->left; outbox->first++) {
        key.len = 0;
        pack_u8(&key, 'o');
        key_u64(&key, outbox->first);
        delta_remove(delta, STATE_CHANGES, key.bytes, key.len);
    }
    free(key.bytes);
}

/* A table that was not told is told again whole. */
static bool owes_text(const struct change_outbox *outbox)
{
    memory_file_flush(outbox->held);
    return outbox->options->changes != CHANGES_COMPLETE && outbox->held->len > outbox->sealed;
}

bool change_outbox_owes(struct change_outbox *outbox)
{
    if (!outbox->store || !outbox->log)
        return false;
    return owes_text(outbox) || outbox->told.len > 0;
}

void change_outbox_owe(struct change_outbox *outbox, struct delta *delta)
{
    struct delta_entry entry;
    size_t at = 0;
    if (!outbox->store || !outbox->log)
        return;
    remove_left(outbox, delta);
    if (owes_text(outbox))
        put_text(outbox, delta);
    if (outbox->triggers != change_log_triggers(outbox->log))
        put_form(outbox, delta);
    while (delta_next(&outbox->told, &at, &entry)) {
        const struct delta_head *head = &entry.head;
        if (head->op == DELTA_PUT)
            delta_put(delta, STATE_CHANGES, entry.key, head->key_len, entry.value, head->value_len);
        else
            delta_remove(delta, STATE_CHANGES, entry.key, head->key_len);
    }
    delta_clear(&outbox->told);
}

void change_outbox_released(struct change_outbox *outbox)
{
    outbox->sealed = 0;
    outbox->left = outbox->next;
}

void change_outbox_drop(struct change_outbox *outbox)
{
    outbox->store = NULL;
    outbox->log = NULL;
}

enum status change_outbox_close(struct change_outbox *outbox, struct error *error)
{
    struct delta delta = {.len = 0};
    enum status status = STATUS_OK;
    if (outbox->store)
        remove_left(outbox, &delta);
    if (delta.len > 0)
        status = store_commit(outbox->store, &delta, error);
    delta_fini(&delta);
    delta_fini(&outbox->told);
    return status;
}
