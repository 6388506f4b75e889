package io.millrace.student;

import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.event.Transform;
import io.millrace.math.XxHash64;
import io.millrace.spec.ColumnHistory;
import io.millrace.spec.JobSpec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The columns of a job as its state keeps them: enough to read the state with them, and to go on
 * from it with others. A column is the same if it is of the same kind and has the same name.
 *
 * <pre>
 * i32 next number | UTF label | UTF time | UTF missing texts
 * i32 columns, fields first | each: i8 dense | i32 number | UTF name | UTF source | UTF meaning
 *     and for a field: i64 expected_ids | i8 of numbers
 * i8 whether there were others before | those, in the same way
 * </pre>
 */
public final class SavedColumns implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Characters of a text that is kept. */
  private static final int MOST = 1000;

  private static final List<String> SHARED =
      List.of("schema.label", "schema.time", "format.missing");

  private final List<Column> columns;
  private final int next;

  /** What label, time and texts of missing values were, in the order of {@link #SHARED}. */
  private final List<String> shared;

  /** The columns before these; null for none. */
  private final SavedColumns former;

  /**
   * A column.
   *
   * @param dense whether it is a dense column, not a categorical field
   * @param number as in {@link Schema#numbers}
   * @param name its name
   * @param source the column or key of the input that holds it
   * @param meaning how its values are read, for messages
   * @param expectedIds of a field; 0 of a dense column
   * @param ofNumbers whether the values of a field are compared as numbers
   */
  private record Column(
      boolean dense,
      int number,
      String name,
      String source,
      String meaning,
      long expectedIds,
      boolean ofNumbers)
      implements Serializable {

    static Column of(CategoricalField field, int number) {
      String meaning = "number: " + field.number() + ", separator: '" + field.separator() + "'";
      return new Column(
          false,
          number,
          field.name(),
          field.column(),
          bounded(meaning),
          field.expectedIds(),
          field.number());
    }

    static Column of(DenseColumn column, int number) {
      String meaning = "transform: " + column.transform() + ", missing: " + column.missing();
      return new Column(true, number, column.name(), column.column(), bounded(meaning), 0, false);
    }

    static Column read(DataInput in) throws IOException {
      boolean dense = in.readBoolean();
      int number = in.readInt();
      String name = in.readUTF();
      String source = in.readUTF();
      String meaning = in.readUTF();
      return dense
          ? new Column(true, number, name, source, meaning, 0, false)
          : new Column(false, number, name, source, meaning, in.readLong(), in.readBoolean());
    }

    void write(DataOutput out) throws IOException {
      out.writeBoolean(dense);
      out.writeInt(number);
      out.writeUTF(name);
      out.writeUTF(source);
      out.writeUTF(meaning);
      if (!dense) {
        out.writeLong(expectedIds);
        out.writeBoolean(ofNumbers);
      }
    }

    boolean same(Column other) {
      return dense == other.dense && name.equals(other.name);
    }

    String key() {
      return (dense ? "schema.dense" : "schema.categorical") + " '" + name + "'";
    }

    /** A new name for ids of the same source, or of as many ids, is probably a mistake. */
    boolean looksLike(Column other) {
      boolean fields = !dense && !other.dense;
      return fields && (source.equals(other.source) || expectedIds == other.expectedIds);
    }
  }

  private SavedColumns(List<Column> columns, int next, List<String> shared, SavedColumns former) {
    this.columns = List.copyOf(columns);
    this.next = next;
    this.shared = List.copyOf(shared);
    this.former = former;
  }

  /** The columns of a job. */
  public static SavedColumns of(JobSpec job) {
    Schema schema = job.schema();
    List<Column> columns = new ArrayList<>();
    for (CategoricalField field : schema.fields()) {
      columns.add(Column.of(field, schema.numbers().get(columns.size())));
    }
    for (DenseColumn column : schema.dense()) {
      columns.add(Column.of(column, schema.numbers().get(columns.size())));
    }
    LabelColumn label = schema.label();
    String positive = "positive: " + label.positive() + ", threshold: " + label.threshold();
    List<String> shared = List.of(positive, schema.time().toString(), schema.missing().toString());
    SavedColumns former = job.columns().former() == null ? null : of(job.former());
    return new SavedColumns(
        columns, job.nextNumber(), shared.stream().map(SavedColumns::bounded).toList(), former);
  }

  /** A text that is short enough to be written, and yet another one where the whole is another. */
  private static String bounded(String text) {
    return text.length() <= MOST
        ? text
        : text.substring(0, MOST)
            + "... (%016x)".formatted(XxHash64.hash(text.getBytes(StandardCharsets.UTF_8), 0));
  }

  /** Reads what {@link #write} wrote. */
  public static SavedColumns read(DataInput in) throws IOException {
    int next = in.readInt();
    List<String> shared = List.of(in.readUTF(), in.readUTF(), in.readUTF());
    List<Column> columns = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      columns.add(Column.read(in));
    }
    return new SavedColumns(columns, next, shared, in.readBoolean() ? read(in) : null);
  }

  /** Writes the columns. */
  public void write(DataOutput out) throws IOException {
    out.writeInt(next);
    for (String text : shared) {
      out.writeUTF(text);
    }
    out.writeInt(columns.size());
    for (Column column : columns) {
      column.write(out);
    }
    out.writeBoolean(former != null);
    if (former != null) {
      former.write(out);
    }
  }

  private List<Column> of(boolean dense) {
    return columns.stream().filter(column -> column.dense == dense).toList();
  }

  private List<String> names(boolean dense) {
    return of(dense).stream().map(Column::name).toList();
  }

  private Optional<Column> find(Column other) {
    return columns.stream().filter(other::same).findFirst();
  }

  /** The columns of these that others lack. */
  private List<Column> without(SavedColumns others) {
    return columns.stream().filter(column -> others.find(column).isEmpty()).toList();
  }

  /** Whether a schema has other columns, or another order of them. */
  public boolean changes(Schema schema) {
    return !new SchemaChange(names(true), names(false), schema).none();
  }

  /**
   * A job that goes on from the state: with the numbers of these columns, and for new columns
   * numbers that were never given; rows of kept fields stay as they are.
   *
   * @param job as its job file says
   * @throws IllegalArgumentException if it cannot go on with its columns, naming the first rule
   *     that it breaks
   */
  public JobSpec continuedBy(JobSpec job) {
    boolean changed = changes(job.schema());
    SavedColumns now = of(job);
    if (changed) {
      check(now);
    }
    List<Integer> numbers = new ArrayList<>();
    int free = next;
    for (Column column : now.columns) {
      Optional<Column> kept = find(column);
      numbers.add(kept.isPresent() ? kept.get().number() : free++);
    }
    ColumnHistory history = changed ? new ColumnHistory(free, before(job)) : history(job);
    return job.with(JobSpec::schema, job.schema().withNumbers(numbers))
        .with(JobSpec::columns, history);
  }

  private ColumnHistory history(JobSpec job) {
    return new ColumnHistory(next, former == null ? null : former.before(job));
  }

  /** These columns as those that a job had before. */
  private ColumnHistory.Former before(JobSpec job) {
    List<DenseColumn> dense =
        names(true).stream().map(name -> DenseColumn.of(name, new Transform.Identity())).toList();
    List<CategoricalField> fields =
        of(false).stream()
            .map(f -> new CategoricalField(f.name(), f.name(), "", f.expectedIds(), f.ofNumbers()))
            .toList();
    List<Integer> numbers = columns.stream().map(Column::number).toList();
    Schema now = job.schema();
    Schema schema = new Schema(dense, fields, now.label(), now.time(), List.of(), numbers);
    return new ColumnHistory.Former(schema, history(job));
  }

  private void check(SavedColumns now) {
    if (now.of(false).stream().noneMatch(field -> find(field).isPresent())) {
      throw new IllegalArgumentException(
          "schema.categorical must keep a field of the savepoint, one of %s, but was %s"
              .formatted(names(false), now.names(false)));
    }
    List<String> differences = differences(now);
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          differences.get(0) + ": it must stay where columns are added or dropped; put it back");
    }
  }

  /** What kept columns, the label and the time meant, where they mean something else now. */
  private List<String> differences(SavedColumns now) {
    Map<String, String> differences = new LinkedHashMap<>();
    for (Column column : now.columns) {
      find(column).ifPresent(was -> compare(was.key(), was.meaning, column.meaning, differences));
    }
    for (int i = 0; i < SHARED.size(); i++) {
      compare(SHARED.get(i), shared.get(i), now.shared.get(i), differences);
    }
    return List.copyOf(differences.values());
  }

  private static void compare(String key, String was, String is, Map<String, String> differences) {
    if (!was.equals(is)) {
      differences.put(key, key + " had " + was + " in the savepoint but has " + is);
    }
  }

  /**
   * A sentence for each column that a job adds or drops which goes on from the state, and for each
   * column whose values mean something else.
   */
  public List<String> notes(JobSpec job) {
    SavedColumns now = of(job);
    List<Column> added = now.without(this);
    List<String> notes = new ArrayList<>();
    for (Column column : added) {
      notes.add(
          "column %s is new: it starts cold, from the first event after the savepoint"
              .formatted(column.name()));
    }
    for (Column column : without(now)) {
      notes.add(
          "column %s is not in the job file any more: its %s here; going back needs the savepoint before"
              .formatted(
                  column.name(), column.dense() ? "weights end" : "rows, counts and maps end"));
      added.stream()
          .filter(column::looksLike)
          .forEach(other -> notes.add(renamed(column.name(), other.name())));
    }
    differences(now).forEach(difference -> notes.add(difference + "; what was learned stays"));
    return notes;
  }

  private static String renamed(String was, String is) {
    return "column %s looks like %s under another name: if it is, set name: %s for it, as ids of another name are other ids"
        .formatted(is, was, was);
  }
}
