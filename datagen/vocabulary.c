/* vocabulary.c: words, and which language is written with which. */
#include "material.h"

const char *const vocabulary_words[VOCABULARIES] = {
    [WORDS_ENGLISH] =
        "the of and to in is it that for was on are as with they be at one have this from or had "
        "by "
        "not but what all were we when your can said there use an each which she do how their if "
        "will up other about out many then them these so some her would make like him into time "
        "has "
        "look two more write go see number no way could people my than first water been call who "
        "oil its now find long down day did get come made may part farmers farmer protest support "
        "India government laws land crops wheat harvest village border Delhi Punjab Haryana Monday "
        "solidarity rights justice freedom peaceful voice truth media stand together against three "
        "bills repeal MSP corporate police internet arrested released court women elders brothers "
        "sisters mothers children tractors march rally union leaders talks minister parliament "
        "democracy world history never forget please share retweet watch video breaking update "
        "don't can't we're it's let's that's &amp; 2021 100 days 24/7 \"black\" \"anti-national\" "
        "food bread season rain winter cold roads water-cannon tents langar free medical help",
    [WORDS_HINDI] =
        "किसान आंदोलन सरकार देश के लिए है और नहीं में से को पर यह वह हम आप सब एक दो तीन कानून वापस लो "
        "जय जवान दिल्ली हरियाणा पंजाब भाई बहन साथ खेत फसल गेहूं गांव सड़क लोग आज कल समय बात मोदी मंत्री संसद "
        "न्याय सच झूठ मीडिया पुलिस हक लड़ाई जीत एकता रोटी पानी सर्दी मजदूर बच्चे माता पिता समर्थन महापंचायत",
    [WORDS_PUNJABI] =
        "ਕਿਸਾਨ ਮੋਰਚਾ ਸਰਕਾਰ ਦੇਸ਼ ਦੇ ਲਈ ਹੈ ਅਤੇ ਨਹੀਂ ਵਿੱਚ ਤੋਂ ਨੂੰ ਤੇ ਇਹ ਉਹ ਅਸੀਂ ਤੁਸੀਂ ਸਭ ਇੱਕ ਦੋ ਤਿੰਨ ਕਾਨੂੰਨ ਵਾਪਸ "
        "ਪੰਜਾਬ ਦਿੱਲੀ ਹਰਿਆਣਾ ਵੀਰ ਭੈਣ ਨਾਲ ਖੇਤ ਫ਼ਸਲ ਕਣਕ ਪਿੰਡ ਸੜਕ ਲੋਕ ਅੱਜ ਕੱਲ੍ਹ ਸਮਾਂ ਗੱਲ ਸੱਚ ਝੂਠ ਪੁਲਿਸ ਹੱਕ "
        "ਜਿੱਤ ਏਕਤਾ ਰੋਟੀ ਪਾਣੀ ਲੰਗਰ ਮਜ਼ਦੂਰ ਬੱਚੇ ਮਾਂ ਬਾਪ ਸਿੰਘ ਕੌਰ ਚੜ੍ਹਦੀ ਕਲਾ ਵਾਹਿਗੁਰੂ",
    [WORDS_URDU] =
        "کسان حکومت ملک کے لیے ہے اور نہیں میں سے کو پر یہ وہ ہم آپ سب ایک دو تین قانون واپس دہلی "
        "پنجاب "
        "بھائی بہن ساتھ کھیت فصل گندم گاؤں سڑک لوگ آج کل وقت بات سچ جھوٹ پولیس حق جیت روٹی پانی",
    [WORDS_TAMIL] =
        "விவசாயிகள் போராட்டம் அரசு நாடு மக்கள் நிலம் பயிர் நீர் உணவு வாழ்க இன்று நாளை நாம் எங்கள் உரிமை "
        "சட்டம் தமிழ் ஒற்றுமை வெற்றி நன்றி",
    [WORDS_SPANISH] = "de la que el en y los se del las un por con no una su para es al lo como "
                      "más pero sus le ya "
                      "este sí porque está entre cuando muy sin sobre también país campo agua días "
                      "años mañana acción "
                      "niños pueblo gobierno trabajo apoyo",
    [WORDS_FRENCH] = "le de un être et à il avoir ne je son que se qui ce dans en du elle au pour "
                     "pas vous par sur "
                     "faire plus dire me on mon lui nous comme mais avec tout y aller voir bien où "
                     "sans été terre blé "
                     "paysans grève soutien",
    [WORDS_RUSSIAN] =
        "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой год "
        "человек время рука дело жизнь день хлеб земля вода закон правда",
    [WORDS_JAPANESE] = "農民 抗議 インド 政府 法律 支援 連帯 今日 明日 世界 人々 土地 小麦 水 正義 "
                       "自由 平和 声 真実 一緒に ありがとう "
                       "お願いします 写真 動画 ニュース",
    [WORDS_HASHTAGS] =
        "#FarmersProtest #FarmersProtest #FarmersProtest #FarmersProtest #FarmersProtest "
        "#FarmersProtest #IStandWithFarmers #NoFarmersNoFood #FarmersAreIndia #RepealFarmLaws "
        "#KisanEktaMorcha #KisanEktaZindabad #SpeakUpForFarmers #TractorRally #HarvestOfHope "
        "#DelhiChalo #किसान_आंदोलन #किसान_एकता #ਕਿਸਾਨ_ਮੋਰਚਾ #WheatField #SaveOurSoil #farmersprotest "
        "#Justice #HumanRights #News #Punjab",
    [WORDS_PLACES] =
        "India Punjab Delhi London Toronto Brampton Chandigarh Ludhiana Amritsar Jalandhar Surrey "
        "Vancouver Melbourne Sydney Mumbai Bengaluru Haryana Hisar Karnal Patiala Birmingham "
        "Sacramento "
        "ਪੰਜਾਬ भारत Bathinda Canada Australia Earth Southall Slough",
};

