/*
 * `tailrace rejects FEED --state DIR --replay FIXED.jsonl` (S-52): lines of an export whose text
 * was repaired. Each is decoded as the record at its old position, judged by what the state
 * remembers, and counted there; all of them in one transaction.
 */
#include "core/live_repair.h"
#include "core/siphash.h"
#include "core/state_bytes.h"
#include "feeds/dialect.h"
#include "feeds/generation.h"
#include "feeds/json_object.h"
#include "tui/alert_line.h"
#include "tui/command.h"
#include "tui/command_rejects.h"
#include "tui/json_text.h"
#include "tui/safe_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8 * RECORD_BYTES_MAX, FAULT_TEXT = 200 };

enum member { MEMBER_SOURCE, MEMBER_GENERATION, MEMBER_START, MEMBER_TEXT, MEMBERS };

/* A line of the file that was not counted, and why. */
struct fault {
    uint64_t line;
    char why[FAULT_TEXT];
};

struct repairing {
    struct command_rejects *rejects;
    struct live_lane *lane;
    struct clock *clock;
    struct event_block *block;
    uint64_t ends[REPAIR_ENDS];
    uint64_t before; /* repaired by an earlier run */
    uint64_t faults_total;
    struct fault *faults; /* FAULTS_TOLD of them */
};
enum { FAULTS_TOLD = 1000 };

/* --- what the state has at a position --- */

struct found {
    bool rejected, repaired, other; /* there is one that was rejected, repaired, neither */
    uint64_t length;
    uint32_t line;
    char reason[REJECT_REASON];
};

static bool take_found(void *context, const struct store_reject *reject)
{
    struct found *found = context;
    found->repaired |= reject->kind == STATE_REPAIRED;
    found->other |= reject->kind != STATE_REPAIRED && reject->kind != STATE_REJECTED;
    if (reject->kind != STATE_REJECTED)
        return true;
    found->rejected = true;
    found->length = reject->length;
    found->line = reject->line;
    snprintf(found->reason, sizeof found->reason, "%s", reject->reason);
    return true;
}

/* --- a record of its text --- */

/* The header and format of the file where the record stood. */
static enum status read_dialect(const struct repairing *repairing, uint32_t source,
                                struct dialect *out, struct error *error)
{
    const char *name = command_rejects_name(repairing->rejects, source);
    struct opened_file file;
    if (!name)
        return error_set(error, STATUS_USAGE, "the state has no source %" PRIu32, source);
    enum status status = generation_open_file(name, &file, error);
    if (status != STATUS_OK)
        return status;
    status = dialect_read(file.fd, repairing->rejects->feed.definition, name, out, error);
    close(file.fd);
    return status;
}

/* Decodes the text, which must be one record, into the block. */
static enum status decode(struct repairing *repairing, const char *text, const struct found *found,
                          struct error *error)
{
    struct event_block *block = repairing->block;
    struct dialect dialect = {.format = FORMAT_ANY};
    struct decoded decoded = {0};
    enum status status = read_dialect(repairing, block->source, &dialect, error);
    if (status != STATUS_OK)
        return status;
    size_t len = strlen(text);
    char *bytes = mem_alloc(len + 1);
    memcpy(bytes, text, len + 1); /* its NUL becomes the line end */
    bytes[len++] = '\n';
    struct decoder *decoder =
        decoder_new(&(struct decoder_config){.definition = repairing->rejects->feed.definition,
                                             .symbols = repairing->rejects->feed.symbols,
                                             .hash_key = repairing->rejects->state.key,
                                             .format = dialect.format,
                                             .header = dialect.header,
                                             .offset = block->begin,
                                             .line = found->line - 1});
    decoder_texts(decoder, block->texts);
    status = decoder_feed(decoder, bytes, len, true, UINT64_MAX, block->events, 2, &decoded, error);
    decoder_free(decoder);
    dialect_fini(&dialect);
    free(bytes);
    if (status != STATUS_OK)
        return status;
    if (decoded.events != 1 || decoded.consumed != len)
        return error_set(error, STATUS_BAD_FORMAT, "its text is not one record");
    struct event *event = &block->events[0];
    if (event->reason != REJECT_NONE) {
        char name[128];
        enum reject_reason reason = (enum reject_reason)event->reason;
        outcomes_reason_name(repairing->rejects->feed.definition, reason,
                             reject_names_field(reason) ? event->field + 1 : 0, name);
        return error_set(error, STATUS_BAD_FORMAT, "still not understood: %s", name);
    }
    event->start = block->begin;
    event->line = found->line;
    return STATUS_OK;
}

/* --- a line of the file --- */

