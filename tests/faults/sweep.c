/*
 * Runs a program again and again with one fault more far in: the nth allocation, or the nth system
 * call of a kind, for n = 1, 2, 3 ... until a run met none.
 *
 *     sweep [OPTION...] KIND[,KIND...] -- PROGRAM [ARGUMENT...]
 *
 * Each run works in a fresh copy of a folder. What must come out is what an untouched run gave.
 * With a fault a run ends with status 0, the very same output and the very same files; or with
 * status 1, a message, and each file as it was or as it was to be. Then a second command,
 * untouched, gives what it gives after an untouched run. A kind that must be invisible ends with
 * status 0 alone. What is killed has only the second command to answer.
 *
 * -a, -m, -r, -s and -x may come several times.
 *
 *     -b FOLDER   what each run finds (nothing)
 *     -p POINTS   at most so many n of a kind, evenly spread (0: every one)
 *     -c TEXT     only calls on files that have TEXT in their name
 *     -m TEXT     what stands behind TEXT, up to a comma, quote or bracket, is not compared
 *     -k TEXT     of the output only what stands behind TEXT is compared
 *     -l          of the output only the last line is compared
 *     -i FILE     standard input
 *     -a PATH     may be incomplete when the status is 1
 *     -s PATH     its lines come in any order, and may be missing where a message says so
 *     -x PATH     what is below is not compared
 *     -r PATH     streams of the C library are read or written there: they get no EINTR, as each
 *                 handler is installed to restart calls
 *     -B COMMAND  run first, by the shell, untouched
 *     -T COMMAND  the second command, by the shell
 *     -f FILE     its second half is appended when the program has printed something
 *     -u TEXT     SIGTERM as soon as the last line printed has TEXT; where a fault lasts that may
 *                 be seen, when half a second is over and a message says why: the output may be
 *                 another
 *     -t SECONDS  a run that takes longer hangs (30)
 *     -n NAME     of the sweep, in what is said
 *
 * TAILRACE_PRELOAD names the library of alloc.c. SHOW=1 lists the calls that are counted,
 * AT=n tries that one alone, VERBOSE=1 says how each run ended.
 */
#include "tests/faults/folders.h"
#include "tests/faults/traced.h"

enum { WORDS_MAX = 16, FAULTS_SHOWN = 12 };

struct words {
    const char *at[WORDS_MAX];
    int len;
};

/* What a run left. */
struct left {
    char *out, *err, *then; /* `then`: of the second command */
    size_t out_len, err_len, then_len;
    struct folder folder;
};

struct sweep {
    const char *name, *base, *then, *grows, *until, *behind, *input, *first, *only;
    char **arguments;
    const char *kinds;
    struct words masks, partial, apart, sides, streams;
    uint64_t points;
    int timeout_ms;
    bool last_line;
    char work[PATH_ROOM];
    struct folder before;
    struct left right; /* of the untouched run */
    bool appended, terminated;
    uint64_t runs, faults, survived;
};

/* --- comparing --- */

/* Takes out what is measured, in place. */
static void mask(const struct sweep *sweep, char *text)
{
    for (int m = 0; m < sweep->masks.len; m++) {
        const char *word = sweep->masks.at[m];
        for (char *at = text; (at = strstr(at, word));) {
            at += strlen(word);
            char *end = at + strcspn(at, ",\"}]\n");
            memmove(at, end, strlen(end) + 1);
        }
    }
}

static const char *last_line(const char *text)
{
    size_t len = strlen(text);
    while (len > 1 && text[len - 2] != '\n')
        len--;
    return len ? text + len - 1 : text;
}

static const char *part_of(const struct sweep *sweep, const char *text)
{
    const char *part = sweep->behind ? strstr(text, sweep->behind) : NULL;
    return part ? part : text;
}

static bool same_output(const struct sweep *sweep, const char *a, const char *b)
{
    if (sweep->last_line)
        return strcmp(last_line(a), last_line(b)) == 0;
    return strcmp(part_of(sweep, a), part_of(sweep, b)) == 0;
}

static bool among(const struct words *words, const char *path)
{
    for (int w = 0; w < words->len; w++) {
        size_t len = strlen(words->at[w]);
        if (strncmp(path, words->at[w], len) == 0 && (path[len] == '\0' || path[len] == '/'))
            return true;
    }
    return false;
}

static bool same_entry(const struct entry *a, const struct entry *b)
{
    return a && b && !a->bytes == !b->bytes &&
           (!a->bytes || (a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0));
}

/* The first file of `a` that is neither as in `b` nor as in `c`; NULL: there is none. */
static const char *odd_file(const struct sweep *sweep, const struct folder *a,
                            const struct folder *b, const struct folder *c, bool partial, bool said)
{
    for (int e = 0; e < a->len; e++) {
        const char *path = a->entries[e].path;
        if (!among(&sweep->apart, path) && !(said && among(&sweep->sides, path)) &&
            !(partial && among(&sweep->partial, path)) &&
            !same_entry(&a->entries[e], folder_find(b, path)) &&
            !same_entry(&a->entries[e], folder_find(c, path)))
            return path;
    }
    return NULL;
}

