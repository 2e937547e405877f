/* Copies of a state, by name. */
#include "core/savepoint.h"

#include "tui/command.h"
#include "tui/command_feed.h"
#include "tui/command_state.h"
#include "tui/format.h"
#include "tui/safe_text.h"
#include "tui/state_place.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct listing {
    struct savepoint *all;
    size_t len;
};

static void take(void *context, const struct savepoint *savepoint)
{
    struct listing *listing = context;
    listing->all = mem_resize(listing->all, (listing->len + 1) * sizeof *listing->all);
    listing->all[listing->len++] = *savepoint;
}

static int by_time(const void *left, const void *right)
{
    const struct savepoint *a = left, *b = right;
    int time = (a->made > b->made) - (a->made < b->made);
    return time ? time : strcmp(a->name, b->name);
}

/* Oldest first: when, how large, its name. */
static enum status list(const char *path, struct error *error)
{
    struct listing listing = {.len = 0};
    enum status status = savepoint_each(path, take, &listing, error);
    if (listing.len > 1)
        qsort(listing.all, listing.len, sizeof *listing.all, by_time);
    for (size_t s = 0; s < listing.len; s++) {
        char time[INSTANT_TEXT], bytes[FORMAT_TEXT];
        instant_format(listing.all[s].made, time);
        printf("%s  %10s  %s\n", time, format_bytes(listing.all[s].bytes, bytes),
               listing.all[s].name);
    }
    if (status == STATUS_OK && listing.len == 0)
        command_note("no savepoint yet in %s", path);
    free(listing.all);
    return status;
}

/* Of every state in its default place. */
static enum status list_all(struct error *error)
{
    char *base = state_dir_default("");
    DIR *entries = base ? opendir(base) : NULL;
    const struct dirent *entry;
    enum status status = STATUS_OK;
    if (!entries)
        command_note("no state yet in %s", base ? base : "a home directory: there is none");
    while (entries && status == STATUS_OK && (entry = readdir(entries))) {
        char *path = NULL;
        if (entry->d_name[0] == '.')
            continue;
        if (asprintf(&path, "%s%s", base, entry->d_name) < 0)
            fatal_shortage("out of memory for the name of a file");
        safe_print(stdout, path, strlen(path));
        putchar('\n');
        status = list(path, error);
        free(path);
    }
    if (entries)
        closedir(entries);
    free(base);
    return status;
}

/* The state of a feed is found by its definition; --state says it by itself, and then a copy asks
 * nothing of what it copies but that it is sound. */
static enum status place_of(const struct options *options, struct command_feed *feed, char **path,
                            char digest[SHA256_TEXT], struct error *error)
{
    memset(feed, 0, sizeof *feed);
    digest[0] = '\0';
    if (options->state) {
        *path = mem_copy_text(options->state);
        return STATUS_OK;
    }
    if (options->arguments_len == 0)
        return error_set(
            error, STATUS_USAGE,
            "the state of which feed? tailrace savepoint NAME FEED..., or --state DIR");
    enum status status = command_feed_define(options, true, NULL, feed, error);
    if (status != STATUS_OK)
        return status;
    state_place_digest(options, feed->definition, digest);
    *path = state_place(options, digest);
    return *path ? STATUS_OK : error_set(error, STATUS_NOT_FOUND, "no home directory; say --state");
}

static enum status make(const char *path, const char *digest, const char *name, struct error *error)
{
    const struct store_config config = {
        .path = path, .digest = digest, .any_configuration = !digest[0]};
    struct store *store = NULL;
    enum status status = store_open(&config, &store, error);
    if (status == STATUS_OK)
        status = savepoint_make(store, name, error);
    store_close(store);
    return status;
}

int command_savepoint(const struct options *options)
{
    struct error error = {.text = ""};
    struct command_feed feed = {.feed = NULL};
    struct options of = *options; /* of its feeds alone */
    const char *name = options->arguments_len > 0 ? options->arguments[0] : NULL;
    char digest[SHA256_TEXT], *path = NULL;
    of.arguments += name != NULL;
    of.arguments_len -= name != NULL;
    bool all = !name && !options->state;
    enum status status = all ? list_all(&error) : place_of(&of, &feed, &path, digest, &error);
    if (status == STATUS_OK && !all)
        status = name ? make(path, digest, name, &error) : list(path, &error);
    free(path);
    command_feed_close(&feed);
    return status == STATUS_OK ? 0 : command_failed(&error);
}