static enum status repair_record(struct repairing *repairing, const struct json_member *members,
                                 struct error *error)
{
    struct found found = {.rejected = false};
    const struct event_position position = {(uint32_t)members[MEMBER_SOURCE].number,
                                            (uint32_t)members[MEMBER_GENERATION].number,
                                            members[MEMBER_START].number};
    if (members[MEMBER_SOURCE].number > UINT32_MAX ||
        members[MEMBER_GENERATION].number > UINT32_MAX)
        return error_set(error, STATUS_BAD_FORMAT, "no such position");
    enum status status =
        store_find_reject(repairing->rejects->state.store, &position, take_found, &found, error);
    if (status != STATUS_OK)
        return status;
    if (found.repaired) {
        repairing->before++;
        return STATUS_OK;
    }
    if (!found.rejected)
        return error_set(error, STATUS_BAD_FORMAT, "%s",
                         found.other
                             ? "a late or future record, or a conflict, cannot be replayed: its "
                               "text was understood"
                             : "no rejected record stands at that position");
    struct event_block *block = repairing->block;
    block->source = position.source;
    block->generation = position.generation;
    block->begin = position.start;
    block->end = position.start + found.length;
    block->read_at = clock_now(repairing->clock);
    block->len = 1;
    status = decode(repairing, members[MEMBER_TEXT].text, &found, error);
    if (status != STATUS_OK)
        return status;
    enum repair end = live_repair(repairing->lane, block, found.reason, members[MEMBER_TEXT].text);
    repairing->ends[end]++;
    return end == REPAIR_REFUSED
               ? error_set(error, STATUS_BAD_FORMAT, "its id is another record's: id_conflict")
               : STATUS_OK;
}

static void note_fault(struct repairing *repairing, uint64_t line, const struct error *why)
{
    if (repairing->faults_total++ >= FAULTS_TOLD)
        return;
    struct fault *fault = &repairing->faults[repairing->faults_total - 1];
    fault->line = line;
    snprintf(fault->why, sizeof fault->why, "%.*s", (int)sizeof fault->why - 1, why->text);
}

/* The same position twice in one file: the state learns of the first only in the end. A set of
 * positions by their hashes, at most half full. */
struct seen {
    struct event_position *positions;
    bool *taken;
    size_t len, room;
};

static bool *seen_place(const struct seen *seen, const struct event_position *position)
{
    size_t at =
        (size_t)siphash64((struct hash_key){{0, 0}}, position, sizeof *position) & (seen->room - 1);
    while (seen->taken[at] && (seen->positions[at].source != position->source ||
                               seen->positions[at].generation != position->generation ||
                               seen->positions[at].start != position->start))
        at = (at + 1) & (seen->room - 1);
    return &seen->taken[at];
}

static void seen_put(struct seen *seen, const struct event_position *position)
{
    bool *place = seen_place(seen, position);
    *place = true;
    seen->positions[place - seen->taken] = *position;
}

static void seen_grow(struct seen *seen)
{
    struct seen old = *seen;
    seen->room = old.room ? old.room * 2 : 256;
    seen->positions = mem_zero(seen->room, sizeof *seen->positions);
    seen->taken = mem_zero(seen->room, sizeof *seen->taken);
    for (size_t p = 0; p < old.room; p++)
        if (old.taken[p])
            seen_put(seen, &old.positions[p]);
    free(old.positions);
    free(old.taken);
}

static bool was_seen(struct seen *seen, const struct json_member *members)
{
    struct event_position position;
    memset(&position, 0, sizeof position); /* it is hashed */
    position.source = (uint32_t)members[MEMBER_SOURCE].number;
    position.generation = (uint32_t)members[MEMBER_GENERATION].number;
    position.start = members[MEMBER_START].number;
    if (2 * seen->len >= seen->room)
        seen_grow(seen);
    if (*seen_place(seen, &position))
        return true;
    seen_put(seen, &position);
    seen->len++;
    return false;
}

static enum status repair_line(struct repairing *repairing, struct seen *seen, const char *text,
                               size_t len, uint64_t line)
{
    struct json_member members[MEMBERS] = {
        [MEMBER_SOURCE] = {.name = "source"},
        [MEMBER_GENERATION] = {.name = "generation"},
        [MEMBER_START] = {.name = "start"},
        [MEMBER_TEXT] = {.name = "text", .is_text = true},
    };
    struct error why = {.text = ""};
    enum status status = STATUS_OK;
    if (len > LINE_MAX_BYTES)
        status = error_set(&why, STATUS_BAD_FORMAT, "too long");
    else if (!json_object_take(text, len, members, MEMBERS))
        status = error_set(&why, STATUS_BAD_FORMAT,
                           "not a JSON object with source, generation, start and text");
    else if (was_seen(seen, members))
        status = error_set(&why, STATUS_BAD_FORMAT, "that position stands in this file before");
    else
        status = repair_record(repairing, members, &why);
    json_object_fini(members, MEMBERS);
    if (status != STATUS_OK)
        note_fault(repairing, line, &why);
    return status == STATUS_DAMAGED ? status : STATUS_OK;
}

static enum status read_file(struct repairing *repairing, struct error *error)
{
    const char *path = repairing->rejects->options->replay_file;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set_errno(error, STATUS_NOT_FOUND, errno, "'%.200s'", path);
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    struct seen seen = {0};
    enum status status = STATUS_OK;
    for (uint64_t line = 1; status == STATUS_OK && (len = getline(&text, &room, file)) >= 0; line++)
        if (len > 1)
            status = repair_line(repairing, &seen, text, (size_t)len, line);
    if (status == STATUS_OK && ferror(file))
        status = error_set_errno(error, STATUS_IO, errno, "'%.200s'", path);
    else if (status != STATUS_OK)
        error_set(error, status, "the state is damaged");
    free(seen.positions);
    free(seen.taken);
    free(text);
    fclose(file);
    return status;
}

