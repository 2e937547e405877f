/* The state of a command: one directory, one feed's configuration. */
#include "tui/command_state.h"

#include "core/look_feed.h"
#include "core/state_bytes.h"
#include "tui/command.h"
#include "tui/command_feed.h"
#include "tui/command_stop.h"
#include "tui/state_place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- what a file was --- */

enum { MARKS_MAX = 2 * GENERATIONS_KEPT /* of one source; older generations are forgotten */ };

static void pack_hash(struct pack *out, struct hash128 hash)
{
    pack_u64(out, hash.word[0]);
    pack_u64(out, hash.word[1]);
}

static struct hash128 unpack_hash(struct unpack *unpack)
{
    struct hash128 hash;
    hash.word[0] = unpack_u64(unpack);
    hash.word[1] = unpack_u64(unpack);
    return hash;
}

static void pack_print(struct pack *out, const struct fingerprint *print)
{
    pack_u64(out, print->offset);
    pack_u32(out, print->start_len);
    pack_u32(out, print->head_len);
    pack_u32(out, print->anchor_len);
    pack_hash(out, print->start);
    pack_hash(out, print->head);
    pack_hash(out, print->anchor);
}

/* Lengths that no fingerprint has are no fingerprint (D-12). */
static struct fingerprint unpack_print(struct unpack *unpack)
{
    struct fingerprint print = {.offset = unpack_count(unpack)};
    print.start_len = unpack_u32(unpack);
    print.head_len = unpack_u32(unpack);
    print.anchor_len = unpack_u32(unpack);
    print.start = unpack_hash(unpack);
    print.head = unpack_hash(unpack);
    print.anchor = unpack_hash(unpack);
    unpack->bad |= print.head_len > FINGERPRINT_HEAD || print.head_len > print.offset ||
                   print.start_len > print.head_len || print.anchor_len > FINGERPRINT_ANCHOR_MAX ||
                   print.anchor_len > print.offset;
    return print;
}

static void describe(void *context, const struct position *position, struct pack *out)
{
    const struct command_state *state = context;
    struct generation_mark mark = {.source = position->source, .generation = position->generation};
    const char *name = "";
    uint64_t bytes;
    state->feed->ops->source(state->feed, position->source, &name, &bytes);
    bool known = tail_mark(state->feed, position->end, &mark);
    if (known && position->end == 0 && mark.begin == 0)
        tail_seen(state->feed, position->source, &mark.print);
    size_t len = strlen(name);
    pack_u8(out, known);
    pack_u64(out, mark.begin);
    pack_u64(out, mark.id.device);
    pack_u64(out, mark.id.inode);
    pack_print(out, &mark.print);
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

static void drop_marks(struct command_state *state, size_t from, size_t len)
{
    if (len == 0)
        return;
    for (size_t m = from; m < from + len; m++)
        free((char *)(uintptr_t)state->marks[m].name);
    state->marks_len -= len;
    memmove(state->marks + from, state->marks + from + len,
            (state->marks_len - from) * sizeof *state->marks);
}

/* Sources are numbered without gaps; each has its generations, oldest first. */
static bool keep_mark(struct command_state *state, const struct resume_mark *mark)
{
    const struct resume_mark *last = state->marks_len ? &state->marks[state->marks_len - 1] : NULL;
    bool same = last && mark->at.source == last->at.source;
    if (!same && mark->at.source != (last ? last->at.source + 1 : 0))
        return false;
    if (!same)
        state->newest_from = state->marks_len;
    if (state->marks_len - state->newest_from == MARKS_MAX)
        drop_marks(state, state->newest_from, MARKS_MAX / 2);
    if (!state->marks || state->marks_len == state->marks_cap) {
        state->marks_cap = state->marks_cap ? state->marks_cap * 2 : 8;
        state->marks = mem_resize(state->marks, state->marks_cap * sizeof *state->marks);
    }
    state->marks[state->marks_len++] = *mark;
    return true;
}

/* The offset where reading goes on is the fingerprint's; the lane's own is the same, or 0 when it
 * counted nothing: the fingerprint is then of what stood in the file, or of where reading of it was
 * to begin. */
static bool take_mark(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    struct resume_mark mark = {.at.source = unkey_u32(&name)};
    mark.at.generation = unkey_u32(&name);
    uint64_t begin = unpack_count(&unpack), end = unpack_count(&unpack);
    mark.at.lines = unpack_u32(&unpack);
    mark.known = unpack_bool(&unpack);
    mark.at.begin = unpack_count(&unpack);
    mark.at.id.device = unpack_u64(&unpack);
    mark.at.id.inode = unpack_u64(&unpack);
    mark.at.print = unpack_print(&unpack);
    unpack.bad |= begin > end || mark.at.begin > mark.at.print.offset;
    if (!unpack_done(&name) || unpack.bad || !(mark.name = unpack_name(&unpack)))
        return false;
    if (end == 0 && mark.at.begin == 0) {
        mark.seen = mark.at.print;
        mark.at.print = (struct fingerprint){0};
    }
    if (!mark.known)
        mark.at.id = (struct generation_id){0};
    if (keep_mark(context, &mark))
        return true;
    free((char *)(uintptr_t)mark.name);
    return false;
}

/* --- life --- */

enum { EPOCH_OF_KEY = 1 };

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
    state->begun = state->found && store_epoch(state->store) > EPOCH_OF_KEY;
    return status;
}

