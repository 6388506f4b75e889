package io.millrace.runs.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjDoubleConsumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * A column of a line: its key, how it is written from a record, and how it is read from a parsed
 * line. As a function it reads a number, so that a column can be passed where a figure is wanted.
 *
 * @param <T> the records that the lines are made from
 */
public class Column<T> implements ToDoubleFunction<JsonNode> {

  private final String key;
  private final Function<? super T, JsonNode> value;
  private final Columns<?> members;

  /** Name of the gauge that shows it; null without one. */
  private String gauge;

  /** The gauge shows the value divided by this. */
  private double divisor;

  /** If {@code value} returns null, the line lacks the key. */
  private Column(String key, Function<? super T, JsonNode> value, Columns<?> members) {
    this.key = key;
    this.value = value;
    this.members = members;
  }

  /** A column without members. */
  static <T> Column<T> of(String key, Function<? super T, JsonNode> value) {
    return new Column<>(key, value, null);
  }

  /** A text; null without one. */
  static <T> Column<T> text(String key, Function<? super T, String> of) {
    return of(key, line -> orNull(of.apply(line), TextNode::valueOf));
  }

  /** A whole number. */
  static <T> Column<T> whole(String key, ToLongFunction<? super T> of) {
    return of(key, line -> LongNode.valueOf(of.applyAsLong(line)));
  }

  /** A whole number, or null. */
  static <T> Column<T> wholeOrNull(String key, Function<? super T, Long> of) {
    return of(key, line -> orNull(of.apply(line), LongNode::valueOf));
  }

  /** A number; null where it is not finite. */
  static <T> Column<T> number(String key, ToDoubleFunction<? super T> of) {
    return of(
        key,
        line -> {
          double number = of.applyAsDouble(line);
          return Double.isFinite(number) ? DoubleNode.valueOf(number) : NullNode.instance;
        });
  }

  /** True or false. */
  static <T> Column<T> flag(String key, Predicate<? super T> of) {
    return of(key, line -> BooleanNode.valueOf(of.test(line)));
  }

  /** An array. */
  static <T, E> Column<T> list(
      String key, Function<? super T, List<E>> of, Function<? super E, JsonNode> entry) {
    return of(key, line -> array(of.apply(line), entry));
  }

  /** An array of objects. */
  static <T, E> Column<T> list(String key, Function<? super T, List<E>> of, Columns<E> members) {
    return new Column<>(key, line -> array(of.apply(line), members::object), members);
  }

  /** An object with keys of its own, in the map's order. */
  static <T, E> Column<T> map(
      String key, Function<? super T, Map<String, E>> of, Function<? super E, JsonNode> entry) {
    return of(key, line -> object(of.apply(line), entry));
  }

  /** An object of objects. */
  static <T, E> Column<T> map(
      String key, Function<? super T, Map<String, E>> of, Columns<E> members) {
    return new Column<>(key, line -> object(of.apply(line), members::object), members);
  }

  /** An object; null without one. */
  static <T, E> Column<T> object(String key, Function<? super T, E> of, Columns<E> members) {
    return new Column<>(key, line -> orNull(of.apply(line), members::object), members) {
      @Override
      void show(JsonNode line, ObjDoubleConsumer<String> gauges) {
        members.show(in(line), gauges);
      }
    };
  }

  private static <E> JsonNode orNull(E value, Function<E, JsonNode> node) {
    return value == null ? NullNode.instance : node.apply(value);
  }

  private static <E> JsonNode array(List<E> entries, Function<? super E, JsonNode> entry) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    entries.forEach(e -> array.add(entry.apply(e)));
    return array;
  }

  private static <E> JsonNode object(Map<String, E> entries, Function<? super E, JsonNode> entry) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    entries.forEach((name, e) -> object.set(name, entry.apply(e)));
    return object;
  }

  /** The same column, with a prefix, of a record within a record; left out if that one is null. */
  <S> Column<S> under(String prefix, Function<? super S, ? extends T> inner) {
    return new Column<S>(
            prefix + key,
            line -> {
              T of = inner.apply(line);
              return of == null ? null : value.apply(of);
            },
            members)
        .gauge(gauge == null ? null : prefix + gauge, divisor);
  }

  /** The column whose key has a prefix, for reading. */
  Column<T> prefixed(String prefix) {
    return under(prefix, line -> line);
  }

  /** Shows it as a gauge too. */
  Column<T> gauge(String name) {
    return gauge(name, 1);
  }

  /** Shows it, divided by a number, as a gauge too. */
  Column<T> gauge(String name, double by) {
    gauge = name;
    divisor = by;
    return this;
  }

  /** Its key in the line. */
  String key() {
    return key;
  }

  /** Name of the gauge that shows it in a running job, without its group's; null without one. */
  String gauge() {
    return gauge;
  }

  /** Columns of its object, or of the objects in its array or map; null if there are none. */
  Columns<?> members() {
    return members;
  }

  /** Writes the key and value of a record. */
  void write(T line, ObjectNode out) {
    JsonNode node = value.apply(line);
    if (node != null) {
      out.set(key, node);
    }
  }

  /** Calls {@code gauges} with the name and value of its gauge, if it has one; NaN for null. */
  void show(JsonNode line, ObjDoubleConsumer<String> gauges) {
    if (gauge != null) {
      gauges.accept(gauge, line.path(key).asDouble(Double.NaN) / divisor);
    }
  }

  /** Its value in a parsed line; a missing node if the line lacks the key. */
  public JsonNode in(JsonNode line) {
    return line.path(key);
  }

  /** The number in a parsed line; NaN if it is null. */
  public double numberIn(JsonNode line) {
    return in(line).isNumber() ? in(line).asDouble() : Double.NaN;
  }

  @Override
  public double applyAsDouble(JsonNode line) {
    return numberIn(line);
  }

  /** The whole number in a parsed line, such as a time in ms; 0 if it is null. */
  public long wholeIn(JsonNode line) {
    return in(line).asLong();
  }

  /** The text in a parsed line, or its number as it is written; empty if it is null. */
  public String textIn(JsonNode line) {
    return in(line).asText("");
  }
}
