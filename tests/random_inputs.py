"""random_inputs.py: small random inputs, most of them nearly right, for test_differential.py."""
import gzip
import io
import json
import zipfile

NAMES = ["a", "b", "ann", "Ann", "a_1", "x" * 15, "x" * 16, "x" * 17, "é", "", "0", "日本", "a\0b",
         "\ufffd", "z" * 70, "q" * 300]
DATES = ["2021-02-12", "2021-02-12T09:23:35+00:00", "2021-02-13 23:59", "2021-02-14T00:00:60.5Z",
         "2020-02-29", "0001-01-01", "9999-12-31T00:00-1234"]
BAD_DATES = ["", "2021-02-30", "2021-02-12T", "2021-2-12", "2021-02-12T24:00", "x", "2021-02-12Z",
             "2021-02-12T00:00:00.", "2021-02-12 ", "2021-02-12T00:00:61", "0000-01-01", "２021-02-12"]
EMOJIS = ["😀", "❤️", "❤", "🤲🏾", "🇮🇳", "🇮", "🏴‍☠️", "🏴‍☠", "1️⃣", "1⃣", "©", "®", "‼", "ℹ", "🐱‍🐶", "🏾", "🫠",
          "👨‍👩‍👧‍👦", "👨‍👩", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢", "#️⃣", "👩🏽‍❤️‍💋‍👨🏿", "㊗", "🇺🇸🇺", "\ufe0f", "\u200d", "😮‍💨"]
TEXTS = [" ", "@", "@a", "@ann_1 ", "@@b", "a@b.c", "RT @x: ", "＠é", "@é", "@x/y", "@" + "n" * 21, "@" + "m" * 64,
         "\\", "\"", "\n", "\t", "/", "{\"date\": \"2021-01-01\"}", "\0", "\x7f", "é", "日本語", "हिन्दी",
         "\ud83d", "\ude00", "\\ud83d\\ude00", "https://t.co/x", "word ", "x" * 61, "rt@q", "@_@", "@a\u0301",
         "\u2028", "\uffff", "@٣", "@a·b"]
NUMBERS = ["0", "-0", "1", "12345678901234567890", "1.5", "-1e5", "1E+5", "0.0e-0", "1e400"]
BAD_JSON = ["01", "1.", ".5", "+1", "-", "1e", "NaN", "nul", "True", "'a'", '"\\x"', '"\\u12"', '"\t"', "[1,]", "[",
            "]", "{", "}", '{"a"}', '{"a":}', '{"a":1,}', "[1 2]", "", ",", ":", '"', '"a', "\\", "{]", "[}", "/**/"]
BAD_BYTES = [b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98",
             b"\0", b"\x01", b"\x1f", b"\xef\xbb\xbf", b"\r", b"\x0b", b"\xc2\xa0", b"\xf8\x88\x80\x80\x80"]
PIECES = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r\n", b" ", b"\t", b"\\u", b"\\ud83d", b"\\\\",
          b'\\"', b"null", b"true", b"1", b"@", b"\x00", b"\xff", b'"content":', b'"user":{', b"'", b";", b"~", b"|"]


def random_text(rng):
    return "".join(rng.choice(rng.choice((TEXTS, EMOJIS, NAMES)))
                   for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 9))))


def random_string(rng, text):
    """text as a JSON string, each character in one of its forms."""
    out, rate = [], rng.choice((0, 0, 0.1, 1))
    for c in text:
        code = ord(c)
        if rng.random() < rate or 0xD800 <= code < 0xE000 or code < 32 or c in '"\\':
            short = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\", "/": "\\/"}.get(c)
            if short and rng.random() < 0.7:
                out.append(short)
            elif code > 0xFFFF:
                pair = "\\u%04x\\u%04x" % (0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF))
                out.append(pair.upper().replace("\\U", "\\u") if rng.random() < 0.3 else pair)
            else:
                out.append(rng.choice(("\\u%04x", "\\u%04X")) % code)
        else:
            out.append(c)
    return ('"%s"' % "".join(out)).encode()


def blank(rng):
    return rng.choice((b"", b"", b"", b" ", b"", b"\t", b"  ", b"\r"))


def random_value(rng, depth=0):
    kind = rng.randrange(8 if depth < 4 else 6)
    if kind < 3:
        return random_string(rng, random_text(rng))
    if kind == 3:
        return rng.choice(NUMBERS).encode()
    if kind < 6:
        return rng.choice((b"null", b"true", b"false", b"null"))
    if kind == 6:
        parts = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
        return b"[" + (blank(rng) + b"," + blank(rng)).join(parts) + b"]"
    return random_object(rng, [(rng.choice(("a", "username", "date", "content", "id", "user", "")),
                                random_value(rng, depth + 1)) for _ in range(rng.randrange(4))])


def random_object(rng, pairs):
    parts = [random_string(rng, key) + blank(rng) + b":" + blank(rng) + value for key, value in pairs]
    return b"{" + (blank(rng) + b"," + blank(rng)).join(parts) + blank(rng) + b"}"


