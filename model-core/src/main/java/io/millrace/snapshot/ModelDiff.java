package io.millrace.snapshot;

import io.millrace.hash.CompiledMap;
import io.millrace.linear.LinearWeights;
import io.millrace.math.XxHash64;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What differs between two versions of a model. */
public final class ModelDiff {

  private final List<Part> parts = new ArrayList<>();

  private ModelDiff() {}

  /**
   * One part of a model.
   *
   * @param name such as {@code bottom}, {@code field user} or {@code linear}
   * @param comparable whether its parameters mean the same in both versions
   * @param changed rows, or parameters, that differ
   * @param total rows, or parameters, that the later version has
   * @param change length of the difference of the parameters, divided by their length before
   * @param note what else has changed; may be empty
   */
  public record Part(
      String name, boolean comparable, long changed, long total, double change, String note) {}

  /** Compares two versions, part by part: MLPs, fields in schema order, linear part. */
  public static List<Part> of(LoadedModel before, LoadedModel after) {
    ModelDiff diff = new ModelDiff();
    PublishedModel a = before.model();
    PublishedModel b = after.model();
    b.network()
        .ifPresent(
            network -> {
              if (a.network().isPresent()) {
                diff.addNetwork(a.network().get(), network, after);
              }
            });
    if (a.linear().isPresent() && b.linear().isPresent()) {
      diff.addLinear(a.linear().get(), b.linear().get());
    }
    return List.copyOf(diff.parts);
  }

  private void addNetwork(PublishedNetwork before, PublishedNetwork after, LoadedModel later) {
    addMlp("bottom", before.bottomParameters(), after.bottomParameters());
    addMlp("top", before.topParameters(), after.topParameters());
    for (int f = 0; f < after.fields().size(); f++) {
      String name = "field " + later.model().schema().fields().get(f).name();
      addField(name, before.fields().get(f), after.fields().get(f));
    }
  }

  private void addMlp(String name, float[][] before, float[][] after) {
    Sums sums = new Sums();
    for (int i = 0; i < Math.min(before.length, after.length); i++) {
      sums.addAll(before[i], after[i]);
    }
    long total = Arrays.stream(after).mapToLong(array -> array.length).sum();
    boolean same = before.length == after.length && sums.compared == total;
    parts.add(new Part(name, same, sums.changed, total, sums.change(), same ? "" : "other sizes"));
  }

  private void addField(String name, FieldRows before, FieldRows after) {
    if (before instanceof FieldRows.Indexed a && after instanceof FieldRows.Indexed b) {
      addIndexed(name, a, b);
      return;
    }
    boolean same =
        before.count() == after.count()
            && before.rows().length() == after.rows().length()
            && hash(before).equals(hash(after));
    String note = same ? "" : isMap(before) && isMap(after) ? "another map" : "another hash";
    Sums sums = new Sums();
    for (int row = 0; same && row < after.count(); row++) {
      sums.addRow(before.rows(), row, after.rows(), row);
    }
    parts.add(new Part(name, same, sums.rows, after.count(), sums.change(), note));
  }

  private void addIndexed(String name, FieldRows.Indexed before, FieldRows.Indexed after) {
    Sums sums = new Sums();
    int common = 0;
    for (int row = 0; row < after.count(); row++) {
      int old = Arrays.binarySearch(before.ids(), after.ids()[row]);
      if (old >= 0) {
        common++;
        sums.addRow(before.rows(), old, after.rows(), row);
      }
    }
    String note = (after.count() - common) + " new ids, " + (before.count() - common) + " ids gone";
    parts.add(new Part(name, true, sums.rows, after.count(), sums.change(), note));
  }

  private void addLinear(LinearWeights before, LinearWeights after) {
    Sums sums = new Sums();
    boolean same = before.slots().equals(after.slots());
    if (same) {
      sums.addAll(before.weights(), after.weights());
    }
    String note = same ? "" : "other slots";
    int total = after.weights().length;
    parts.add(new Part("linear", same, sums.changed, total, sums.change(), note));
  }

  private static boolean isMap(FieldRows rows) {
    return rows instanceof FieldRows.Hashed hashed && hashed.hash() instanceof CompiledMap;
  }

  /**
   * What two equal hashes have in common: the checksum of their bytes, or the parameters of a
   * formula.
   */
  private static Object hash(FieldRows rows) {
    if (rows instanceof FieldRows.Hashed hashed) {
      return hashed.hash() instanceof CompiledMap map
          ? XxHash64.hash(map.toBytes(), 0)
          : hashed.hash();
    }
    return rows.getClass();
  }

  /** Sums over the parameters that are compared. */
  private static final class Sums {
    long compared;
    long changed;
    long rows;
    double difference;
    double length;

    boolean add(float before, float after) {
      compared++;
      double by = (double) after - before;
      difference += by * by;
      length += (double) before * before;
      changed += by == 0 ? 0 : 1;
      return by != 0;
    }

    void addAll(float[] before, float[] after) {
      for (int i = 0; i < Math.min(before.length, after.length); i++) {
        add(before[i], after[i]);
      }
    }

    void addRow(StoredRows before, int old, StoredRows after, int row) {
      float[] a = new float[before.length()];
      float[] b = new float[after.length()];
      before.add(old, a, 0);
      after.add(row, b, 0);
      boolean differs = false;
      for (int j = 0; j < a.length; j++) {
        differs |= add(a[j], b[j]);
      }
      rows += differs ? 1 : 0;
    }

    double change() {
      return length == 0 ? Math.sqrt(difference) : Math.sqrt(difference / length);
    }
  }
}