/* --- what came of it --- */

static const char *const end_words[] = {"counted", "late", "duplicate", "filtered", "future"};

static uint64_t repaired(const struct repairing *repairing)
{
    uint64_t sum = 0;
    for (int e = 0; e < REPAIR_REFUSED; e++)
        sum += repairing->ends[e];
    return sum;
}

static void print_json(const struct repairing *repairing)
{
    printf("{\"tailrace\": 1, \"repaired\": %" PRIu64, repaired(repairing));
    for (int e = 0; e < REPAIR_REFUSED; e++)
        printf(", \"%s\": %" PRIu64, end_words[e], repairing->ends[e]);
    printf(", \"repaired_before\": %" PRIu64 ", \"not_repaired\": %" PRIu64 ", \"faults\": [",
           repairing->before, repairing->faults_total);
    for (uint64_t f = 0; f < repairing->faults_total && f < FAULTS_TOLD; f++) {
        printf("%s{\"line\": %" PRIu64 ", \"why\": ", f > 0 ? ", " : "", repairing->faults[f].line);
        json_print(stdout, repairing->faults[f].why, strlen(repairing->faults[f].why));
        putchar('}');
    }
    puts("]}");
}

static void print_text(const struct repairing *repairing)
{
    const char *path = repairing->rejects->options->replay_file;
    uint64_t all = repaired(repairing),
             in_totals = repairing->ends[REPAIR_COUNTED] + repairing->ends[REPAIR_LATE];
    printf("%" PRIu64 " repaired", all);
    for (int e = 0; e < REPAIR_REFUSED; e++)
        if (repairing->ends[e] > 0)
            printf(", %" PRIu64 " %s", repairing->ends[e], end_words[e]);
    printf("\n");
    if (repairing->before > 0)
        printf("%" PRIu64 " were repaired before: nothing changes\n", repairing->before);
    if (repairing->faults_total > 0)
        printf("%" PRIu64 " not repaired:\n", repairing->faults_total);
    for (uint64_t f = 0; f < repairing->faults_total && f < FAULTS_TOLD; f++) {
        fputs("  ", stdout);
        safe_print(stdout, path, strlen(path));
        printf(":%" PRIu64 "  ", repairing->faults[f].line);
        safe_print(stdout, repairing->faults[f].why, strlen(repairing->faults[f].why));
        putchar('\n');
    }
    if (repairing->faults_total > FAULTS_TOLD)
        printf("  and %" PRIu64 " more\n", repairing->faults_total - FAULTS_TOLD);
    if (in_totals > 0)
        printf("the file itself is as it was: a batch run over it rejects these lines still, and "
               "counts %" PRIu64 " less\n",
               in_totals);
}

/* --- the whole --- */

static void alert_text(void *context, const struct alert *alert, struct pack *out)
{
    struct repairing *repairing = context;
    char line[ALERT_LINE];
    const char *source = command_rejects_name(repairing->rejects, alert->position.source);
    size_t len = alert_line(repairing->rejects->feed.definition, alert, source,
                            clock_now(repairing->clock), line);
    pack_bytes(out, line, len);
}

/* The lane of a state that is there, and is not started. */
static enum status open_lane(struct repairing *repairing, struct error *error)
{
    struct command_rejects *rejects = repairing->rejects;
    const struct options *options = rejects->options;
    struct live_lane_config config = {.definition = rejects->feed.definition,
                                      .symbols = rejects->feed.symbols,
                                      .clock = repairing->clock,
                                      .feed = rejects->feed.feed,
                                      .keeping = {.store = rejects->state.store,
                                                  .alert_text = alert_text,
                                                  .alert_context = repairing}};
    if (options->day != INT32_MIN) {
        config.from = instant_day_start(options->day, rejects->feed.definition->zone);
        config.to = instant_day_start(options->day + 1, rejects->feed.definition->zone);
    }
    repairing->lane = live_lane_new(&config);
    return live_lane_restore(repairing->lane, error);
}

enum status command_rejects_replay(struct command_rejects *rejects, int *left, struct error *error)
{
    struct repairing repairing = {.rejects = rejects,
                                  .clock = clock_new_real(),
                                  .block = mem_zero(1, sizeof *repairing.block),
                                  .faults = mem_zero(FAULTS_TOLD, sizeof *repairing.faults)};
    enum status status = open_lane(&repairing, error);
    if (status == STATUS_OK)
        status = read_file(&repairing, error);
    if (status == STATUS_OK && repaired(&repairing) > 0)
        status = live_repair_keep(repairing.lane, error);
    if (status == STATUS_OK) {
        if (rejects->options->format == OUTPUT_JSON)
            print_json(&repairing);
        else
            print_text(&repairing);
    }
    *left = repairing.faults_total > 0;
    live_lane_free(repairing.lane);
    clock_free(repairing.clock);
    free(repairing.block);
    free(repairing.faults);
    return status;
}
