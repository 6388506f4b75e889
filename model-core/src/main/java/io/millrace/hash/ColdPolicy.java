package io.millrace.hash;

import java.util.Locale;

/**
 * What happens to ids without a count when a map is built, and to ids that the map has never seen
 * (Learning to Collide hashes them into the range; the others are ours, ALGORITHMS 2.10 and 7.5).
 */
public enum ColdPolicy {
  /**
   * Ids of count 0 are clustered by their untrained value, which lies next to 0; ids never seen use
   * the row nearest to value 0.
   */
  CLUSTER,
  /** Only ids with a count are clustered; all others are hashed over all rows. */
  HASH,
  /** Only ids with a count are clustered; all others are hashed over a few rows of their own. */
  RESERVE;

  /** The name in job files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The policy of that name.
   *
   * @throws IllegalArgumentException naming the choices
   */
  public static ColdPolicy of(String key) {
    for (ColdPolicy policy : values()) {
      if (policy.key().equals(key)) {
        return policy;
      }
    }
    throw new IllegalArgumentException("cold must be cluster, hash or reserve but was '" + key + "'");
  }
}
