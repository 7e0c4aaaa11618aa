/*
 * material.h: what texts are made of, in the encoding of the output: words, emojis, traps. Each
 * construct's meaning for every query and mode stands in a table (constructs.c), written by hand
 * from the definition of the answers.
 */
#ifndef LR_DATAGEN_MATERIAL_H
#define LR_DATAGEN_MATERIAL_H

#include "put.h"
#include "weights.h"

typedef enum text_encoding {
    TEXT_JSON,      /* \uXXXX for all but printable ASCII, as Python's json.dumps */
    TEXT_JSON_UTF8, /* as json.dumps(ensure_ascii=False) */
    TEXT_CSV        /* UTF-8, quotes doubled; the fields stand in quotes */
} text_encoding;

/* Words of a language or writing system; space-separated. */
typedef enum vocabulary {
    WORDS_ENGLISH,
    WORDS_HINDI,
    WORDS_PUNJABI,
    WORDS_URDU,
    WORDS_TAMIL,
    WORDS_SPANISH,
    WORDS_FRENCH,
    WORDS_RUSSIAN,
    WORDS_JAPANESE,
    WORDS_HASHTAGS,
    WORDS_PLACES,
    VOCABULARIES
} vocabulary;

extern const char *const vocabulary_words[VOCABULARIES];

/* A language as Twitter names it: its share of the tweets and the words of its texts. */
typedef struct language {
    const char *code;
    uint32_t weight;
    vocabulary words;
} language;

extern const language languages[];
extern const uint32_t n_languages;

/* An emoji that texts are strewn with. No two of them side by side form a third. */
typedef struct emoji_entry {
    const char *text;
    uint32_t weight;
    const char *as_1_4_1; /* what q2 finds with the set 1.4.1; NULL: the text itself */
    const char *as_2_16;  /* ... 2.16 */
} emoji_entry;

extern const emoji_entry emoji_entries[];
extern const uint32_t n_emoji_entries;

/*
 * A construct on which careless counting stumbles. It stands between white space (or the ends of the
 * text); its meaning under that condition: space-separated lists, in order, NULL for none.
 */
typedef struct trap {
    const char *text; /* UTF-8; surrogates by themselves as if they were characters (WTF-8) */
    const char *emojis_1_4_1, *emojis_2_16;
    const char *ascii, *unicode, *twitter;
} trap;

extern const trap traps[];
/* The first n_traps_for_all hold no lone surrogates: every JSON reader takes them. */
extern const uint32_t n_traps, n_traps_for_all;

typedef struct piece_list {
    piece *pieces;
    uint32_t n;
} piece_list;

typedef struct material {
    text_encoding encoding;
    uint8_t *arena;
    size_t arena_n, arena_max;
    piece_list words[VOCABULARIES];
    piece_list emojis, traps;
    weights emoji_weights, language_weights;
} material;

lr_status material_init(material *out, text_encoding encoding, lr_error *err);
void material_free(material *m);

/* n bytes of UTF-8 as the output writes them; out has room for 6 bytes per byte. Returns the end. */
uint8_t *text_encode(text_encoding encoding, const char *utf8, size_t n, uint8_t *out);

#endif
