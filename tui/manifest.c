/* Manifests: the hash, the text, and the comparison. */
#include "tui/manifest.h"

#include "core/definition_digest.h"

#include <inttypes.h>
#include <string.h>

static char *hash_of(const char *bytes, size_t len, char out[SHA256_TEXT])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_add(&sha, bytes, len);
    return sha256_text(&sha, out);
}

void manifest_begin(struct manifest *manifest, const struct definition *definition, bool raw,
                    const char *report, int32_t day, const struct manifest_input *inputs,
                    size_t inputs_len)
{
    struct sha256 sha;
    *manifest = (struct manifest){.report = report, .inputs = inputs, .inputs_len = inputs_len};
    instant_format_date(instant_day_start(day, NULL), NULL, manifest->day);
    sha256_init(&sha);
    sha256_add_text(&sha, TAILRACE_VERSION);
    sha256_add_text(&sha, report);
    sha256_add_number(&sha, raw);
    definition_digest(definition, &sha);
    sha256_text(&sha, manifest->config);
    sha256_init(&sha);
    sha256_add_text(&sha, manifest->config);
    sha256_add_text(&sha, manifest->day);
    for (size_t i = 0; i < inputs_len; i++)
        sha256_add_text(&sha, inputs[i].sha256);
    for (int i = 0; i < definition->lookups_len; i++)
        if (definition->lookups[i].needed)
            sha256_add_text(&sha, definition->lookups[i].sha256);
    sha256_text(&sha, manifest->computed_from);
}

static void print_file(FILE *out, const char *path, uint64_t bytes, const char *sha256, bool first)
{
    fputs(first ? "\n    {\"path\": " : ",\n    {\"path\": ", out);
    output_json_string(out, path);
    fprintf(out, ", \"bytes\": %" PRIu64 ", \"sha256\": \"%s\"}", bytes, sha256);
}

void manifest_print_inputs(FILE *out, const struct manifest_input *inputs, size_t len)
{
    fputs("\"inputs\": [", out);
    for (size_t i = 0; i < len; i++)
        print_file(out, inputs[i].path, inputs[i].bytes, inputs[i].sha256, i == 0);
    fputs("\n  ]", out);
}

void manifest_print_lookups(FILE *out, const struct definition *definition)
{
    bool first = true;
    fputs("\"lookups\": [", out);
    for (int i = 0; i < definition->lookups_len; i++) {
        const struct lookup_join *join = &definition->lookups[i];
        if (join->needed)
            print_file(out, join->path, join->bytes, join->sha256, first);
        first &= !join->needed;
    }
    fputs(first ? "]" : "\n  ]", out);
}

void manifest_print(FILE *out, const struct manifest *manifest, const struct summary *summary,
                    const char *file, size_t rows, const char *bytes, size_t len)
{
    const struct definition *definition = summary->definition;
    char hash[SHA256_TEXT];
    fprintf(out, "{\n  \"tailrace\": 1,\n  \"report\": \"%s\",\n  \"day\": \"%s\",\n",
            manifest->report, manifest->day);
    fprintf(
        out,
        "  \"output\": {\"file\": \"%s\", \"rows\": %zu, \"bytes\": %zu, \"sha256\": \"%s\"},\n",
        file, rows, len, hash_of(bytes, len, hash));
    fprintf(out, "  \"definition\": \"%s\",\n  \"config\": \"%s\",\n", definition->name,
            manifest->config);
    fprintf(out, "  \"computed_from\": \"%s\",\n  ", manifest->computed_from);
    manifest_print_inputs(out, manifest->inputs, manifest->inputs_len);
    fputs(",\n  ", out);
    manifest_print_lookups(out, definition);
    fputs(",\n  ", out);
    output_outcomes(out, summary);
    fputs("\n}\n", out);
}

bool manifest_is_current(const struct manifest *manifest, const char *text, const char *bytes,
                         size_t len)
{
    char work[SHA256_TEXT + 32], output[SHA256_TEXT + 64], hash[SHA256_TEXT];
    snprintf(work, sizeof work, "\n  \"computed_from\": \"%s\",\n", manifest->computed_from);
    snprintf(output, sizeof output, ", \"bytes\": %zu, \"sha256\": \"%s\"},\n  \"definition\"", len,
             hash_of(bytes, len, hash));
    return strstr(text, work) && strstr(text, output);
}
