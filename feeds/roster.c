/*
 * Which files are followed, and when each is to be looked at. Sources are only ever added; their
 * names are kept sorted beside them, because a glob asks for all of its matches again and again.
 */
#include "feeds/roster.h"

#include "core/sometimes.h"
#include "feeds/archive.h"
#include "feeds/dialect.h"
#include "feeds/gunzip.h"
#include "feeds/source_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)

enum {
    POLL_MS = 250,
    POLL_WATCHED_MS = 2000, /* inotify tells: a look now and then all the same */
    GRACE_MS = 5000,
    GLOB_MS = 1000,
    IDLE_LOOKS = 512,
    IDLE_MS = 10000,
};

/* ---- sources ---- */

/* Where in the sorted names `name` is, or would be. */
static uint32_t name_place(const struct roster *roster, const char *name, bool *found)
{
    uint32_t low = 0, high = roster->len;
    *found = false;
    while (low < high && !*found) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(name, roster->names[middle]);
        *found = order == 0;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static bool has_source(const struct roster *roster, const char *name)
{
    bool found;
    name_place(roster, name, &found);
    return found;
}

static struct source *add_source(struct roster *roster, const char *path)
{
    bool found;
    if (roster->len == roster->cap) {
        roster->cap = roster->cap ? roster->cap * 2 : 4;
        roster->sources = mem_resize(roster->sources, roster->cap * sizeof *roster->sources);
        roster->names = mem_resize(roster->names, roster->cap * sizeof *roster->names);
    }
    uint32_t index = catalogue_add(roster->context.catalogue, path);
    const char *name = catalogue_name(roster->context.catalogue, index);
    uint32_t place = name_place(roster, name, &found);
    memmove(roster->names + place + 1, roster->names + place,
            (roster->len - place) * sizeof *roster->names);
    roster->names[place] = name;
    struct source *source = mem_alloc(sizeof *source);
    source_init(source, index, name, clock_mono(roster->context.clock));
    roster->sources[roster->len++] = source;
    return source;
}

static bool is_known(struct roster *roster, const struct opened_file *file)
{
    uint64_t end;
    return catalogue_find(roster->context.catalogue, roster->context.hash_key, UINT32_MAX, file,
                          &end) != FILE_UNKNOWN;
}

/* T-R6, start at the end: behind the last line end, and never before the records. */
static enum status end_of_file(const struct roster *roster, const struct opened_file *file,
                               const char *path, uint64_t *begin, struct error *error)
{
    struct dialect dialect;
    enum status status = generation_last_line_end(file->fd, file->size, begin, error);
    if (status != STATUS_OK)
        return status;
    if (dialect_read(file->fd, roster->context.definition, path, &dialect, NULL) == STATUS_CLOSED)
        *begin = 0; /* its header is being written */
    else if (dialect.header_bytes > *begin)
        *begin = dialect.header_bytes;
    dialect_fini(&dialect);
    return STATUS_OK;
}

/* ---- opening ---- */

/* A file there at the start. One that cannot be opened now is a source all the same when it can be
 * waited for: its reading will fail, be shown and tried again (T-R11). */
static enum status open_path(struct roster *roster, const char *path, bool from_end,
                             struct error *error)
{
    struct opened_file file;
    uint64_t begin = 0;
    if (has_source(roster, path))
        return STATUS_OK;
    enum status status = generation_open_file(path, &file, error);
    if (status == STATUS_OK && is_known(roster, &file)) {
        close(file.fd);
        if (!roster->context.bounded)
            add_source(roster, path)->twin = true;
        return STATUS_OK;
    }
    if (status == STATUS_OK && gunzip_is(file.fd)) {
        close(file.fd);
        if (!roster->pass_packed)
            paths_add(&roster->packed, path);
        return STATUS_OK;
    }
    if (status == STATUS_OK && from_end) {
        status = end_of_file(roster, &file, path, &begin, error);
        if (status != STATUS_OK) {
            close(file.fd);
            return status;
        }
    }
    if (status == STATUS_USAGE || (status != STATUS_OK && roster->context.bounded))
        return status;
    struct source *source = add_source(roster, path);
    if (status == STATUS_OK)
        source_adopt(&roster->context, source, &file, begin, roster->context.resumed);
    return STATUS_OK;
}

/* T-R10. Following goes on without a damaged one, but says so. */
static enum status open_packed(struct roster *roster, const char *path, struct error *error)
{
    struct opened_file file;
    struct error why = {.text = ""};
    bool known = false;
    if (roster->look_only || has_source(roster, path))
        return STATUS_OK;
    enum status status = generation_open_file(path, &file, &why);
    if (status == STATUS_OK && is_known(roster, &file)) {
        close(file.fd);
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = archive_unpack(&roster->context, path, &file, &known, &why);
    if (status != STATUS_OK && (roster->context.bounded || status == STATUS_CLOSED))
        return error_set(error, status, "%s", why.text);
    if (status != STATUS_OK)
        archive_refuse(&roster->context, &why);
    if (status != STATUS_OK || known)
        return STATUS_OK;
    struct source *source = add_source(roster, path);
    source->finite = true;
    source_adopt(&roster->context, source, &file, 0, false);
    return STATUS_OK;
}

/* ---- going on where an earlier run was ---- */

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_spelled(const struct tail_config *config, const char *name)
{
    bool spelled = false;
    for (size_t i = 0; i < config->paths_len; i++)
        spelled |= strcmp(config->paths[i], name) == 0 ||
                   fnmatch(config->paths[i], name, FNM_PATHNAME) == 0;
    return spelled;
}

/* Whether several sources of the earlier run stood under this last part of a name. */
static bool is_ambiguous(const struct tail_config *config, const char *base)
{
    size_t sources = 0;
    for (size_t r = 0; r < config->resume_len; r++)
        sources += strcmp(base_of(config->resume[r].name), base) == 0 &&
                   (r == 0 || config->resume[r].at.source != config->resume[r - 1].at.source);
    return sources > 1;
}

/* A name of an earlier run as it is spelled now: a file may have been named from another directory.
 * What is named nowhere now keeps its name. */
static char *name_now(const struct tail_config *config, const char *name)
{
    const char *base = base_of(name), *now = NULL;
    int found = 0;
    if (is_spelled(config, name) || is_ambiguous(config, base))
        return mem_copy_text(name);
    for (size_t i = 0; i < config->paths_len; i++) {
        const char *here = base_of(config->paths[i]);
        if (strcmp(here, base) != 0 && fnmatch(here, base, 0) != 0)
            continue;
        now = config->paths[i];
        found++;
    }
    char *folder = found == 1 ? paths_folder(now) : NULL, *spelled = NULL;
    if (folder && asprintf(&spelled, "%.*s%s", (int)(base_of(now) - now), now, base) < 0)
        fatal_shortage("out of memory for the name of a file");
    free(folder);
    return spelled ? spelled : mem_copy_text(name);
}

/* The marks of one source: its newest generation goes on, the others are done. */
static void resume_source(struct roster *roster, const struct tail_config *config,
                          const struct resume_mark *marks, size_t len)
{
    const struct resume_mark *newest = &marks[len - 1];
    struct source_context *context = &roster->context;
    char *name = name_now(config, newest->name);
    struct source *source = add_source(roster, name);
    struct generation_mark *done = mem_alloc(len * sizeof *done);
    uint64_t consumed = 0;
    for (size_t i = 0; i < len; i++) {
        done[i] = marks[i].at;
        consumed += marks[i].at.print.offset - marks[i].at.begin;
    }
    catalogue_number(context->catalogue, source->index,
                     newest->at.generation + (newest->at.print.offset > 0), consumed);
    resume_done(context, source, done, len - 1, config->history);
    source->mark = mem_alloc(sizeof *source->mark);
    *source->mark = newest->at;
    if (newest->at.print.offset > 0)
        catalogue_expect(context->catalogue, &newest->at);
    if (newest->at.print.offset == 0 && fingerprint_decides(&newest->seen))
        source->unread = newest->seen;
    free(done);
    free(name);
}

/* Those whose file is where it was come first: what is found elsewhere is then known not to be one
 * of theirs. */
static enum status resume_sources(struct roster *roster, const struct tail_config *config,
                                  struct error *error)
{
    for (size_t from = 0, to; from < config->resume_len; from = to) {
        for (to = from + 1; to < config->resume_len; to++)
            if (config->resume[to].at.source != config->resume[from].at.source)
                break;
        resume_source(roster, config, config->resume + from, to - from);
    }
    for (int search = 0; search <= 1; search++) {
        for (uint32_t i = 0; i < roster->len; i++) {
            struct source *source = roster->sources[i];
            if (!source->mark || source->failed || source->twin ||
                (!search && source->mark->id.inode == 0))
                continue;
            if (source_resume(&roster->context, source, search) == STEP_FAILED &&
                roster->context.bounded)
                return error_set(error, source->error.code, "%s", source->error.text);
        }
    }
    roster->gaps = roster->context.gaps;
    return STATUS_OK;
}

/* ---- at the start ---- */

static enum status open_glob(struct roster *roster, const char *glob, bool from_end,
                             struct error *error)
{
    struct paths matches;
    enum status status = paths_expand(glob, &matches, error);
    if (!roster->context.bounded)
        status = STATUS_OK; /* it is looked for again and again */
    if (status == STATUS_OK && matches.len == 0 && roster->context.bounded)
        status = error_set(error, STATUS_NOT_FOUND, "%s: no file matches", glob);
    for (size_t i = 0; i < matches.len && status == STATUS_OK; i++)
        status = open_path(roster, matches.texts[i], from_end, error);
    paths_fini(&matches);
    if (!roster->context.bounded)
        paths_add(&roster->globs, glob);
    return status;
}

static enum status open_fd(struct roster *roster, const struct tail_config *config,
                           struct error *error)
{
    struct opened_file file;
    const char *name = config->name ? config->name : "input";
    enum status status = generation_check_file(name, config->fd, &file, error);
    if (status != STATUS_OK)
        return status;
    file.fd = fcntl(config->fd, F_DUPFD_CLOEXEC, 0);
    if (file.fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "%s", name);
    struct source *source = add_source(roster, name);
    source->is_fd = true;
    source_adopt(&roster->context, source, &file, 0, false);
    return STATUS_OK;
}

static void add_folder(struct roster *roster, const char *path)
{
    char *folder = paths_folder(path);
    bool have = !folder;
    for (size_t i = 0; i < roster->folders.len && !have; i++)
        have = strcmp(roster->folders.texts[i], folder) == 0;
    if (!have)
        paths_add(&roster->folders, folder);
    /* A glob over folders: new ones are found by looking. */
    roster->folder_missing |= !folder;
    free(folder);
}

/* Folders come and go: adding one that is watched already changes nothing. */
static void watch_folders(struct roster *roster)
{
    roster->folder_missing = false;
    for (size_t i = 0; i < roster->folders.len && roster->context.watch; i++) {
        struct error error;
        enum status status = watch_folder(roster->context.watch, roster->folders.texts[i], &error);
        if (status == STATUS_NOT_FOUND)
            roster->folder_missing = true;
        else if (status != STATUS_OK)
            roster->context.watch_error = error;
    }
}

/* T-R7: from now on by polling; said once. */
static void lose_watch(struct roster *roster, const struct error *why)
{
    watch_free(roster->context.watch);
    roster->context.watch = NULL;
    roster->watch_lost = true;
    roster->watch_error = *why;
    roster->look_at_all_due = 0;
}

static void start_watch(struct roster *roster, const struct tail_config *config)
{
    struct error error;
    if (config->bounded || config->no_inotify || roster->is_fd)
        return;
    roster->context.watch = watch_new(&error);
    if (!roster->context.watch) {
        lose_watch(roster, &error);
        return;
    }
    for (size_t i = 0; i < config->paths_len; i++)
        add_folder(roster, config->paths[i]);
    watch_folders(roster);
}

/* ---- what is worth a look ---- */

static void mark_changed(void *context, uint32_t source)
{
    struct roster *roster = context;
    if (source < roster->len)
        roster->sources[source]->dirty = true;
}

static void mark_all(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->len; i++)
        roster->sources[i]->dirty = true;
}

void roster_take_news(struct roster *roster)
{
    if (roster->context.watch && !roster->context.watch_error.code) {
        struct watch_news news = watch_take(roster->context.watch, mark_changed, roster);
        if (news.names) {
            mark_all(roster);
            roster->globs_due = 0;
        }
        if (news.overflow)
            error_set(&roster->context.watch_error, STATUS_LIMIT,
                      "inotify: changes came faster than they were read");
    }
    if (roster->context.watch && roster->context.watch_error.code)
        lose_watch(roster, &roster->context.watch_error);
}

/* T-R6: a new match is read from its start. */
static void look_for_matches(struct roster *roster)
{
    for (size_t g = 0; g < roster->globs.len; g++) {
        struct paths matches;
        paths_expand(roster->globs.texts[g], &matches, NULL);
        for (size_t i = 0; i < matches.len; i++) {
            struct opened_file file;
            if (has_source(roster, matches.texts[i]))
                continue;
            enum status status = generation_open_file(matches.texts[i], &file, NULL);
            bool packed = status == STATUS_OK && gunzip_is(file.fd);
            bool known = status == STATUS_OK && is_known(roster, &file);
            if (packed || known)
                close(file.fd);
            if (status == STATUS_OK && !known && !packed)
                source_adopt(&roster->context, add_source(roster, matches.texts[i]), &file, 0,
                             true);
            else if ((packed && !known) /* passed by when it is looked at */ ||
                     status == STATUS_IO || status == STATUS_LIMIT) /* shown: it cannot be read */
                add_source(roster, matches.texts[i]);
        }
        paths_fini(&matches);
    }
}

static int64_t look_at_all_ns(const struct roster *roster)
{
    bool told = roster->context.watch && !roster->folder_missing;
    return told && roster->poll_ns < POLL_WATCHED_MS * NS_PER_MS ? POLL_WATCHED_MS * NS_PER_MS
                                                                 : roster->poll_ns;
}

/* T-R7, adaptive: of very many files, those that have not grown for a while are looked at less
 * often, so that looking costs no more than for IDLE_LOOKS of them. */
static bool is_its_turn(const struct roster *roster, uint32_t i, mono_ns now)
{
    const struct source *source = roster->sources[i];
    int64_t between = roster->poll_ns * (1 + roster->len / IDLE_LOOKS);
    if (between > POLL_WATCHED_MS * NS_PER_MS)
        between = POLL_WATCHED_MS * NS_PER_MS;
    return !source->current || now - source->grown < IDLE_MS * NS_PER_MS ||
           now - source->looked >= between - roster->poll_ns / 2;
}

void roster_renew(struct roster *roster, mono_ns now)
{
    roster_take_news(roster);
    bool all = !roster->context.watch || now >= roster->look_at_all_due;
    if (now >= roster->look_at_all_due) {
        watch_folders(roster);
        roster->look_at_all_due = now + look_at_all_ns(roster);
    }
    if (roster->globs.len > 0 && now >= roster->globs_due) {
        look_for_matches(roster);
        roster->globs_due = now + GLOB_MS * NS_PER_MS;
    }
    for (uint32_t i = 0; i < roster->len; i++)
        if ((all && is_its_turn(roster, i, now)) ||
            source_deadline(&roster->context, roster->sources[i]) <= now)
            roster->sources[i]->dirty = true;
}

/* Of a file that this process writes itself each append is told: nobody looks in between. */
mono_ns roster_deadline(const struct roster *roster)
{
    mono_ns deadline = roster->is_fd ? WAKE_NEVER : roster->look_at_all_due;
    if (roster->globs.len > 0 && roster->globs_due < deadline)
        deadline = roster->globs_due;
    for (uint32_t i = 0; i < roster->len; i++) {
        mono_ns own = source_deadline(&roster->context, roster->sources[i]);
        deadline = own < deadline ? own : deadline;
    }
    return deadline;
}

/* ---- life ---- */

static void init(struct roster *roster, const struct tail_config *config)
{
    *roster = (struct roster){.is_fd = config->fd >= 0, .look_only = config->look_only};
    roster->poll_ns = (config->poll_ms ? config->poll_ms : POLL_MS) * NS_PER_MS;
    roster->context.definition = config->definition;
    roster->context.symbols = config->symbols;
    roster->context.hash_key = config->hash_key;
    roster->context.bounded = config->bounded;
    roster->context.keeps_prints = !config->bounded || config->keeping;
    roster->context.resumed = config->resumed;
    roster->context.backfill = true;
    roster->context.stopped = config->stopped;
    roster->pass_packed = config->from_end;
    roster->context.grace_ns = (config->grace_ms ? config->grace_ms : GRACE_MS) * NS_PER_MS;
    roster->context.clock = clock_new_real();
    roster->context.catalogue = catalogue_new();
}

enum status roster_open(struct roster *roster, const struct tail_config *config,
                        struct error *error)
{
    generation_raise_limit();
    init(roster, config);
    start_watch(roster, config);
    enum status status = roster->is_fd ? open_fd(roster, config, error) : STATUS_OK;
    bool from_end = config->from_end && !config->resumed;
    if (status == STATUS_OK)
        status = resume_sources(roster, config, error);
    for (size_t i = 0; i < config->paths_len && !roster->is_fd && status == STATUS_OK; i++) {
        const char *path = config->paths[i];
        status = paths_is_glob(path) ? open_glob(roster, path, from_end, error)
                                     : open_path(roster, path, from_end, error);
    }
    for (size_t i = 0; i < roster->packed.len && status == STATUS_OK; i++)
        status = open_packed(roster, roster->packed.texts[i], error);
    roster->context.backfill = false;
    return status;
}

void roster_fini(struct roster *roster)
{
    source_pin(&roster->context, NULL);
    for (uint32_t i = 0; i < roster->len; i++) {
        source_fini(roster->sources[i]);
        free(roster->sources[i]);
    }
    free(roster->sources);
    free(roster->names);
    free(roster->context.buffer.bytes);
    watch_free(roster->context.watch);
    catalogue_free(roster->context.catalogue);
    clock_free(roster->context.clock);
    paths_fini(&roster->globs);
    paths_fini(&roster->packed);
    paths_fini(&roster->folders);
}
