package io.millrace.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The simplest two-level map, as an oracle: lists and full sorts, without regard to time. */
final class SlowTwoLevel {

  /** An id with what is known about it. */
  @SuppressWarnings("ArrayRecordComponent") // never written
  record Item(long id, double n, double y, double[] v) {}

  private SlowTwoLevel() {}

  /** Hottest first; equally hot ids by ascending id. */
  static List<Item> byHeat(List<Item> items) {
    return items.stream()
        .filter(item -> item.n > 0)
        .sorted(Comparator.comparingDouble((Item item) -> -item.n).thenComparingLong(Item::id))
        .toList();
  }

  /** Points of the items in the middle, in the order given. */
  static List<double[]> points(List<Item> all, List<Item> middle) {
    double clicks = 0;
    double views = 0;
    for (Item item : all) {
      clicks += item.y;
      views += item.n;
    }
    double p = clicks / views;
    int dim = middle.isEmpty() ? 0 : middle.get(0).v.length;
    double k = p > 0 && p < 1 ? prior(byHeat(all), p) : 0;
    List<double[]> points = new ArrayList<>();
    for (Item item : middle) {
      double[] x = new double[1 + dim];
      x[0] = p > 0 && p < 1 ? (item.y - item.n * p) / ((item.n + k) * p * (1 - p)) : 0;
      System.arraycopy(item.v, 0, x, 1, dim);
      points.add(x);
    }
    scale(points, middle, 0, 1);
    scale(points, middle, 1, 1 + dim);
    return points;
  }

  /** The prior from the variance of click rates between ids, beyond the variance by chance. */
  private static double prior(List<Item> counted, double p) {
    List<Item> byId = counted.stream().sorted((a, b) -> Long.compare(a.id, b.id)).toList();
    double repeats = byId.stream().mapToDouble(item -> item.n - 1).reduce(0, Double::sum);
    double excess =
        byId.stream()
            .mapToDouble(i -> i.n * (i.y / i.n - p) * (i.y / i.n - p) - p * (1 - p))
            .reduce(0, Double::sum);
    if (repeats <= 0) {
      return 0;
    }
    return excess <= 0 ? 1e6 : Math.max(0, Math.min(1e6, p * (1 - p) * repeats / excess - 1));
  }

  private static void scale(List<double[]> points, List<Item> items, int from, int to) {
    double weight = items.stream().mapToDouble(Item::n).reduce(0, Double::sum);
    double variance = 0;
    for (int d = from; d < to; d++) {
      double mean = 0;
      for (int i = 0; i < items.size(); i++) {
        mean += items.get(i).n * points.get(i)[d];
      }
      for (int i = 0; i < items.size(); i++) {
        points.get(i)[d] -= mean / weight;
      }
      for (int i = 0; i < items.size(); i++) {
        variance += items.get(i).n * points.get(i)[d] * points.get(i)[d];
      }
    }
    for (double[] x : points) {
      for (int d = from; d < to; d++) {
        x[d] *= variance > 0 ? Math.sqrt(weight / variance) : 1;
      }
    }
  }

  /** Best-first k-d splits, then three passes of Lloyd. */
  static int[] cluster(List<double[]> x, double[] w, int clusters) {
    Map<Integer, List<Integer>> cells = new TreeMap<>();
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < w.length; i++) {
      all.add(i);
    }
    cells.put(0, all);
    double variance = sum(deviations(x, w, all)) / weight(w, all);
    while (cells.size() < Math.min(clusters, w.length)) {
      int best = -1;
      double highest = -1;
      for (int c : cells.keySet()) {
        List<Integer> cell = cells.get(c);
        double squares = 0;
        for (int i : cell) {
          squares += w[i] * w[i];
        }
        double total = weight(w, cell);
        double priority =
            sum(deviations(x, w, cell)) + variance * Math.max(0, total - squares / total);
        if (cell.size() > 1 && priority > highest) {
          best = c;
          highest = priority;
        }
      }
      split(cells, best, x, w);
    }
    int[] of = new int[w.length];
    cells.forEach((c, cell) -> cell.forEach(i -> of[i] = c));
    double[][] means = new double[cells.size()][];
    cells.forEach((c, cell) -> means[c] = mean(x, w, cell));
    for (int pass = 0; pass < 3; pass++) {
      lloyd(of, means, x, w);
    }
    return of;
  }

  private static void split(
      Map<Integer, List<Integer>> cells, int c, List<double[]> x, double[] w) {
    List<Integer> cell = cells.get(c);
    double[] deviations = deviations(x, w, cell);
    int widest = 0;
    for (int d = 0; d < deviations.length; d++) {
      widest = deviations[d] > deviations[widest] ? d : widest;
    }
    int by = widest;
    List<Integer> sorted = new ArrayList<>(cell);
    sorted.sort(Comparator.comparingDouble((Integer i) -> x.get(i)[by]).thenComparingInt(i -> i));
    List<Integer> lower = new ArrayList<>();
    double half = weight(w, cell) / 2;
    double sum = 0;
    while (sum < half && lower.size() < cell.size() - 1) {
      sum += w[sorted.get(lower.size())];
      lower.add(sorted.get(lower.size()));
    }
    List<Integer> upper = new ArrayList<>(sorted.subList(lower.size(), sorted.size()));
    lower.sort(null);
    upper.sort(null);
    cells.put(cells.size(), upper);
    cells.put(c, lower);
  }

  private static void lloyd(int[] of, double[][] means, List<double[]> x, double[] w) {
    for (int i = 0; i < of.length; i++) {
      int best = of[i];
      for (int c = 0; c < means.length; c++) {
        double here = distance(x.get(i), means[c]);
        double there = distance(x.get(i), means[best]);
        if (here < there) {
          best = c;
        }
      }
      of[i] = best;
    }
    for (int c = 0; c < means.length; c++) {
      List<Integer> members = new ArrayList<>();
      for (int i = 0; i < of.length; i++) {
        if (of[i] == c) {
          members.add(i);
        }
      }
      if (!members.isEmpty()) {
        means[c] = mean(x, w, members);
      }
    }
  }

  private static double weight(double[] w, List<Integer> cell) {
    double sum = 0;
    for (int i : cell) {
      sum += w[i];
    }
    return sum;
  }

  private static double[] mean(List<double[]> x, double[] w, List<Integer> cell) {
    double[] mean = new double[x.get(0).length];
    for (int d = 0; d < mean.length; d++) {
      for (int i : cell) {
        mean[d] += w[i] * x.get(i)[d];
      }
      mean[d] /= weight(w, cell);
    }
    return mean;
  }

  private static double[] deviations(List<double[]> x, double[] w, List<Integer> cell) {
    double[] mean = mean(x, w, cell);
    double[] sums = new double[mean.length];
    for (int d = 0; d < mean.length; d++) {
      for (int i : cell) {
        sums[d] += w[i] * (x.get(i)[d] - mean[d]) * (x.get(i)[d] - mean[d]);
      }
    }
    return sums;
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += (a[d] - b[d]) * (a[d] - b[d]);
    }
    return sum;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }
}
