package io.millrace.event;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The meaning of the columns of a click log.
 *
 * @param dense numeric columns, in the order of {@link ClickEvent#dense}; may be empty
 * @param fields categorical columns, in the order of {@link ClickEvent#offsets}; at least one
 * @param label the column that says whether an event is positive
 * @param time the source of event time
 * @param missing texts that mean a missing value in every column, besides the empty text; compared
 *     with a value as it is written
 * @param numbers a number for each categorical column and, after them, for each dense one: by it,
 *     state and models know the column for ever, also where others come or go. Empty for the
 *     positions 0, 1, ... in this order; at least 0, no two equal
 */
public record Schema(
    List<DenseColumn> dense,
    List<CategoricalField> fields,
    LabelColumn label,
    TimeColumn time,
    List<String> missing,
    List<Integer> numbers)
    implements Serializable {

  public Schema {
    dense = List.copyOf(dense);
    fields = List.copyOf(fields);
    missing = List.copyOf(missing);
    List<Integer> positions = positions(fields.size() + dense.size());
    numbers = numbers.isEmpty() ? positions : List.copyOf(numbers);
    checkNumbers(numbers, positions.size());
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("categorical must have at least 1 field but had 0");
    }
    checkUnique("dense", dense.stream().map(DenseColumn::name).toList());
    checkUnique("categorical", fields.stream().map(CategoricalField::name).toList());
    for (String text : label.positive()) {
      if (missing.contains(text)) {
        throw new IllegalArgumentException(
            "label.positive must not hold a text of format.missing but holds '" + text + "'");
      }
    }
  }

  /** A schema whose columns are numbered by their positions. */
  public Schema(
      List<DenseColumn> dense,
      List<CategoricalField> fields,
      LabelColumn label,
      TimeColumn time,
      List<String> missing) {
    this(dense, fields, label, time, missing, List.of());
  }

  /** Such a schema, in which only the empty text means missing. */
  public Schema(
      List<DenseColumn> dense, List<CategoricalField> fields, LabelColumn label, TimeColumn time) {
    this(dense, fields, label, time, List.of());
  }

  private static List<Integer> positions(int columns) {
    return IntStream.range(0, columns).boxed().toList();
  }

  private static void checkNumbers(List<Integer> numbers, int columns) {
    boolean negative = numbers.stream().anyMatch(number -> number < 0);
    if (negative || numbers.stream().distinct().count() != columns || numbers.size() != columns) {
      throw new IllegalArgumentException(
          "numbers must be %d different ones >= 0 but were %s".formatted(columns, numbers));
    }
  }

  /** This schema with another label. */
  public Schema with(LabelColumn other) {
    return new Schema(dense, fields, other, time, missing, numbers);
  }

  /** This schema with another source of event time. */
  public Schema with(TimeColumn other) {
    return new Schema(dense, fields, label, other, missing, numbers);
  }

  private static void checkUnique(String what, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException(
            what + " names must be unique but '" + name + "' was there twice");
      }
    }
  }

  /** Index of the field called {@code name}, or -1. */
  public int field(String name) {
    for (int f = 0; f < fields.size(); f++) {
      if (fields.get(f).name().equals(name)) {
        return f;
      }
    }
    return -1;
  }

  /** This schema with another field at an index. */
  public Schema with(int index, CategoricalField other) {
    List<CategoricalField> others = new ArrayList<>(fields);
    others.set(index, other);
    return new Schema(dense, others, label, time, missing, numbers);
  }

  /** This schema with other {@link #numbers}. */
  public Schema withNumbers(List<Integer> other) {
    return new Schema(dense, fields, label, time, missing, other);
  }

  /** Whether the numbers of all columns are their positions. */
  public boolean numberedByPosition() {
    return numbers.equals(positions(numbers.size()));
  }

  /** The number of a categorical field. */
  public int number(int field) {
    return numbers.get(field);
  }

  /** The numbers of the categorical fields, in their order. */
  public List<Integer> fieldNumbers() {
    return List.copyOf(numbers.subList(0, fields.size()));
  }

  /** Index of the categorical field of a number, or -1. */
  public int fieldOf(int number) {
    return fieldNumbers().indexOf(number);
  }

  /** Every column that decoding reads, once each: time, label, dense, categorical. */
  public Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    columns.add(time.column());
    columns.add(label.column());
    dense.forEach(d -> columns.add(d.column()));
    fields.forEach(f -> columns.add(f.column()));
    return columns;
  }

  /**
   * The same dense and categorical columns, for events that are only scored: label and time are not
   * read, every event has the time {@code time}, and a file may lack columns.
   *
   * @param time milliseconds since 1970, within the limits of the reader
   */
  public Schema toScore(long time) {
    TimeColumn.MadeUp clock = new TimeColumn.MadeUp(TimeColumn.MadeUp.MOST_PER_DAY, time);
    return with(LabelColumn.NONE).with(clock);
  }

  /** Whether a file of events may lack {@code column}, one of {@link #columns}. */
  public boolean mayLack(String column) {
    return label.equals(LabelColumn.NONE)
        || (label.optional() && column.equals(label.column()))
        || (time instanceof TimeColumn.MadeUp && column.equals(TimeColumn.MADE_UP_KEY));
  }

  /**
   * A number that changes when a column's name, order or transform does, or whether a field's
   * values are numbers; stored in binary records, so that a reader with another schema rejects them
   * instead of confusing columns. The expected numbers of ids do not enter.
   */
  public int fingerprint() {
    StringBuilder text = new StringBuilder();
    dense.forEach(d -> text.append('d').append(d.name()).append(d.transform()).append(d.missing()));
    fields.forEach(f -> text.append('f').append(f.name()).append(f.number() ? "\tnumber\n" : "\n"));
    return (int) IdEncoder.hash(text.toString());
  }
}
