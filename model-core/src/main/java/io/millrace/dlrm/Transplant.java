package io.millrace.dlrm;

import io.millrace.event.SchemaChange;
import io.millrace.table.PepTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Moves what a model has learned into one of the same arm with other columns.
 *
 * <pre>
 * rows of a kept field       move with their optimiser, index or hash; those of a new one are fresh
 * first layer, bottom MLP    column c of a kept dense column moves; that of a new one is 0
 * first layer, top MLP       the copy of v_0 moves; so does the product of two kept vectors;
 *                            products with a new vector have weights of 0
 * all other layers           move
 * linear part                its slots stay; columns share them by hash
 * </pre>
 *
 * <p>The state of the optimisers moves with the weights; where weights are new, it is as at the
 * start. So until a new column is learned, the network's logit is what it was without the column:
 * to the bit with the plain engine, if kept columns keep their order, and up to rounding else. Rows
 * of a new field are random, so the weights of its products have gradients. What a dropped column
 * contributed is gone. In a linear part, a new column begins with slots that others may have
 * learned, and those of a dropped one stay.
 */
public final class Transplant {

  private Transplant() {}

  /**
   * Why a model cannot go on with other columns; empty if it can.
   *
   * <p>A network without dense columns has a constant in their place, whose weights have another
   * meaning.
   */
  public static Optional<String> obstacle(SchemaChange change) {
    boolean none = change.schema().dense().isEmpty();
    if (none == change.formerDense().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "schema.dense must "
            + (none
                ? "keep one of " + change.formerDense()
                : "stay empty but was " + change.added())
            + ", as a network without dense columns learns with a constant in their place");
  }

  /**
   * Moves all that the two models have in common.
   *
   * @param former of the columns before; its tables must not be used any more
   * @param model of the columns of {@code change} from now on, which has learned nothing
   * @throws IllegalArgumentException if they differ in more than their columns
   */
  public static void move(ClickModel former, ClickModel model, SchemaChange change) {
    if (former.network().isPresent() != model.network().isPresent()
        || former.linear().isPresent() != model.linear().isPresent()) {
      throw new IllegalArgumentException("both models must have the same parts");
    }
    model.network().ifPresent(network -> move(former.network().orElseThrow(), network, change));
    model.linear().ifPresent(linear -> linear.take(former.linear().orElseThrow()));
  }

  private static void move(Dlrm former, Dlrm network, SchemaChange change) {
    Optional<String> obstacle = obstacle(change);
    if (obstacle.isPresent()) {
      throw new IllegalArgumentException(obstacle.get());
    }
    int[] dense = change.dense();
    int[] fields = change.fields();
    network.bottom().take(former.bottom(), dense.length == 0 ? new int[] {0} : dense);
    network.top().take(former.top(), products(network.dim(), fields));
    for (int f = 0; f < fields.length; f++) {
      FieldTable field = network.fields().get(f);
      if (fields[f] != SchemaChange.NEW) {
        field.take(former.fields().get(fields[f]));
        field.table().use(network.products());
      }
    }
    shareThresholds(network.fields(), fields);
  }

  /** For each input of the top MLP the former one, or {@link SchemaChange#NEW}. */
  private static int[] products(int dim, int[] fields) {
    int[] inputs = new int[Dlrm.topInputs(fields.length, dim)];
    Arrays.setAll(inputs, i -> i);
    for (int i = 1; i <= fields.length; i++) {
      for (int j = 0; j < i; j++) {
        inputs[dim + Interaction.pair(i, j)] = product(dim, vector(fields, i), vector(fields, j));
      }
    }
    return inputs;
  }

  /** The former number of a vector; 0 is the bottom MLP's output. */
  private static int vector(int[] fields, int i) {
    if (i == 0) {
      return 0;
    }
    return fields[i - 1] == SchemaChange.NEW ? SchemaChange.NEW : fields[i - 1] + 1;
  }

  private static int product(int dim, int i, int j) {
    return i == SchemaChange.NEW || j == SchemaChange.NEW
        ? SchemaChange.NEW
        : dim + Interaction.pair(i, j);
  }

  /** Pruned tables of new fields take the thresholds that the others share. */
  private static void shareThresholds(List<FieldTable> tables, int[] fields) {
    List<PepTable> pruned = new ArrayList<>();
    PepTable kept = null;
    for (int f = 0; f < fields.length; f++) {
      if (tables.get(f).table() instanceof PepTable table) {
        pruned.add(table);
        kept = fields[f] == SchemaChange.NEW ? kept : table;
      }
    }
    if (kept != null) {
      PepTable.share(pruned, kept);
    }
  }
}
