/*
 * The live lane alone, without a screen. The lane's thread prints: one line per change of the table
 * at most once a second, the whole answer at the end. The main thread waits for the end, for a
 * signal, for the time given, and copies standard input when that is the feed.
 */
#include "core/live_lane.h"
#include "tui/change_outbox.h"
#include "tui/command.h"
#include "tui/command_alerts.h"
#include "tui/command_feed.h"
#include "tui/command_limits.h"
#include "tui/command_outbox.h"
#include "tui/command_state.h"
#include "tui/command_stop.h"
#include "tui/format.h"
#include "tui/memory_file.h"
#include "tui/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHANGE_MS = 1000 };

struct stream {
    const struct options *options;
    struct command_feed feed;
    struct clock *clock;
    struct wake bell;
    struct live_lane *lane;
    struct command_alerts alerts;
    struct command_state state;
    struct feed *first; /* the outlets of alerts know it; NULL: it is the feed still */
    mono_ns end;        /* when to stop */
    struct command_outbox outbox;
    struct change_log *log; /* of windows; NULL: --changes was not said */
    struct change_outbox owed;
    atomic_bool cut; /* standard input was not taken to its end; main says it, the lane reads it */
    atomic_bool no_answer; /* --until-eof: nor is a part of it answered for */
    bool changes;          /* print lines as the table changes */
    FILE *out;             /* standard output, or what waits for the state to be kept (S-91) */
    struct memory_file held;
};

static void print_report(void *context, const struct live_lane *lane, bool last)
{
    struct stream *stream = context;
    const struct options *options = stream->options;
    struct snapshot_cost cost = live_lane_cost(lane);
    struct summary summary = {.lane = "stream",
                              .definition = stream->feed.definition,
                              .symbols = stream->feed.symbols,
                              .pipeline = live_lane_pipeline(lane),
                              .feed = stream->feed.feed,
                              .cpu_ns = cost.cpu_ns,
                              .bytes = cost.bytes,
                              .windows = stream->feed.definition->window.asked,
                              .last = last,
                              .cut = stream->cut,
                              .raw = options->raw,
                              .rejects_cut = live_lane_rejects_cut(lane)};
    if (stream->no_answer)
        return;
    if (last && (stream->log || options->format == OUTPUT_CSV))
        command_limits_note(&summary);
    if (stream->log) {
        change_log_trigger(stream->log, summary.pipeline->windows);
    } else if (last) {
        output_summary(stream->out, &summary, options->format);
    } else if (stream->changes && options->format == OUTPUT_TEXT) {
        output_change(stream->out, &summary, clock_now(stream->clock));
    } else if (stream->changes && options->format == OUTPUT_JSON) {
        output_summary(stream->out, &summary, OUTPUT_JSON);
    }
    if (stream->out != stdout)
        return;
    command_flush();
    if (command_write_failed())
        command_stop();
}

/* What was told is kept now. */
static void release(void *context)
{
    struct stream *stream = context;
    memory_file_flush(&stream->held);
    if (stream->held.len > 0)
        fwrite(stream->held.bytes, 1, stream->held.len, stdout);
    memory_file_clear(&stream->held);
    command_flush();
    if (command_write_failed())
        command_stop();
    else
        change_outbox_released(&stream->owed);
}

static void take_change(void *context, const struct window_change *change)
{
    const struct stream *stream = context;
    change_log_take(stream->log, change, live_lane_pipeline(stream->lane)->ended);
}

static bool owes(void *context)
{
    return change_outbox_owes(context);
}

static void owe(void *context, struct delta *delta)
{
    change_outbox_owe(context, delta);
}

/* Where answers are written to. */
static void open_output(struct stream *stream)
{
    stream->out = stdout;
    if (!stream->state.store || stream->options->delivery != DELIVERY_EFFECTIVELY_ONCE)
        return;
    memory_file_open(&stream->held);
    stream->out = stream->held.stream;
}

static void close_output(struct stream *stream)
{
    if (stream->held.stream)
        memory_file_close(&stream->held);
    free(stream->held.bytes);
    stream->held.bytes = NULL;
    stream->out = NULL;
}

