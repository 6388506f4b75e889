package io.millrace.runs.look;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Scripts and styles that the report contains, and that the live page serves. */
public final class Look {

  /** Shared modules, each after those that it imports. */
  public static final List<String> SCRIPTS = List.of("dom.js", "format.js", "axes.js", "charts.js");

  /** The shared style sheet. */
  public static final String STYLE = "look.css";

  /** Apache ECharts with lines, bars and points; it sets the global {@code echarts}. */
  private static final String LIBRARY =
      "META-INF/resources/webjars/echarts/5.3.1/dist/echarts.common.min.js";

  private Look() {}

  /** The chart library, a script that is no module. */
  public static byte[] library() throws IOException {
    try (InputStream in = Look.class.getClassLoader().getResourceAsStream(LIBRARY)) {
      return bytes(in, LIBRARY);
    }
  }

  /** One of {@link #SCRIPTS}, or {@link #STYLE}. */
  public static byte[] file(String name) throws IOException {
    try (InputStream in = Look.class.getResourceAsStream(name)) {
      return bytes(in, name);
    }
  }

  /** The text of a file. */
  public static String text(String name) throws IOException {
    return new String(file(name), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(InputStream in, String name) throws IOException {
    if (in == null) {
      throw new IOException("the class path lacks " + name);
    }
    return in.readAllBytes();
  }
}
