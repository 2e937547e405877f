/* One pass over a block, one branch for each fate. */
#include "core/pipeline_parts.h"

#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>

enum {
    PREFETCH_AHEAD = 10, /* events: about as long as memory takes */
    EVENTS_AHEAD = 2 * PREFETCH_AHEAD,
    CACHE_LINE = 64
};

/* What is not done for nearly every event stands apart, so that it costs the others nothing. */
#define SELDOM __attribute__((noinline))

#define OUTSIDE UINT64_C(0x9E3779B97F4A7C15) /* odd: no product of it and an odd number is 0 */

/* The place of a day among the newest kept; NULL when the day is older than all of them. */
static struct tally *find_day(struct pipeline *pipeline, int32_t day)
{
    struct pipeline_day *oldest = &pipeline->days[0];
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        struct pipeline_day *kept = &pipeline->days[d];
        if (kept->tally && kept->day == day)
            return kept->tally;
        if (!kept->tally || (oldest->tally && kept->day < oldest->day))
            oldest = kept;
        if (!kept->tally)
            break;
    }
    SOMETIMES_IF(oldest->tally && oldest->day > day, day_long_gone);
    if (oldest->tally && oldest->day > day)
        return NULL;
    if (oldest->tally) {
        past_days_take(pipeline->past, oldest->day, oldest->tally);
        tally_clear(oldest->tally);
    } else
        oldest->tally = pipeline_new_tally(pipeline);
    oldest->day = day;
    return oldest->tally;
}

static struct tally *day_tally(struct pipeline *pipeline, int32_t day)
{
    const struct pipeline_day *last = &pipeline->days[pipeline->day_at];
    if (last->tally && last->day == day)
        return last->tally;
    struct tally *tally = find_day(pipeline, day);
    for (int d = 0; tally && d < PIPELINE_DAYS; d++)
        if (pipeline->days[d].tally == tally)
            pipeline->day_at = d;
    return tally;
}

void pipeline_restore_day(struct pipeline *pipeline, int place, int32_t day)
{
    struct pipeline_day *kept = &pipeline->days[place];
    if (!kept->tally)
        kept->tally = pipeline_new_tally(pipeline);
    kept->day = day;
}

static void count_day(struct pipeline *pipeline, const struct event *event, size_t row)
{
    int32_t day = instant_day(event->time, pipeline->config.definition->zone);
    struct tally *tally = day_tally(pipeline, day);
    if (tally)
        tally_add_near(tally, event, row);
    else
        past_days_add(pipeline->past, day, event);
    if (day > pipeline->newest_day)
        pipeline->newest_day = day;
    if (pipeline->rate)
        rate_add(pipeline->rate, row, event->time);
}

static SELDOM void log_step(struct pipeline *pipeline, const struct lifecycle_step_record *step)
{
    if (pipeline->log_len == pipeline->log_room) {
        pipeline->log_room = pipeline->log_room ? pipeline->log_room * 2 : 1024;
        pipeline->log = mem_resize(pipeline->log, pipeline->log_room * sizeof *pipeline->log);
    }
    pipeline->log[pipeline->log_len++] = *step;
}

static void take_step(struct pipeline *pipeline, const struct event_block *block,
                      const struct event *event, size_t row)
{
    struct lifecycle_step_record step = {.ticket = {event->ticket[0], event->ticket[1]},
                                         .time = event->time,
                                         .start = event->start,
                                         .source = block->source,
                                         .generation = block->generation,
                                         .row = (uint32_t)row,
                                         .step = event->lifecycle};
    if (pipeline->config.defer_lifecycle)
        log_step(pipeline, &step);
    else
        lifecycle_apply(pipeline->lifecycle, pipeline->tally, &step);
}

/* --- alerts --- */

static void take_alert(void *context, const struct alert *alert)
{
    struct pipeline *pipeline = context;
    const struct alert_sink *sink = &pipeline->config.alerts;
    struct alert own = *alert;
    if (pipeline->alerts)
        alert_board_add(pipeline->alerts, &own);
    if (sink->take)
        sink->take(sink->context, &own);
}

