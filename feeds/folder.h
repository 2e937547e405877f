#ifndef TAILRACE_FEEDS_FOLDER_H
#define TAILRACE_FEEDS_FOLDER_H
/*
 * The files that lie beside a feed file: where a rotation leaves what it renamed or copied.
 *
 * Links are not followed, and what is no regular file is passed (D-14). At most FOLDER_LOOKED_AT
 * names are looked at, those first that begin alike: a.log, a.log.1 and a-20260105.log do. Where
 * the name is a link, the files beside it and those beside what it leads to.
 *
 * Threads: any.
 */
#include <stdbool.h>
#include <sys/stat.h>

enum { FOLDER_LOOKED_AT = 65536 };

/* One file of the open folder; true ends the visit. `facts` are its name's: only a reason to open
 * it (D-21). */
struct folder_file {
    int folder;
    const char *beside; /* what it lies beside: the name, or what that leads to */
    const char *name;
    struct stat facts;
    bool alike;
};
typedef bool folder_visit(void *context, const struct folder_file *file);

/* Whether a visit was ended by `visit`. */
bool folder_visit_beside(const char *name, folder_visit *visit, void *context);
/* The same, a second time if need be: a rotation that goes on meanwhile can hide a name from one
 * visit. */
bool folder_find_beside(const char *name, folder_visit *visit, void *context);

/* What a link leads to; NULL: it is none, or leads nowhere. Free. */
char *folder_linked(const char *name);

/* Opens without waiting and without following a link; -1 and errno. */
int folder_open(const struct folder_file *file);

#endif
