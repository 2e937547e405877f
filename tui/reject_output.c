/* Groups and records, as text, JSON and CSV. */
#include "tui/reject_output.h"

#include "tui/json_text.h"
#include "tui/output.h"
#include "tui/safe_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 96 /* bytes of a record in a text for people */ };

/* The one place where bytes of records go out. Without the line end; NULL: none were kept. */
static const char *bytes_of(const struct store_reject *reject, size_t *len)
{
    const char *bytes = reject->bytes;
    *len = bytes ? reject->bytes_len : 0;
    while (*len > 0 && (bytes[*len - 1] == '\n' || bytes[*len - 1] == '\r'))
        --*len;
    return bytes;
}

static const char *name_of(const struct reject_output *output, uint32_t source)
{
    const char *name = output->source->name(output->source->self, source);
    return name ? name : "?";
}

static struct store_reject example_of(const struct reject_groups *groups, int g)
{
    const struct reject_group *group = &groups->log.groups[g];
    return (struct store_reject){.kind = group->kind,
                                 .position = group->newest,
                                 .length = group->newest_length,
                                 .line = group->newest_line,
                                 .reason = group->reason,
                                 .bytes =
                                     groups->examples[g].kept ? groups->examples[g].bytes : NULL,
                                 .bytes_len = groups->examples[g].len};
}

/* Goes through the records, `each` of every group at most. */
struct walk {
    const struct reject_output *output;
    void (*put)(const struct walk *walk, const struct store_reject *reject);
    uint64_t each, given; /* of the group at hand */
    uint64_t printed;
    enum state_reject kind;
    char reason[REJECT_REASON];
    const struct reject_group *only; /* NULL: of all groups */
};

static bool step(void *context, const struct store_reject *reject)
{
    struct walk *walk = context;
    bool same = walk->printed > 0 && walk->kind == reject->kind &&
                strncmp(walk->reason, reject->reason, sizeof walk->reason - 1) == 0;
    if (!same) {
        walk->given = 0;
        walk->kind = reject->kind;
        snprintf(walk->reason, sizeof walk->reason, "%s", reject->reason);
    }
    if (walk->only &&
        (walk->only->kind != walk->kind || strcmp(walk->only->reason, walk->reason) != 0))
        return true;
    if (walk->given++ < walk->each)
        walk->put(walk, reject);
    walk->printed++;
    return true;
}

static enum status each(struct walk *walk, struct error *error)
{
    const struct reject_source *source = walk->output->source;
    return source->each(source->self, step, walk, error);
}

/* --- text --- */

static void print_bytes(FILE *out, const struct store_reject *reject)
{
    size_t len;
    const char *bytes = bytes_of(reject, &len);
    if (!bytes) {
        fprintf(out, "(%" PRIu64 " bytes, not kept)", reject->length);
        return;
    }
    safe_print(out, bytes, len < PREFIX ? len : PREFIX);
    if (len > PREFIX || reject->bytes_len < reject->length)
        fprintf(out, "... (%" PRIu64 " bytes)", reject->length);
}

static void print_place(const struct reject_output *output, const struct event_position *position,
                        uint32_t line)
{
    const char *name = name_of(output, position->source);
    safe_print(output->out, name, strlen(name));
    if (position->generation > 0)
        fprintf(output->out, " (generation %" PRIu32 ")", position->generation);
    fprintf(output->out, ":%" PRIu32, line);
}

static void put_text(const struct walk *walk, const struct store_reject *reject)
{
    fputs("         ", walk->output->out);
    print_place(walk->output, &reject->position, reject->line);
    fprintf(walk->output->out, "  byte %" PRIu64 "  ", reject->position.start);
    print_bytes(walk->output->out, reject);
    fputc('\n', walk->output->out);
}

