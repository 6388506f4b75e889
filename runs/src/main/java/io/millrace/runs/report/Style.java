package io.millrace.runs.report;

/**
 * The look of a series: a colour, a dash and a marker, which the shared scripts choose by a number.
 * An arm has the same look in every chart.
 *
 * @param look number of the look from 0, or -1 for a dashed line in the colour of the text
 * @param thin whether the line is thin and dotted, without markers
 */
record Style(int look, boolean thin) {

  /** The style of the i-th series. */
  static Style of(int i) {
    return new Style(i, false);
  }

  /** A dashed line without markers, in the colour of the text: a floor or a threshold. */
  static Style reference() {
    return new Style(-1, false);
  }

  /** The i-th series' floor: its colour, thin and dotted, without markers. */
  static Style floorOf(int i) {
    return new Style(i, true);
  }

  /** The attributes from which the page's script makes the symbol beside a name. */
  String attributes() {
    return " data-look=\"" + look + "\"" + (thin ? " data-thin" : "");
  }
}