/* Where nobody looks at alerts they are only counted. */
static struct alert_sink sink_of(struct pipeline *pipeline)
{
    bool wanted = pipeline->alerts || pipeline->config.alerts.take;
    return (struct alert_sink){wanted ? take_alert : NULL, pipeline};
}

/* Also before the range: what happened then can raise an alert, or prevent one, in it. */
static void judge(struct pipeline *pipeline, const struct event_block *block,
                  const struct event *event, epoch_ms watermark, bool late)
{
    if (event->rules == 0)
        return;
    struct alert_sink sink = sink_of(pipeline);
    struct event_position position = {block->source, block->generation, event->start};
    rules_event(pipeline->rules, event, &block->texts[event - block->events], &position, watermark,
                late, &sink);
}

static void advance_rules(struct pipeline *pipeline, epoch_ms watermark)
{
    struct alert_sink sink = sink_of(pipeline);
    rules_advance(pipeline->rules, watermark, &sink);
}

static bool is_in_range(const struct pipeline *pipeline, const struct event *event)
{
    return event->time >= pipeline->config.from && event->time < pipeline->config.to;
}

/* --- what is not counted as it stands --- */

static SELDOM void note_reject(struct pipeline *pipeline, enum state_reject kind,
                               const char *reason, const struct event_block *block,
                               const struct event *event)
{
    const struct reject_sink *sink = &pipeline->config.rejects;
    const struct reject_note note = {.kind = kind,
                                     .reason = reason,
                                     .position = {block->source, block->generation, event->start},
                                     .length = event->length,
                                     .line = event->line};
    if (pipeline->rejects)
        reject_log_add(pipeline->rejects, &note);
    if (sink->take)
        sink->take(sink->context, &note);
}

/* Counted, and kept (S-05). */
static SELDOM void reject(struct pipeline *pipeline, const struct event_block *block,
                          const struct event *event)
{
    outcomes_reject(&pipeline->outcomes, block->source, block->generation, event);
    if (!pipeline->rejects && !pipeline->config.rejects.take)
        return;
    char reason[128];
    enum reject_reason why = (enum reject_reason)event->reason;
    outcomes_reason_name(pipeline->config.definition, why,
                         reject_names_field(why) ? event->field + 1 : 0, reason);
    note_reject(pipeline, STATE_REJECTED, reason, block, event);
}

/* --- what explains a difference --- */

/* Of events that would count but for that (S-113). */
static SELDOM void note_rare(struct pipeline *pipeline, enum rare_kind kind,
                             const struct event_block *block, const struct event *event)
{
    if (!pipeline->rare || event->filtered || !is_in_range(pipeline, event))
        return;
    rare_add(pipeline->rare, kind, block, event, pipeline->newest_day);
    if (pipeline->at_mark)
        at_mark_tell(pipeline->at_mark, (int)kind, block, event);
}

/* The clock that an event is judged by, and that what it changes is noted with. */
static epoch_ms wall_of(const struct pipeline *pipeline, const struct event_block *block)
{
    return pipeline->config.replay ? pipeline->config.as_of : block->read_at;
}

/* --- counting --- */

/* The group's row says the key, so that windows and totals agree about (other); sessions may have a
 * field of their own behind it. */
static enum window_fate count_windows(struct pipeline *pipeline, const struct event *event,
                                      size_t row, epoch_ms watermark)
{
    const struct definition *definition = pipeline->config.definition;
    const symbol *group = tally_row(pipeline->tally, row)->key;
    int groups = definition->group_by_len;
    if (definition->window_keys_len == groups)
        return windows_add(pipeline->windows, event, group, watermark);
    symbol key[EVENT_KEYS_MAX];
    memcpy(key, group, sizeof key);
    key[groups] = event->key[groups];
    return windows_add(pipeline->windows, event, key, watermark);
}

/* Counted in its groups; a ticket's step also counts before the range, because what is open when
 * the range ends may have opened earlier (S-13, S-110). What is late for its window is late, and
 * still in every total (S-10). `watermark` is W before the event. Whether it was late. */
