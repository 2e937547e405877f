/* Opens what the command line names. */
#include "tui/command_feed.h"

#include "core/definition_json.h"
#include "core/definition_redact.h"
#include "feeds/guess.h"
#include "feeds/lookup.h"
#include "tui/command.h"
#include "tui/command_state.h"
#include "tui/command_stop.h"
#include "tui/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PEEK_BYTES = 256 * 1024, LOOK_AGAIN_MS = 250, SPOOL_AGAIN_MS = 1000 };

/* The first bytes of the feed, for guessing. */
struct peek {
    char *bytes;
    size_t len;
};

/* A window said here replaces the definition's. */
static void apply_time(const struct options *options, struct definition *definition)
{
    struct definition_window *window = &definition->window;
    if (options->window_ms || options->slide_ms || options->session_ms) {
        window->asked = true;
        window->session_ms = options->session_ms;
        window->slide_ms = options->slide_ms;
        if (options->window_ms)
            window->size_ms = options->window_ms;
        if (!options->session_ms)
            window->per = -1;
    }
    window->asked |= options->changes != CHANGES_NONE;
    if (options->delay_ms >= 0)
        definition->watermark.delay_ms = options->delay_ms;
    if (options->lateness_ms >= 0)
        definition->watermark.lateness_ms = options->lateness_ms;
    definition->no_dedupe |=
        options->no_dedupe || options->delivery == DELIVERY_AT_LEAST_ONCE; /* S-80 */
    definition->csv_single_line |= options->csv_single_line;
    definition->decoder = options->decoder;
}

enum status command_feed_compile(const struct options *options, struct definition *definition,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    apply_time(options, definition);
    /* Rules cost time; only the screen, JSON, compare and the alerts' own outlets tell what they
     * raise. */
    if (options->command != COMMAND_WATCH && options->command != COMMAND_REPLAY &&
        options->command != COMMAND_COMPARE && options->format != OUTPUT_JSON && !options->alerts &&
        !options->on_alert && !options_keep_state(options))
        definition_forget_rules(definition);
    if (options->report)
        status = definition_use_report(definition, options->report, error);
    if (status == STATUS_OK && options->group_by)
        status = definition_set_group_by(definition, options->group_by, error);
    if (status == STATUS_OK && options->measure)
        status = definition_set_measures(definition, options->measure, error);
    if (status == STATUS_OK && options->redact)
        status = definition_redact(definition, options->redact, error);
    for (int w = 0; w < options->where_len && status == STATUS_OK; w++)
        status = definition_add_filter(definition, options->where[w], error);
    if (status == STATUS_OK)
        status = definition_compile(definition, error);
    if (status == STATUS_OK)
        status =
            lookups_load(definition, options->arguments_len ? options->arguments[0] : NULL, error);
    return status;
}

static bool is_builtin(const char *name)
{
    for (size_t b = 0; b < definition_builtin_count; b++)
        if (strcmp(name, definition_builtin_names[b]) == 0)
            return true;
    return false;
}

static struct definition *named_definition(const char *name, struct error *error)
{
    if (is_builtin(name))
        return definition_builtin(name);
    if (access(name, F_OK) == 0 || strchr(name, '/') || strchr(name, '.'))
        return definition_from_file(name, error);
    const char *near = definition_suggest(name, definition_builtin_names, definition_builtin_count);
    error_set(error, STATUS_USAGE,
              "--definition %s: no such file, and not one of tickets, payments, orders%s%s", name,
              near ? "; did you mean " : "", near ? near : "");
    return NULL;
}

/* How long to wait for a first line, and what is woken to end it. */
struct patience {
    const struct options *options;
    struct clock *clock;
    struct wake *bell;
    mono_ns until;
};

/* A moment's wait; STATUS_CLOSED when there is no more patience. */
static enum status wait_a_moment(const struct patience *patience, struct error *error)
{
    mono_ns next = clock_mono(patience->clock) + (mono_ns)LOOK_AGAIN_MS * 1000000;
    wake_clear(patience->bell);
    if (!command_stopped())
        wake_wait(patience->bell, next < patience->until ? next : patience->until);
    if (!command_stopped() && clock_mono(patience->clock) < patience->until)
        return STATUS_OK;
    return error_set(error, STATUS_CLOSED, "no line came, so there is nothing to count");
}

