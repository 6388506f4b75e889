package io.millrace.random;

import io.millrace.math.Mix64;
import io.millrace.math.XxHash64;
import java.util.SplittableRandom;

/**
 * Derives independent generators from one root seed by name and index, for example {@code
 * generator(seed, "student/full/table/ad", row)}.
 *
 * <p>Equal arguments give equal bits, on every JDK and in every order of calls; different arguments
 * give independent streams.
 */
public final class Seeds {

  private Seeds() {}

  /** A new generator of the stream {@code (rootSeed, name, index)}. */
  public static SplittableRandom generator(long rootSeed, String name, long index) {
    return new SplittableRandom(derive(rootSeed, name, index));
  }

  /** The 64-bit seed of the stream {@code (rootSeed, name, index)}. */
  public static long derive(long rootSeed, String name, long index) {
    return Mix64.mix(index, XxHash64.hash(name, rootSeed));
  }
}
