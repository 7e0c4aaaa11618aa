"""oracle_formats.py: bytes to records, for oracle.py: JSON by RFC 8259, lines, arrays, CSV, and what
is compressed. Plain on purpose, and its own: no json module, no csv module."""
import io
import re
import subprocess
import zipfile
import zlib

DEPTH_MAX = 1024
BOM = b"\xef\xbb\xbf"
BLANKS = b" \t\r\n"
DELIMITERS = b",~;\t|"
NAMES = (b"id", b"date", b"username", b"content")


class Bad(Exception):
    """Why a record is bad."""


class Fatal(Exception):
    """What ends the run: a place and a reason. well_formed: the record there is so, but holds a
    value that is no good."""

    def __init__(self, place, reason, well_formed=False):
        super().__init__(place, reason)
        self.place, self.reason, self.well_formed = place, reason, well_formed


class Record:
    """value: a dict of the record's fields, or bad: why there is none. line and byte: where it
    starts. valid: is it well-formed throughout, with unique keys?"""

    def __init__(self, line, byte, raw, value=None, bad=None, valid=True):
        self.line, self.byte, self.raw = line, byte, raw
        self.value, self.bad, self.valid = value, bad, valid and bad is None


# ---------------------------------------------------------------- JSON

SPACE = re.compile(rb"[ \t\r\n]*")
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
STRING = re.compile(rb'"((?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*)"')
ESCAPE = re.compile(r"\\u([dD][89abAB]..)\\u([dD][c-fC-F]..)|\\u(....)|\\(.)", re.DOTALL)
LITERALS = {b"true": True, b"false": False, b"null": None}
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Number:
    """A number; unused, so never converted."""


