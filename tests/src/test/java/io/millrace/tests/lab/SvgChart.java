package io.millrace.tests.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.runs.look.Look;
import java.io.IOException;
import java.util.Map;
import javax.script.ScriptEngine;
import javax.script.ScriptException;
import org.openjdk.nashorn.api.scripting.NashornScriptEngineFactory;

/**
 * Draws charts as SVG without a browser: the library of the live page and the report, Apache
 * ECharts, in its mode for servers. Equal options give equal text.
 */
final class SvgChart {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The timers of a browser, which a chart without animation does not need. */
  private static final String BROWSER =
      "var setTimeout=function(){};var clearTimeout=function(){};var setInterval=function(){};";

  private static SvgChart shared;

  private final ScriptEngine engine;

  private SvgChart() throws IOException {
    engine =
        new NashornScriptEngineFactory()
            .getScriptEngine("--language=es6", "--optimistic-types=false");
    run(BROWSER);
    run(new String(Look.library(), UTF_8));
  }

  /** The one that has loaded the library, which takes some seconds. */
  static synchronized SvgChart shared() throws IOException {
    if (shared == null) {
      shared = new SvgChart();
    }
    return shared;
  }

  /**
   * Draws a chart.
   *
   * @param option as of ECharts, without functions
   * @param width pixels
   * @param height pixels
   */
  String draw(Map<String, Object> option, int width, int height) throws JsonProcessingException {
    String drawing =
        """
        (function() {
          var chart = echarts.init(null, null, {renderer: 'svg', ssr: true, width: %d, height: %d});
          chart.setOption(%s);
          return chart.renderToSVGString();
        })()
        """;
    return run(drawing.formatted(width, height, JSON.writeValueAsString(option)))
            .replaceAll("zr\\d+-", "zr-")
            .strip()
        + "\n";
  }

  private String run(String script) {
    try {
      return String.valueOf(engine.eval(script));
    } catch (ScriptException e) {
      throw new IllegalStateException("ECharts cannot draw", e);
    }
  }
}