static bool writes(const struct options *options)
{
    return !options->read_only && options->command != COMMAND_SAVEPOINT &&
           (options->command != COMMAND_REJECTS || options->replay_file);
}

static enum status open_store(struct command_state *state, const struct options *options,
                              const struct definition *definition, struct error *error)
{
    char digest[SHA256_TEXT], parts[DIGEST_PARTS_TEXT];
    state_place_digest(options, definition, digest);
    state_place_parts(options, definition, parts);
    char *path = state_place(options, digest);
    if (!path) {
        command_note("no home directory, so no progress is kept; say where with --state DIR");
        return STATUS_OK;
    }
    const struct store_config config = {.path = path,
                                        .digest = digest,
                                        .parts = parts,
                                        .write = writes(options),
                                        .rebuild = options->rebuild && !state->durable,
                                        .again = state->durable != NULL && writes(options),
                                        .restore = state->durable ? NULL : options->restore,
                                        .relaxed = options->relaxed,
                                        .rejects_max = options->rejects_max};
    enum status status = store_open(&config, &state->store, error);
    free(path);
    return status;
}

enum status command_state_open(struct command_state *state, const struct options *options,
                               const struct definition *definition, struct symbols *symbols,
                               struct error *error)
{
    state->options = options;
    for (int a = 0; a < options->arguments_len && options->state; a++)
        if (strcmp(options->arguments[a], "-") == 0)
            return error_set(error, STATUS_USAGE,
                             "--state with -: standard input cannot be read again from where it "
                             "was left; write it to a file, and name that");
    if (!options_keep_state(options))
        return STATUS_OK;
    enum status status = open_store(state, options, definition, error);
    if (status != STATUS_OK || !state->store)
        return status;
    if (!state->durable)
        state->durable = durable_new();
    return read_back(state, writes(options), symbols, error);
}

enum status command_state_feed(struct command_state *state, const struct options *options,
                               bool bounded, struct wake *bell, struct command_feed *feed,
                               struct error *error)
{
    enum status status = command_feed_define(options, bounded, bell, feed, error);
    if (status != STATUS_OK)
        return status;
    feed->state = state;
    status = command_state_open(state, options, feed->definition, feed->symbols, error);
    if (status != STATUS_OK) {
        command_feed_close(feed);
        return status;
    }
    return command_feed_begin(options, bounded, feed, error);
}

static void leave(struct command_state *state)
{
    store_close(state->store);
    drop_marks(state, 0, state->marks_len);
    free(state->marks);
    state->store = NULL;
    state->marks = NULL;
    state->marks_len = state->marks_cap = state->newest_from = 0;
    state->found = state->begun = false;
}

/* What the state knows of its sources is the feed. */
static enum status look_back(struct command_state *state, struct command_feed *feed,
                             struct error *error)
{
    const struct state_rows rows = live_lane_rows(state->store);
    enum status status = pipeline_state_symbols(&rows, feed->symbols, error);
    if (status == STATUS_OK)
        status = store_each(state->store, STATE_SOURCE, take_mark, state, error);
    feed->feed = look_feed_new();
    uint64_t bytes = 0; /* of all generations of a source */
    for (size_t m = 0; m < state->marks_len; m++) {
        const struct resume_mark *mark = &state->marks[m];
        bytes += mark->at.print.offset - mark->at.begin;
        if (m + 1 < state->marks_len && mark[1].at.source == mark->at.source)
            continue;
        look_feed_add(feed->feed, mark->name, bytes);
        bytes = 0;
    }
    return status;
}

static enum status open_to_look(struct command_state *state, const struct options *options,
                                struct command_feed *feed, struct error *error)
{
    enum status status = open_store(state, options, feed->definition, error);
    if (status == STATUS_OK && !state->store)
        status = error_set(error, STATUS_NOT_FOUND, "there is no state to look at");
    return status == STATUS_OK ? look_back(state, feed, error) : status;
}

enum status command_state_look(struct command_state *state, const struct options *options,
                               struct wake *bell, struct command_feed *feed, struct error *error)
{
    enum status status = command_feed_define(options, true, bell, feed, error);
    if (status != STATUS_OK)
        return status;
    status = open_to_look(state, options, feed, error);
    if (status != STATUS_OK)
        command_feed_close(feed);
    return status;
}

enum status command_state_look_again(struct command_state *state, const struct options *options,
                                     struct command_feed *feed, struct error *error)
{
    leave(state);
    feed->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    feed->feed = NULL;
    enum status status = open_to_look(state, options, feed, error);
    if (status != STATUS_OK)
        leave(state);
    return status;
}

void command_state_resume(const struct command_state *state, struct tail_config *tail)
{
    if (!state->store)
        return;
    tail->hash_key = state->key;
    tail->resume = state->marks;
    tail->resume_len = state->marks_len;
    tail->resumed = state->begun;
    tail->history = state->history;
    tail->keeping = true;
}

