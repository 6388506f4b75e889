package io.millrace.serving;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What a server has answered since it started, in the text format of Prometheus. Thread-safe. */
final class ServingCounts {

  private final Map<Integer, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> events = new ConcurrentSkipListMap<>();

  /** Counts an answer to {@code POST /score}. */
  void request(int status) {
    requests.computeIfAbsent(status, s -> new LongAdder()).increment();
  }

  /** Counts an event: {@code scored}, or the kind of fault why it was not. */
  void event(String result) {
    events.computeIfAbsent(result, r -> new LongAdder()).increment();
  }

  /** All figures, and those of the columns. */
  String text(ColumnWatch columns) {
    StringBuilder out = new StringBuilder();
    head(out, "requests_total", "requests to /score by status of the answer");
    requests.forEach((status, n) -> line(out, "requests_total", "status", status.toString(), n));
    head(out, "events_total", "events by result: scored, or why not");
    events.forEach((result, n) -> line(out, "events_total", "result", result, n));
    head(out, "events_lacking_total", "events without a column of the model, by column");
    new TreeMap<>(columns.lacking())
        .forEach((column, n) -> line(out, "events_lacking_total", "column", column, n));
    head(out, "events_misspelt_total", "events with a key like a column that they lacked");
    out.append("millrace_serving_events_misspelt_total ").append(columns.misspelt()).append('\n');
    return out.toString();
  }

  private static void head(StringBuilder out, String name, String help) {
    out.append("# HELP millrace_serving_").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE millrace_serving_").append(name).append(" counter\n");
  }

  private static void line(
      StringBuilder out, String name, String label, String value, LongAdder n) {
    String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    out.append("millrace_serving_").append(name).append('{').append(label).append("=\"");
    out.append(escaped).append("\"} ").append(n.sum()).append('\n');
  }
}