static enum status print_group(const struct reject_output *output,
                               const struct reject_groups *groups, int g, struct error *error)
{
    const struct reject_group *group = &groups->log.groups[g];
    const struct store_reject example = example_of(groups, g);
    fprintf(output->out, "%7" PRIu64 "  %-9s", group->count, reject_kind_text(group->kind));
    if (strcmp(group->reason, reject_kind_text(group->kind)) != 0) {
        fputc(' ', output->out);
        safe_print(output->out, group->reason, strlen(group->reason));
    }
    fputs("  ", output->out);
    print_place(output, &group->first, group->first_line);
    if (group->count > 1) {
        fputs(" to ", output->out);
        print_place(output, &group->newest, group->newest_line);
    }
    fputc('\n', output->out);
    struct walk walk = {.output = output, .put = put_text, .each = output->each, .only = group};
    if (output->each > 0)
        return each(&walk, error);
    put_text(&walk, &example);
    return STATUS_OK;
}

enum status reject_output_text(const struct reject_output *output,
                               const struct reject_groups *groups, struct error *error)
{
    static const char *const words[] = {"not understood", "late", "in the future",
                                        "with an id that came before with another content",
                                        "repaired"};
    FILE *out = output->out;
    const char *separator = "";
    enum status status = STATUS_OK;
    for (int k = 0; k < STATE_REJECTS; k++) {
        if (groups->kinds[k] == 0 && k > STATE_FUTURE)
            continue;
        fprintf(out, "%s%" PRIu64 " %s", separator, groups->kinds[k], words[k]);
        separator = ", ";
    }
    fputc('\n', out);
    for (int g = 0; g < groups->log.len && status == STATUS_OK; g++)
        status = print_group(output, groups, g, error);
    if (groups->log.beyond > 0)
        fprintf(out, "%7" PRIu64 "  of further reasons\n", groups->log.beyond);
    if (groups->not_kept > 0)
        fprintf(out, "%" PRIu64 " without their bytes: %s\n", groups->not_kept,
                output->state ? "no room for them (--rejects-max), --redact, or the file had "
                                "changed"
                              : "--redact, or the file had changed");
    return status;
}

/* --- JSON --- */

static void print_hex(FILE *out, const char *bytes, size_t len)
{
    fputs(", \"hex\": \"", out);
    for (size_t i = 0; i < len; i++)
        fprintf(out, "%02x", (unsigned)(unsigned char)bytes[i]);
    fputc('"', out);
}

static bool is_text(const char *bytes, size_t len)
{
    struct safe_reader reader;
    struct safe_unit unit;
    safe_open(&reader, bytes, len, false);
    for (size_t at = 0; safe_next(&reader, &unit); at = reader.at)
        if (unit.escape[0] == '\\' && (unsigned char)bytes[at] >= 0x80 && reader.at - at == 1)
            return false;
    return true;
}

static void print_text_member(FILE *out, const struct store_reject *reject)
{
    size_t len;
    const char *bytes = bytes_of(reject, &len);
    fputs(", \"text\": ", out);
    if (bytes)
        json_print(out, bytes, len);
    else
        fputs("null", out);
    if (bytes && !is_text(bytes, len))
        print_hex(out, bytes, len);
}

static void print_position(const struct reject_output *output,
                           const struct event_position *position, uint32_t line)
{
    fprintf(output->out, "\"source\": %" PRIu32 ", \"path\": ", position->source);
    output_json_string(output->out, name_of(output, position->source));
    fprintf(output->out,
            ", \"generation\": %" PRIu32 ", \"start\": %" PRIu64 ", \"line\": %" PRIu32,
            position->generation, position->start, line);
}

static void put_object(const struct walk *walk, const struct store_reject *reject)
{
    FILE *out = walk->output->out;
    fprintf(out, "{\"kind\": \"%s\", \"reason\": ", reject_kind_text(reject->kind));
    output_json_string(out, reject->reason);
    fputs(", ", out);
    print_position(walk->output, &reject->position, reject->line);
    fprintf(out, ", \"length\": %" PRIu64 ", \"kept\": %zu", reject->length,
            reject->bytes ? reject->bytes_len : 0);
    print_text_member(out, reject);
    fputc('}', out);
}

