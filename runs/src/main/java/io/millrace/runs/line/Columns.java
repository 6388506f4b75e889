package io.millrace.runs.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Function;
import java.util.function.ObjDoubleConsumer;
import java.util.stream.Stream;

/**
 * The columns of an object, in the order in which they are written.
 *
 * @param <T> the records that the object is made from
 */
public final class Columns<T> {

  private final List<Column<T>> all;

  private Columns(Stream<Column<T>> all) {
    this.all = all.toList();
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  static <T> Columns<T> of(Column<T>... columns) {
    return new Columns<>(Stream.of(columns));
  }

  /** These and more. */
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  final Columns<T> and(Column<T>... more) {
    return new Columns<>(Stream.concat(all.stream(), Stream.of(more)));
  }

  /**
   * These and, with a prefix, those of a record within the record; left out if that one is null.
   */
  <P> Columns<T> and(String prefix, Function<? super T, ? extends P> inner, Columns<P> columns) {
    return new Columns<>(
        Stream.concat(all.stream(), columns.all.stream().map(c -> c.<T>under(prefix, inner))));
  }

  /** All of them. */
  List<Column<T>> all() {
    return all;
  }

  /** The object of a record. */
  ObjectNode object(T record) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    all.forEach(column -> column.write(record, out));
    return out;
  }

  /** Calls {@code gauges} with the name and value of each gauge; does nothing for a null object. */
  void show(JsonNode object, ObjDoubleConsumer<String> gauges) {
    if (object.isObject()) {
      all.forEach(column -> column.show(object, gauges));
    }
  }
}