/* Where reading of each file begins, before anything is read: what is written while we are stopped
 * is not taken for what was there at the very first start (T-R6). A commit that fails here is the
 * lane's first one that does (S-95). */
static void keep_begin(const struct command_state *state, const struct live_lane_keeping *keeping)
{
    struct delta delta = {.len = 0};
    struct pack key = {.len = 0}, value = {.len = 0};
    struct position position = {.source = 0};
    const char *name;
    uint64_t bytes;
    for (; state->feed->ops->source(state->feed, position.source, &name, &bytes); position.source++)
        live_lane_put_position(keeping, &position, &key, &value, &delta);
    store_commit(state->store, &delta, NULL);
    delta_fini(&delta);
    free(key.bytes);
    free(value.bytes);
}

static void say_gaps(struct feed *feed, bool quiet)
{
    struct feed_status status;
    uint32_t gaps = tail_gaps(feed);
    if (gaps == 0 || quiet)
        return;
    feed->ops->status(feed, &status);
    command_note("%u of the files read before are not as they were left, and their old content is "
                 "nowhere: the new ones are read from their beginning. %s",
                 gaps, status.gap);
}

struct live_lane_keeping command_state_keeping(struct command_state *state, struct feed *feed,
                                               void (*release)(void *), void *context)
{
    state->feed = feed;
    const struct live_lane_keeping keeping = {.store = state->store,
                                              .durable = state->durable,
                                              .describe = describe,
                                              .describe_context = state,
                                              .delivery = state->options->delivery,
                                              .epoch_ms = state->options->epoch_ms,
                                              .epoch_records = state->options->epoch_records,
                                              .release = release,
                                              .context = context};
    if (state->store)
        say_gaps(feed, state->quiet);
    if (state->store && !state->begun)
        keep_begin(state, &keeping);
    return keeping;
}

void command_state_close(struct command_state *state)
{
    leave(state);
    durable_free(state->durable);
    *state = (struct command_state){0};
}

/* --- what cannot be kept (S-95) --- */

enum { AGAIN_MS = 100, AGAIN_MOST_MS = 5000 };

/* An epoch of nothing says whether it can be written to. */
static enum status try_again(struct command_state *state, const struct definition *definition,
                             struct symbols *symbols, struct error *error)
{
    const struct delta nothing = {.len = 0};
    const struct hash_key key = state->key;
    leave(state);
    enum status status = command_state_open(state, state->options, definition, symbols, error);
    if (status == STATUS_OK && memcmp(&key, &state->key, sizeof key) != 0) {
        status = error_set(error, STATUS_IO,
                           "another state stands in the place of ours: put ours back as it was");
        leave(state);
        state->key = key;
    }
    if (status == STATUS_OK)
        status = store_commit(state->store, &nothing, error);
    return status;
}

/* False: to stop, or the time is over. */
static bool wait_a_while(struct command_state *state, const struct clock *clock, struct wake *bell,
                         mono_ns until)
{
    mono_ns next = clock_mono(clock) + state->wait_ms * 1000000;
    state->wait_ms = state->wait_ms * 2 < AGAIN_MOST_MS ? state->wait_ms * 2 : AGAIN_MOST_MS;
    while (!command_stopped() && clock_mono(clock) < next && clock_mono(clock) < until) {
        wake_clear(bell);
        if (!command_stopped())
            wake_wait(bell, next < until ? next : until);
    }
    return !command_stopped() && clock_mono(clock) < until;
}

/* Failures that follow each other without an epoch between are one. */
static void begin_trouble(struct command_state *state)
{
    struct durable_figures figures;
    durable_get(state->durable, &figures);
    if (state->wait_ms == 0 || figures.commits > state->commits)
        state->wait_ms = AGAIN_MS;
    state->commits = figures.commits;
    if (state->since == figures.since)
        return;
    state->since = figures.since;
    if (state->quiet)
        return;
    command_note(
        "NOT DURABLE: %s; nothing more is read until the state can be kept, and nothing is "
        "lost meanwhile",
        figures.cause);
}

enum status command_state_again(struct command_state *state, const struct definition *definition,
                                struct symbols *symbols, const struct clock *clock,
                                struct wake *bell, mono_ns until, struct error *error)
{
    enum status status = STATUS_IO;
    begin_trouble(state);
    while (status == STATUS_IO || status == STATUS_LOCKED) {
        if (!wait_a_while(state, clock, bell, until))
            return STATUS_IO;
        status = try_again(state, definition, symbols, error);
        if (status != STATUS_OK)
            durable_failed(state->durable, error->text, clock_mono(clock), clock_now(clock));
    }
    return status;
}

void command_state_note(struct command_state *state, const struct clock *clock)
{
    struct durable_figures figures;
    durable_get(state->durable, &figures);
    if (figures.recoveries == state->said)
        return;
    state->said = figures.recoveries;
    command_note("durable again after %.1f s; it goes on from the newest epoch that was kept",
                 (double)(clock_mono(clock) - state->since) / 1e9);
    state->since = 0;
}
