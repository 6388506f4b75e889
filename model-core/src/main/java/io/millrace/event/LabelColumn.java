package io.millrace.event;

import java.io.Serializable;
import java.util.List;

/**
 * The column that says whether an event is positive.
 *
 * <p>If {@code positive} holds values, the label is 1 if the cell equals one of them as text, and
 * else 0. If it is empty, the cell is a number (or {@code true}, {@code false}) and the label is 1
 * if it is at least {@code threshold}. The words true and false may be written in any case, in the
 * cell and in {@code positive}: {@code True}, {@code TRUE} and JSON's {@code true} are equal. They
 * equal no number: {@code 1} is positive beside {@code true} only if {@code positive} holds both.
 *
 * @param column the column or key
 * @param positive texts that mean 1; empty to use the threshold
 * @param threshold the smallest number that means 1, finite
 * @param optional whether an event may have no label (its label is then NaN); otherwise it is
 *     rejected
 */
public record LabelColumn(String column, List<String> positive, double threshold, boolean optional)
    implements Serializable {

  /** The label of events that are only scored. No column has its name, a control character. */
  static final LabelColumn NONE = new LabelColumn("\u0000", List.of("1"), .5, true);

  public LabelColumn {
    positive = List.copyOf(positive);
    if (column.isEmpty()) {
      throw new IllegalArgumentException("column must not be empty");
    }
    if (positive.contains("")) {
      throw new IllegalArgumentException("positive must not hold the empty text");
    }
    if (!Double.isFinite(threshold)) {
      throw new IllegalArgumentException("threshold must be finite but was " + threshold);
    }
  }

  /** A column of 0 and 1, where a label is required. */
  public static LabelColumn of(String column) {
    return new LabelColumn(column, List.of(), .5, false);
  }
}
