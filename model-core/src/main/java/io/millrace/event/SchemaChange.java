package io.millrace.event;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What has become of the columns of a former schema: state that was built with it goes on with
 * another one. A column is the same if its name is; only names of the former schema are known.
 *
 * @param formerDense names of the former dense columns, in their order
 * @param formerFields names of the former categorical fields, in their order
 * @param schema the schema from now on
 */
public record SchemaChange(List<String> formerDense, List<String> formerFields, Schema schema)
    implements Serializable {

  /** The position of a column that the former schema does not have. */
  public static final int NEW = -1;

  public SchemaChange {
    formerDense = List.copyOf(formerDense);
    formerFields = List.copyOf(formerFields);
  }

  /** What has become of the columns of a schema. */
  public static SchemaChange between(Schema former, Schema schema) {
    SchemaChange itself = new SchemaChange(List.of(), List.of(), former);
    return new SchemaChange(itself.denseNames(), itself.fieldNames(), schema);
  }

  /** Whether all columns are the former ones, in their order. */
  public boolean none() {
    return formerDense.equals(denseNames()) && formerFields.equals(fieldNames());
  }

  /** The former position of each dense column of {@link #schema}, or {@link #NEW}. */
  public int[] dense() {
    return denseNames().stream().mapToInt(formerDense::indexOf).toArray();
  }

  /** The former position of each field of {@link #schema}, or {@link #NEW}. */
  public int[] fields() {
    return fieldNames().stream().mapToInt(formerFields::indexOf).toArray();
  }

  /** Names of the columns that the former schema does not have: dense ones, then fields. */
  public List<String> added() {
    return difference(denseNames(), formerDense, fieldNames(), formerFields);
  }

  /** Names of the former columns that are gone: dense ones, then fields. */
  public List<String> dropped() {
    return difference(formerDense, denseNames(), formerFields, fieldNames());
  }

  private static List<String> difference(
      List<String> dense, List<String> otherDense, List<String> fields, List<String> otherFields) {
    List<String> names = new ArrayList<>(dense);
    names.removeAll(otherDense);
    List<String> categorical = new ArrayList<>(fields);
    categorical.removeAll(otherFields);
    names.addAll(categorical);
    return names;
  }

  private List<String> denseNames() {
    return schema.dense().stream().map(DenseColumn::name).toList();
  }

  private List<String> fieldNames() {
    return schema.fields().stream().map(CategoricalField::name).toList();
  }

  /**
   * Moves events of the former schema to {@link #schema}. A new column has no value in them; which
   * dense values were missing is not kept.
   */
  public Mover mover() {
    return new Mover(this);
  }

  /** Moves events; not thread-safe. */
  public static final class Mover {

    private final int[] dense;
    private final int[] fields;
    private final float[] missing;
    private final IdEncoder ids;

    private Mover(SchemaChange change) {
      List<DenseColumn> columns = change.schema.dense();
      dense = change.dense();
      fields = change.fields();
      ids = new IdEncoder(change.schema.fields());
      missing = new float[dense.length];
      for (int d = 0; d < dense.length; d++) {
        missing[d] = columns.get(d).missing();
      }
    }

    /** The event with the columns of the schema from now on; shares no array with {@code event}. */
    public ClickEvent move(ClickEvent event) {
      float[] values = missing.clone();
      for (int d = 0; d < values.length; d++) {
        if (dense[d] != NEW) {
          values[d] = event.dense()[dense[d]];
        }
      }
      int[] offsets = new int[fields.length + 1];
      for (int f = 0; f < fields.length; f++) {
        offsets[f + 1] = offsets[f] + (fields[f] == NEW ? 1 : length(event, fields[f]));
      }
      long[] moved = new long[offsets[fields.length]];
      for (int f = 0; f < fields.length; f++) {
        if (fields[f] == NEW) {
          moved[offsets[f]] = ids.missing(f);
        } else {
          int from = event.offsets()[fields[f]];
          System.arraycopy(event.ids(), from, moved, offsets[f], length(event, fields[f]));
        }
      }
      return new ClickEvent(event.eventTime(), event.label(), values, moved, offsets);
    }

    private static int length(ClickEvent event, int field) {
      return event.offsets()[field + 1] - event.offsets()[field];
    }
  }
}