def unescape(raw):
    """The text between two quotes, known to be well-formed but for its UTF-8. A surrogate without
    its partner is U+FFFD."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("invalid UTF-8") from None

    def replace(match):
        high, low, code, letter = match.groups()
        if high:
            return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
        if code:
            return "\ufffd" if 0xD800 <= int(code, 16) <= 0xDFFF else chr(int(code, 16))
        return SHORT.get(letter, letter)

    return ESCAPE.sub(replace, text)


class Parser:
    """One value of src from byte `at` on. parse() sets value, and `at` to the byte after it."""

    def __init__(self, src, at=0):
        self.src, self.at = src, at
        self.depth_max = 0    # the deepest level
        self.unique = True    # no object had a key twice

    def space(self):
        self.at = SPACE.match(self.src, self.at).end()

    def byte(self):
        return self.src[self.at:self.at + 1]

    def string(self):
        match = STRING.match(self.src, self.at)
        if not match:
            raise Bad("not a string")
        self.at = match.end()
        return unescape(match[1])

    def scalar(self):
        if self.byte() == b'"':
            return self.string()
        for word, value in LITERALS.items():
            if self.src.startswith(word, self.at):
                self.at += len(word)
                return value
        match = NUMBER.match(self.src, self.at)
        if not match:
            raise Bad("a value is missing or is not JSON")
        self.at = match.end()
        return Number()

    def key(self, holder):
        """A key and its colon, of the object holder."""
        self.space()
        key = self.string()
        self.space()
        if self.byte() != b":":
            raise Bad("no colon after a key")
        self.at += 1
        self.unique = self.unique and key not in holder
        return key

    def parse(self):
        holders = []  # the open objects and arrays, each with the key that is due
        while True:
            self.space()
            if self.byte() in (b"{", b"["):
                holder, close = ({}, b"}") if self.byte() == b"{" else ([], b"]")
                self.at += 1
                self.depth_max = max(self.depth_max, len(holders) + 1)
                self.space()
                if self.byte() != close:
                    holders.append([holder, close, self.key(holder) if close == b"}" else None])
                    continue
                self.at += 1
                value = holder
            else:
                value = self.scalar()
            while True:  # value is whole: into its holder, and the holder's end, if it is there
                if not holders:
                    return value
                holder, close, key = holders[-1]
                if close == b"}":
                    holder[key] = value
                else:
                    holder.append(value)
                self.space()
                if self.byte() == b",":
                    self.at += 1
                    if close == b"}":
                        holders[-1][2] = self.key(holder)
                    break
                if self.byte() != close:
                    raise Bad("no comma between two values")
                self.at += 1
                value = holders.pop()[0]


def check_record(parser, value):
    if not isinstance(value, dict):
        raise Bad("a record must be a JSON object")
    if parser.depth_max > DEPTH_MAX:
        raise Bad("nested deeper than 1024 levels")


def ndjson(name, data):
    at, line = 0, 0
    while at < len(data):
        start, line = at, line + 1
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        at = end + 1
        text = data[start:end]
        body = text[len(BOM):] if start == 0 and text.startswith(BOM) else text
        if not body.strip(BLANKS):
            continue
        parser = Parser(body)
        try:
            value = parser.parse()
            parser.space()
            if parser.at < len(body):
                raise Bad("more than one value in a record")
            check_record(parser, value)
            yield Record(line, start, text, value, valid=parser.unique)
        except Bad as bad:
            yield Record(line, start, text, bad=str(bad))


def json_array(name, data):
    def place(byte):
        return data.count(b"\n", 0, byte) + 1, byte

    def fatal(reason):
        return Fatal("%s:%d:%d" % (name, *last), reason)

    last = (1, 0)  # the place of the element in or after which an error stands
    parser = Parser(data, len(BOM) if data.startswith(BOM) else 0)
    parser.space()
    if parser.byte() != b"[":
        raise fatal("not an array")
    parser.at += 1
    parser.space()
    if parser.byte() == b"]":
        parser.at += 1
    else:
        while True:
            parser.space()
            start = parser.at
            if parser.byte() not in (b"", b",", b"]"):
                last = place(start)
            parser.depth_max, parser.unique = 0, True
            try:
                value = parser.parse()
            except Bad as bad:
                raise fatal(str(bad)) from None
            raw = data[start:parser.at]
            parser.space()
            if parser.byte() not in (b",", b"]", b""):
                # What stands between two commas is one element, and this one is not good.
                raise fatal("no comma between two elements")
            try:
                check_record(parser, value)
                yield Record(*last, raw, value, valid=parser.unique)
            except Bad as bad:
                yield Record(*last, raw, bad=str(bad))
            after, parser.at = parser.byte(), parser.at + 1
            if after == b"]":
                break
            if after != b",":
                raise fatal("the array is not closed")
    parser.space()
    if parser.at < len(data):
        raise fatal("text after the array")


# ---------------------------------------------------------------- CSV

def csv_record(data, at, delimiter):
    """The record at byte `at`: its fields, why it is bad (or None), and where it ends. Raises Bad
    where a quote is not closed."""
    field_end = re.compile(re.escape(delimiter) + rb"|\r?\n|\Z")
    fields, bad = [], None
    while True:
        value = b""
        if data[at:at + 1] == b'"':
            at += 1
            while True:
                quote = data.find(b'"', at)
                if quote < 0:
                    raise Bad("a quote is not closed")
                value += data[at:quote]
                at = quote + 1
                if data[at:at + 1] != b'"':
                    break
                value += b'"'
                at += 1
            match = field_end.search(data, at)
            if match.start() > at:
                bad = "text after a closing quote"
        else:
            match = field_end.search(data, at)
            value = data[at:match.start()]
        fields.append(value)
        at = match.end()
        if match[0] != delimiter:
            return fields, bad, at


def csv_delimiter(data, at):
    """The delimiter whose split of the header holds most of the names; the first on a tie."""
    def score(delimiter):
        try:
            fields, bad, _ = csv_record(data, at, delimiter)
        except Bad:
            return 0
        return 0 if bad else sum(name in fields for name in NAMES)

    return max((bytes([byte]) for byte in DELIMITERS), key=score)


def csv_rows(name, data, options, columns):
    def skip_empty(at):
        return re.compile(rb"(?:\r?\n)*").match(data, at).end()

    def bad_header(reason):
        return Fatal(name + ":1:0", reason)

    at = skip_empty(len(BOM) if data.startswith(BOM) else 0)
    if at == len(data):
        return
    delimiter = csv_delimiter(data, at)
    if options.delimiter is not None:
        delimiter = {"tab": b"\t", "\\t": b"\t"}.get(options.delimiter, options.delimiter.encode())
    try:
        header, bad, at = csv_record(data, at, delimiter)
        bad = bad or (None if all(map(is_utf8, header)) else "invalid UTF-8")
    except Bad as error:
        bad = str(error)
    if bad:
        raise bad_header("the header: " + bad)
    for column in NAMES:
        if header.count(column) > 1:
            raise bad_header("column %s twice" % column.decode())
    for column in columns:
        if column.encode() not in header:
            raise bad_header("no column " + column)
    wanted = {column: header.index(column.encode()) for column in columns}
    while (at := skip_empty(at)) < len(data):
        start, line = at, data.count(b"\n", 0, at) + 1
        try:
            fields, bad, at = csv_record(data, at, delimiter)
        except Bad as error:
            raise Fatal("%s:%d:%d" % (name, line, start), str(error)) from None
        raw = data[start:at].rstrip(b"\r\n")
        if not bad and len(fields) != len(header):
            bad = "another number of fields than the header"
        if not bad and not all(map(is_utf8, fields)):
            bad = "invalid UTF-8"
        if bad:
            yield Record(line, start, raw, bad=bad)
        else:
            values = {key: fields[i].decode() or None for key, i in wanted.items()}
            yield Record(line, start, raw, values)


def is_utf8(data):
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


# ---------------------------------------------------------------- a whole input

def decompress_gzip(data):
    out = b""
    while data:
        if not data.startswith(b"\x1f\x8b"):
            raise Bad("followed by garbage")
        stream = zlib.decompressobj(wbits=31)
        try:
            out += stream.decompress(data) + stream.flush()
        except zlib.error as error:
            raise Bad(str(error)) from None
        if not stream.eof:
            raise Bad("truncated")
        data = stream.unused_data
    return out


def decompress_zip(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) != 1:
                raise Bad("not a single member")
            return archive.read(archive.infolist()[0])
    except Exception as error:  # zipfile raises all kinds where a directory is broken
        raise Bad(str(error)) from None


def decompress_zstd(data):
    done = subprocess.run(["zstd", "-dcq", "--no-progress"], input=data, capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise Bad(done.stderr.decode().strip())
    return done.stdout


def decompress(name, data):
    kinds = {"gzip": (b"\x1f\x8b", decompress_gzip), "zip": (b"PK\x03\x04", decompress_zip),
             "zstd": (b"\x28\xb5\x2f\xfd", decompress_zstd)}
    skippable = len(data) >= 8 and data[1:4] == b"\x2a\x4d\x18" and data[0] & 0xF0 == 0x50
    for kind, (magic, function) in kinds.items():
        if data.startswith(magic) or (skippable and kind == "zstd"):
            try:
                return function(data)
            except Bad as bad:
                raise Fatal("%s: %s" % (name, kind), str(bad)) from None
    return data


def is_wide(data):
    """UTF-16 or UTF-32: by its byte order mark."""
    return data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))


def records(name, data, options, columns):
    """The records of one input, in order. Raises Fatal where it ends the run."""
    data = decompress(name, data)
    if is_wide(data):
        raise Fatal(name + ":1:0", "UTF-16 or UTF-32")
    body = data[len(BOM):] if data.startswith(BOM) else data
    first = body.lstrip(BLANKS)[:1]
    kind = options.input
    if not first:
        return
    if kind == "auto":
        kind = {b"[": "json", b"{": "ndjson"}.get(first, "csv")
    if kind == "ndjson":
        yield from ndjson(name, data)
    elif kind == "json":
        yield from json_array(name, data)
    else:
        yield from csv_rows(name, data, options, columns)
