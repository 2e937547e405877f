#ifndef TAILRACE_TUI_REPLAY_MANIFEST_H
#define TAILRACE_TUI_REPLAY_MANIFEST_H
/*
 * What a replay's answer was computed from: no wall-clock text, so that the same work gives the
 * same bytes (S-111, S-116). The inputs in it are also how the next replay finds out that history
 * is missing: their bytes then are the beginning of their bytes now, or something is lost (A2-55).
 *
 * Pure. Threads: any.
 */
#include "tui/manifest.h"

struct replay_output {
    const char *file;
    uint64_t bytes;
    char sha256[SHA256_TEXT];
};

struct replay_manifest {
    bool as_of_set;
    epoch_ms as_of;
    const struct manifest_input *inputs;
    size_t inputs_len;
    const struct replay_output *outputs;
    size_t outputs_len;
};

void replay_manifest_print(FILE *out, const struct replay_manifest *manifest,
                           const struct summary *summary);

/* One input of a manifest found; `path` as JSON has it, quotes and all, not ended by a NUL. */
struct replay_input {
    const char *path;
    size_t path_len;
    uint64_t bytes;
    char sha256[SHA256_TEXT];
};

/* The next input, `*at` being NULL at first; false: no more. STATUS-free: what cannot be read as
 * ours is no input. */
bool replay_manifest_next(const char *text, const char **at, struct replay_input *out);
/* Whether a source's name is that path. */
bool replay_input_is(const struct replay_input *input, const char *name);

#endif
