/*
 * inotify. Watches are few and told of in batches, so they are searched in order. A removed watch
 * leaves IN_IGNORED behind, and an inode shared by two sources is one watch with two entries.
 */
#include "feeds/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FOLDER UINT32_MAX

enum { TAKES_MAX = 64 /* a writer without pause must not keep the reader here */ };

struct watched {
    int descriptor;
    uint32_t source; /* FOLDER: a folder */
    dev_t device;    /* of the file, to find it again */
    ino_t inode;
};

struct watch {
    int fd;
    struct watched *watched;
    size_t len;
    size_t cap;
};

struct watch *watch_new(struct error *error)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) {
        error_set_errno(error, STATUS_LIMIT, errno, "inotify");
        return NULL;
    }
    struct watch *watch = mem_zero(1, sizeof *watch);
    watch->fd = fd;
    return watch;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    close(watch->fd);
    free(watch->watched);
    free(watch);
}

int watch_fd(const struct watch *watch)
{
    return watch->fd;
}

static void remember(struct watch *watch, int descriptor, uint32_t source, const struct stat *facts)
{
    for (size_t i = 0; i < watch->len; i++)
        if (watch->watched[i].descriptor == descriptor && watch->watched[i].source == source)
            return;
    if (watch->len == watch->cap) {
        watch->cap = watch->cap ? watch->cap * 2 : 8;
        watch->watched = mem_resize(watch->watched, watch->cap * sizeof *watch->watched);
    }
    watch->watched[watch->len++] = (struct watched){.descriptor = descriptor,
                                                    .source = source,
                                                    .device = facts->st_dev,
                                                    .inode = facts->st_ino};
}

/* File systems where another machine may write without this one being told. */
static bool on_network(int fd)
{
    static const unsigned long kinds[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFF534D42, /* CIFS */
        0xFE534D42, /* SMB2 */
        0x65735546, /* FUSE */
        0x01021997, /* 9P */
        0x00C36400, /* Ceph */
        0x5346414F, /* AFS */
    };
    struct statfs facts;
    if (fstatfs(fd, &facts) != 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (((unsigned long)facts.f_type & 0xFFFFFFFF) == kinds[i])
            return true;
    return false;
}

enum status watch_file(struct watch *watch, uint32_t source, int fd, struct error *error)
{
    char path[48];
    struct stat facts;
    if (on_network(fd))
        return error_set(error, STATUS_LIMIT, "the file lies on a network file system");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int descriptor =
        inotify_add_watch(watch->fd, path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
    if (descriptor < 0 || fstat(fd, &facts) != 0)
        return error_set_errno(error, STATUS_LIMIT, errno, "inotify");
    remember(watch, descriptor, source, &facts);
    return STATUS_OK;
}

void watch_forget(struct watch *watch, uint32_t source, struct generation_id id)
{
    int descriptor = -1;
    bool shared = false;
    for (size_t i = 0; i < watch->len; i++) {
        const struct watched *watched = &watch->watched[i];
        if (watched->inode != id.inode || watched->device != id.device)
            continue;
        if (watched->source != source) {
            shared = true;
            continue;
        }
        descriptor = watched->descriptor;
        watch->watched[i--] = watch->watched[--watch->len];
    }
    if (descriptor >= 0 && !shared)
        inotify_rm_watch(watch->fd, descriptor);
}

enum status watch_folder(struct watch *watch, const char *folder, struct error *error)
{
    struct stat facts = {0};
    int descriptor =
        inotify_add_watch(watch->fd, folder, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_EXCL_UNLINK);
    if (descriptor < 0)
        return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_LIMIT, errno,
                               "inotify");
    remember(watch, descriptor, FOLDER, &facts);
    return STATUS_OK;
}

static void take_one(struct watch *watch, const struct inotify_event *event,
                     struct watch_news *news, void (*changed)(void *context, uint32_t source),
                     void *context)
{
    news->any = true;
    if (event->mask & IN_Q_OVERFLOW)
        news->overflow = true;
    for (size_t i = 0; i < watch->len; i++) {
        if (watch->watched[i].descriptor != event->wd)
            continue;
        if (watch->watched[i].source == FOLDER)
            news->names = true;
        else
            changed(context, watch->watched[i].source);
        /* The kernel dropped this watch (the file is gone): its number may be given away. */
        if (event->mask & IN_IGNORED)
            watch->watched[i--] = watch->watched[--watch->len];
    }
}

struct watch_news watch_take(struct watch *watch, void (*changed)(void *context, uint32_t source),
                             void *context)
{
    _Alignas(struct inotify_event) char told[4096];
    struct watch_news news = {0};
    for (int takes = 0; takes < TAKES_MAX; takes++) {
        ssize_t got = read(watch->fd, told, sizeof told);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (char *at = told; at < told + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            take_one(watch, event, &news, changed, context);
            at += sizeof *event + event->len;
        }
    }
    return news;
}