static bool count(struct pipeline *pipeline, const struct event_block *block,
                  const struct event *event, epoch_ms watermark)
{
    bool in_range = is_in_range(pipeline, event);
    bool stepped = pipeline->config.definition->needs_lifecycle &&
                   event->lifecycle != LIFECYCLE_NONE && event->time < pipeline->config.to;
    if (!in_range && !stepped) {
        pipeline->outcomes.filtered++;
        return false;
    }
    size_t row =
        in_range ? tally_add(pipeline->tally, event) : tally_row_of(pipeline->tally, event->key);
    if (stepped)
        take_step(pipeline, block, event, row);
    if (!in_range) {
        pipeline->outcomes.filtered++;
        return false;
    }
    enum window_fate fate = WINDOW_ON_TIME;
    if (pipeline->watch)
        window_watch_event(pipeline->watch, event->time, watermark, wall_of(pipeline, block));
    if (pipeline->windows)
        fate = count_windows(pipeline, event, row, watermark);
    if (fate == WINDOW_TOO_LATE) {
        pipeline->outcomes.late++;
        note_reject(pipeline, STATE_LATE, "late", block, event);
        note_rare(pipeline, RARE_LATE, block, event);
    } else {
        pipeline->outcomes.counted++;
    }
    if (pipeline->at_mark)
        at_mark_tell(pipeline->at_mark, AT_MARK_COUNTED, block, event);
    if (event->time > pipeline->newest)
        pipeline->newest = event->time;
    if (pipeline->config.by_day)
        count_day(pipeline, event, row);
    return fate == WINDOW_TOO_LATE;
}

/* A report's id is one of its range (core/report.h). Outside, the content is made part of it, so
 * that it is none of those in the range, and can only be met by its like. */
void pipeline_id_outside(const struct event *event, uint64_t id[2])
{
    id[0] = event->id[0] ^ OUTSIDE * (2 * (uint64_t)event->content + 1);
    id[1] = event->id[1];
}

bool pipeline_judges_inside(const struct pipeline *pipeline, const struct event *event)
{
    return !pipeline->config.definition->report_dedupes || is_in_range(pipeline, event);
}

static enum dedupe_verdict look_up(struct pipeline *pipeline, const struct event_block *block,
                                   const struct event *event, epoch_ms watermark)
{
    struct event_position position = {block->source, block->generation, event->start};
    uint64_t id[2] = {event->id[0], event->id[1]};
    bool inside = pipeline_judges_inside(pipeline, event);
    if (pipeline->verdicts)
        return (enum dedupe_verdict)pipeline->verdicts[2 * (event - block->events) + !inside];
    if (!inside)
        pipeline_id_outside(event, id);
    return dedupe_check(pipeline->dedupe, id, event->content, event->time, watermark, &position);
}

/* Whether the record goes on after the duplicate check. A conflict, the same id with another
 * content, goes by the definition's on_conflict (S-41). */
static SELDOM bool is_new(struct pipeline *pipeline, const struct event_block *block,
                          const struct event *event, epoch_ms watermark)
{
    if (!(event->id[0] | event->id[1]))
        return true;
    enum dedupe_verdict verdict = look_up(pipeline, block, event, watermark);
    enum on_conflict policy = definition_on_conflict(pipeline->config.definition);
    if (verdict == DEDUPE_UNKNOWN)
        note_rare(pipeline, RARE_UNKNOWN, block, event);
    else if (verdict == DEDUPE_CONFLICT)
        note_rare(pipeline, RARE_CONFLICT, block, event);
    if (verdict == DEDUPE_CONFLICT && policy != CONFLICT_REJECT)
        note_reject(pipeline, STATE_CONFLICT, policy == CONFLICT_COUNT ? "counted" : "dropped",
                    block, event);
    SOMETIMES_IF(verdict == DEDUPE_CONFLICT && policy == CONFLICT_COUNT, conflict_counted);
    SOMETIMES_IF(verdict == DEDUPE_CONFLICT && policy == CONFLICT_FIRST, conflict_first_wins);
    SOMETIMES_IF(verdict == DEDUPE_CONFLICT && policy == CONFLICT_REJECT, conflict_rejected);
    if (verdict == DEDUPE_NEW || verdict == DEDUPE_UNKNOWN ||
        (verdict == DEDUPE_CONFLICT && policy == CONFLICT_COUNT))
        return true;
    note_rare(pipeline, RARE_DROPPED, block, event);
    if (verdict == DEDUPE_CONFLICT && policy == CONFLICT_REJECT) {
        struct event rejected = *event;
        rejected.reason = REJECT_ID_CONFLICT;
        reject(pipeline, block, &rejected);
    } else {
        pipeline->outcomes.duplicate++;
    }
    return false;
}

