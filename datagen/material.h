/*
 * material.h: what texts are made of, in the encoding of the output: words, emojis, traps. Each
 * construct's meaning for every query and mode stands in a table (constructs.c), written by hand
 * from the definition of the answers.
 */
#ifndef LR_DATAGEN_MATERIAL_H
#define LR_DATAGEN_MATERIAL_H

#include "distribution.h"
#include "put.h"

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

/* A language as Twitter names it, and the words of its texts. */
typedef struct language {
    const char *code;
    vocabulary words;
} language;

/* Their weights. en is published (41.2 %), and that there are 46; the order of the next is that of the
 * published first 100 lines; the tail is our guess. */
/* clang-format off */
#define LANGUAGE_WEIGHTS \
    "en:4120,und:2050,hi:1440,pa:1300,in:160,ur:110,ta:100,es:90,tl:80," \
    "et:75,mr:70,fr:60,ht:45,de:40,pt:40,hu:25,it:24,ca:20,nl:20,ja:18," \
    "tr:15,gu:12,ne:12,te:10,ml:8,kn:8,ar:8,fa:6,sd:5,ps:3,da:5,sv:5,no:4," \
    "fi:4,pl:4,ro:4,cs:3,lt:3,lv:3,sl:3,eu:3,cy:3,vi:2,ru:4,uk:1,zh:2"
/* clang-format on */

extern const language languages[];
extern const uint32_t n_languages;

/* An emoji that texts are strewn with. No two of them side by side form a third. */
typedef struct emoji_entry {
    const char *text;
    const char *as_1_4_1; /* what q2 finds with the set 1.4.1; NULL: the text itself */
    const char *as_2_16;  /* ... 2.16 */
} emoji_entry;

extern const emoji_entry emoji_entries[];
extern const uint32_t n_emoji_entries;

/* The first ten are the published counts of the real file; the others share what is left of its 42,900
 * emojis, falling as 1/k. */
/* clang-format off */
#define EMOJI_WEIGHTS \
    "🙏:5049,😂:3072,🚜:2972,🌾:2182,🇮🇳:2086,🤣:1668,✊:1651,❤️:1382,🙏🏻:1317," \
    "💚:1040,🔥:960,💪:900,👇:850,😡:800,👏:760,😭:720,💛:690,🙏🏽:660,✊🏽:630,👍:600," \
    "🤔:570,😢:540,✊🏼:515,🙏🏼:490,💯:470,😎:450,✊🏾:430,🚨:415,🤦:400,🤦🏻‍♂️:385," \
    "🤷‍♀️:370,👉:355,🌍:340,‼️:330,⚡:320,✌️:310,☝️:300,🙌:290,🙌🏾:280,💔:270," \
    "😊:260,🥰:250,👊:245,🇨🇦:240,🇬🇧:230,🇺🇸:225,🧡:220,💙:210,🤲🏾:200,✍🏽:190," \
    "👨‍🌾:185,👩🏽‍🌾:180,👨‍👩‍👧‍👦:170,🏴‍☠️:160,🏳️‍🌈:150,🏴󠁧󠁢󠁥󠁮󠁧󠁿:140,1️⃣:130," \
    "#️⃣:60,©️:60,®️:60,™️:90,☀️:120,⭐:115,✅:110,❌:105,➡️:100,👁️‍🗨️:40," \
    "❤️‍🔥:40,🕊️:95,🗣️:90,〰️:20,㊗️:10,🍁:85,🐋:60,🤫:80,🙄:80,😷:75,🤥:70,🥺:65," \
    "🪓:20,🫂:15,🇵🇰:60,🇳🇿:30"
/* clang-format on */

/* How texts are put together: knobs of tweets, which other recipes take as they are. */
enum {
    TEXT_GAPS,
    TEXT_MARKS,
    TEXT_EMOJI_JOINS,
    TEXT_WORD_JOINS,
    TEXT_RUNS,
    TEXT_REPEATS,
    TEXT_KNOBS
};

/* clang-format off */
#define NAMED_KNOB(name, text, help) {name, LR_KNOB_NAMED, 0, 0, 1000000, help, text}
#define CURVE_KNOB(name, text, least, most, help) {name, LR_KNOB_CURVE, 0, least, most, help, text}
#define TEXT_KNOB_ROWS \
    NAMED_KNOB("gaps", "space:230,newline:16,newlines:10", "white space between words"), \
    NAMED_KNOB("marks", "marked:38,plain:218", "words with a punctuation mark behind them"), \
    NAMED_KNOB("emoji-joins", "joined:90,apart:166", "emojis that touch the word before them"), \
    NAMED_KNOB("word-joins", "joined:40,apart:216", "words that touch the emoji before them"), \
    NAMED_KNOB("emoji-runs", "on:3,over:1", "behind an emoji, while more are due: the next one"), \
    NAMED_KNOB("emoji-repeats", "again:3,another:1", "behind an emoji: the same one")
/* clang-format on */

extern const lr_knob text_knobs[TEXT_KNOBS];

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
    weights emoji_weights;
    short_list habits[TEXT_KNOBS];
} material;

lr_status material_init(material *out, text_encoding encoding, lr_error *err);
void material_free(material *m);

/* n bytes of UTF-8 as the output writes them; out has room for 6 bytes per byte. Returns the end. */
uint8_t *text_encode(text_encoding encoding, const char *utf8, size_t n, uint8_t *out);

#endif
