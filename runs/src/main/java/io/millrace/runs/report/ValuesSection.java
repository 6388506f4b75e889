package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.ValueColumns;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import io.millrace.runs.verdict.Totals;
import java.util.List;

/** The most frequent values of each compressed field, as they are in the events. */
final class ValuesSection {

  private static final int NAMED = 5;

  private ValuesSection() {}

  static void write(Html page, RunData files, Drift drift, Totals totals) {
    List<String> fields =
        drift.compressed().stream().filter(f -> !hottest(files, f).isEmpty()).toList();
    if (fields.isEmpty()) {
      return;
    }
    page.section("Hottest values")
        .element(
            "p",
            "The "
                + NAMED
                + " most frequent values of each compressed field whose counts are known.")
        .raw("<div class=\"many\">");
    for (String field : fields) {
      page.numbers(field, "value", "views", "share");
      hottest(files, field).forEach(value -> row(page, value, totals));
      page.endTable();
    }
    page.raw("</div>").endSection();
  }

  private static List<JsonNode> hottest(RunData files, String field) {
    return files.values().stream()
        .filter(value -> ValueColumns.FIELD.textIn(value).equals(field))
        .filter(v -> ValueColumns.telling(ValueColumns.COUNT.wholeIn(v), error(v)))
        .limit(NAMED)
        .toList();
  }

  /** Occurrences that may have been missed; 0 in files of older versions. */
  private static long error(JsonNode value) {
    return value.has("error") ? ValueColumns.ERROR.wholeIn(value) : 0;
  }

  private static void row(Html page, JsonNode value, Totals totals) {
    String text = ValueColumns.VALUE.textIn(value);
    double views = ValueColumns.COUNT.numberIn(value);
    String atLeast = error(value) == 0 ? "" : "at least ";
    page.raw("<tr>")
        .element(
            "th scope=\"row\" title=\"id " + ValueColumns.ID.wholeIn(value) + "\"",
            ValueColumns.FIELD.textIn(value) + (text.isEmpty() ? " missing" : "=" + text))
        .element("td", atLeast + Format.count(views))
        .element(
            "td", totals == null ? Format.NONE : atLeast + Format.percent(views / totals.read()))
        .raw("</tr>\n");
  }
}
