/* Names that say what they are for, and differ where it matters. */
#include "tui/state_place.h"

#include "core/definition_digest.h"
#include "core/state_dir.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READABLE = 40, HASH = 16 };

void state_place_digest(const struct options *options, const struct definition *definition,
                        char out[SHA256_TEXT])
{
    struct sha256 sha;
    sha256_init(&sha);
    definition_digest(definition, &sha);
    sha256_add_number(&sha, options->day);
    sha256_add_number(&sha, options->delivery);
    sha256_text(&sha, out);
}

static void add_part(const char *name, int64_t a, int64_t b, char out[DIGEST_PARTS_TEXT])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_add_number(&sha, a);
    sha256_add_number(&sha, b);
    definition_digest_part(name, &sha, out);
}

void state_place_parts(const struct options *options, const struct definition *definition,
                       char out[DIGEST_PARTS_TEXT])
{
    definition_digest_parts(definition, out);
    add_part("day", options->day, 0, out);
    add_part("delivery", options->delivery, definition->no_dedupe, out);
}

static const char *base_of(const char *feed)
{
    const char *slash = strrchr(feed, '/');
    return slash && slash[1] ? slash + 1 : feed;
}

/* The directory a feed stands in, as an absolute path where it can be told. */
static void add_feed(struct sha256 *sha, const char *feed)
{
    const char *base = base_of(feed);
    char *folder = strndup(feed, (size_t)(base - feed));
    char *real = folder ? realpath(*folder ? folder : ".", NULL) : NULL;
    char *here = real ? NULL : realpath(".", NULL);
    sha256_add_text(sha, real ? real : here);
    sha256_add_text(sha, real ? base : feed);
    free(folder);
    free(real);
    free(here);
}

/* Letters, digits and what is plain in a file's name; never hidden (D-13). */
static void add_readable(const char *feed, char out[READABLE + 1])
{
    const char *base = base_of(feed);
    size_t len = 0;
    for (; *base && len < READABLE; base++) {
        bool plain = isalnum((unsigned char)*base) || strchr("._-", *base);
        out[len] = plain && (len > 0 || isalnum((unsigned char)*base)) ? *base : '_';
        len++;
    }
    out[len] = '\0';
}

char *state_place(const struct options *options, const char *digest)
{
    char name[READABLE + 1 + HASH + 1], hash[SHA256_TEXT];
    struct sha256 sha;
    if (options->state)
        return mem_copy_text(options->state);
    sha256_init(&sha);
    sha256_add(&sha, digest, strlen(digest));
    for (int a = 0; a < options->arguments_len; a++)
        add_feed(&sha, options->arguments[a]);
    sha256_text(&sha, hash);
    add_readable(options->arguments[0], name);
    snprintf(name + strlen(name), HASH + 2, "-%.*s", HASH, hash);
    return state_dir_default(name);
}
