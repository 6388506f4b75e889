package io.millrace.serving;

import io.millrace.event.Schema;
import java.util.BitSet;
import java.util.function.Predicate;

/**
 * The columns that all candidates of a request take from its context, by position in the schema.
 *
 * @param fields categorical fields
 * @param dense dense columns
 */
public record SharedColumns(BitSet fields, BitSet dense) {

  /** The columns of {@code schema} for whose names {@code shared} holds. */
  public static SharedColumns of(Schema schema, Predicate<String> shared) {
    SharedColumns columns = none();
    for (int f = 0; f < schema.fields().size(); f++) {
      columns.fields.set(f, shared.test(schema.fields().get(f).column()));
    }
    for (int d = 0; d < schema.dense().size(); d++) {
      columns.dense.set(d, shared.test(schema.dense().get(d).column()));
    }
    return columns;
  }

  /** No column. */
  static SharedColumns none() {
    return new SharedColumns(new BitSet(), new BitSet());
  }
}
