/*
 * tweet_knobs.c: every distribution of the tweets with its default, in the order of tweets.h. README.md
 * says where each figure comes from.
 */
#include "tweets.h"

/* clang-format off */
#define COUNT(name, value, least, most, help) {name, LR_KNOB_COUNT, value, least, most, help, NULL}
#define PERCENT(name, millionths, help) {name, LR_KNOB_PERCENT, millionths, 0, 1000000, help, NULL}
#define NUMBERS(name, text, least, most, help) {name, LR_KNOB_NUMBERS, 0, least, most, help, text}
#define DIGITS(name, text, help) CURVE_KNOB(name, text, 0, 31, "binary digits of " help)

/* Milliseconds; more would lead to before there were numbers of tweets. */
#define AGE(name, text, help) CURVE_KNOB(name, text, 1, 1728000000, help)

#define ROWS \
    COUNT("users", 52000, 1, 1u << 24, "who may tweet; of 117,407 tweets 26,500 do"), \
    COUNT("users-offset", 10, 0, 1u << 20, "user k tweets in proportion to 1/(k+offset)"), \
    COUNT("mentioned", 8300, 50, 1u << 24, "who may be mentioned"), \
    COUNT("mentioned-offset", 5, 0, 1u << 20, "as users-offset, for mentions"), \
    COUNT("days", 13, 1, 3650, "days of the tweets, back from 2021-02-24"), \
    PERCENT("quotes", 353000, "tweets that quote another one"), \
    PERCENT("quotes-2", 19400, "of these, those that quote a quoting one"), \
    PERCENT("quotes-3", 16200, "of these, those one deeper"), \
    PERCENT("mentions", 324000, "tweets that mention users"), \
    PERCENT("emojis", 144000, "contents with emojis"), \
    PERCENT("media", 239000, "tweets with photos, videos, animations"), \
    PERCENT("traps", 10000, "contents with a text that is easy to miscount"), \
    TEXT_KNOB_ROWS, \
    NAMED_KNOB("emoji-weights", EMOJI_WEIGHTS, "emojis of all texts"), \
    NAMED_KNOB("languages", LANGUAGE_WEIGHTS, "languages of the tweets"), \
    CURVE_KNOB("content-length", "2,24,56,86,114,142,168,194,220,242,260,272,296", 0, 600, \
               "characters of a content"), \
    PERCENT("dense-scripts", 625000, "of these characters where a letter has six bytes"), \
    CURVE_KNOB("hashtags", "1,5", 0, 20, "hashtags of a content"), \
    NUMBERS("mention-counts", "1:400,2:220,3:140,4:90,5:55,6:35,7:20,8:15,10:12,15:6,25:3,40:1,50:1", \
            1, MEANT_MENTIONS_MAX, "users mentioned where any are"), \
    NUMBERS("emoji-counts", "1:400,2:220,3:160,4:90,5:50,6:30,8:25,10:15,20:5", 1, MEANT_EMOJIS_MAX, \
            "emojis of a content that has any"), \
    {"day-weights", LR_KNOB_LIST, 0, 1, 1000000, "tweets of the days, the newest first, over again", \
     "3340,8417,7300,7400,8502,8204,9625,11087,10443,9197,10249,11296,12347"}, \
    PERCENT("links", 90000, "tweets with a link that quote nothing and have no media"), \
    NAMED_KNOB("sources", "android:140,iphone:56,web:48,tweetdeck:7,none:5", "programs"), \
    NUMBERS("reactions", "0:9,1:1,2:1,3:1,4:1,5:1,6:1,7:1", 0, 31, \
            "binary digits of counts of replies, retweets, likes, quotes"), \
    COUNT("quoted-reactions", 10, 0, 31, "the same, of quoted tweets"), \
    PERCENT("replies", 198364, "tweets that answer another one"), \
    AGE("reply-age", "1,16777217", "how many ms before a reply its conversation began"), \
    AGE("quoted-age", "1000,259201000", "how many ms before it the quoted tweet was"), \
    NAMED_KNOB("media-kinds", "photo:136,photos-2:14,photos-4:16,video:76,animation:14", "media"), \
    CURVE_KNOB("video-seconds", "3,140", 0, 100000, "length of videos"), \
    NAMED_KNOB("video-variants", "two:1,three:1", "variants of a video"), \
    NAMED_KNOB("name-scripts", "punjabi:18,hindi:8,latin:230", "scripts of display names"), \
    PERCENT("name-emojis", 150000, "display names with emojis"), \
    CURVE_KNOB("name-emoji-counts", "1,5", 1, 9, "emojis of such a name"), \
    CURVE_KNOB("description-length", "0,0,16,40,66,90,110,126,136,142,144,146,148", 0, 300, \
               "characters of a description"), \
    NAMED_KNOB("description-languages", "english:216,punjabi:20,hindi:14,urdu:6", "of descriptions"), \
    PERCENT("description-emojis", 260000, "descriptions with emojis"), \
    CURVE_KNOB("description-emoji-counts", "1,7", 1, 17, "emojis of such a description"), \
    NAMED_KNOB("user-ids", "short:3,long:1", "users' numbers: of before and after snowflakes"), \
    PERCENT("verified", 30000, "users that are verified"), \
    CURVE_KNOB("created", "1220000000,1610000000", 0, 4102444800, "accounts' first seconds of 1970"), \
    DIGITS("followers", "0,14", "followersCount"), \
    DIGITS("friends", "0,12", "friendsCount"), \
    DIGITS("statuses", "0,17", "statusesCount"), \
    DIGITS("favourites", "0,17", "favouritesCount"), \
    DIGITS("listed", "0,5", "listedCount"), \
    DIGITS("media-counts", "0,12", "mediaCount"), \
    PERCENT("locations", 480000, "users with a location"), \
    CURVE_KNOB("location-length", "4,16", 0, 60, "characters of a location"), \
    PERCENT("profile-links", 190000, "users with a link"), \
    PERCENT("banners", 700000, "users with a banner"), \
    PERCENT("shuffled", 0, "tweets with their keys in random order, at every level")

const lr_knob tweets_knobs[] = {ROWS, {0}};

const lr_knob tweets_later_knobs[] = {
    ROWS,
    PERCENT("later-replies", 300000, "tweets with inReplyToUser"),
    PERCENT("later-places", 20000, "tweets with coordinates and a place"),
    PERCENT("later-hashtags", 100000, "tweets with a list of hashtags"),
    {0},
};

const lr_knob bad_knobs[] = {
    ROWS,
    COUNT("each", 10, 0, 1000000, "broken records of each kind"),
    {0},
};
/* clang-format on */

_Static_assert(LR_COUNT_OF(tweets_knobs) == TWEET_KNOBS + 1, "a row for each of tweets.h");
_Static_assert(LR_COUNT_OF(tweets_later_knobs) <= LR_KNOBS_MAX, "room for all");
