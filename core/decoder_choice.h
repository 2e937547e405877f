#ifndef TAILRACE_CORE_DECODER_CHOICE_H
#define TAILRACE_CORE_DECODER_CHOICE_H
/* --decoder: who judges the records that are plain. All give the same events. */
enum decoder_choice {
    DECODER_AUTO,     /* the fast lane, with what this processor has */
    DECODER_PORTABLE, /* the fast lane, in plain C */
    DECODER_LIBRARY   /* libcsv and jansson judge every record */
};

#endif