enum status command_feed_spool(struct command_feed *feed, const struct clock *clock, int timeout_ms,
                               struct error *error)
{
    char lasted[FORMAT_TEXT];
    mono_ns now = clock_mono(clock);
    if (now < feed->spool_again)
        return STATUS_OK;
    enum status status = spool_copy(feed->spool, timeout_ms, &feed->spool_ended, error);
    if (status == STATUS_OK && feed->spool_again > 0)
        command_note("standard input is taken again, after %s; nothing of it is lost",
                     format_duration((now - feed->spool_since) / 1000000, lasted));
    if (status == STATUS_OK || !spool_is_full(feed->spool)) {
        feed->spool_again = 0;
        return status;
    }
    if (feed->spool_again == 0) {
        feed->spool_since = now;
        command_note("standard input waits: %s; it is tried again each second, and nothing is lost",
                     error->text);
    }
    feed->spool_again = now + (mono_ns)SPOOL_AGAIN_MS * 1000000;
    return STATUS_OK;
}

/* All of standard input, however long there is no room for it. */
static enum status spool_all(struct command_feed *feed, struct error *error)
{
    enum status status = STATUS_OK;
    struct clock *clock = clock_new_real();
    struct wake own, *bell = feed->bell ? feed->bell : &own;
    wake_init(&own);
    while (status == STATUS_OK && !feed->spool_ended) {
        wake_clear(bell);
        if (command_stopped())
            status = error_set(error, STATUS_IO, "stopped before the end of standard input");
        else if (clock_mono(clock) < feed->spool_again)
            wake_wait(bell, feed->spool_again);
        else
            status = command_feed_spool(feed, clock, LOOK_AGAIN_MS, error);
    }
    wake_fini(&own);
    clock_free(clock);
    return status;
}

/* Bytes of standard input until a line is complete, or the end. */
static enum status peek_spool(const struct patience *patience, struct command_feed *feed,
                              struct peek *peek, struct error *error)
{
    for (;;) {
        ssize_t got = pread(spool_fd(feed->spool), peek->bytes, PEEK_BYTES, 0);
        peek->len = got > 0 ? (size_t)got : 0;
        if (feed->spool_ended || peek->len == PEEK_BYTES ||
            (peek->len > 0 && memchr(peek->bytes, '\n', peek->len)))
            return STATUS_OK;
        enum status status = command_feed_spool(feed, patience->clock, LOOK_AGAIN_MS, error);
        if (status == STATUS_OK && (feed->spool_again > 0 || command_stopped() ||
                                    clock_mono(patience->clock) >= patience->until))
            status = wait_a_moment(patience, error);
        if (status != STATUS_OK)
            return status;
    }
}

/* The first complete line of the files; following, waits until one is there. */
static enum status peek_files(const struct patience *patience, bool wait, struct peek *peek,
                              struct error *error)
{
    const struct options *options = patience->options;
    const char *name = options->arguments[0];
    bool said = false;
    for (;;) {
        peek->len = tail_peek((const char *const *)options->arguments,
                              (size_t)options->arguments_len, peek->bytes, PEEK_BYTES);
        if (peek->len > 0 &&
            (!wait || peek->len == PEEK_BYTES || memchr(peek->bytes, '\n', peek->len)))
            return STATUS_OK;
        if (!wait)
            return error_set(error, STATUS_BAD_FORMAT,
                             "%s: nothing to read: an empty file has no columns; name a "
                             "definition with --definition",
                             name);
        if (!said)
            command_note("waiting for a first line in %s, to see its columns (Ctrl-C ends; with "
                         "--definition NAME it starts at once)",
                         name);
        said = true;
        enum status status = wait_a_moment(patience, error);
        if (status != STATUS_OK)
            return status;
    }
}

/* What can never be read, or is missing although it is needed now, is said before anything is
 * waited for or guessed. */
static enum status check_paths(const struct options *options, bool bounded, struct error *error)
{
    struct definition *nothing = definition_new("none");
    struct symbols *symbols = symbols_new(SYMBOL_FIRST);
    struct tail_config tail = {.definition = nothing,
                               .symbols = symbols,
                               .paths = (const char *const *)options->arguments,
                               .paths_len = (size_t)options->arguments_len,
                               .fd = -1,
                               .bounded = bounded,
                               .look_only = true};
    struct feed *feed = tail_open(&tail, error);
    if (feed)
        feed->ops->free(feed);
    symbols_free(symbols);
    definition_free(nothing);
    return feed ? STATUS_OK : error->code;
}