/* --- one run --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(struct entry *entry)
{
    enum { LINES_MAX = 512 };
    char *lines[LINES_MAX], *sorted = calloc(1, entry->len + 2), *rest = entry->bytes,
                            *end = sorted;
    int len = 0;
    for (char *line; len < LINES_MAX && (line = strsep(&rest, "\n"));)
        if (*line)
            lines[len++] = line;
    qsort(lines, (size_t)len, sizeof *lines, by_text);
    for (int l = 0; l < len; l++)
        end += sprintf(end, "%s\n", lines[l]);
    free(entry->bytes);
    entry->bytes = sorted;
    entry->len = (size_t)(end - sorted);
}

static void left_fini(struct left *left)
{
    free(left->out);
    free(left->err);
    free(left->then);
    folder_fini(&left->folder);
}

/* Where the second half of the feed that grows begins. */
static size_t half_of(const struct entry *entry)
{
    const char *end = memchr(entry->bytes + entry->len / 2, '\n', entry->len / 2);
    return end ? (size_t)(end + 1 - entry->bytes) : 0;
}

static void grow(struct sweep *sweep)
{
    const struct entry *entry = folder_find(&sweep->before, sweep->grows);
    size_t half = half_of(entry);
    file_write(sweep->grows, O_APPEND, entry->bytes + half, entry->len - half);
    sweep->appended = true;
}

static void halve(const struct sweep *sweep)
{
    const struct entry *entry = folder_find(&sweep->before, sweep->grows);
    file_write(sweep->grows, O_TRUNC, entry->bytes, half_of(entry));
}

/* A fault that lasts may keep a run from its end for good: it has had half a second, and has said
 * what is wrong. What is to be invisible keeps none. */
static bool is_enough(const struct sweep *sweep, const struct traced *traced)
{
    size_t len = 0;
    if (!traced->fault.lasting || traced->fault.kind->invisible ||
        now_ms() <= traced->deadline_ms - sweep->timeout_ms + 500)
        return false;
    free(fd_bytes(traced->err_fd, &len));
    return len > 0;
}

static void tick(struct traced *traced, void *context)
{
    struct sweep *sweep = context;
    size_t len;
    char *out = fd_bytes(traced->out_fd, &len);
    if (sweep->grows && !sweep->appended && len > 0)
        grow(sweep);
    if (sweep->until && !sweep->terminated &&
        (is_enough(sweep, traced) || strstr(last_line(out), sweep->until))) {
        sweep->terminated = true;
        kill(traced->pid, SIGTERM);
    }
    free(out);
}

/* The second command, its output and its status, which must be 0. */
static char *run_then(const struct sweep *sweep, size_t *len)
{
    char command[2048];
    snprintf(command, sizeof command, "( %s ) >../then 2>&1; echo \"status $?\" >>../then",
             sweep->then);
    if (system(command) != 0)
        give_up(command);
    char *text = file_bytes("../then", len);
    mask(sweep, text);
    return text;
}

static void one_run(struct sweep *sweep, struct traced *traced, struct left *left)
{
    char room[PATH_ROOM + 8];
    snprintf(room, sizeof room, "%s/run", sweep->work);
    folder_remove(room);
    folder_write(&sweep->before, room);
    if (chdir(room) != 0)
        give_up(room);
    sweep->appended = sweep->terminated = false;
    if (sweep->grows)
        halve(sweep);
    if (sweep->first && system(sweep->first) != 0)
        give_up(sweep->first);
    traced_run(traced, sweep->arguments);
    left->out = fd_bytes(traced->out_fd, &left->out_len);
    left->err = fd_bytes(traced->err_fd, &left->err_len);
    mask(sweep, left->out);
    close(traced->out_fd);
    close(traced->err_fd);
    folder_read(&left->folder, ".");
    for (int e = 0; e < left->folder.len; e++) {
        struct entry *entry = &left->folder.entries[e];
        if (entry->bytes && strlen(entry->bytes) == entry->len) {
            mask(sweep, entry->bytes);
            entry->len = strlen(entry->bytes);
            if (among(&sweep->sides, entry->path))
                sort_lines(entry);
        }
    }
    left->then = sweep->then ? run_then(sweep, &left->then_len) : NULL;
    sweep->runs++;
}

/* --- judging --- */

static const char *content(const struct folder *folder, const char *path)
{
    const struct entry *entry = folder_find(folder, path);
    return entry && entry->bytes ? entry->bytes : "it is not there";
}

