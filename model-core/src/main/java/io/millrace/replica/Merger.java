package io.millrace.replica;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Merges the changes of replicas into the model that counts, interval by interval:
 *
 * <pre>
 *  rows         scaled sum of the changes, {@link ScaledSum}
 *  linear part  sum of the gradients, {@link SaturatingGradients}
 *  dense part   theta += mean_r dtheta_r, over the replicas that have learned an event
 *  ids          new ids get rows; accesses add up
 * </pre>
 *
 * <p>Most rows are changed by few replicas, so their changes add up; where several have corrected
 * the same error, the sum is made smaller ({@link Saturation}). All replicas change the whole dense
 * part, so it moves by the mean; the state of its optimiser stays with them. The merge of one
 * replica's change is what this replica goes on with, to the bit.
 *
 * <p>The order in which changes arrive does not matter: they are taken in the order of replicas.
 * Time: O(rows changed x replicas). One thread at a time.
 */
public final class Merger {

  /** Floats of a tensor that are added at a time. */
  private static final int BLOCK = 4096;

  private final ClickModel model;
  private final ModelParts parts;

  /**
   * Merges into a model, which the caller owns.
   *
   * @param batch events of a full step of the replicas
   */
  public Merger(ClickModel model, int batch) {
    this.model = model;
    this.parts = new ModelParts(model);
    parts.rows().forEach(rows -> rows.rule().batch(batch));
  }

  /**
   * Merges an interval.
   *
   * @param changes of each replica one, for the same interval, in any order
   * @return what has changed
   */
  public Merge merge(List<Change> changes) {
    List<Change> ordered = new ArrayList<>(changes);
    ordered.sort((a, b) -> Integer.compare(a.replica(), b.replica()));
    List<RowSet> rows = new ArrayList<>();
    for (int t = 0; t < parts.rows().size(); t++) {
      int table = t;
      List<RowSet> sets = ordered.stream().map(c -> c.delta().rows().get(table)).toList();
      rows.add(add(parts.rows().get(t), sets));
    }
    List<float[]> dense = withMean(parts.dense(), ordered);
    parts.setDense(dense);
    return new Merge(ordered.get(0).interval(), new ModelValues(rows, dense));
  }

  /** The rows that any replica has changed, as they are; new ids get theirs. */
  private static RowSet read(ExchangedRows rows, List<RowSet> sets) {
    long[] keys = RowSet.keys(sets);
    float[] values = new float[keys.length * rows.length()];
    for (int i = 0; i < keys.length; i++) {
      rows.read(rows.row(keys[i]), values, i * rows.length());
    }
    return new RowSet(keys, new float[0], values);
  }

  private static RowSet add(ExchangedRows rows, List<RowSet> sets) {
    int length = rows.length();
    RowSet changed = read(rows, sets);
    List<float[]> deltas = sets.stream().map(RowSet::values).toList();
    int[] from = new int[sets.size()];
    int[] next = new int[sets.size()];
    RowMerge rule = rows.rule();
    for (int i = 0; i < changed.keys().length; i++) {
      long key = changed.keys()[i];
      for (int r = 0; r < from.length; r++) {
        RowSet set = sets.get(r);
        boolean changes = next[r] < set.keys().length && set.keys()[next[r]] == key;
        from[r] = changes ? next[r] * length : -1;
        if (changes && rows.owned()) {
          rows.access(key, set.accesses()[next[r]]);
        }
        next[r] += changes ? 1 : 0;
      }
      int row = rows.row(key);
      rule.add(row, changed.values(), i * length, deltas, from);
      rows.write(row, changed.values(), i * length);
    }
    return changed;
  }

  private static List<float[]> withMean(List<float[]> dense, List<Change> changes) {
    List<Change> learned = changes.stream().filter(change -> change.learned() > 0).toList();
    List<float[]> merged = new ArrayList<>();
    for (int t = 0; t < dense.size(); t++) {
      int tensor = t;
      List<float[]> deltas = learned.stream().map(c -> c.delta().dense().get(tensor)).toList();
      merged.add(deltas.isEmpty() ? dense.get(t).clone() : withMean(dense.get(t), deltas));
    }
    return merged;
  }

  /** Block by block, as a tensor may be larger than a processor's cache. */
  private static float[] withMean(float[] theta, List<float[]> deltas) {
    float[] merged = new float[theta.length];
    float[] sum = new float[Math.min(BLOCK, theta.length)];
    for (int from = 0; from < theta.length; from += BLOCK) {
      int n = Math.min(BLOCK, theta.length - from);
      System.arraycopy(deltas.get(0), from, sum, 0, n);
      for (float[] delta : deltas.subList(1, deltas.size())) {
        for (int i = 0; i < n; i++) {
          sum[i] += delta[from + i];
        }
      }
      for (int i = 0; i < n; i++) {
        merged[from + i] = theta[from + i] + sum[i] / deltas.size();
      }
    }
    return merged;
  }

  /** Whether more ids have rows than the bound allows. */
  public boolean overfull() {
    return model.fields().stream()
        .anyMatch(field -> field.index() != null && !field.index().fits(0));
  }

  /** Evicts ids beyond the bound; all replicas must take the whole model before they go on. */
  public void evict() {
    for (FieldTable field : model.fields()) {
      if (field.index() != null) {
        field.makeRoom(0);
      }
    }
  }
}