static bool has_column(const struct guess *guess, const struct field *field)
{
    for (int c = 0; c < guess->columns_len; c++) {
        if (strcmp(guess->columns[c], field->name) == 0)
            return true;
        for (int alias = 0; alias < field->columns_len; alias++)
            if (strcmp(guess->columns[c], field->columns[alias]) == 0)
                return true;
    }
    return false;
}

/* A ticket feed without a step column has no life cycle: `open` would only ever grow (trap X15). */
static enum status fit_lifecycle(const struct options *options, const struct guess *guess,
                                 struct definition *definition, struct error *error)
{
    if (!definition->has_lifecycle || guess->columns_len == 0)
        return STATUS_OK;
    const struct field *step = &definition->fields[definition->lifecycle_field];
    /* a line without even the time is none of the feed: what is torn, or hostile, tells nothing */
    if (has_column(guess, step) || !has_column(guess, &definition->fields[definition->time_field]))
        return STATUS_OK;
    if (guess->format == FORMAT_JSONL && !step->required && guess->columns_len > 0 &&
        options->measure == NULL && options->definition != NULL)
        return STATUS_OK; /* named by the user: a member may come later */
    definition_forget_lifecycle(definition);
    int kept = 0;
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind != MEASURE_OPEN)
            definition->measures[kept++] = definition->measures[m];
    definition->measures_len = kept;
    if (options->measure && strstr(options->measure, "open"))
        return error_set(
            error, STATUS_USAGE,
            "--measure open: the feed has no column %s that tells when a ticket closes",
            step->name);
    return STATUS_OK;
}

static enum status guess_definition(const struct options *options, const struct guess *guess,
                                    const struct peek *peek, struct definition **out,
                                    struct error *error)
{
    const char *feed = options->arguments[0];
    struct error why = {.text = ""};
    if (options->time)
        *out = guess_make(guess, options->time, options->group_by, options->measure, peek->bytes,
                          peek->len, &why);
    else
        *out = guess_builtin(guess, &why);
    if (!*out)
        return error_set(error, why.code, "%s: %s", feed, why.text);
    if (!options->time)
        command_note("%s: read as %s, by its columns", feed, (*out)->name);
    return STATUS_OK;
}

static enum status find_definition(const struct patience *patience, bool bounded,
                                   struct command_feed *feed, struct error *error)
{
    const struct options *options = patience->options;
    struct peek peek = {mem_alloc(PEEK_BYTES), 0};
    struct guess guess = {0};
    enum status status = STATUS_OK;
    if (options->definition) {
        feed->definition = named_definition(options->definition, error);
        status = feed->definition ? STATUS_OK : error ? error->code : STATUS_USAGE;
        if (status == STATUS_OK && options->time)
            status = definition_set_time(feed->definition, options->time, error);
        if (status == STATUS_OK && !feed->spool)
            peek.len = tail_peek((const char *const *)options->arguments,
                                 (size_t)options->arguments_len, peek.bytes, PEEK_BYTES);
    } else if (feed->spool) {
        status = peek_spool(patience, feed, &peek, error);
    } else {
        status = peek_files(patience, !bounded, &peek, error);
    }
    bool seen =
        status == STATUS_OK && peek.len > 0 &&
        guess_read(peek.bytes, peek.len, &guess, options->definition ? NULL : error) == STATUS_OK;
    if (status == STATUS_OK && !options->definition)
        status = seen ? guess_definition(options, &guess, &peek, &feed->definition, error)
                      : error_set(error, STATUS_BAD_FORMAT,
                                  "%s: no complete line to tell the columns from; name a "
                                  "definition with --definition",
                                  options->arguments[0]);
    if (status == STATUS_OK && seen)
        status = fit_lifecycle(options, &guess, feed->definition, error);
    guess_fini(&guess);
    free(peek.bytes);
    return status;
}

