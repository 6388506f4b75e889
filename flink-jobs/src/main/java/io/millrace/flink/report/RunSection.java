package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Where the events and the time went, and what is needed to run the same again. */
final class RunSection {

  /** Facts longer than this fold away. */
  private static final int LONG_FACT = 120;

  private RunSection() {}

  static void counts(Html page, List<Counts> counts) {
    if (counts.isEmpty()) {
      return;
    }
    page.raw("<section><h2>Where the events went</h2>");
    for (Counts count : counts) {
      String css = count.balanced() ? "identity good" : "identity bad";
      String verdict = count.balanced() ? "✓ adds up" : "✗ does not add up";
      page.raw("<p class=\"" + css + "\">")
          .element("strong", verdict)
          .text(" " + (count.what().isEmpty() ? "" : count.what() + ": ") + count.identity())
          .raw(" <span>read = trained + rejected + dropped as late</span></p>");
    }
    page.numbers("Events", "", "read", "trained", "of these late", "rejected", "dropped as late");
    counts.forEach(count -> countRow(page, count));
    page.endTable();
    rejects(page, counts);
    page.raw("</section>\n");
  }

  private static void countRow(Html page, Counts count) {
    page.row(
        count.what().isEmpty() ? "all" : count.what(),
        Format.count(count.read()),
        Format.count(count.trained()),
        Format.count(count.lateTrained()),
        Format.count(count.rejected()),
        Format.count(count.droppedLate()));
  }

  private static void rejects(Html page, List<Counts> counts) {
    Map<String, Double> reasons = new TreeMap<>();
    counts.forEach(c -> c.rejects().forEach((why, n) -> reasons.merge(why, n, Double::sum)));
    if (reasons.isEmpty()) {
      return;
    }
    page.numbers("Rejected events by reason", "reason", "events");
    reasons.forEach((why, n) -> page.row(why, Format.count(n)));
    page.endTable();
  }

  static void seconds(Html page, List<Counts> counts) {
    Map<String, Double> parts =
        counts.stream()
            .flatMap(c -> c.seconds().entrySet().stream())
            .filter(e -> Double.isFinite(e.getValue()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Double::sum));
    if (parts.isEmpty()) {
      return;
    }
    double most = parts.values().stream().mapToDouble(v -> v).max().orElse(1);
    double sum = parts.values().stream().mapToDouble(v -> v).sum();
    page.raw("<section><h2>Where the time went</h2>");
    page.raw("<p>Busy seconds of each part; parts that run side by side add up to more than the ")
        .raw("time on the clock.</p>");
    page.numbers("Seconds by part", "part", "seconds", "share", "");
    parts.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(part -> bar(page, part.getKey(), part.getValue(), sum, most));
    page.endTable().raw("</section>\n");
  }

  private static void bar(Html page, String part, double seconds, double sum, double most) {
    page.raw("<tr>")
        .element("th scope=\"row\"", part)
        .element("td", Format.seconds(seconds))
        .element("td", Format.percent(seconds / sum))
        .raw("<td class=\"barcell\"><div class=\"hbar\" style=\"width:")
        .raw(String.format(Locale.ROOT, "%.1f", most > 0 ? 100 * seconds / most : 0))
        .raw("%\"></div></td></tr>\n");
  }

  static void facts(Html page, JsonNode run) {
    if (run.isEmpty()) {
      return;
    }
    page.raw("<section><h2>The run</h2>");
    page.texts("Facts of the run", "what", "value");
    Json.entries(run).stream()
        .filter(fact -> !folded(fact.getValue()))
        .forEach(fact -> page.row(words(fact.getKey()), Json.text(run, fact.getKey())));
    page.endTable();
    Json.entries(run).stream()
        .filter(fact -> folded(fact.getValue()))
        .forEach(
            fact ->
                page.raw("<details>")
                    .element("summary", words(fact.getKey()))
                    .element("pre tabindex=\"0\"", pretty(fact.getValue()))
                    .raw("</details>"));
    page.raw("</section>\n");
  }

  private static String pretty(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toPrettyString();
  }

  private static boolean folded(JsonNode value) {
    return value.isObject() || value.toString().length() > LONG_FACT;
  }

  private static String words(String key) {
    return key.replace('_', ' ');
  }
}