def often(rng, value, rate=0.04):
    """value, or now and then null or something of another type."""
    if rng.random() < rate:
        return rng.choice((b"null", random_value(rng)))
    return value


def random_user(rng):
    pairs = [("username", often(rng, random_string(rng, rng.choice(NAMES))))]
    pairs += [(key, random_value(rng, 3)) for key in ("id", "displayname") if rng.random() < 0.3]
    rng.shuffle(pairs)
    return random_object(rng, pairs)


def random_record(rng, odd=0.02):
    dates = BAD_DATES if rng.random() < odd else DATES
    pairs = []
    if rng.random() < 0.95:
        pairs.append(("date", often(rng, random_string(rng, rng.choice(dates)), odd)))
    if rng.random() < 0.95:
        pairs.append(("content", often(rng, random_string(rng, random_text(rng)), odd)))
    if rng.random() < 0.85:
        pairs.append(("user", often(rng, random_user(rng), odd)))
    if rng.random() < 0.2:
        pairs.append(("username", often(rng, random_string(rng, rng.choice(NAMES)), odd)))
    if rng.random() < 0.3:
        users = [random_user(rng) for _ in range(rng.randrange(4))]
        pairs.append(("mentionedUsers", often(rng, b"[" + b", ".join(users) + b"]", odd)))
    for _ in range(rng.choice((0, 0, 1, 2, 5))):
        key = rng.choice(("id", "url", "x", "renderedContent", "quotedTweet", "dat", "contents", ""))
        pairs.append((key, random_value(rng)))
    if rng.random() < odd and pairs:
        pairs.append((rng.choice(pairs)[0], random_value(rng)))
    if rng.random() < odd:
        bad = rng.choice(BAD_JSON).encode()
        if rng.random() < 0.4:
            text = random_string(rng, random_text(rng))
            at = rng.randrange(1, len(text))
            bad = text[:at] + rng.choice(BAD_BYTES) + text[at:]
        pairs.append((rng.choice(("x", "x", "content")), rng.choice((bad, b"[" + bad + b"]"))))
    rng.shuffle(pairs)
    return random_object(rng, pairs)


def deep(rng):
    n = rng.choice((1000, 1022, 1023, 1024, 1025, 3000))
    opens, closes = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return b'{"x":' + opens * n + b"1" + closes * n + b',"content":"@deep"}'


