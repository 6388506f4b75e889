package io.millrace.runs.page;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The fixed files of the page, from the class path. Only listed files are served. */
final class Assets {

  private static final String CHART = "META-INF/maven/org.webjars.npm/chart.js/pom.properties";

  private static final List<String> OWN =
      List.of(
          "page.css",
          "icon.svg",
          "page.js",
          "store.js",
          "dom.js",
          "format.js",
          "charts.js",
          "labels.js",
          "flow.js",
          "arms.js",
          "drift.js",
          "rows.js",
          "alerts.js",
          "models.js",
          "search.js",
          "warnings.js");

  private Assets() {}

  /** All files by the path of their request. */
  static Map<String, byte[]> load() throws IOException {
    Map<String, byte[]> assets = new LinkedHashMap<>();
    assets.put("/", own("page.html"));
    for (String name : OWN) {
      assets.put("/" + name, own(name));
    }
    assets.put("/chart.umd.js", chartLibrary());
    return assets;
  }

  /** Content type of the file of a path. */
  static String type(String path) {
    if (path.endsWith(".js")) {
      return "text/javascript; charset=utf-8";
    }
    if (path.endsWith(".css")) {
      return "text/css; charset=utf-8";
    }
    return path.endsWith(".svg") ? "image/svg+xml" : "text/html; charset=utf-8";
  }

  private static byte[] own(String name) throws IOException {
    try (InputStream in = Assets.class.getResourceAsStream(name)) {
      return bytes(in, name);
    }
  }

  /** Chart.js, whose folder in its jar is named by its version. */
  private static byte[] chartLibrary() throws IOException {
    ClassLoader loader = Assets.class.getClassLoader();
    Properties pom = new Properties();
    try (InputStream in = loader.getResourceAsStream(CHART)) {
      if (in == null) {
        throw new IOException("the class path lacks org.webjars.npm:chart.js");
      }
      pom.load(in);
    }
    String name =
        "META-INF/resources/webjars/chart.js/"
            + pom.getProperty("version")
            + "/dist/chart.umd.min.js";
    try (InputStream in = loader.getResourceAsStream(name)) {
      return bytes(in, name);
    }
  }

  private static byte[] bytes(InputStream in, String name) throws IOException {
    if (in == null) {
      throw new IOException("the jar lacks " + name);
    }
    return in.readAllBytes();
  }
}