/* What was said last of the feed and of the clock. */
struct told {
    char message[160];
    uint32_t gaps;
    mono_ns failing_since; /* 0: it is read */
    mono_ns set_at;
};

/* Each time that lines may be missing: whatever else is wrong, and at the very end too. */
static void note_gaps(struct stream *stream, struct told *told)
{
    struct feed_status status;
    stream->feed.feed->ops->status(stream->feed.feed, &status);
    if (status.gaps > told->gaps + 1)
        command_note("%s; %u more such before", status.gap, status.gaps - told->gaps - 1);
    else if (status.gaps > told->gaps)
        command_note("%s", status.gap);
    told->gaps = status.gaps;
}

/* What the feed waits for or fails at, once each time it changes, and when it is over. */
static void note_trouble(struct stream *stream, struct told *told)
{
    struct feed_status status;
    char lasted[FORMAT_TEXT];
    mono_ns now = clock_mono(stream->clock);
    stream->feed.feed->ops->status(stream->feed.feed, &status);
    bool fails = status.state == FEED_ERROR || status.gone_since > 0;
    if (status.message[0] && strcmp(told->message, status.message) != 0)
        command_note("%s", status.message);
    else if (told->failing_since && !fails)
        command_note("read again, after %s",
                     format_duration((now - told->failing_since) / 1000000, lasted));
    if (!fails)
        told->failing_since = 0;
    else if (!told->failing_since)
        told->failing_since = now;
    memcpy(told->message, status.message, sizeof status.message);
}

static void note_clock(struct stream *stream, struct told *told)
{
    struct clock_look look = clock_look(stream->clock);
    char by[FORMAT_TEXT];
    if (look.set_at == told->set_at)
        return;
    told->set_at = look.set_at;
    command_note("the clock was set %s %s; what is ahead of it counts as in the future",
                 format_duration((look.set_ms < 0 ? -look.set_ms : look.set_ms) + 500, by),
                 look.set_ms < 0 ? "back" : "ahead");
}

/* Nobody but the reader reads the spool here: no batch lane, and no state to keep records in. So a
 * stream of any length needs no more room on the disk than what waits to be read. */
static void forget_input(struct stream *stream)
{
    struct feed_status status;
    if (!spool_is_long(stream->feed.spool))
        return;
    stream->feed.feed->ops->status(stream->feed.feed, &status);
    spool_forget(stream->feed.spool, status.bytes_read);
}

/* Standard input goes into the spool here; its end ends the feed. */
static enum status copy_input(struct stream *stream, struct error *error)
{
    struct spool *spool = stream->feed.spool;
    enum status status = STATUS_OK;
    if (!spool || stream->feed.spool_ended)
        return status;
    status = command_feed_spool(&stream->feed, stream->clock, 0, error);
    forget_input(stream);
    if (stream->feed.spool_ended)
        tail_closed(stream->feed.feed);
    return status;
}

static enum status follow(struct stream *stream, struct error *error)
{
    mono_ns end = stream->end;
    /* those of the start were said with the state */
    struct told told = {.gaps = stream->state.store ? tail_gaps(stream->feed.feed) : 0};
    enum status status = live_lane_start(stream->lane, error);
    while (status == STATUS_OK && !live_lane_ended(stream->lane) && !command_stopped() &&
           clock_mono(stream->clock) < end) {
        wake_clear(&stream->bell);
        note_gaps(stream, &told);
        if (!stream->options->until_eof)
            note_trouble(stream, &told);
        note_clock(stream, &told);
        command_alerts_note(&stream->alerts);
        command_state_note(&stream->state, stream->clock);
        status = copy_input(stream, error);
        if (status != STATUS_OK || live_lane_ended(stream->lane) || command_stopped())
            break;
        bool copying = stream->feed.spool && !stream->feed.spool_ended;
        bool looks = !stream->options->until_eof || stream->state.since > 0;
        mono_ns look = clock_mono(stream->clock) + (mono_ns)CHANGE_MS * 1000000;
        bool full = copying && stream->feed.spool_again > 0;
        if (full && stream->feed.spool_again < look)
            look = stream->feed.spool_again;
        wake_wait_fd(&stream->bell, copying && !full ? STDIN_FILENO : -1,
                     (looks || full) && look < end ? look : end);
    }
    stream->cut = status != STATUS_OK || (stream->feed.spool && stream->feed.spool_again > 0);
    stream->no_answer = stream->options->until_eof && stream->feed.spool &&
                        !stream->feed.spool_ended && !live_lane_ended(stream->lane);
    if (stream->no_answer && status == STATUS_OK)
        status = error_set(error, STATUS_IO, "stopped before the end of standard input");
    else if (stream->cut && status == STATUS_OK)
        status = error_set(error, STATUS_IO,
                           "standard input was not taken to its end, as there is no room for it: "
                           "what was counted is not all that came");
    live_lane_stop(stream->lane);
    note_gaps(stream, &told);
    command_state_note(&stream->state, stream->clock);
    return status == STATUS_OK ? live_lane_failure(stream->lane, error) : status;
}

