package io.millrace.watch;

import io.millrace.counts.IdCounts;
import io.millrace.counts.IdTable;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * A sample of the ids of a stream, each with a number, in bounded memory. At a given level, whether
 * an id is in the sample depends on the id alone.
 *
 * <p>At level {@code l} it holds the ids whose mix begins with {@code l} zero bits, so each with a
 * probability of {@code 2^-l}. When it is full, the level rises by one and half of the ids leave.
 * The level is then the lowest one at which the ids fit, whatever their order; so the samples of
 * several readers merge into the sample of the whole stream. A sum over the ids in the sample,
 * times {@code 2^l}, is an unbiased estimate of the sum over all ids (Horvitz and Thompson).
 * Reference: Gibbons, Distinct sampling for highly-accurate answers to distinct values queries,
 * VLDB 2001.
 */
final class IdSample {

  private final int most;
  private final IdTable table = new IdTable(1, 0);
  private int level;

  /** An empty sample of at most {@code most} ids. */
  IdSample(int most) {
    this.most = most;
  }

  /** The level: each id is in the sample with a probability of {@code 2^-level}. */
  int level() {
    return level;
  }

  /** Ids in the sample. */
  int size() {
    return table.size();
  }

  /** Whether an id of this mix is in a sample of this level. */
  static boolean holds(long mixed, int level) {
    return Long.numberOfLeadingZeros(mixed) >= level;
  }

  /** Adds to an id's number, if the id belongs to the sample. */
  void add(long id, long mixed, long more) {
    if (holds(mixed, level)) {
      table.add(table.claim(id, (int) mixed), 0, more);
      thin(level);
    }
  }

  /** Sets an id's number, if the id belongs to the sample. */
  void set(long id, long mixed, long number) {
    if (holds(mixed, level)) {
      table.set(table.claim(id, (int) mixed), 0, number);
      thin(level);
    }
  }

  /** Whether an id is in the sample. */
  boolean contains(long id, long mixed) {
    return table.find(id, (int) mixed) >= 0;
  }

  /** Raises the level to at least this one, and further while the ids do not fit. */
  void thin(int least) {
    while (level < least || table.size() > most) {
      level++;
      table.removeIf((t, at) -> !holds(IdCounts.mix(t.id(at)), level));
    }
  }

  /** Drops the ids whose number is below a bound; the level stays. */
  void dropBelow(long bound) {
    table.removeIf((t, at) -> t.get(at, 0) < bound);
  }

  /** The ids, ascending. */
  long[] ids() {
    long[] ids = new long[table.size()];
    int n = 0;
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      ids[n++] = table.id(at);
    }
    Arrays.sort(ids);
    return ids;
  }

  /** The number of an id of the sample. */
  long number(long id) {
    return table.get(table.find(id, IdTable.hash(id)), 0);
  }

  /** Writes level and ids with their numbers, ascending by id. */
  void write(DataOutput out) throws IOException {
    out.writeByte(level);
    out.writeInt(table.size());
    for (long id : ids()) {
      out.writeLong(id);
      out.writeLong(number(id));
    }
  }

  /** Reads what {@link #write} wrote, in place of what it holds. */
  void read(DataInput in) throws IOException {
    table.clear();
    level = in.readByte();
    for (int n = in.readInt(); n > 0; n--) {
      long id = in.readLong();
      set(id, IdCounts.mix(id), in.readLong());
    }
  }
}
