/* One function for each condition, in a table by rank. */
#include "tui/condition.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    NS_PER_MS = 1000000,
    STALLED_MS = 30 * MS_PER_SECOND,
    CLOCK_SHOWN_MS = 60 * MS_PER_SECOND, /* long enough to be seen */
    WOKE_SHOWN_MS = 20 * MS_PER_SECOND,
    GAP_SHOWN_MS = 60 * MS_PER_SECOND,
    BEHIND_BYTES = 256 * 1024 /* unread bytes from which the live lane is catching up */
};

static void say(char out[CONDITION_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(char out[CONDITION_TEXT], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, CONDITION_TEXT, format, arguments);
    va_end(arguments);
}

static char *since(const struct frame *frame, mono_ns when, char out[FORMAT_TEXT])
{
    return format_seconds(frame->now - when, out);
}

static bool paused(const struct frame *frame, struct condition *out)
{
    char age[FORMAT_TEXT], behind[FORMAT_TEXT];
    uint64_t shown = frame->live ? frame->live->outcomes.read : 0;
    if (!frame->app->paused)
        return false;
    format_count(frame->app->read > shown ? frame->app->read - shown : 0, behind);
    say(out->text, "PAUSED %s, %s events behind", since(frame, frame->app->paused_at, age), behind);
    out->style = STYLE_WARN;
    return true;
}

static bool starting(const struct frame *frame, struct condition *out)
{
    if (frame->live)
        return false;
    say(out->text, "STARTING");
    out->style = STYLE_LABEL;
    return true;
}

/* Behind the name of the state, which may be long. */
static const char *brief_cause(const char *cause)
{
    const char *colon = strrchr(cause, ':');
    return colon && colon[1] == ' ' && colon[2] ? colon + 2 : cause;
}

/* S-95: what is shown is not on disk. */
static bool not_durable(const struct frame *frame, struct condition *out)
{
    const struct durable_figures *durable = &frame->live->durable;
    char age[FORMAT_TEXT];
    if (!durable->kept || durable->durable)
        return false;
    say(out->text, "NOT DURABLE %s, %s", format_seconds(frame->mono - durable->since, age),
        brief_cause(durable->cause));
    say(out->advice, "nothing is lost: tried again until it can be kept; %s", durable->cause);
    out->style = STYLE_ALARM;
    return true;
}

static bool looks_only(const struct frame *frame, struct condition *out)
{
    const struct durable_figures *durable = &frame->live->durable;
    char age[FORMAT_TEXT];
    if (!durable->kept || !frame->live->looked)
        return false;
    say(out->text, "READ ONLY saved %s ago%s", format_ns(frame->mono - durable->committed, age),
        frame->live->has_writer ? "" : ", no writer");
    out->style = STYLE_LABEL;
    return true;
}

/* Our own producer cannot append. */
static bool not_produced(const struct frame *frame, struct condition *out)
{
    if (!frame->trouble || !frame->trouble[0])
        return false;
    say(out->text, "FAILED %.200s", frame->trouble);
    say(out->advice, "nothing new comes until it can be written; %.180s", frame->trouble);
    out->style = STYLE_ALARM;
    return true;
}

/* T-R11: the position is kept, and it is tried again. */
static bool unreadable(const struct frame *frame, struct condition *out)
{
    const struct feed_status *feed = &frame->live->feed;
    int64_t left = (feed->retry_at - frame->mono + 999 * NS_PER_MS) / (1000 * (mono_ns)NS_PER_MS);
    if (feed->state != FEED_ERROR)
        return false;
    out->style = STYLE_ALARM;
    if (feed->errno_value == 0) {
        say(out->text, "FAILED %s", feed->message);
        say(out->advice, "%s; read again when it changes", feed->message);
        return true;
    }
    say(out->text, "CANNOT READ, retry in %d s (%s)", left > 0 ? (int)left : 0,
        strerror(feed->errno_value));
    say(out->advice, "nothing is skipped, reading goes on when it can; %s", feed->message);
    return true;
}

/* It was read, and its name means no file any more. */
static bool gone(const struct frame *frame, struct condition *out)
{
    const struct feed_status *feed = &frame->live->feed;
    char age[FORMAT_TEXT];
    if (feed->gone_since == 0)
        return false;
    say(out->text, "FEED GONE %s", since(frame, feed->gone_since, age));
    say(out->advice, "followed again when it is back; %s", feed->message);
    out->style = STYLE_ALARM;
    return true;
}

/* T-R5: the count beside it stays. */
static bool missing_lately(const struct frame *frame, struct condition *out)
{
    const struct feed_status *feed = &frame->live->feed;
    char age[FORMAT_TEXT];
    if (feed->gaps == 0 || frame->mono - feed->gap_at >= GAP_SHOWN_MS * (mono_ns)NS_PER_MS)
        return false;
    say(out->text, "LINES MAY BE MISSING, %s ago", format_seconds(frame->mono - feed->gap_at, age));
    say(out->advice, "%s", feed->gap);
    out->style = STYLE_ALARM;
    return true;
}

static bool waiting_for_file(const struct frame *frame, struct condition *out)
{
    if (frame->live->feed.state != FEED_WAITING_FILE)
        return false;
    say(out->text, "WAITING for %s", frame->app->config.feed_name);
    out->style = STYLE_WARN;
    return true;
}

/* Alerts that cannot leave: a full disk, a command that hangs. */
static bool alerts_wait(const struct frame *frame, struct condition *out)
{
    if (!frame->outlet_waits)
        return false;
    say(out->text, "ALERTS WAIT to be written");
    say(out->advice, "%.250s", frame->outlet);
    out->style = STYLE_ALARM;
    return true;
}

static int64_t whole_seconds(int64_t ms)
{
    return (ms + MS_PER_SECOND / 2) / MS_PER_SECOND * MS_PER_SECOND;
}

/* S-63. */
static bool clock_set_lately(const struct frame *frame, struct condition *out)
{
    const struct clock_look *look = &frame->look;
    char by[FORMAT_TEXT], age[FORMAT_TEXT];
    int64_t ms = whole_seconds(look->set_ms < 0 ? -look->set_ms : look->set_ms);
    bool shown =
        look->set_at > 0 && frame->now - look->set_at < CLOCK_SHOWN_MS * (mono_ns)NS_PER_MS;
    if (!shown)
        return false;
    say(out->text, "CLOCK SET %s%s, %s ago", look->set_ms < 0 ? "-" : "+", format_duration(ms, by),
        since(frame, look->set_at, age));
    say(out->advice, "ages stay right; %s",
        look->set_ms < 0 ? "new events may now look to be in the future"
                         : "the schedule follows the new clock");
    out->style = STYLE_WARN;
    return true;
}

static bool woke_lately(const struct frame *frame, struct condition *out)
{
    const struct clock_look *look = &frame->look;
    char slept[FORMAT_TEXT];
    bool shown =
        look->woke_at > 0 && frame->now - look->woke_at < WOKE_SHOWN_MS * (mono_ns)NS_PER_MS;
    if (!shown)
        return false;
    say(out->text, "WOKE UP after %s asleep",
        format_duration(whole_seconds(look->slept_ms), slept));
    out->style = STYLE_WARN;
    return true;
}

static bool ended(const struct frame *frame, struct condition *out)
{
    if (frame->live->feed.state != FEED_ENDED)
        return false;
    say(out->text, "ENDED end of input");
    out->style = STYLE_LABEL;
    return true;
}

/* Rows where bytes per row are known by now, else bytes. */
static bool catching_up(const struct frame *frame, struct condition *out)
{
    const struct snapshot_live *live = frame->live;
    char amount[FORMAT_TEXT];
    if (live->feed.unread <= live->feed.unfinished + BEHIND_BYTES)
        return false;
    uint64_t unread = live->feed.unread - live->feed.unfinished;
    if (live->outcomes.read > 100)
        format_short((uint64_t)((double)unread * (double)live->outcomes.read /
                                (double)(live->feed.bytes_read + 1)),
                     amount);
    else
        format_bytes(unread, amount);
    say(out->text, "CATCHING UP %s behind", amount);
    out->style = STYLE_WARN;
    return true;
}

static bool waiting_for_event(const struct frame *frame, struct condition *out)
{
    if (frame->live->table.any || frame->live->outcomes.read > 0)
        return false;
    say(out->text, "WAITING for the first event");
    out->style = STYLE_WARN;
    return true;
}

/* A simulated day has quiet hours by design. */
static bool stalled(const struct frame *frame, struct condition *out)
{
    char text[FORMAT_TEXT];
    int64_t quiet_ns = frame->live->last_event ? frame->mono - frame->live->last_event : 0;
    if (frame->app->config.simulated || quiet_ns <= (int64_t)STALLED_MS * NS_PER_MS)
        return false;
    say(out->text, "STALLED no data %s", format_duration(quiet_ns / NS_PER_MS, text));
    out->style = STYLE_WARN;
    return true;
}

static bool live(const struct frame *frame, struct condition *out)
{
    char text[FORMAT_TEXT];
    int64_t age_ns = panel_live_age(frame);
    if (frame->live->trigger_ms > 0)
        say(out->text, "MICRO-BATCH %s", format_step(frame->live->trigger_ms, text));
    else
        say(out->text, "LIVE %s", age_ns >= 0 ? format_ns(age_ns, text) : "");
    out->style = STYLE_GOOD;
    return true;
}

struct condition condition_of(const struct frame *frame)
{
    /* the first that holds is told; those after `starting` may look at the live half */
    static bool (*const by_rank[])(const struct frame *, struct condition *) = {
        paused,         starting,    not_durable,       not_produced,     unreadable,  gone,
        missing_lately, alerts_wait, waiting_for_file,  clock_set_lately, woke_lately, ended,
        looks_only,     catching_up, waiting_for_event, stalled,          live};
    struct condition condition = {.style = STYLE_TEXT};
    for (size_t i = 0; !by_rank[i](frame, &condition); i++)
        continue;
    return condition;
}
