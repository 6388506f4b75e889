package io.millrace.serving.http;

/** Writes metrics in the text format of Prometheus. */
final class PrometheusText {

  /** The content type. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String PREFIX = "millrace_serving_";

  private final StringBuilder out = new StringBuilder();
  private String name;

  /** Begins a metric; the samples that follow are its own. */
  PrometheusText metric(String shortName, String type, String help) {
    name = PREFIX + shortName;
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /**
   * Writes a sample.
   *
   * @param value its value; a whole number is written as one
   * @param labels names and values in turn
   */
  PrometheusText sample(double value, String... labels) {
    return sample("", value, labels);
  }

  /** The same with a whole number. */
  PrometheusText sample(long value, String... labels) {
    return sample("", (double) value, labels);
  }

  /** Writes a sample of a part of the metric, such as {@code _bucket}. */
  PrometheusText sample(String suffix, double value, String... labels) {
    out.append(name).append(suffix);
    for (int i = 0; i < labels.length; i += 2) {
      out.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      out.append(escaped(labels[i + 1])).append('"');
    }
    out.append(labels.length > 0 ? "} " : " ");
    if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
      out.append((long) value);
    } else {
      out.append(value);
    }
    out.append('\n');
    return this;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** All that was written. */
  String text() {
    return out.toString();
  }
}
