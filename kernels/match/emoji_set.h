/*
 * emoji_set.h: how a set of emoji sequences is stored: a trie over code points.
 *
 * Its nodes stand in breadth-first order, so that the children of a node stand together, ascending
 * by code: those of node v are nodes[v].first to nodes[v + 1].first - 1. Node 0 is the root; a node
 * behind the last one ends the last list. The root has a thousand children and most characters are
 * none of them: a table of two stages says which.
 */
#ifndef LR_EMOJI_SET_H
#define LR_EMOJI_SET_H

#include "match.h"

typedef struct lr_emoji_node {
    uint32_t code;   /* the code point that leads here */
    uint16_t symbol; /* 1 + the symbol that ends here; 0 where none does */
    uint16_t first;  /* its first child */
} lr_emoji_node;

enum { LR_EMOJI_CODES = 0x20000, LR_EMOJI_STAGE = 64 };

struct lr_emoji_set {
    uint32_t n;           /* symbols */
    const char *text;     /* those of all, one after the other */
    const uint32_t *at;   /* n + 1 offsets into text: symbol s is text[at[s]] to text[at[s + 1]] */
    const uint8_t *stage; /* stage[code / 64] is a row of root; row 0 is empty */
    const uint16_t (*root)[LR_EMOJI_STAGE]; /* the root's child for code % 64, or 0 */
    const lr_emoji_node *nodes;
};

#endif