/* The decisions on a record that was understood, in the order of S-04. */
static void decide(struct pipeline *pipeline, const struct event_block *block,
                   const struct event *event)
{
    epoch_ms before = WATERMARK_NONE, after = WATERMARK_NONE;
    if (pipeline->watermark) {
        epoch_ms wall = wall_of(pipeline, block);
        if (watermark_is_future(pipeline->watermark, event->time, wall)) {
            pipeline->outcomes.future++;
            note_reject(pipeline, STATE_FUTURE, "future", block, event);
            note_rare(pipeline, RARE_FUTURE, block, event);
            return;
        }
        before = watermark_now(pipeline->watermark);
    }
    if ((pipeline->dedupe || pipeline->verdicts) && !is_new(pipeline, block, event, before))
        return;
    if (pipeline->watermark) {
        watermark_advance(pipeline->watermark, block->source, event->time);
        after = watermark_now(pipeline->watermark);
    }
    if (event->filtered)
        pipeline->outcomes.filtered++;
    else
        judge(pipeline, block, event, before, count(pipeline, block, event, before));
    if (after != before) {
        windows_advance(pipeline->windows, after);
        advance_rules(pipeline, after);
    }
}

/* Brings nearer what is asked of events further on in the block: themselves, which another core
 * wrote, then the places of tables that their ids lead to, then what stands there. */
static void prefetch(const struct pipeline *pipeline, const struct event_block *block, uint32_t i)
{
    if (i + EVENTS_AHEAD < block->len)
        for (size_t at = 0; at < sizeof *block->events; at += CACHE_LINE)
            __builtin_prefetch((const char *)&block->events[i + EVENTS_AHEAD] + at);
    if (i + PREFETCH_AHEAD < block->len) {
        const struct event *event = &block->events[i + PREFETCH_AHEAD];
        if (pipeline->dedupe)
            dedupe_prefetch(pipeline->dedupe, event->id);
        if (pipeline->lifecycle && event->lifecycle != LIFECYCLE_NONE)
            lifecycle_prefetch(pipeline->lifecycle, event->ticket);
        if (event->rules) {
            rules_prefetch(pipeline->rules, event, 1);
            __builtin_prefetch(&block->texts[i + PREFETCH_AHEAD]);
        }
    }
    if (i + PREFETCH_AHEAD / 2 < block->len && block->events[i + PREFETCH_AHEAD / 2].rules)
        rules_prefetch(pipeline->rules, &block->events[i + PREFETCH_AHEAD / 2], 2);
}

/* Whether nothing but its group and range decides what becomes of an event that is understood and
 * new. */
static bool only_counts(const struct pipeline *pipeline)
{
    return !pipeline->watermark && !pipeline->windows && !pipeline->rules && !pipeline->dedupe &&
           !pipeline->at_mark && !pipeline->config.by_day &&
           !pipeline->config.definition->needs_lifecycle;
}

