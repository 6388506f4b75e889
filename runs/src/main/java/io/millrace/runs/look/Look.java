package io.millrace.runs.look;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Scripts and styles that the report contains, and that the live page serves. */
public final class Look {

  /** Shared modules, each after those that it imports. */
  public static final List<String> SCRIPTS = List.of("dom.js", "format.js", "axes.js", "charts.js");

  /** The shared style sheet. */
  public static final String STYLE = "look.css";

  /** Apache ECharts with lines, bars and points; it sets the global {@code echarts}. */
  private static final String LIBRARY =
      "META-INF/resources/webjars/echarts/5.3.1/dist/echarts.common.min.js";

  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import \\{(.+)} from '\\./(\\w+)\\.js';$");

  private static final Pattern EXPORT =
      Pattern.compile("(?m)^export (async function|function|const|class) (\\w+)");

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

  /**
   * The shared modules and one that uses them as a single script, for a page that can load nothing.
   * Each module becomes a function that returns its exports.
   *
   * @param main a module; all imports are lines such as <code>import { a, b } from './dom.js';
   *     </code>, all exports are declared as such
   */
  public static String bundle(String main) throws IOException {
    StringBuilder script = new StringBuilder();
    for (String name : SCRIPTS) {
      append(script, "const " + variable(name.replace(".js", "")) + " = ", text(name));
    }
    append(script, "", main);
    return script.toString();
  }

  private static void append(StringBuilder script, String result, String module) {
    String exports =
        EXPORT.matcher(module).results().map(m -> m.group(2)).collect(Collectors.joining(", "));
    String body = EXPORT.matcher(module).replaceAll("$1 $2");
    body =
        IMPORT
            .matcher(body)
            .replaceAll(m -> "const {" + m.group(1) + "} = " + variable(m.group(2)) + ";");
    script.append(result).append("(() => {\n").append(body);
    script.append("return { ").append(exports).append(" };\n})();\n");
  }

  private static String variable(String module) {
    return "module_" + module;
  }

  private static byte[] bytes(InputStream in, String name) throws IOException {
    if (in == null) {
      throw new IOException("the class path lacks " + name);
    }
    return in.readAllBytes();
  }
}
