/* The state of a command: one directory, one feed's configuration. */
#include "tui/command_state.h"

#include "core/definition_digest.h"
#include "core/state_bytes.h"
#include "tui/command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Of what decides about results (S-94); not of the feed's path. */
static void digest_of(const struct options *options, const struct definition *definition,
                      char out[SHA256_TEXT])
{
    struct sha256 sha;
    sha256_init(&sha);
    definition_digest(definition, &sha);
    sha256_add_number(&sha, options->day);
    sha256_add_number(&sha, options->delivery);
    sha256_text(&sha, out);
}

/* --- what a file was --- */

static void describe(void *context, const struct position *position, struct pack *out)
{
    const struct command_state *state = context;
    struct resume_content content = {.head = 0};
    const char *name = "";
    uint64_t bytes;
    state->feed->ops->source(state->feed, position->source, &name, &bytes);
    bool known =
        position->end == 0 || tail_content(state->feed, position->source, position->generation,
                                           position->end, &content) == STATUS_OK;
    size_t len = strlen(name);
    pack_u8(out, known);
    pack_u64(out, content.id.device);
    pack_u64(out, content.id.inode);
    pack_u64(out, content.head);
    pack_u64(out, content.anchor);
    pack_u32(out, (uint32_t)len);
    pack_bytes(out, name, len);
}

/* The bytes behind the numbers: a name, which may be anything but must be one. */
static char *unpack_name(struct unpack *unpack)
{
    size_t len = unpack_u32(unpack);
    if (unpack->bad || len == 0 || len >= PATH_MAX || len != unpack->left ||
        memchr(unpack->at, '\0', len))
        return NULL;
    char *name = mem_alloc(len + 1);
    unpack_bytes(unpack, name, len);
    name[len] = '\0';
    return name;
}

/* The newest generation of a source is where it goes on. */
static bool keep_mark(struct command_state *state, uint32_t source, const struct resume_mark *mark)
{
    if (source > state->marks_len || (source + 1 < state->marks_len)) {
        free((char *)(uintptr_t)mark->name);
        return false;
    }
    if (source == state->marks_len)
        state->marks = mem_resize(state->marks, ++state->marks_len * sizeof *state->marks);
    else
        free((char *)(uintptr_t)state->marks[source].name);
    state->marks[source] = *mark;
    return true;
}

static bool take_mark(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    struct command_state *state = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint32_t source = unkey_u32(&name);
    struct resume_mark mark = {.generation = unkey_u32(&name)};
    mark.begin = unpack_count(&unpack);
    mark.offset = unpack_count(&unpack);
    mark.lines = unpack_u32(&unpack);
    bool known = unpack_bool(&unpack);
    mark.content.id.device = unpack_u64(&unpack);
    mark.content.id.inode = unpack_u64(&unpack);
    mark.content.head = unpack_u64(&unpack);
    mark.content.anchor = unpack_u64(&unpack);
    if (!known)
        mark.content.id = (struct generation_id){0};
    unpack.bad |= mark.begin > mark.offset;
    if (!unpack_done(&name) || unpack.bad || !(mark.name = unpack_name(&unpack)))
        return false;
    return keep_mark(state, source, &mark);
}

/* --- life --- */

/* The key is there before anything that was hashed with it. */
static enum status make_key(struct command_state *state, struct error *error)
{
    struct delta delta = {.len = 0};
    state->key = hash_key_random();
    pipeline_state_save_key(&delta, &state->key);
    enum status status = store_commit(state->store, &delta, error);
    delta_fini(&delta);
    return status;
}

static enum status read_back(struct command_state *state, bool write, struct symbols *symbols,
                             struct error *error)
{
    const struct state_rows rows = live_lane_rows(state->store);
    enum status status = pipeline_state_key(&rows, &state->key, error);
    if (status == STATUS_NOT_FOUND)
        return write ? make_key(state, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = pipeline_state_symbols(&rows, symbols, error);
    if (status == STATUS_OK)
        status = store_each(state->store, STATE_SOURCE, take_mark, state, error);
    state->found = status == STATUS_OK;
    return status;
}

enum status command_state_open(struct command_state *state, const struct options *options,
                               const struct definition *definition, struct symbols *symbols,
                               struct error *error)
{
    char digest[SHA256_TEXT];
    state->options = options;
    if (!options->state)
        return STATUS_OK;
    for (int a = 0; a < options->arguments_len; a++)
        if (strcmp(options->arguments[a], "-") == 0)
            return error_set(error, STATUS_USAGE,
                             "--state with -: standard input cannot be read again from where it "
                             "was left; write it to a file, and name that");
    digest_of(options, definition, digest);
    const struct store_config config = {.path = options->state,
                                        .digest = digest,
                                        .write = options->command != COMMAND_REJECTS ||
                                                 options->replay_file,
                                        .rebuild = options->rebuild,
                                        .rejects_max = options->rejects_max};
    enum status status = store_open(&config, &state->store, error);
    return status == STATUS_OK ? read_back(state, config.write, symbols, error) : status;
}

void command_state_resume(const struct command_state *state, struct tail_config *tail)
{
    if (!state->store)
        return;
    tail->hash_key = state->key;
    tail->resume = state->marks;
    tail->resume_len = state->marks_len;
}

struct live_lane_keeping command_state_keeping(struct command_state *state, struct feed *feed,
                                               void (*release)(void *), void *context)
{
    state->feed = feed;
    if (state->store && tail_gaps(feed) > 0)
        command_note("%u of the files read before are not as they were left: they were replaced, "
                     "rotated or cut; they are read from their beginning, and lines in between may "
                     "be missing",
                     tail_gaps(feed));
    return (struct live_lane_keeping){.store = state->store,
                                      .describe = describe,
                                      .describe_context = state,
                                      .delivery = state->options->delivery,
                                      .epoch_ms = state->options->epoch_ms,
                                      .epoch_records = state->options->epoch_records,
                                      .release = release,
                                      .context = context};
}

void command_state_close(struct command_state *state)
{
    store_close(state->store);
    for (size_t m = 0; m < state->marks_len; m++)
        free((char *)(uintptr_t)state->marks[m].name);
    free(state->marks);
    *state = (struct command_state){0};
}
