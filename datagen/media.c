/* media.c: photos, videos and animations of a tweet. */
#include "media.h"
#include "tweets.h"

/* An object's beginning; the later shape says its type. */
static uint8_t *put_type(uint8_t *at, bool typed, const char *type)
{
    *at++ = '{';
    if (!typed)
        return at;
    at = PUT(at, "\"_type\": \"snscrape.modules.twitter.");
    return PUT(put_bytes(at, type, strlen(type)), "\", ");
}

static uint8_t *put_photo(draw *d, bool typed, uint8_t *at)
{
    uint8_t token[12];
    const uint64_t bits = (uint64_t)draw_word(d) << 32 | draw_word(d);

    put_token(token, bits, 12);
    at = put_type(at, typed, "Photo");
    at = PUT(at, "\"previewUrl\": \"https://pbs.twimg.com/media/Eu");
    at = put_bytes(at, token, 12);
    at = PUT(at, "?format=jpg&name=small\", \"fullUrl\": \"https://pbs.twimg.com/media/Eu");
    at = put_bytes(at, token, 12);
    at = PUT(at, "?format=jpg&name=large\"");
    return typed ? PUT(at, "}") : PUT(at, ", \"type\": \"photo\"}");
}

static uint8_t *put_variant(uint64_t id, const char *size, size_t n, draw *d, uint32_t bitrate,
                            bool typed, uint8_t *at)
{
    at = PUT(put_type(at, typed, "VideoVariant"),
             "\"contentType\": \"video/mp4\", "
             "\"url\": \"https://video.twimg.com/ext_tw_video/");
    at = put_number(at, id);
    at = put_bytes(PUT(at, "/pu/vid/"), size, n);
    *at++ = '/';
    at = put_token(at, (uint64_t)draw_word(d) << 32 | draw_word(d), 16);
    at = put_number(PUT(at, ".mp4?tag=10\", \"bitrate\": "), bitrate);
    return PUT(at, "}, ");
}

static uint8_t *put_video(const gen *g, draw *d, uint64_t id, bool typed, uint8_t *at)
{
    const uint64_t bits = (uint64_t)draw_word(d) << 32 | draw_word(d);

    at = PUT(put_type(at, typed, "Video"),
             "\"thumbnailUrl\": \"https://pbs.twimg.com/ext_tw_video_thumb/");
    at = put_number(at, id);
    at = put_token(PUT(at, "/pu/img/"), bits, 16);
    at = PUT(at, ".jpg\", \"variants\": [");
    at = put_variant(id, "320x580", 7, d, 632000, typed, at);
    if (item_at(&g->lists[KNOB_VIDEO_VARIANTS], (uint32_t)(bits >> 32)) != 0)
        at = put_variant(id, "406x720", 7, d, 832000, typed, at);
    at = PUT(put_type(at, typed, "VideoVariant"),
             "\"contentType\": \"application/x-mpegURL\", "
             "\"url\": \"https://video.twimg.com/ext_tw_video/");
    at = put_number(at, id);
    at = put_token(PUT(at, "/pu/pl/"), bits * 0x9E3779B97F4A7C15u, 16);
    at = PUT(at, ".m3u8?tag=10\", \"bitrate\": null}], \"duration\": ");
    at = put_number(at, curve_at(&g->lists[KNOB_VIDEO_SECONDS], draw_word(d)));
    *at++ = '.';
    at = put_number(at, 1 + draw_below(d, 9)); /* one digit, not 0: as Python prints the number */
    return typed ? PUT(at, ", \"views\": null}") : PUT(at, ", \"type\": \"video\"}");
}

static uint8_t *put_animation(draw *d, bool typed, uint8_t *at)
{
    const uint64_t bits = (uint64_t)draw_word(d) << 32 | draw_word(d);
    uint8_t token[13];

    put_token(token, bits, 13);
    at = PUT(put_type(at, typed, "Gif"),
             "\"thumbnailUrl\": \"https://pbs.twimg.com/tweet_video_thumb/Eu");
    at = put_bytes(at, token, 13);
    at = put_type(PUT(at, ".jpg\", \"variants\": ["), typed, "VideoVariant");
    at = PUT(at, "\"contentType\": \"video/mp4\", "
                 "\"url\": \"https://video.twimg.com/tweet_video/Eu");
    at = put_bytes(at, token, 13);
    return typed ? PUT(at, ".mp4\", \"bitrate\": 0}]}")
                 : PUT(at, ".mp4\", \"bitrate\": null}], \"type\": \"gif\"}");
}

uint8_t *put_media(const gen *g, draw *d, uint64_t id, bool typed, uint8_t *at)
{
    static const uint8_t photos[] = {1, 2, 4};
    const uint32_t kind = item_at(&g->lists[KNOB_MEDIA_KINDS], draw_word(d));

    *at++ = '[';
    for (uint32_t i = 0; kind < LR_COUNT_OF(photos) && i < photos[kind]; i++) {
        if (i > 0)
            at = PUT(at, ", ");
        at = put_photo(d, typed, at);
    }
    if (kind == LR_COUNT_OF(photos))
        at = put_video(g, d, id, typed, at);
    else if (kind > LR_COUNT_OF(photos))
        at = put_animation(d, typed, at);
    *at++ = ']';
    return at;
}
