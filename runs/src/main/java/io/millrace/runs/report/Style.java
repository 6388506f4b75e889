package io.millrace.runs.report;

import java.util.List;
import java.util.Locale;

/**
 * The look of a series: colour (Okabe and Ito's palette, which colour-blind people can
 * distinguish), and dash and marker, which need no colour. An arm has the same look in every chart.
 *
 * @param css class that sets the colour
 * @param dash SVG dash pattern
 * @param marker 0 circle, 1 square, 2 triangle, 3 diamond
 */
record Style(String css, String dash, int marker) {

  private static final List<String> DASHES = List.of("none", "7 4", "2 3", "10 3 2 3");

  /** The style of the i-th series. */
  static Style of(int i) {
    return new Style("c" + i % 8, DASHES.get(i % 4), (i + i / 4) % 4);
  }

  /** A thin dashed line without markers, in the colour of the text: a floor or a threshold. */
  static Style reference() {
    return new Style("ref", "4 4", -1);
  }

  /** The i-th series' floor: its colour, thin and dotted, without markers. */
  static Style floorOf(int i) {
    return new Style("c" + i % 8 + " floor", "2 8", -1);
  }

  /** The marker's SVG at a place. */
  String markerAt(double x, double y) {
    return markerAt(x, y, 1);
  }

  /** The marker's SVG at a place, {@code scale} times as large. */
  String markerAt(double x, double y, double scale) {
    String at =
        String.format(Locale.ROOT, "transform=\"translate(%.1f %.1f) scale(%.1f)\"", x, y, scale);
    return switch (marker) {
      case 0 -> "<circle class=\"m\" r=\"4\" " + at + "/>";
      case 1 -> "<rect class=\"m\" x=\"-3.5\" y=\"-3.5\" width=\"7\" height=\"7\" " + at + "/>";
      case 2 -> "<path class=\"m\" d=\"M0-5 4.8 3.5-4.8 3.5Z\" " + at + "/>";
      case 3 -> "<path class=\"m\" d=\"M0-5 5 0 0 5-5 0Z\" " + at + "/>";
      default -> "";
    };
  }
}