static enum status open_tail(const struct options *options, bool bounded, struct command_feed *feed,
                             struct error *error)
{
    struct tail_config tail = {.definition = feed->definition,
                               .symbols = feed->symbols,
                               .hash_key = hash_key_random(),
                               .paths = (const char *const *)options->arguments,
                               .paths_len = (size_t)options->arguments_len,
                               .fd = -1,
                               .bounded = bounded,
                               .from_end = options->from_end,
                               .no_inotify = getenv("TAILRACE_POLL") != NULL,
                               .stopped = command_stopped};
    if (feed->spool) {
        tail.paths_len = 0;
        tail.fd = spool_fd(feed->spool);
        tail.name = "standard input";
        tail.bounded = bounded && feed->spool_ended;
    }
    if (feed->state)
        command_state_resume(feed->state, &tail);
    if (feed->state && feed->state->store) /* tokens go on too */
        definition_redact_key(feed->definition, tail.hash_key);
    feed->feed = tail_open(&tail, error);
    if (!feed->feed)
        return error ? error->code : STATUS_IO;
    if (feed->spool) {
        spool_attach(feed->spool, feed->feed);
        if (feed->spool_ended && !tail.bounded)
            tail_closed(feed->feed);
    }
    return STATUS_OK;
}

static enum status open_spool(const struct options *options, struct command_feed *feed,
                              struct error *error)
{
    bool has_stdin = false;
    for (int a = 0; a < options->arguments_len; a++)
        has_stdin |= strcmp(options->arguments[a], "-") == 0;
    if (!has_stdin)
        return STATUS_OK;
    if (options->arguments_len > 1)
        return error_set(error, STATUS_USAGE,
                         "- (standard input) cannot be read together with other feeds");
    feed->spool = spool_new(STDIN_FILENO, error);
    return feed->spool ? STATUS_OK : error ? error->code : STATUS_IO;
}

enum status command_feed_define(const struct options *options, bool bounded, struct wake *bell,
                                struct command_feed *out, struct error *error)
{
    memset(out, 0, sizeof *out);
    out->bell = bell;
    out->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    struct wake own; /* of who gave none: nothing rings it, a wait ends with its moment */
    wake_init(&own);
    struct patience patience = {
        .options = options, .clock = clock_new_real(), .bell = bell ? bell : &own};
    patience.until = options->for_ms
                         ? clock_mono(patience.clock) + options->for_ms * (mono_ns)1000000
                         : WAKE_NEVER;
    enum status status = open_spool(options, out, error);
    if (status == STATUS_OK && !out->spool)
        status = check_paths(options, bounded, error);
    if (status == STATUS_OK)
        status = find_definition(&patience, bounded, out, error);
    if (status == STATUS_OK)
        status = command_feed_compile(options, out->definition, error);
    if (status != STATUS_OK)
        command_feed_close(out);
    clock_free(patience.clock);
    wake_fini(&own);
    return status;
}

enum status command_feed_begin(const struct options *options, bool bounded,
                               struct command_feed *feed, struct error *error)
{
    enum status status = STATUS_OK;
    if (bounded && feed->spool && options->command != COMMAND_STREAM) /* that counts as it comes */
        status = spool_all(feed, error);
    if (status == STATUS_OK)
        status = open_tail(options, bounded, feed, error);
    if (status != STATUS_OK)
        command_feed_close(feed);
    return status;
}

enum status command_feed_again(const struct options *options, bool bounded,
                               struct command_feed *feed, struct error *error)
{
    feed->feed = NULL;
    return open_tail(options, bounded, feed, error);
}

enum status command_feed_open(const struct options *options, bool bounded, struct wake *bell,
                              struct command_feed *out, struct error *error)
{
    enum status status = command_feed_define(options, bounded, bell, out, error);
    return status == STATUS_OK ? command_feed_begin(options, bounded, out, error) : status;
}

bool command_feed_reads(struct feed *feed, const char *path)
{
    struct stat own, other;
    const char *name;
    uint64_t bytes;
    if (stat(path, &own) != 0 || !S_ISREG(own.st_mode))
        return false;
    for (uint32_t s = 0; feed->ops->source(feed, s, &name, &bytes); s++)
        if (stat(name, &other) == 0 && other.st_dev == own.st_dev && other.st_ino == own.st_ino)
            return true;
    return false;
}

void command_feed_close(struct command_feed *feed)
{
    if (feed->feed)
        feed->feed->ops->free(feed->feed);
    spool_free(feed->spool);
    definition_free(feed->definition);
    symbols_free(feed->symbols);
    memset(feed, 0, sizeof *feed);
}