static const char *judge_well(const struct sweep *sweep, const struct left *left, bool lasting,
                              char *room, size_t size)
{
    const struct left *right = &sweep->right;
    bool said = strcmp(left->err, right->err) != 0;
    bool cut = sweep->until && lasting && said;
    if (!cut && !same_output(sweep, left->out, right->out)) {
        snprintf(room, size, "status 0 and another output:\n%.3000s", left->out);
        return room;
    }
    const char *odd = odd_file(sweep, &left->folder, &right->folder, &right->folder, false, said);
    if (!odd)
        odd = odd_file(sweep, &right->folder, &left->folder, &left->folder, false, said);
    if (odd)
        snprintf(room, size, "status 0 and '%.200s' is not as it was to be:\n%.3000s", odd,
                 content(&left->folder, odd));
    return odd ? room : NULL;
}

static const char *judge_failed(const struct sweep *sweep, const struct left *left, char *room,
                                size_t size)
{
    const char *said = last_line(left->err);
    if (left->err_len == 0 || strncmp(said, "tailrace: ", 10) != 0 ||
        (sweep->right.err_len > 0 && strcmp(left->err, sweep->right.err) == 0))
        return "status 1 and no message";
    const char *odd =
        odd_file(sweep, &left->folder, &sweep->before, &sweep->right.folder, true, true);
    if (odd)
        snprintf(room, size, "status 1 and '%.200s' is neither as it was nor as it was to be", odd);
    return odd ? room : NULL;
}

/* What is wrong with a run; NULL: nothing. */
static const char *judge(const struct sweep *sweep, const struct traced *traced,
                         const struct left *left, char *room, size_t size)
{
    const struct kind *kind = traced->fault.kind;
    int status = traced->wait_status;
    bool killed = kind->how == FAULT_KILL_BEFORE || kind->how == FAULT_KILL_AFTER;
    /* told to end while it waited, and had said so: it leaves nothing on the output */
    bool told = sweep->terminated && traced->fault.lasting && left->out_len == 0;
    int last = killed && traced->hit ? SIGKILL : told ? SIGTERM : 0;
    const char *wrong = NULL;
    if (traced->timed_out)
        return "it hangs";
    if (WIFSIGNALED(status) && WTERMSIG(status) != last)
        snprintf(room, size, "ended by signal %d", WTERMSIG(status)), wrong = room;
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        wrong = judge_well(sweep, left, traced->fault.lasting, room, size);
    else if (WIFEXITED(status) && (kind->invisible || WEXITSTATUS(status) != 1))
        snprintf(room, size, "status %d", WEXITSTATUS(status)), wrong = room;
    else if (WIFEXITED(status))
        wrong = judge_failed(sweep, left, room, size);
    if (!wrong && left->then && strcmp(left->then, sweep->right.then) != 0) {
        snprintf(room, size, "the second command differs:\n%.3000s", left->then);
        wrong = room;
    }
    return wrong;
}

static void report(struct sweep *sweep, const struct traced *traced, const struct left *left,
                   const char *wrong)
{
    const struct fault *fault = &traced->fault;
    if (sweep->faults++ < FAULTS_SHOWN)
        printf("%s: %s %llu%s at %s: %s\n  it said: %s\n", sweep->name, fault->kind->name,
               (unsigned long long)fault->nth, fault->lasting ? " and all behind it" : "",
               *traced->place ? traced->place : "no call", wrong,
               left->err_len ? left->err : "nothing");
}

/* --- the sweep --- */

static void traced_begin(const struct sweep *sweep, struct traced *traced, struct fault fault)
{
    memset(traced, 0, sizeof *traced);
    traced->fault = fault;
    traced->preload = getenv("TAILRACE_PRELOAD");
    traced->timeout_ms = sweep->timeout_ms;
    traced->input = sweep->input;
    traced->streams = sweep->streams.at;
    traced->streams_len = sweep->streams.len;
    traced->only = sweep->only;
    traced->context = (void *)(uintptr_t)sweep;
    traced->tick = sweep->grows || sweep->until ? tick : NULL;
}

/* One fault, judged; false: the run met none. */
static bool one_fault(struct sweep *sweep, struct fault fault)
{
    static struct traced traced;
    static struct left left;
    char room[4096];
    traced_begin(sweep, &traced, fault);
    one_run(sweep, &traced, &left);
    const char *wrong = judge(sweep, &traced, &left, room, sizeof room);
    if (wrong)
        report(sweep, &traced, &left, wrong);
    else if (getenv("VERBOSE") && traced.hit)
        printf("%s %llu%s at %s: status %d %s", fault.kind->name, (unsigned long long)fault.nth,
               fault.lasting ? "..." : "", traced.place, WEXITSTATUS(traced.wait_status),
               left.err_len ? last_line(left.err) : "\n");
    sweep->survived +=
        traced.hit && WIFEXITED(traced.wait_status) && WEXITSTATUS(traced.wait_status) == 0;
    left_fini(&left);
    return traced.hit;
}

