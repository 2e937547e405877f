#ifndef TAILRACE_TUI_STATE_PLACE_H
#define TAILRACE_TUI_STATE_PLACE_H
/*
 * Which directory a command's state is in: the one of --state, or one below the user's state home
 * (core/state_dir.h), for each definition and feeds one: its name is a part of the first feed's,
 * to be recognised, and a hash of the definition and of where the feeds are.
 *
 * A feed is named by the directory it stands in, with links followed, and its own name: so the
 * name is the same before the file is there, and from wherever it is said.
 *
 * Threads: main.
 */
#include "core/definition_digest.h"
#include "core/sha256.h"
#include "tui/options.h"

/* Of what decides about results (S-94); not of the feeds' paths. */
void state_place_digest(const struct options *options, const struct definition *definition,
                        char out[SHA256_TEXT]);
/* The same in parts (core/definition_digest.h). */
void state_place_parts(const struct options *options, const struct definition *definition,
                       char out[DIGEST_PARTS_TEXT]);

/* To be freed; NULL: there is no place, for neither XDG_STATE_HOME nor HOME is an absolute path. */
char *state_place(const struct options *options, const char *digest);

#endif
