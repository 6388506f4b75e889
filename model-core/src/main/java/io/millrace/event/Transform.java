package io.millrace.event;

import java.io.Serializable;
import java.util.List;

/**
 * How the number in a dense column becomes the network's input.
 *
 * <p>All arithmetic is float64, rounded to float32 once at the end; {@code StrictMath} makes the
 * result the same on every JVM. Every transform accepts negative numbers. The result may be
 * infinite if the number is too large for float32; the decoder rejects such records.
 */
public sealed interface Transform extends Serializable
    permits Transform.Identity, Transform.Log1p, Transform.Standardise, Transform.Bucketise {

  /** The transformed number. {@code raw} is finite. */
  float apply(double raw);

  /** {@code x}. */
  record Identity() implements Transform {
    @Override
    public float apply(double raw) {
      return (float) raw;
    }
  }

  /**
   * {@code ln(1 + max(x, 0)) * scale}, for counts with a long tail; negative numbers count as 0.
   *
   * @param scale factor of the logarithm, finite, not 0
   */
  record Log1p(double scale) implements Transform {
    public Log1p {
      if (!Double.isFinite(scale) || scale == 0) {
        throw new IllegalArgumentException("scale must be finite and not 0 but was " + scale);
      }
    }

    @Override
    public float apply(double raw) {
      return (float) (StrictMath.log1p(Math.max(raw, 0)) * scale);
    }
  }

  /**
   * {@code (x - mean) / deviation} with constants from the job file, so that a stream needs no
   * first pass.
   *
   * @param mean the number that becomes 0, finite
   * @param deviation standard deviation, greater than 0
   */
  record Standardise(double mean, double deviation) implements Transform {
    public Standardise {
      if (!Double.isFinite(mean)) {
        throw new IllegalArgumentException("mean must be finite but was " + mean);
      }
      if (!(deviation > 0) || !Double.isFinite(deviation)) {
        throw new IllegalArgumentException("deviation must be > 0 but was " + deviation);
      }
    }

    @Override
    public float apply(double raw) {
      return (float) ((raw - mean) / deviation);
    }
  }

  /**
   * The share of {@code boundaries} that are {@code <= x}, in [0, 1].
   *
   * @param boundaries strictly ascending, finite, at least one
   */
  record Bucketise(List<Double> boundaries) implements Transform {
    public Bucketise {
      boundaries = List.copyOf(boundaries);
      if (boundaries.isEmpty()) {
        throw new IllegalArgumentException("boundaries must not be empty");
      }
      for (int i = 0; i < boundaries.size(); i++) {
        double boundary = boundaries.get(i);
        if (!Double.isFinite(boundary) || (i > 0 && boundary <= boundaries.get(i - 1))) {
          throw new IllegalArgumentException(
              "boundaries must be finite and ascending but were " + boundaries);
        }
      }
    }

    @Override
    public float apply(double raw) {
      int below = 0;
      while (below < boundaries.size() && boundaries.get(below) <= raw) {
        below++;
      }
      return (float) below / boundaries.size();
    }
  }
}