def mutated(rng, data, pieces=PIECES):
    """data with one to three small changes anywhere."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(7)
        if kind == 0:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
        elif kind == 1:
            data = data[:at] + data[at + rng.choice((1, 1, 2, 10)):]
        elif kind == 2:
            data = data[:at] + rng.choice(pieces) + data[at:]
        elif kind == 3:
            data = data[:at] + rng.choice(BAD_BYTES) + data[at:]
        elif kind == 4:
            data = data[:at]
        elif kind == 5:
            data = data[:at] + rng.choice(BAD_JSON).encode() + data[at + 1:]
        else:
            start = rng.randrange(len(data) + 1)
            data = data[:at] + data[start:start + rng.randrange(30)] + data[at:]
    return data


def one_writer(rng):
    """Lines as one program writes them: the same keys in the same order and form, values that differ;
    now and then one that does not keep to it. What learns from earlier lines must not trust it."""
    comma, colon = rng.choice(((b", ", b": "), (b",", b":"), (b" , ", b" :\t")))
    keys = ["url", "date", "content", "renderedContent", "id", "user", "lang", "quotedTweet",
            "mentionedUsers", "username"]
    keys = rng.sample(keys, rng.randrange(2, len(keys) + 1))
    lines = []
    for _ in range(rng.choice((5, 30, 200))):
        odd = rng.random() < 0.05
        values = {
            "date": random_string(rng, rng.choice(DATES)),
            "content": random_string(rng, random_text(rng)),
            "id": rng.choice(NUMBERS).encode(),
            "user": random_object(rng, [("username", random_string(rng, rng.choice(NAMES))),
                                        ("id", b"1")]),
            "username": b"null",
            "quotedTweet": b"null" if rng.random() < 0.7 else random_record(rng, 0),
            "mentionedUsers": b"null" if rng.random() < 0.5 else b"[%s]" % random_user(rng)}
        order = list(keys)
        if odd:
            rng.shuffle(order)
            order = order[rng.randrange(2):]
        pairs = [b'"%s"%s%s' % (key.encode(), colon, often(rng, values.get(key) or
                                                           random_string(rng, random_text(rng)),
                                                           0.02 if odd else 0)) for key in order]
        line = b"{" + comma.join(pairs) + b"}"
        if odd and rng.random() < 0.3:
            line = mutated(rng, line).replace(b"\n", b" ")
        lines.append(line)
    return b"\n".join(lines) + rng.choice((b"\n", b""))


def random_ndjson(rng):
    if rng.random() < 0.3:
        data = one_writer(rng)
        return mutated(rng, data) if rng.random() < 0.1 else data
    lines, bad = [], rng.choice((0, 0, 0.02, 0.3))
    for _ in range(rng.choice((0, 1, 2, 3, 5, 10, 30, 100))):
        line = random_record(rng) if rng.random() > 0.01 else deep(rng)
        if rng.random() < bad:
            line = mutated(rng, line).replace(b"\n", b" ") if rng.random() < 0.9 else mutated(rng, line)
        lines.append(blank(rng) + line + blank(rng) if rng.random() < 0.1 else line)
        if rng.random() < 0.03:
            lines.append(rng.choice((b"", b" ", b"\r", b" \t\r")))
    end = rng.choice((b"\n", b"\n", b"\r\n"))
    data = end.join(lines) + rng.choice((end, end, b"", b" "))
    if rng.random() < 0.05:
        data = b"\xef\xbb\xbf" + data
    return mutated(rng, data) if rng.random() < 0.05 else data


def lined(rng, items):
    """An array with a line for each element, but for few of them."""
    feed = rng.choice((b"\n", b"\n", b"\r\n", b"\n  ", b"\n\n"))
    others = rng.choice((0, 0, 0, 0.02, 0.2))
    data = b"[" + rng.choice((b"", feed))
    for i, item in enumerate(items):
        usual = rng.random() >= others
        data += b"" if i == 0 else b"," + feed if usual else rng.choice((b",", b" ,\n", b",\t\n", b"\n,", b",\n,\n"))
        data += item if usual else item.replace(b",", rng.choice((b",\n", b"\n,")), 1)
    return data + rng.choice((b"", feed)) + b"]" + rng.choice((b"", feed))


def random_array(rng):
    def space():
        return rng.choice((b"", b"", b" ", b"\n", b"\r\n  ", b"\n\n\t"))
    items = [random_record(rng, 0.01) if rng.random() > 0.03 else random_value(rng)
             for _ in range(rng.choice((0, 1, 2, 3, 10, 40)))]
    data = b"[" + b",".join(space() + item + space() for item in items) + b"]" + space()
    if rng.random() < 0.5:
        data = lined(rng, items)
    elif rng.random() < 0.5:
        try:
            data = json.dumps(json.loads(data), indent=rng.choice((None, 1, 4)),
                              ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")
        except ValueError:
            pass  # some records are bad
    if rng.random() < 0.05:
        data = b"\xef\xbb\xbf \n" + data
    return mutated(rng, data) if rng.random() < 0.3 else data


def csv_field(rng, text, delimiter):
    data = text.encode("utf-8", "replace")
    need = any(c in data for c in (delimiter, b"\n", b"\r\n")) or data.startswith(b'"')
    if need or rng.random() < 0.3:
        return b'"' + data.replace(b'"', b'""') + b'"'
    return data


def random_csv(rng):
    delimiter, end = rng.choice((b",", b",", b"~", b";", b"\t", b"|")), rng.choice((b"\n", b"\r\n"))
    columns = ["id", "date", "content", "username", "lang", "x y"]
    rng.shuffle(columns)
    columns = [c for c in columns if rng.random() < 0.95]
    rows = [delimiter.join(csv_field(rng, c, delimiter) for c in columns)]
    for _ in range(rng.choice((0, 1, 2, 5, 20, 80))):
        values = {"date": rng.choice(DATES if rng.random() < 0.98 else BAD_DATES),
                  "username": rng.choice(NAMES), "content": random_text(rng)}
        row = delimiter.join(csv_field(rng, values.get(c) or rng.choice(("", "1", random_text(rng))),
                                       delimiter) for c in columns)
        if rng.random() < 0.01:
            row = mutated(rng, row, [b'"', b'""', delimiter, b"\n", b"\r", b"\xff"])
        rows.append(row)
        if rng.random() < 0.02:
            rows.append(b"")
    data = end.join(rows) + rng.choice((end, b""))
    if rng.random() < 0.05:
        data = b"\xef\xbb\xbf" + data
    pieces = [b'"', b'""', delimiter, b"\n", b"\r", b"\r\n", b"\xff", b'"\n', b'\n"']
    return mutated(rng, data, pieces) if rng.random() < 0.2 else data


class Pipe:
    """A file that cannot be sought: zipfile then writes sizes behind the data."""

    def __init__(self, file):
        self.write, self.flush = file.write, file.flush


def packed(rng, data, zstd):
    """data, compressed in some way; now and then broken."""
    kind = rng.choice(("gzip", "gzip", "zip", "zstd" if zstd else "gzip"))
    cut = rng.randrange(len(data) + 1)
    parts = [data[:cut], data[cut:]] if rng.random() < 0.4 else [data]
    if kind == "gzip":
        out = b"".join(gzip.compress(part, rng.choice((0, 1, 9))) for part in parts)
    elif kind == "zstd":
        out = b"".join(zstd(part) for part in parts)
    else:
        file = io.BytesIO()
        method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        to = file if rng.random() < 0.5 else Pipe(file)
        with zipfile.ZipFile(to, "w", method) as archive:
            archive.writestr("tweets.json", data)
        out = file.getvalue()
    return out


RANDOM = {"ndjson": random_ndjson, "json": random_array, "csv": random_csv}
