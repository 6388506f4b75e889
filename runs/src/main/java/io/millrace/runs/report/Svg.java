package io.millrace.runs.report;

import java.util.Locale;

/** Numbers and shapes that all charts share. */
final class Svg {

  private Svg() {}

  /** A coordinate with one decimal. */
  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  static String line(String css, double x1, double y1, double x2, double y2) {
    return String.format(
        Locale.ROOT,
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        css,
        x1,
        y1,
        x2,
        y2);
  }

  /** A label; {@code anchor} is start, middle or end. */
  static String label(String css, double x, double y, String anchor, String text) {
    return String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">",
            css,
            x,
            y,
            anchor)
        + Html.escape(text)
        + "</text>";
  }

  /** What a legend shows beside a name. */
  static String swatch(Style style) {
    return "<svg class=\"swatch "
        + style.css()
        + "\" viewBox=\"0 0 34 14\" aria-hidden=\"true\"><line class=\"l\" x1=\"1\" y1=\"7\" x2=\"33\""
        + " y2=\"7\" stroke-dasharray=\""
        + style.dash()
        + "\"/>"
        + style.markerAt(17, 7)
        + "</svg>";
  }
}
