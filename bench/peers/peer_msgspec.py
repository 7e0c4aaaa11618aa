"""peer_msgspec.py QUERY FILE THREADS: msgspec decoders typed to the fields that are read."""
import msgspec

import peer_lines


class User(msgspec.Struct):
    username: str | None = None


class Tweet(msgspec.Struct):
    date: str | None = None
    user: User | None = None


class Text(msgspec.Struct):
    content: str | None = None


def records(query, lines):
    decode = msgspec.json.Decoder(Tweet if query == "q1" else Text).decode
    for line in lines:
        record = decode(line)
        if query == "q1":
            yield record.date, record.user and record.user.username
        else:
            yield record.content


def work(query, file, begin, end):
    return peer_lines.count(query, records(query, peer_lines.lines_of(file, begin, end)))


if __name__ == "__main__":
    peer_lines.main(work)
