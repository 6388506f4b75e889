package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Values over the minutes of a run, one panel below the other, as a page that opens from disk. */
final class SoakPicture {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 150;
  private static final int LEFT = 70;
  private static final int TOP = 34;
  private static final int BOTTOM = 22;

  private SoakPicture() {}

  /**
   * One panel.
   *
   * @param values at equal distances over the whole run, NaN where there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // drawn once
  record Panel(String title, double[] values) {}

  /** Writes the page. */
  static void write(Path file, String title, double minutes, List<Panel> panels)
      throws IOException {
    StringBuilder page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>")
        .append(title)
        .append("</title>\n<style>body{font:14px sans-serif;margin:2em;background:#fff;color:#222}")
        .append("svg{display:block}polyline{fill:none;stroke:#0b6e8a;stroke-width:1.5}")
        .append("line{stroke:#ddd}text{font-size:12px}.t{font-size:14px;font-weight:600}</style>\n")
        .append("<h1>")
        .append(title)
        .append("</h1>\n");
    panels.forEach(panel -> page.append(svg(panel, minutes)));
    Files.createDirectories(file.getParent());
    Files.writeString(file, page.append("</html>\n"), UTF_8);
  }

  /** From 0 to a tenth above the greatest value. */
  private static String svg(Panel panel, double minutes) {
    double top = 1.1 * Arrays.stream(panel.values()).filter(Double::isFinite).max().orElse(1);
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\">\n"
            .formatted(WIDTH, HEIGHT, panel.title()));
    svg.append("<text class=\"t\" x=\"0\" y=\"16\">%s</text>\n".formatted(panel.title()));
    for (int i = 0; i <= 2; i++) {
      double y = y(i / 2.0);
      svg.append(line(LEFT, y, WIDTH - 10, y));
      svg.append(text(LEFT - 6, y + 4, "end", label(top * i / 2)));
    }
    for (int i = 0; i <= 6; i++) {
      svg.append(
          text(x(i / 6.0), HEIGHT - 4, "middle", label(minutes * i / 6) + (i == 6 ? " min" : "")));
    }
    svg.append("<polyline points=\"");
    for (int i = 0; i < panel.values().length; i++) {
      double value = panel.values()[i];
      if (Double.isFinite(value)) {
        double share = i / (double) Math.max(1, panel.values().length - 1);
        svg.append("%.1f,%.1f ".formatted(x(share), y(value / top)));
      }
    }
    return svg.append("\"/></svg>\n").toString();
  }

  private static double x(double share) {
    return LEFT + share * (WIDTH - 40 - LEFT);
  }

  private static double y(double share) {
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
  }

  private static String line(double x1, double y1, double x2, double y2) {
    return "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n".formatted(x1, y1, x2, y2);
  }

  private static String text(double x, double y, String anchor, String text) {
    return "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n"
        .formatted(x, y, anchor, text);
  }

  private static String label(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
  }
}
