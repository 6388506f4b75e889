package io.millrace.hash;

import io.millrace.math.Mix64;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Looks ids up in the bytes of a {@link StaticMap} as its drawing says, bit by bit: the oracle. */
final class SlowStaticMap {

  private final ByteBuffer bytes;
  private final int signatureBits;
  private final int size;
  private final int values;
  private final int shards;
  private final long seed;
  private final int width;

  SlowStaticMap(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.signatureBits = bytes[5];
    this.size = this.bytes.getInt(8);
    this.values = this.bytes.getInt(12);
    this.shards = this.bytes.getInt(16);
    this.seed = this.bytes.getLong(20);
    int valueBits = 0;
    while (1L << valueBits < values) {
      valueBits++;
    }
    this.width = valueBits + signatureBits;
  }

  int get(long id) {
    long h = Mix64.mix(id, seed);
    int shard = Mix64.reduce(h, shards);
    int first = 0;
    for (int s = 0; s < shard; s++) {
      first += slots(s);
    }
    int n = slots(shard);
    long g = Mix64.remix(h, bytes.getShort(28 + 4 * shard + 2) & 0xFFFF);
    int r = 3 * width <= 57 ? 3 : 2;
    int b = 32;
    while (3 * b + r - 1 > n) {
      b /= 2;
    }
    int c = 3 * b + r - 1;
    int window = Math.max(0, Math.min(Mix64.reduce(g, n) - c / 2, n - c));
    long sum = 0;
    for (int j = 0; j < 3; j++) {
      int choice = (int) (g >>> 8 * j) & 0xFF;
      int place = first + window + j * b + choice % b;
      sum ^= slot(place);
      sum ^= (choice & 32) != 0 ? slot(place + 1) : 0;
      sum ^= (choice & 64) != 0 && r == 3 ? slot(place + 2) : 0;
    }
    long value = sum & (1L << width - signatureBits) - 1;
    boolean passes = sum >>> width - signatureBits == (h & (1L << signatureBits) - 1);
    return passes && value < values && size > 0 ? (int) value : -1;
  }

  private int slots(int shard) {
    return bytes.getShort(28 + 4 * shard) & 0xFFFF;
  }

  private long slot(int index) {
    long slot = 0;
    for (int k = 0; k < width; k++) {
      long bit = (long) index * width + k;
      long one = bytes.get(28 + 4 * shards + (int) (bit / 8)) >> bit % 8 & 1;
      slot |= one << k;
    }
    return slot;
  }
}