static void put_line(const struct walk *walk, const struct store_reject *reject)
{
    put_object(walk, reject);
    fputc('\n', walk->output->out);
}

static void put_listed(const struct walk *walk, const struct store_reject *reject)
{
    fputs(walk->given > 1 ? ", " : "", walk->output->out);
    put_object(walk, reject);
}

enum status reject_output_lines(const struct reject_output *output, struct error *error)
{
    struct walk walk = {.output = output, .put = put_line, .each = UINT64_MAX};
    return each(&walk, error);
}

static enum status print_group_object(const struct reject_output *output,
                                      const struct reject_groups *groups, int g,
                                      struct error *error)
{
    FILE *out = output->out;
    const struct reject_group *group = &groups->log.groups[g];
    const struct store_reject example = example_of(groups, g);
    fprintf(out, "%s{\"kind\": \"%s\", \"reason\": ", g > 0 ? ", " : "",
            reject_kind_text(group->kind));
    output_json_string(out, group->reason);
    fprintf(out, ", \"count\": %" PRIu64 ", \"first\": {", group->count);
    print_position(output, &group->first, group->first_line);
    fputs("}, \"newest\": {", out);
    print_position(output, &group->newest, group->newest_line);
    fprintf(out, ", \"length\": %" PRIu64, group->newest_length);
    print_text_member(out, &example);
    fputs("}", out);
    enum status status = STATUS_OK;
    if (output->each > 0) {
        struct walk walk = {
            .output = output, .put = put_listed, .each = output->each, .only = group};
        fputs(", \"records\": [", out);
        status = each(&walk, error);
        fputs("]", out);
    }
    fputs("}", out);
    return status;
}

enum status reject_output_json(const struct reject_output *output,
                               const struct reject_groups *groups, struct error *error)
{
    FILE *out = output->out;
    enum status status = STATUS_OK;
    fputs("{\"tailrace\": 1, \"definition\": ", out);
    output_json_string(out, output->definition);
    fputs(", \"rejects\": {", out);
    for (int k = 0; k < STATE_REJECTS; k++)
        fprintf(out, "%s\"%s\": %" PRIu64, k > 0 ? ", " : "",
                reject_kind_text((enum state_reject)k), groups->kinds[k]);
    fprintf(out, "}, \"not_kept\": %" PRIu64 ", \"groups\": [", groups->not_kept);
    for (int g = 0; g < groups->log.len && status == STATUS_OK; g++)
        status = print_group_object(output, groups, g, error);
    fprintf(out, "], \"of_further_reasons\": %" PRIu64 "}\n", groups->log.beyond);
    return status;
}

/* --- CSV --- */

static void put_row(const struct walk *walk, const struct store_reject *reject)
{
    FILE *out = walk->output->out;
    const char *name = name_of(walk->output, reject->position.source);
    bool raw = walk->output->raw;
    size_t len;
    const char *bytes = bytes_of(reject, &len);
    fprintf(out, "%s,", reject_kind_text(reject->kind));
    output_csv_text(out, reject->reason, strlen(reject->reason), true, raw);
    fputc(',', out);
    output_csv_text(out, name, strlen(name), true, raw);
    fprintf(out, ",%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",",
            reject->position.source, reject->position.generation, reject->position.start,
            reject->length, reject->line);
    if (bytes)
        output_csv_text(out, bytes, len, true, raw);
    fputc('\n', out);
}

enum status reject_output_csv(const struct reject_output *output, struct error *error)
{
    struct walk walk = {.output = output, .put = put_row, .each = UINT64_MAX};
    fputs("kind,reason,path,source,generation,start,length,line,text\n", output->out);
    return each(&walk, error);
}
