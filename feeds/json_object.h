#ifndef TAILRACE_FEEDS_JSON_OBJECT_H
#define TAILRACE_FEEDS_JSON_OBJECT_H
/*
 * A few members of one JSON object, for files of ours that people have edited. jansson is the judge
 * (feeds/decode_json.c).
 *
 * Threads: any.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_member {
    const char *name;
    bool is_text;
    char *text;      /* is_text: the caller's, by json_object_fini; no NUL within */
    uint64_t number; /* else */
};

/* False: no JSON object, or not every member is there with its type; numbers are whole and not
 * negative. Texts may be set all the same. */
bool json_object_take(const char *line, size_t len, struct json_member *members, int members_len);
void json_object_fini(struct json_member *members, int members_len);

#endif