/* What `decide` comes to where that is so: counted without a look at what is not there. */
static void count_only(struct pipeline *pipeline, const struct event_block *block, uint32_t from,
                       uint32_t to)
{
    const epoch_ms begin = pipeline->config.from, end = pipeline->config.to;
    epoch_ms newest = pipeline->newest;
    uint64_t counted = 0, filtered = 0;
    for (uint32_t i = from; i < to; i++) {
        const struct event *event = &block->events[i];
        const uint8_t *verdicts = pipeline->verdicts ? pipeline->verdicts + 2 * i : NULL;
        if (event->reason != REJECT_NONE) {
            reject(pipeline, block, event);
        } else if (verdicts && (verdicts[0] | verdicts[1]) != DEDUPE_NEW) {
            decide(pipeline, block, event);
        } else if (event->filtered || event->time < begin || event->time >= end) {
            filtered++;
        } else {
            tally_add(pipeline->tally, event);
            counted++;
            newest = event->time > newest ? event->time : newest;
        }
    }
    pipeline->outcomes.counted += counted;
    pipeline->outcomes.filtered += filtered;
    if (newest > pipeline->newest)
        pipeline->newest = newest;
}

void pipeline_apply(struct pipeline *pipeline, const struct event_block *block)
{
    pipeline_apply_part(pipeline, block, 0, block->len);
}

void pipeline_apply_part(struct pipeline *pipeline, const struct event_block *block, uint32_t from,
                         uint32_t to)
{
    struct outcomes *outcomes = &pipeline->outcomes;
    outcomes->read += to - from;
    outcomes->skipped_bytes += from == 0 ? block->skipped : 0;
    if (only_counts(pipeline)) {
        count_only(pipeline, block, from, to);
        return;
    }
    for (uint32_t i = from; i < to; i++) {
        const struct event *event = &block->events[i];
        prefetch(pipeline, block, i);
        if (event->reason != REJECT_NONE)
            reject(pipeline, block, event);
        else
            decide(pipeline, block, event);
    }
}

void pipeline_apply_judged(struct pipeline *pipeline, const struct event_block *block,
                           const uint8_t *verdicts)
{
    pipeline->verdicts = verdicts;
    pipeline_apply(pipeline, block);
    pipeline->verdicts = NULL;
}

void pipeline_expect(struct pipeline *pipeline, uint32_t source)
{
    if (pipeline->watermark)
        watermark_expect(pipeline->watermark, source);
}

void pipeline_idle(struct pipeline *pipeline, uint32_t source)
{
    if (!pipeline->watermark)
        return;
    watermark_idle(pipeline->watermark, source);
    windows_advance(pipeline->windows, watermark_now(pipeline->watermark));
    advance_rules(pipeline, watermark_now(pipeline->watermark));
}

void pipeline_end(struct pipeline *pipeline)
{
    if (pipeline->ended)
        return;
    pipeline->last_watermark = pipeline_watermark(pipeline);
    pipeline->ended = true;
    tally_settle_distinct(pipeline->tally);
    if (pipeline->watermark)
        watermark_end(pipeline->watermark);
    if (pipeline->windows)
        windows_advance(pipeline->windows, WATERMARK_END);
    struct alert_sink sink = sink_of(pipeline);
    if (pipeline->config.live)
        rules_advance(pipeline->rules, WATERMARK_END, &sink);
    else
        rules_settle(pipeline->rules, WATERMARK_END, &sink);
}

epoch_ms pipeline_watermark(const struct pipeline *pipeline)
{
    if (pipeline->ended || !pipeline->watermark)
        return pipeline->last_watermark;
    return watermark_now(pipeline->watermark);
}

uint64_t pipeline_alerts_missed(const struct pipeline *pipeline)
{
    uint64_t missed = 0;
    for (int r = 0; r < pipeline->config.definition->rules_len; r++)
        missed += rules_missed(pipeline->rules, r);
    return missed;
}

const struct tally *pipeline_day(const struct pipeline *pipeline, int32_t day)
{
    for (int d = 0; d < PIPELINE_DAYS; d++)
        if (pipeline->days[d].tally && pipeline->days[d].day == day)
            return pipeline->days[d].tally;
    return pipeline->past ? past_days_find(pipeline->past, day) : NULL;
}

bool pipeline_day_kept(const struct pipeline *pipeline, int32_t day)
{
    int32_t oldest = INT32_MAX;
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        if (!pipeline->days[d].tally)
            return true;
        if (pipeline->days[d].day < oldest)
            oldest = pipeline->days[d].day;
    }
    return day >= oldest || (pipeline->past && day >= past_days_from(pipeline->past));
}
