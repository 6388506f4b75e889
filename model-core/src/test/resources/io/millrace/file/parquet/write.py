"""Writes the Parquet files of ParquetFileTest and rows.jsonl, which holds the same rows.

Run in this folder with pyarrow 25: python write.py. The files are kept as base64 text.
"""
import base64
import datetime as d
import decimal
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq

UTC = d.timezone.utc
N = 40
START = d.datetime(2026, 1, 31, 9, 30, 0, 125000, tzinfo=UTC)
TIMES = [START + d.timedelta(seconds=i) for i in range(N)]
TAGS = [["x", "y"], [], None, ["z", None, "z"], ["a\"\\\n"], ["b|c"]]
SITES = ["a", "b", None, "ü€😀", "", "007", "x" * 300]

clicks = [i % 3 == 0 if i != 5 else None for i in range(N)]
prices = [None if i % 7 == 2 else i / 8 for i in range(N)]
small = [None if i % 5 == 1 else i / 4 for i in range(N)]
sites = [SITES[i % len(SITES)] for i in range(N)]
shops = [None if i % 6 == 4 else i - 3 for i in range(N)]
big = [2**64 - 1 - i for i in range(N)]
tags = [TAGS[i % len(TAGS)] for i in range(N)]
nums = [[i, i + 1] if i % 4 else None for i in range(N)]
days = [d.date(2026, 1, 1) + d.timedelta(days=i) for i in range(N)]
costs = [decimal.Decimal(i * 25 - 100) / 100 for i in range(N)]

COLUMNS = {
    "click": pa.array(clicks),
    "price": pa.array(prices),
    "small": pa.array(small, pa.float32()),
    "site": pa.array(sites),
    "shop": pa.array(shops, pa.int32()),
    "big": pa.array(big, pa.uint64()),
    "tags": pa.array(tags),
    "nums": pa.array(nums, pa.list_(pa.int64())),
    "day": pa.array(days),
    "cost": pa.array(costs, pa.decimal128(9, 2)),
    "extra": pa.array([{"a": i} for i in range(N)]),
}


def table(times):
    return pa.table({"ts": times, **COLUMNS})


def write(name, times, **options):
    pq.write_table(table(times), name + ".parquet", row_group_size=15, **options)
    with open(name + ".parquet", "rb") as file, open(name + ".parquet.b64", "wb") as out:
        base64.encode(file, out)
    os.remove(name + ".parquet")


MICROS = pa.array(TIMES, pa.timestamp("us", tz="UTC"))
write("plain-1", MICROS, compression="NONE", use_dictionary=False)
write("snappy-1", MICROS, compression="SNAPPY")
write("gzip-2", MICROS, compression="GZIP", data_page_version="2.0")
write("zstd-2", MICROS, compression="ZSTD", data_page_version="2.0", data_page_size=64)
write("millis", pa.array(TIMES, pa.timestamp("ms", tz="UTC")), compression="ZSTD", version="1.0")
write("int96", MICROS, compression="SNAPPY", use_deprecated_int96_timestamps=True)
write("brotli", MICROS, compression="BROTLI")
epoch_ms = [int(t.timestamp() * 1000) for t in TIMES]
write("numbers", pa.array(epoch_ms, pa.int64()), compression="SNAPPY")

with open("rows.jsonl", "w", encoding="utf-8") as out:
    for i in range(N):
        row = {
            "ts": epoch_ms[i],
            "iso": TIMES[i].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "click": clicks[i],
            "price": prices[i],
            "small": small[i],
            "site": sites[i],
            "shop": shops[i],
            "big": big[i],
            "tags": tags[i],
            "nums": nums[i],
            "day": str(days[i]),
            "cost": str(costs[i].quantize(decimal.Decimal("0.01"))),
        }
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
