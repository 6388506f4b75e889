package io.millrace.runs.page;

import io.millrace.runs.look.Look;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fixed files of the page, from the class path. Only listed files are served. */
final class Assets {

  private static final List<String> OWN =
      List.of(
          "page.css",
          "icon.svg",
          "page.js",
          "store.js",
          "flow.js",
          "arms.js",
          "drift.js",
          "rows.js",
          "alerts.js",
          "models.js",
          "search.js",
          "verdict.js",
          "warnings.js");

  private Assets() {}

  /** All files by the path of their request. */
  static Map<String, byte[]> load() throws IOException {
    Map<String, byte[]> assets = new LinkedHashMap<>();
    assets.put("/", own("page.html"));
    for (String name : OWN) {
      assets.put("/" + name, own(name));
    }
    for (String name : Look.SCRIPTS) {
      assets.put("/" + name, Look.file(name));
    }
    assets.put("/" + Look.STYLE, Look.file(Look.STYLE));
    assets.put("/echarts.js", Look.library());
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

  private static byte[] bytes(InputStream in, String name) throws IOException {
    if (in == null) {
      throw new IOException("the jar lacks " + name);
    }
    return in.readAllBytes();
  }
}
