package io.millrace.cluster;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Few clusters of many weighted points in few dimensions: cells of a k-d tree (Bentley 1975), split
 * by priority, then improved as in k-means (Lloyd 1982).
 *
 * <ol>
 *   <li>All points form one cell. Until there are enough cells, the cell of highest priority is
 *       split in the dimension of largest weighted variance (the first of equal ones) at the
 *       weighted median: the lower part is the shortest run of points, by value and then by
 *       position, that holds half of the weight and leaves at least one point.
 *   <li>Priority is the weighted sum of squared deviations {@code sum w |x - mean|^2}, plus {@code
 *       V (W - sum w^2 / W)} with {@code W = sum w} and {@code V} the weighted variance of all
 *       points: the sum that the cell would have if its points, such as rare ids with equal values,
 *       differed as much as any two points do. Of equal priorities, the older cell comes first.
 *   <li>Three times, every point moves to the nearest mean, if that is nearer than its own (the
 *       first of equally near ones). A cluster that loses all points keeps its mean.
 * </ol>
 *
 * <p>Sums run in the order of the points, so equal arguments give equal clusters on every machine.
 * Time {@code O(n dim clusters + n log(clusters) (dim + sorting))}; memory about 24 bytes per
 * point.
 */
final class KdClustering {

  private static final int LLOYD_PASSES = 3;

  private final double[] x;
  private final int dim;
  private final double[] weights;
  private final int[] cluster;

  private KdClustering(double[] x, int dim, double[] weights) {
    this.x = x;
    this.dim = dim;
    this.weights = weights;
    this.cluster = new int[weights.length];
  }

  /**
   * Clusters points.
   *
   * @param x {@code double[points * dim]}, row-major
   * @param dim dimensions, at least 1
   * @param weights weights of the points, positive
   * @param clusters most clusters, at least 1; at most one per point is made
   * @return the cluster of each point, in {@code [0, clusters)}
   */
  static int[] of(double[] x, int dim, double[] weights, int clusters) {
    KdClustering clustering = new KdClustering(x, dim, weights);
    if (weights.length > 0) {
      clustering.improve(clustering.split(clusters));
    }
    return clustering.cluster;
  }

  /** A set of points, by ascending position, and its moments. */
  private final class Cell {
    private final int number;
    private final int[] points;
    private final double weight;
    private final double sumOfSquares;
    private final double[] mean;

    /** Weighted squared deviations by dimension. */
    private final double[] deviations = new double[dim];

    Cell(int number, int[] points) {
      this.number = number;
      this.points = points;
      double sum = 0;
      double squares = 0;
      for (int p : points) {
        sum += weights[p];
        squares += weights[p] * weights[p];
      }
      this.weight = sum;
      this.sumOfSquares = squares;
      this.mean = mean();
      for (int p : points) {
        for (int d = 0; d < dim; d++) {
          double deviation = x[p * dim + d] - mean[d];
          deviations[d] += weights[p] * deviation * deviation;
        }
      }
    }

    private double[] mean() {
      double[] sums = new double[dim];
      for (int p : points) {
        for (int d = 0; d < dim; d++) {
          sums[d] += weights[p] * x[p * dim + d];
        }
      }
      return Arrays.stream(sums).map(sum -> sum / weight).toArray();
    }

    /** Priority of a split; negative if there is nothing to split. */
    double priority(double variance) {
      return points.length < 2
          ? -1
          : deviation() + variance * Math.max(0, weight - sumOfSquares / weight);
    }

    double deviation() {
      double sum = 0;
      for (double deviation : deviations) {
        sum += deviation;
      }
      return sum;
    }

    /** Splits the cell; the lower part keeps the number. */
    Cell[] split(int newNumber) {
      int widest = widest();
      int[] byValue =
          ValueOrder.of(Arrays.stream(points).mapToDouble(p -> x[p * dim + widest]).toArray());
      int n = median(byValue);
      return new Cell[] {
        new Cell(number, part(byValue, 0, n)), new Cell(newNumber, part(byValue, n, points.length))
      };
    }

    private int widest() {
      int widest = 0;
      for (int d = 1; d < dim; d++) {
        widest = deviations[d] > deviations[widest] ? d : widest;
      }
      return widest;
    }

    /** Number of points in the lower part. */
    private int median(int[] byValue) {
      double sum = 0;
      int n = 0;
      while (n < points.length - 1 && sum < weight / 2) {
        sum += weights[points[byValue[n++]]];
      }
      return n;
    }

    private int[] part(int[] byValue, int from, int to) {
      return Arrays.stream(byValue, from, to).sorted().map(i -> points[i]).toArray();
    }
  }

  /** Steps 1 and 2; the means of the cells, {@code double[cells * dim]}. */
  private double[] split(int clusters) {
    Cell all = new Cell(0, IntStream.range(0, weights.length).toArray());
    double variance = all.deviation() / all.weight;
    PriorityQueue<Cell> queue =
        new PriorityQueue<>(
            Comparator.<Cell>comparingDouble(cell -> -cell.priority(variance))
                .thenComparingInt(cell -> cell.number));
    queue.add(all);
    int wanted = Math.min(clusters, weights.length);
    for (int number = 1; number < wanted; number++) {
      Collections.addAll(queue, queue.remove().split(number));
    }
    double[] means = new double[wanted * dim];
    for (Cell cell : queue) {
      System.arraycopy(cell.mean, 0, means, cell.number * dim, dim);
      for (int p : cell.points) {
        cluster[p] = cell.number;
      }
    }
    return means;
  }

  /** Step 3. */
  private void improve(double[] means) {
    for (int pass = 0; pass < LLOYD_PASSES; pass++) {
      for (int p = 0; p < cluster.length; p++) {
        cluster[p] = nearest(p, means);
      }
      takeMeans(means);
    }
  }

  private int nearest(int p, double[] means) {
    int best = cluster[p];
    double least = distance(p, means, best);
    for (int c = 0; c * dim < means.length; c++) {
      double distance = distance(p, means, c);
      if (distance < least) {
        least = distance;
        best = c;
      }
    }
    return best;
  }

  private double distance(int p, double[] means, int c) {
    double sum = 0;
    for (int d = 0; d < dim; d++) {
      double difference = x[p * dim + d] - means[c * dim + d];
      sum += difference * difference;
    }
    return sum;
  }

  private void takeMeans(double[] means) {
    double[] sums = new double[means.length];
    double[] total = new double[means.length / dim];
    for (int p = 0; p < cluster.length; p++) {
      total[cluster[p]] += weights[p];
      for (int d = 0; d < dim; d++) {
        sums[cluster[p] * dim + d] += weights[p] * x[p * dim + d];
      }
    }
    for (int i = 0; i < means.length; i++) {
      means[i] = total[i / dim] > 0 ? sums[i] / total[i / dim] : means[i];
    }
  }
}