/* In the order of LANGUAGE_WEIGHTS. */
const language languages[] = {
    {"en", WORDS_ENGLISH}, {"und", WORDS_HASHTAGS}, {"hi", WORDS_HINDI},   {"pa", WORDS_PUNJABI},
    {"in", WORDS_ENGLISH}, {"ur", WORDS_URDU},      {"ta", WORDS_TAMIL},   {"es", WORDS_SPANISH},
    {"tl", WORDS_ENGLISH}, {"et", WORDS_ENGLISH},   {"mr", WORDS_HINDI},   {"fr", WORDS_FRENCH},
    {"ht", WORDS_FRENCH},  {"de", WORDS_ENGLISH},   {"pt", WORDS_SPANISH}, {"hu", WORDS_SPANISH},
    {"it", WORDS_SPANISH}, {"ca", WORDS_SPANISH},   {"nl", WORDS_ENGLISH}, {"ja", WORDS_JAPANESE},
    {"tr", WORDS_ENGLISH}, {"gu", WORDS_HINDI},     {"ne", WORDS_HINDI},   {"te", WORDS_TAMIL},
    {"ml", WORDS_TAMIL},   {"kn", WORDS_TAMIL},     {"ar", WORDS_URDU},    {"fa", WORDS_URDU},
    {"sd", WORDS_URDU},    {"ps", WORDS_URDU},      {"da", WORDS_ENGLISH}, {"sv", WORDS_ENGLISH},
    {"no", WORDS_ENGLISH}, {"fi", WORDS_ENGLISH},   {"pl", WORDS_SPANISH}, {"ro", WORDS_FRENCH},
    {"cs", WORDS_SPANISH}, {"lt", WORDS_SPANISH},   {"lv", WORDS_SPANISH}, {"sl", WORDS_SPANISH},
    {"eu", WORDS_SPANISH}, {"cy", WORDS_FRENCH},    {"vi", WORDS_FRENCH},  {"ru", WORDS_RUSSIAN},
    {"uk", WORDS_RUSSIAN}, {"zh", WORDS_JAPANESE},
};
const uint32_t n_languages = LR_COUNT_OF(languages);
_Static_assert(LR_COUNT_OF(languages) == 46, "as many as are published");
