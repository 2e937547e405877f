#ifndef TAILRACE_TUI_REPLAY_FOLDER_H
#define TAILRACE_TUI_REPLAY_FOLDER_H
/*
 * The folder of a replay, replaced as a whole (S-116). The new answer is written into a folder
 * beside it, brought to disk, and exchanged with it in one step; the old one stays as
 * DIR.previous. Whoever opens DIR meanwhile finds one answer or the other, whole.
 *
 *     open (makes .DIR.new, locks) → create … finish for each file → switch → close
 *
 * One replay at a time (S-112): .DIR.lock beside it is locked, and freed by the system when the
 * process ends. A run that dies leaves .DIR.new behind; the next one removes it. Only folders that
 * hold nothing but a replay are ever replaced or removed.
 *
 * Threads: main only.
 */
#include "core/sha256.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { REPLAY_FILES = 4, REPLAY_NAME_MAX = 200 };
extern const char *const replay_file_names[REPLAY_FILES]; /* the manifest is the last */
#define REPLAY_MANIFEST "manifest.json"

struct replay_folder {
    const char *path;               /* as said */
    char name[REPLAY_NAME_MAX + 1]; /* its last part */
    int parent, lock, fd;           /* fd: the new folder; -1: none */
    bool exists;                    /* DIR is there */
    bool switched;
};

/* STATUS_USAGE: not a name a replay may have, or a folder with something else in it.
 * STATUS_LIMIT: another replay is at work. */
enum status replay_folder_open(struct replay_folder *folder, const char *path, struct error *error);
/* Without a switch before it, nothing has happened. */
void replay_folder_close(struct replay_folder *folder);

/* A file of the new folder; NULL and error. `is_private`: nobody else may read it, whatever the
 * umask, as it speaks of single events (D-17). */
FILE *replay_folder_create(const struct replay_folder *folder, const char *name, bool is_private,
                           struct error *error);
/* Brings it to disk, closes it, tells its size and hash. */
enum status replay_folder_finish(const struct replay_folder *folder, const char *name, FILE *file,
                                 uint64_t *bytes, char sha256[SHA256_TEXT], struct error *error);

/* The manifest of DIR as it is, with a NUL behind it; NULL: there is none. */
char *replay_folder_manifest(const struct replay_folder *folder);

/* Puts the new folder in place; `had_previous`: an old one stays as DIR.previous. */
enum status replay_folder_switch(struct replay_folder *folder, bool *had_previous,
                                 struct error *error);

#endif
