package io.millrace.metric;

/**
 * Buckets of events by how often the rarest id of the event was seen before it: a learned hash
 * gains on rare ids, which an overall figure hides.
 */
public enum FrequencyBucket {
  /** The rarest id was never seen before. */
  UNSEEN("0", 0),
  /** Seen 1 to 9 times. */
  FEW("1-9", 1),
  /** Seen 10 to 99 times. */
  SOME("10-99", 10),
  /** Seen 100 times or more. */
  MANY("100+", 100);

  /** Number of buckets. */
  public static final int COUNT = 4;

  private final String label;
  private final long from;

  FrequencyBucket(String label, long from) {
    this.label = label;
    this.from = from;
  }

  /** The range as metric files print it: {@code 0}, {@code 1-9}, {@code 10-99}, {@code 100+}. */
  public String label() {
    return label;
  }

  /** Smallest frequency of the bucket: earlier occurrences of the id. */
  public long from() {
    return from;
  }

  /** Ordinal of the bucket of an id seen {@code count} times before, {@code count >= 0}. */
  public static int of(long count) {
    if (count < 10) {
      return count < 1 ? 0 : 1;
    }
    return count < 100 ? 2 : 3;
  }
}
