#ifndef TAILRACE_CORE_ARRANGEMENT_H
#define TAILRACE_CORE_ARRANGEMENT_H
/*
 * How the two lanes work together: what people call Lambda, Kappa and micro-batch, done with the
 * same lanes over the same feed.
 */
enum arrangement {
    ARRANGEMENT_SIDE_BY_SIDE, /* both answers, next to each other */
    ARRANGEMENT_LAMBDA,       /* a day is served by batch once sealed, by live before (S-115) */
    ARRANGEMENT_KAPPA,        /* one engine; history is replayed through it (S-116) */
    ARRANGEMENT_MICRO_BATCH,  /* live results published once per trigger (S-117) */
    ARRANGEMENT_COUNT
};

#endif
