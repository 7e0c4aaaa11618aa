/*
 * guess.h: what json_records has learned of the lines it read: their keys, in their order. A guess
 * only; it is verified byte by byte, so that it changes the speed of an answer and nothing else.
 */
#ifndef LR_GUESS_H
#define LR_GUESS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LR_GUESS_NODES = 256, /* node 0 stands before the line */
    LR_GUESS_TEXT = 64,
    LR_GUESS_NEXT = 4,
    LR_GUESS_EVENTS = 3
};

typedef enum lr_guess_kind {
    LR_GUESS_NOTHING, /* behind the text, which ends with a literal, is another text */
    LR_GUESS_WORD,    /* behind the text is a number or a literal */
    LR_GUESS_STRING,  /* behind the text, which ends with a quote, is the inside of a string */
    LR_GUESS_END      /* the text ends with the last brace of the line */
} lr_guess_kind;

/* Where a node is in the nesting: the level, whether each level is an array (bit 0: the innermost),
 * how many levels are looked at, the key that holds the innermost of them, the key whose value is
 * the next level. */
typedef struct lr_guess_place {
    uint64_t arrays;
    uint8_t depth, looked;
    int8_t holder, leaf;
} lr_guess_place;

/*
 * All from the end of one value to the start of the next one: the text, and what it means. Literals
 * that are no value of a key that is looked for are text as well: null for the most part.
 */
typedef struct lr_guess_node {
    uint8_t text[LR_GUESS_TEXT];
    uint64_t mask;                    /* the low `length` bits */
    uint16_t next[LR_GUESS_NEXT + 1]; /* what was seen behind it, long texts first; then 0 */
    uint8_t length, kind, n_events;
    uint8_t quote;  /* where its first quote is */
    uint8_t quoted; /* has all that was seen behind it a quote, and a value before? */
    uint8_t means;  /* is it the end, has it events or a key? */
    int8_t key;     /* whose value is behind it */
    struct {
        uint8_t at, kind; /* LR_OBJECT, LR_ARRAY: opened there; LR_ABSENT: closed there */
        int8_t key;
    } event[LR_GUESS_EVENTS];
    lr_guess_place place; /* behind the text */
    uint64_t room;        /* makes it 128 bytes: its address is one shift */
} lr_guess_node;

/* Zero it at the start of a run and leave it alone; one per thread. */
typedef struct lr_guess {
    lr_guess_node node[LR_GUESS_NODES];
    uint64_t what; /* a hash of what was looked for, and how; for another one all starts anew */
    uint32_t n;    /* nodes in use, node 0 among them; 0: all is new */
    uint32_t lessons, lines;  /* lines learned from; lines seen */
    uint32_t pause, patience; /* lines not to guess; how long the next pause is */
    bool dense;               /* does the last line have too many strings or words to walk along? */
    int32_t credit;           /* hits less misses, weighted; below 0 a pause begins */
} lr_guess;

#endif