/* The untouched run: how many calls there are, and what is right. */
static uint64_t untouched(struct sweep *sweep, const struct kind *kind)
{
    static struct traced traced;
    static struct left left;
    traced_begin(sweep, &traced, (struct fault){.kind = kind});
    one_run(sweep, &traced, &left);
    if (traced.timed_out || !WIFEXITED(traced.wait_status) ||
        WEXITSTATUS(traced.wait_status) != 0) {
        printf("%s: the untouched run does not end well: %x %s\n", sweep->name,
               (unsigned)traced.wait_status, left.err);
        exit(2);
    }
    left_fini(&sweep->right);
    sweep->right = left;
    return traced.calls;
}

static void sweep_kind(struct sweep *sweep, const struct kind *kind)
{
    uint64_t calls = untouched(sweep, kind), runs = sweep->runs, faults = sweep->faults, met = 0;
    uint64_t step = sweep->points && calls > sweep->points ? calls / sweep->points : 1;
    bool lasts = kind->how == FAULT_SHORT || kind->how == FAULT_ALLOC ||
                 (kind->how == FAULT_ERROR && !kind->invisible);
    sweep->survived = 0;
    const char *at = getenv("AT");
    for (uint64_t n = at ? (uint64_t)atoi(at) : 1; n <= 1000000; n += step) {
        bool hit = one_fault(sweep, (struct fault){.kind = kind, .nth = n});
        if (lasts && hit)
            one_fault(sweep, (struct fault){.kind = kind, .nth = n, .lasting = true});
        met += hit;
        if (!hit || at)
            break;
    }
    printf("%s: %s: %llu calls, faults at %llu of them, %llu runs, %llu ended well, %llu wrong\n",
           sweep->name, kind->name, (unsigned long long)calls, (unsigned long long)met,
           (unsigned long long)(sweep->runs - runs), (unsigned long long)sweep->survived,
           (unsigned long long)(sweep->faults - faults));
    fflush(stdout);
}

static void add_word(struct words *words, const char *word)
{
    if (words->len == WORDS_MAX)
        exit(2);
    words->at[words->len++] = word;
}

static void parse(struct sweep *sweep, int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "+b:p:c:m:k:i:la:s:x:r:B:T:f:u:t:n:")) != -1;) {
        switch (option) {
        case 'b':
            sweep->base = optarg;
            break;
        case 'p':
            sweep->points = (uint64_t)atoi(optarg);
            break;
        case 'c':
            sweep->only = optarg;
            break;
        case 'm':
            add_word(&sweep->masks, optarg);
            break;
        case 'k':
            sweep->behind = optarg;
            break;
        case 'i':
            sweep->input = optarg;
            break;
        case 'l':
            sweep->last_line = true;
            break;
        case 'a':
            add_word(&sweep->partial, optarg);
            break;
        case 's':
            add_word(&sweep->sides, optarg);
            break;
        case 'x':
            add_word(&sweep->apart, optarg);
            break;
        case 'r':
            add_word(&sweep->streams, optarg);
            break;
        case 'B':
            sweep->first = optarg;
            break;
        case 'T':
            sweep->then = optarg;
            break;
        case 'f':
            sweep->grows = optarg;
            break;
        case 'u':
            sweep->until = optarg;
            break;
        case 't':
            sweep->timeout_ms = atoi(optarg) * 1000;
            break;
        case 'n':
            sweep->name = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (optind + 2 >= argc || strcmp(argv[optind + 1], "--") != 0) {
        fprintf(stderr, "sweep [OPTION...] KIND[,KIND...] -- PROGRAM [ARGUMENT...]\n");
        exit(2);
    }
    sweep->kinds = argv[optind];
    sweep->arguments = &argv[optind + 2];
}

int main(int argc, char **argv)
{
    static struct sweep sweep = {.name = "sweep", .timeout_ms = 30000};
    char list[256], *rest = list;
    add_word(&sweep.streams, "memfd:out");
    parse(&sweep, argc, argv);
    const char *temporary = getenv("TMPDIR");
    snprintf(sweep.work, sizeof sweep.work, "%s/sweep.XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(sweep.work))
        give_up(sweep.work);
    if (sweep.base)
        folder_read(&sweep.before, sweep.base);
    snprintf(list, sizeof list, "%s", sweep.kinds);
    for (char *name; (name = strsep(&rest, ","));) {
        const struct kind *kind = kind_named(name);
        if (!kind) {
            fprintf(stderr, "sweep: no kind '%s'\n", name);
            return 2;
        }
        sweep_kind(&sweep, kind);
    }
    if (chdir("/") == 0)
        folder_remove(sweep.work);
    return sweep.faults > 0;
}
