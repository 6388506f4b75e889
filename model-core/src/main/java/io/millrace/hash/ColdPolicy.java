package io.millrace.hash;

import java.util.Locale;

/**
 * Rows for ids without a count when a map is built, and for ids that the map has never seen
 * ("Learning to Collide" hashes them over all rows; the other policies are ours). See
 * docs/algorithms.md, section 3.8.
 */
public enum ColdPolicy {
  /**
   * Ids of count 0 are clustered by their untrained value, which lies next to 0; ids never seen use
   * the row nearest to value 0.
   */
  CLUSTER(0),
  /** Only ids with a count are clustered; all others are hashed over all rows. */
  HASH(1),
  /** Only ids with a count are clustered; all others are hashed over a few rows of their own. */
  RESERVE(2);

  private final int code;

  ColdPolicy(int code) {
    this.code = code;
  }

  /** The policy's number in map files. */
  int code() {
    return code;
  }

  static ColdPolicy of(int code) {
    for (ColdPolicy policy : values()) {
      if (policy.code == code) {
        return policy;
      }
    }
    throw new IllegalArgumentException("cold policy must be 0, 1 or 2 but was " + code);
  }

  /** The policy's name in job files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The policy with that name.
   *
   * @throws IllegalArgumentException naming the choices
   */
  public static ColdPolicy of(String key) {
    for (ColdPolicy policy : values()) {
      if (policy.key().equals(key)) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        "cold must be cluster, hash or reserve but was '" + key + "'");
  }
}