static void set_range(const struct options *options, const struct definition *definition,
                      epoch_ms *from, epoch_ms *to)
{
    if (options->day == INT32_MIN)
        return;
    *from = instant_day_start(options->day, definition->zone);
    *to = instant_day_start(options->day + 1, definition->zone);
}

/* The final answer of a feed that never began. */
static void print_nothing(const struct options *options)
{
    struct definition *definition = definition_new("none");
    struct symbols *symbols = symbols_new(SYMBOL_FIRST);
    struct pipeline pipeline;
    pipeline_init(&pipeline, &(struct pipeline_config){.definition = definition});
    struct summary summary = {.lane = "stream",
                              .definition = definition,
                              .symbols = symbols,
                              .pipeline = &pipeline,
                              .last = true};
    output_summary(stdout, &summary, options->format);
    pipeline_fini(&pipeline);
    symbols_free(symbols);
    definition_free(definition);
}

/* Final rows that no epoch would tell again are in one until they have left. */
static enum status open_changes(struct stream *stream, struct live_lane_keeping *keeping,
                                struct error *error)
{
    keeping->owes = owes;
    keeping->owe = owe;
    keeping->owe_context = &stream->owed;
    return change_outbox_open(&stream->owed, stream->state.store, stream->log, &stream->held,
                              stream->options, error);
}

static enum status make_lane(struct stream *stream, struct error *error)
{
    const struct options *options = stream->options;
    open_output(stream);
    struct live_lane_config lane = {
        .definition = stream->feed.definition,
        .symbols = stream->feed.symbols,
        .clock = stream->clock,
        .feed = stream->feed.feed,
        .stop_on_failure = options->until_eof,
        .changed = &stream->bell,
        .alerts = alert_outlet_sink(stream->alerts.outlet),
        .report = print_report,
        .report_context = stream,
        .report_at_end = !stream->changes && options->changes == CHANGES_NONE,
        .report_records = options->trigger_records,
        .interval_ms = options->trigger_ms ? options->trigger_ms : CHANGE_MS};
    set_range(options, stream->feed.definition, &lane.from, &lane.to);
    if (!options->until_eof) /* what is read to its end is behind from its beginning */
        lane.health = alert_outlet_health_sink(stream->alerts.outlet);
    if (options->changes != CHANGES_NONE) {
        stream->log = change_log_new(stream->out, stream->feed.definition, stream->feed.symbols,
                                     options->changes, options->format, options->raw);
        lane.window_sink = take_change;
        lane.window_context = stream;
    }
    lane.keeping = command_state_keeping(&stream->state, stream->feed.feed,
                                         stream->out == stdout ? NULL : release, stream);
    /* the other modes let alerts go as they are raised (S-80) */
    bool logged = options->delivery == DELIVERY_EFFECTIVELY_ONCE;
    enum status status = STATUS_OK;
    if (logged)
        status = command_outbox_open(&stream->outbox, stream->state.store, &stream->alerts,
                                     stream->feed.definition, stream->feed.feed, stream->clock,
                                     &lane.keeping, error);
    if (stream->log && status == STATUS_OK)
        status = open_changes(stream, &lane.keeping, error);
    stream->lane = live_lane_new(&lane);
    return status;
}

