/* The text of a replay's manifest, and the inputs of an older one. */
#include "tui/replay_manifest.h"

#include "tui/memory_file.h"

#include "core/definition_digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_hashes(FILE *out, const struct replay_manifest *manifest,
                         const struct definition *definition)
{
    struct sha256 sha;
    char config[SHA256_TEXT], work[SHA256_TEXT];
    sha256_init(&sha);
    sha256_add_text(&sha, TAILRACE_VERSION);
    sha256_add_number(&sha, manifest->as_of_set);
    sha256_add_number(&sha, manifest->as_of);
    definition_digest(definition, &sha);
    sha256_text(&sha, config);
    sha256_init(&sha);
    sha256_add_text(&sha, config);
    for (size_t i = 0; i < manifest->inputs_len; i++)
        sha256_add_text(&sha, manifest->inputs[i].sha256);
    for (int i = 0; i < definition->lookups_len; i++)
        if (definition->lookups[i].needed)
            sha256_add_text(&sha, definition->lookups[i].sha256);
    fprintf(out, "  \"config\": \"%s\",\n  \"computed_from\": \"%s\",\n", config,
            sha256_text(&sha, work));
}

void replay_manifest_print(FILE *out, const struct replay_manifest *manifest,
                           const struct summary *summary)
{
    char time[INSTANT_TEXT];
    fputs("{\n  \"tailrace\": 1,\n  \"replay\": ", out);
    output_json_string(out, summary->definition->name);
    if (manifest->as_of_set)
        fprintf(out, ",\n  \"as_of\": \"%s\",\n", instant_format(manifest->as_of, time));
    else
        fputs(",\n  \"as_of\": null,\n", out);
    print_hashes(out, manifest, summary->definition);
    fputs("  \"outputs\": [", out);
    for (size_t o = 0; o < manifest->outputs_len; o++) {
        const struct replay_output *output = &manifest->outputs[o];
        fprintf(out, "%s\n    {\"file\": \"%s\", \"bytes\": %" PRIu64 ", \"sha256\": \"%s\"}",
                o > 0 ? "," : "", output->file, output->bytes, output->sha256);
    }
    fputs("\n  ],\n  ", out);
    manifest_print_inputs(out, manifest->inputs, manifest->inputs_len);
    fputs(",\n  ", out);
    manifest_print_lookups(out, summary->definition);
    fputs(",\n  ", out);
    output_outcomes(out, summary);
    fputs("\n}\n", out);
}

/* --- reading one ----------------------------------------------------------------------------- */

#define LINE "\n    {\"path\": "

/* A line as manifest_print_inputs writes it: no line end can stand in a path. */
static bool read_line(const char *line, const char *end, struct replay_input *out)
{
    static const char bytes[] = ", \"bytes\": ", hash[] = ", \"sha256\": \"";
    out->path = line + strlen(LINE);
    const char *at = NULL;
    for (const char *found = out->path; (found = strstr(found, bytes)) && found < end; found++)
        at = found; /* the last: a path may hold these very words */
    if (!at)
        return false;
    out->path_len = (size_t)(at - out->path);
    char *digits;
    out->bytes = strtoull(at + strlen(bytes), &digits, 10);
    if (strncmp(digits, hash, strlen(hash)) != 0 ||
        end - digits < (ptrdiff_t)(strlen(hash) + SHA256_TEXT))
        return false;
    memcpy(out->sha256, digits + strlen(hash), SHA256_TEXT - 1);
    out->sha256[SHA256_TEXT - 1] = '\0';
    return true;
}

bool replay_manifest_next(const char *text, const char **at, struct replay_input *out)
{
    if (!*at)
        *at = strstr(text, "\n  \"inputs\": [");
    const char *stop = *at ? strstr(*at, "\n  ]") : NULL;
    const char *line = *at ? strstr(*at + 1, LINE) : NULL;
    if (!line || !stop || line > stop)
        return false;
    const char *end = strchr(line + 1, '\n');
    *at = line;
    return end && read_line(line, end, out);
}

bool replay_input_is(const struct replay_input *input, const char *name)
{
    struct memory_file text;
    memory_file_open(&text);
    output_json_string(text.stream, name);
    memory_file_close(&text);
    bool same = text.len == input->path_len && memcmp(text.bytes, input->path, text.len) == 0;
    free(text.bytes);
    return same;
}
