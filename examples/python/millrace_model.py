"""Scores events with a model that Millrace has published. Needs Python 3.9 and numpy, nothing else.

    python3 millrace_model.py --model runs/a/models/two-level --events day9.csv --output scores.csv

docs/model-format.md describes every step; the comments here name its sections. This file is written to
be read, not to be fast: it looks up one id at a time. It reads every kind of published model.
"""

import argparse
import csv
import decimal
import gzip
import io
import json
import math
import pathlib
import struct
import sys

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


# ---- Hashing (section 2) ---------------------------------------------------------------------------------

P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK


def xxh64(data, seed=0):
    """XXH64 of bytes, as an unsigned number."""

    def round_(lane, word):
        return rotate((lane + word * P2) & MASK, 31) * P1 & MASK

    at = 0
    if len(data) >= 32:
        lanes = [(seed + P1 + P2) & MASK, (seed + P2) & MASK, seed & MASK, (seed - P1) & MASK]
        while at + 32 <= len(data):
            words = struct.unpack_from("<4Q", data, at)
            lanes = [round_(lane, word) for lane, word in zip(lanes, words)]
            at += 32
        h = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            h = ((h ^ round_(0, lane)) * P1 + P4) & MASK
    else:
        h = (seed + P5) & MASK
    h = (h + len(data)) & MASK
    while at + 8 <= len(data):
        h ^= round_(0, struct.unpack_from("<Q", data, at)[0])
        h = (rotate(h, 27) * P1 + P4) & MASK
        at += 8
    if at + 4 <= len(data):
        h ^= struct.unpack_from("<I", data, at)[0] * P1 & MASK
        h = (rotate(h, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        h ^= byte * P5 & MASK
        h = rotate(h, 11) * P1 & MASK
    h = (h ^ h >> 33) * P2 & MASK
    h = (h ^ h >> 29) * P3 & MASK
    return h ^ h >> 32


def mix(z):
    """The finaliser of SplitMix64."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def key(seed):
    return mix((seed + GOLDEN) & MASK)


def mix_with(number, seed):
    return mix(number & MASK ^ key(seed))


def reduce(mixed, rows):
    return (mixed >> 32) * rows >> 32


def signed(x):
    return x - (1 << 64) if x >> 63 else x


def remix(mixed, seed):
    product = signed(mixed) * signed((2 * seed + 1) * GOLDEN & MASK)
    return (product >> 64 ^ product) & MASK


def bits_at(data, index, width):
    """Number `index` of packed numbers of `width` bits, lowest bit first."""
    bit = index * width
    word = int.from_bytes(data[bit // 8 : bit // 8 + 8], "little")
    return word >> bit % 8 & (1 << width) - 1


def bits_for(values):
    return (values - 1).bit_length()


# ---- Maps of ids to rows (section 5) ---------------------------------------------------------------------


class StaticMap:
    """A function from ids to [0, values); -1 for most other ids (section 5.1)."""

    def __init__(self, data):
        magic, form, self.signature, self.size, self.values, shards = struct.unpack_from("<4sBBxxIII", data, 0)
        check(magic == b"MRSM" and form == 1, "a static map of format 1")
        self.key = key(struct.unpack_from("<Q", data, 20)[0])
        self.shards, first = [], 0
        for i in range(shards):
            slots, seed = struct.unpack_from("<HH", data, 28 + 4 * i)
            self.shards.append((first, slots, seed))
            first += slots
        self.slots = data[28 + 4 * shards : -8] + bytes(8)
        self.value_bits = bits_for(self.values)
        self.width = self.value_bits + self.signature
        self.run = 3 if 3 * self.width <= 57 else 2
        self.block = 1
        while self.block < 32 and 3 * 2 * self.block + self.run - 1 <= self.shards[0][1]:
            self.block *= 2

    def get(self, number):
        if self.size == 0:
            return -1
        h = mix(number ^ self.key)
        first, slots, seed = self.shards[reduce(h, len(self.shards))]
        g = remix(h, seed)
        window = 3 * self.block + self.run - 1
        start = first + max(0, min(reduce(g, slots) - window // 2, slots - window))
        found = h << self.value_bits & (1 << self.width) - 1
        for j in range(3):
            byte = g >> 8 * j & 0xFF
            slot = start + j * self.block + byte % self.block
            found ^= bits_at(self.slots, slot, self.width)
            if byte & 0x20:
                found ^= bits_at(self.slots, slot + 1, self.width)
            if byte & 0x40 and self.run == 3:
                found ^= bits_at(self.slots, slot + 2, self.width)
        return found if found < self.values else -1


class PerfectHash:
    """Numbers of their own for the ids of a set; -1 for most other ids (section 5.2)."""

    def __init__(self, data):
        magic, form, self.signature, self.size = struct.unpack_from("<4sBBxxI", data, 0)
        check(magic == b"MRPH" and form == 1, "a minimal perfect hash of format 1")
        self.key = key(struct.unpack_from("<Q", data, 16)[0])
        self.buckets = max(1, self.size // 3)
        self.spare = self.size // 99
        self.pilots = data[24 : 24 + self.buckets]
        at = 24 + (self.buckets + 7) // 8 * 8
        self.free_bits = bits_for(self.size) if self.size > 1 else 0
        free_bytes = (self.spare * self.free_bits + 63) // 64 * 8
        self.free = data[at : at + free_bytes] + bytes(8)
        self.fingerprints = data[at + free_bytes : -8] + bytes(8)

    def get(self, number):
        if self.size == 0:
            return -1
        h = mix(number ^ self.key)
        pilot = self.pilots[reduce(h, self.buckets)]
        slot = reduce(mix(h ^ GOLDEN * (pilot + 1) & MASK), self.size + self.spare)
        if slot >= self.size:
            slot = bits_at(self.free, slot - self.size, self.free_bits)
        fingerprint = mix((h + GOLDEN) & MASK) & (1 << self.signature) - 1
        return slot if bits_at(self.fingerprints, slot, self.signature) == fingerprint else -1


class TwoLevelMap:
    """Hot ids own rows, ids in the middle share those of their cluster, others the reserve (5.3)."""

    def __init__(self, data):
        form, rows, self.middle_first, self.reserve_first = struct.unpack_from("<IIII", data, 4)
        check(form == 1, "a two-level map of format 1")
        lengths = struct.unpack_from("<III", data, 20)
        self.seed = struct.unpack_from("<Q", data, 32)[0]
        self.reserve = rows - self.reserve_first
        ends = [40 + sum(lengths[:i]) for i in range(4)]
        self.hot = PerfectHash(data[ends[0] : ends[1]])
        self.doubtful = StaticMap(data[ends[1] : ends[2]])
        self.middle = StaticMap(data[ends[2] : ends[3]])

    def rows_of(self, number):
        slot = self.hot.get(number)
        if slot >= 0 and (self.doubtful.size == 0 or self.doubtful.get(number) == 1):
            return [slot]
        cluster = self.middle.get(number)
        if cluster >= 0:
            return [self.middle_first + cluster]
        return [self.reserve_first + reduce(mix_with(number, self.seed), self.reserve)]


class LearnedMap:
    """Known ids have the rows of a static map, others are hashed into ranges of rows (5.4)."""

    def __init__(self, data):
        form, self.rows = struct.unpack_from("<II", data, 4)
        check(form in (1, 2), "a compiled map of format 1 or 2")
        if form == 1:
            first, count = struct.unpack_from("<II", data, 12)
            self.cold, self.seed = [(first, count)], struct.unpack_from("<Q", data, 24)[0]
            self.known = [StaticMap(data[32:-8])]
            return
        lookups, maps, self.seed = struct.unpack_from("<BBxxQ", data, 12)
        self.cold = [struct.unpack_from("<II", data, 24 + 8 * i) for i in range(lookups)]
        self.known, at = [], 24 + 8 * lookups
        for _ in range(maps):
            length = struct.unpack_from("<I", data, at)[0]
            self.known.append(StaticMap(data[at + 4 : at + 4 + length]))
            at += 4 + length

    def hashed(self, number, lookup):
        first, count = self.cold[lookup]
        return first + reduce(mix_with(number, self.seed + lookup), count)

    def rows_of(self, number):
        row = self.known[0].get(number)
        lookups = len(self.cold)
        if row < 0:
            return [self.hashed(number, h) for h in range(lookups)]
        rows = [row]
        for h in range(1, lookups if len(self.known) > 1 else 1):
            value = self.known[h].get(number)
            rows.append(self.hashed(number, h) if value < 0 else h * (self.rows // lookups) + value)
        return rows


def map_of(data):
    check(xxh64(data[:-8]) == struct.unpack("<Q", data[-8:])[0], "an undamaged map")
    return TwoLevelMap(data) if data[:4] == b"MRTL" else LearnedMap(data)


# ---- Hashes without a map (section 4) --------------------------------------------------------------------


def lookup_of(field, tensors, name):
    """The function from an id to its rows."""
    kind, rows = field["kind"], field["rows"]
    if kind == "map":
        return map_of(tensors[name + ".map"].tobytes()).rows_of
    if kind == "indexed":
        row_of = {int(number) & MASK: row for row, number in enumerate(tensors[name + ".ids"])}
        return lambda number: [row_of[number]] if number in row_of else []
    seed = field["seed"]
    if kind == "modulo":
        return lambda number: [reduce(mix_with(number, seed), rows)]
    if kind == "multi":
        each = rows // field["lookups"]
        return lambda number: [
            h * each + reduce(mix_with(number, seed + h), each) for h in range(field["lookups"])
        ]
    check(kind == "quotient_remainder", "a kind of hash that is known, not " + kind)
    ids, divisor = field["ids"], field["divisor"]

    def quotient_remainder(number):
        x = mix_with(number, seed) * ids >> 64
        return [x // divisor, (ids - 1) // divisor + 1 + x % divisor]

    return quotient_remainder


# ---- Files (sections 1 and 3) ----------------------------------------------------------------------------

DTYPES = {"F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U8": "u1", "BF16": "<u2"}


def check(true, must_be):
    if not true:
        raise SystemExit("error: must be " + must_be)


def read_tensors(path):
    """Arrays of a safetensors file by name."""
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data, 0)[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            array = np.frombuffer(data[start + first : start + end], DTYPES[entry["dtype"]])
            if entry["dtype"] == "BF16":
                array = (array.astype("<u4") << 16).view("<f4")
            tensors[name] = array.reshape(entry["shape"])
    return tensors


def read_rows(field, tensors, name):
    """A field's rows, float32[rows, row length] (section 3)."""
    stored = field.get("stored", "dense")
    if stored == "sparse":
        length = field["row_length"]
        mask = np.unpackbits(tensors[name + ".mask"].reshape(field["rows"], -1), axis=1, bitorder="little")
        rows = np.zeros((field["rows"], length), np.float32)
        rows[mask[:, :length] == 1] = tensors[name + ".values"]
        return rows
    rows = tensors[name + ".rows"].astype(np.float32)
    if name + ".scales" in tensors:
        rows = rows * tensors[name + ".scales"].astype(np.float32).reshape(-1, 1)
    return rows @ tensors[name + ".projection"] if stored == "factors" else rows


# ---- From an event to the model's input (section 2) ------------------------------------------------------


def transformed(column, text):
    if text is None:
        return column["missing"]
    x, transform = float(text), column["transform"]
    kind = transform["kind"]
    if kind == "log1p":
        return math.log1p(max(x, 0)) * transform["scale"]
    if kind == "standardise":
        return (x - transform["mean"]) / transform["deviation"]
    if kind == "bucketise":
        return sum(b <= x for b in transform["boundaries"]) / len(transform["boundaries"])
    return x


def decimal_text(text):
    """The canonical text of a decimal number; other texts stay as they are."""
    try:
        number = decimal.Decimal(text.strip(" \t"))
    except decimal.InvalidOperation:
        return text
    if not number.is_finite() or not any(c.isdigit() for c in text):
        return text
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "0", "") else plain


class Inputs:
    """Turns raw events, dicts of texts and lists of texts, into dense values and ids."""

    def __init__(self, schema):
        self.schema = schema
        self.missing = {"", *schema.get("missing", [])}
        self.seeds = [xxh64(field["name"].encode()) for field in schema["categorical"]]

    def text(self, event, column):
        value = event.get(column)
        for step in column.split(".") if value is None and "." in column else []:
            event = event.get(step) if isinstance(event, dict) else None
            value = event
        return None if value is None or isinstance(value, str) and value in self.missing else value

    def dense(self, event):
        columns = self.schema["dense"]
        values = [transformed(c, self.text(event, c["column"])) for c in columns]
        return np.array(values, np.float32) if columns else np.ones(1, np.float32)

    def ids(self, event):
        """A list of ids for each field."""
        return [
            [xxh64(text.encode(), seed) for text in self.texts(event, field)]
            for field, seed in zip(self.schema["categorical"], self.seeds)
        ]

    def texts(self, event, field):
        value = self.text(event, field["column"])
        texts = value if isinstance(value, list) else [] if value is None else [value]
        if field["separator"] and isinstance(value, str):
            texts = [part.strip() for part in value.split(field["separator"])]
        texts = [text for text in texts if text is not None and text not in self.missing]
        if field.get("number"):
            texts = [decimal_text(text) for text in texts]
        return texts or [""]


# ---- The model (section 6) -------------------------------------------------------------------------------


class Mlp:
    def __init__(self, name, shape, tensors):
        layers = len(shape["sizes"]) - 1
        self.layers = [(tensors[f"{name}.{i}.weight"], tensors[f"{name}.{i}.bias"]) for i in range(layers)]
        self.relu_last = shape["relu_last"]

    def forward(self, x):
        for i, (weight, bias) in enumerate(self.layers):
            x = weight @ x + bias
            if i < len(self.layers) - 1 or self.relu_last:
                x = np.maximum(x, 0)
        return x


class Network:
    def __init__(self, manifest, tensors):
        self.dim = manifest["dim"]
        self.bottom = Mlp("bottom", manifest["bottom"], tensors)
        self.top = Mlp("top", manifest["top"], tensors)
        self.fields = []
        for f, field in enumerate(manifest["fields"]):
            name = f"field.{f}"
            field = {"row_length": self.dim, "combine": "sum", **field}
            self.fields.append(
                (lookup_of(field, tensors, name), read_rows(field, tensors, name), field["combine"])
            )

    def vector(self, f, ids):
        """The sum of the vectors of a field's ids; an id without a row adds nothing."""
        lookup, rows, combine = self.fields[f]
        total = np.zeros(self.dim, np.float32)
        for number in ids:
            found = rows[lookup(number)]
            if len(found) == 0:
                continue
            if combine == "mult":
                total += found.prod(axis=0)
            elif combine == "concat":
                total[: found.size] += found.reshape(-1)
            else:
                total += found.sum(axis=0)
        return total

    def logit(self, dense, ids):
        bottom = self.bottom.forward(dense)
        v = np.stack([bottom, *(self.vector(f, of_field) for f, of_field in enumerate(ids))])
        products = v @ v.T
        pairs = products[np.tril_indices(len(v), -1)]
        return float(self.top.forward(np.concatenate([bottom, pairs]))[0])


class Linear:
    MOST_BINS = 1 << 20

    def __init__(self, manifest, tensors):
        self.slots, self.bins = manifest["linear"]["slots"], manifest["linear"]["bins"]
        self.weights = tensors["linear.weights"].astype(np.float32)
        schema = manifest["schema"]
        columns = len(schema["categorical"]) + len(schema["dense"])
        self.keys = [key(mix_with(c, 0x11EA2)) for c in schema.get("numbers", range(columns))]

    def slot(self, column, number):
        return reduce(mix(number & MASK ^ self.keys[column]), self.slots)

    def logit(self, dense, ids):
        used = [self.slot(f, number) for f, of_field in enumerate(ids) for number in of_field]
        if self.bins > 0:
            for c in range(len(self.keys) - len(ids)):
                bound = np.clip(dense[c] * np.float32(self.bins), -self.MOST_BINS, self.MOST_BINS)
                used.append(self.slot(len(ids) + c, math.floor(bound)))
        return float(self.weights[self.slots] + self.weights[used].sum(dtype=np.float32))


class Model:
    """A published model. `folder` is that of a version, or of an arm: then its newest version."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        if not (folder / "manifest.json").exists():
            folder = folder / (folder / "LATEST").read_text().strip()
        raw = (folder / "manifest.json").read_bytes()
        self.manifest = json.loads(raw)
        written = self.manifest["manifest_xxh64"]
        at = raw.rindex(written.encode())
        check(f"{xxh64(raw[:at] + b'0' * 16 + raw[at + 16:]):016x}" == written, "an undamaged manifest")
        check(self.manifest["format"] <= 5, "a manifest of format 1 to 5")
        tensors = read_tensors(folder / "model.safetensors")
        self.inputs = Inputs(self.manifest["schema"])
        self.parts = []
        if "dim" in self.manifest:
            self.parts.append(Network(self.manifest, tensors))
        if "linear" in self.manifest:
            self.parts.append(Linear(self.manifest, tensors))

    def score(self, event):
        """The probability of a click. `event`: values by column, as texts, numbers or lists."""
        dense, ids = self.inputs.dense(event), self.inputs.ids(event)
        return 1 / (1 + math.exp(-sum(part.logit(dense, ids) for part in self.parts)))


# ---- Command line ----------------------------------------------------------------------------------------


def read_json(line):
    """An event of JSON lines; numbers keep their digits, as ids are hashes of texts."""
    names = {"Infinity", "-Infinity", "NaN"}
    value = json.loads(line, parse_int=str, parse_float=str, parse_constant=lambda c: c if c in names else None)

    def texts(x):
        if isinstance(x, bool):
            return "true" if x else "false"
        if isinstance(x, list):
            return [texts(y) for y in x]
        return {k: texts(v) for k, v in x.items()} if isinstance(x, dict) else x

    return texts(value)


def read_events(path, form):
    """Events of a file, jsonl, csv or tsv, plain or .gz; `form` is the manifest's `event_format`."""
    binary = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    lines = io.TextIOWrapper(binary, encoding="utf-8", newline="")
    plain = path[: -len(".gz")] if path.endswith(".gz") else path
    kind = form["text"] if form else plain.rsplit(".", 1)[-1]
    if kind == "jsonl":
        return (read_json(line) for line in lines if line.strip())
    usual = "\t" if kind == "tsv" else ","
    separator = form.get("separator", usual) if form else usual
    quoting = csv.QUOTE_NONE if kind == "tsv" else csv.QUOTE_MINIMAL
    columns = form["columns"] if form and form["columns"] else None
    return csv.DictReader(lines, columns, delimiter=separator, quoting=quoting)


def main():
    parser = argparse.ArgumentParser(description="Scores events with a published model.")
    parser.add_argument("--model", required=True, help="folder of an arm or of a version")
    parser.add_argument("--events", required=True, help="file of events: jsonl, csv or tsv, plain or .gz")
    parser.add_argument("--output", help="csv of predictions; standard output by default")
    parser.add_argument("--limit", type=int, help="number of events to read at most")
    options = parser.parse_args()
    model = Model(options.model)
    out = open(options.output, "w") if options.output else sys.stdout
    print("prediction", file=out)
    for i, event in enumerate(read_events(options.events, model.manifest["event_format"])):
        if options.limit is not None and i >= options.limit:
            break
        print(f"{model.score(event):.9g}", file=out)


if __name__ == "__main__":
    main()