/* The state is told what left, when nobody else uses it any more. The exit status. */
static int close_state(struct stream *stream)
{
    struct error error = {.text = ""};
    bool gone = stream->state.store && store_check_place(stream->state.store, &error) != STATUS_OK;
    int status = gone ? command_failed(&error) : 0;
    if (!stream->state.store || gone) { /* it was closed, and could not be opened again */
        stream->outbox.store = NULL;
        change_outbox_drop(&stream->owed);
    }
    if (change_outbox_close(&stream->owed, &error) != STATUS_OK)
        command_note("%s", error.text);
    if (command_outbox_close(&stream->outbox, &stream->alerts.marks, &error) != STATUS_OK)
        command_note("%s", error.text);
    command_state_close(&stream->state);
    return status;
}

/* What was counted since the newest epoch is forgotten, with what was to be told of it: it is read
 * again (S-95). */
static enum status begin_again(struct stream *stream, struct error *error)
{
    struct command_feed *feed = &stream->feed;
    live_lane_free(stream->lane);
    stream->lane = NULL;
    change_outbox_drop(&stream->owed);
    change_log_free(stream->log);
    stream->log = NULL;
    close_output(stream);
    if (stream->first)
        feed->feed->ops->free(feed->feed);
    else
        stream->first = feed->feed;
    feed->feed = NULL;
    enum status status = command_state_again(&stream->state, feed->definition, feed->symbols,
                                             stream->clock, &stream->bell, stream->end, error);
    if (status == STATUS_OK)
        status = command_feed_again(stream->options, stream->options->until_eof, feed, error);
    return status;
}

/* From the state to the end, or until it cannot be kept. */
static enum status run(struct stream *stream, struct error *error)
{
    enum status status = make_lane(stream, error);
    if (status == STATUS_OK && stream->state.found)
        status = live_lane_restore(stream->lane, error);
    return status == STATUS_OK ? follow(stream, error) : status;
}

static bool is_to_go_on(const struct stream *stream)
{
    return stream->lane && live_lane_not_kept(stream->lane) && !command_stopped();
}

/* Nothing was read: nobody wrote a line before the end. */
static int end_unread(struct stream *stream, enum status status, const struct error *error)
{
    if (status == STATUS_CLOSED && stream->options->format == OUTPUT_JSON &&
        stream->options->changes == CHANGES_NONE)
        print_nothing(stream->options);
    command_alerts_close(&stream->alerts);
    command_state_close(&stream->state);
    wake_fini(&stream->bell);
    int failed = command_failed(error);
    return status == STATUS_CLOSED ? 0 : failed;
}

int command_stream(const struct options *options)
{
    struct error error = {.text = ""};
    if (options->read_only)
        return command_look(options);
    struct stream stream = {.options = options, .changes = !options->until_eof, .end = WAKE_NEVER};
    wake_init(&stream.bell);
    command_stop_on_signals(&stream.bell);
    enum status status = command_alerts_open(&stream.alerts, options, false, &stream.bell, &error);
    if (status == STATUS_OK)
        status = command_state_feed(&stream.state, options, options->until_eof, &stream.bell,
                                    &stream.feed, &error);
    if (status != STATUS_OK)
        return end_unread(&stream, status, &error);
    stream.clock = clock_new_real();
    status = command_alerts_start(&stream.alerts, stream.feed.definition, stream.feed.feed,
                                  stream.clock, &error);
    if (options->for_ms)
        stream.end = clock_mono(stream.clock) + options->for_ms * 1000000;
    if (status == STATUS_OK)
        status = run(&stream, &error);
    while (status == STATUS_IO && is_to_go_on(&stream)) {
        status = begin_again(&stream, &error);
        if (status != STATUS_OK)
            break;
        status = run(&stream, &error);
    }
    int missing = command_alerts_close(&stream.alerts);
    live_lane_free(stream.lane);
    missing |= close_state(&stream);
    change_log_free(stream.log);
    close_output(&stream);
    wake_fini(&stream.bell);
    clock_free(stream.clock);
    if (stream.first)
        stream.first->ops->free(stream.first);
    command_feed_close(&stream.feed);
    return status == STATUS_OK ? missing : command_failed(&error);
}
