package io.millrace.serving.request;

import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.serving.SharedColumns;
import java.util.Set;

/**
 * The part of a request that counts for all its candidates.
 *
 * @param event the context; its columns that are not shared are not read
 * @param columns those that candidates take from it
 * @param from first byte of its JSON object in the body
 * @param to first byte after it
 */
public record Context(ClickEvent event, SharedColumns columns, int from, int to) {

  /**
   * A context.
   *
   * @param keys of the context; columns with these names are shared
   */
  static Context of(Schema schema, ClickEvent event, Set<String> keys, int from, int to) {
    return new Context(event, SharedColumns.of(schema, keys::contains), from, to);
  }
}
