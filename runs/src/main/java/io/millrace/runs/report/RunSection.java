package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.RejectColumns;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import io.millrace.runs.verdict.Totals;
import java.util.Map;

/** Event totals, CPU times, and the facts that are needed to repeat the run. */
final class RunSection {

  private RunSection() {}

  static void totals(Html page, RunData files, Totals totals) {
    if (totals == null) {
      return;
    }
    String css = totals.balanced() ? "identity good" : "identity bad";
    page.section("Where the events went")
        .raw("<p class=\"" + css + "\">")
        .element("strong", totals.balanced() ? "✓ adds up" : "✗ does not add up")
        .text(" " + totals.identity())
        .raw(" <span>read = trained + rejected + dropped as late</span></p>");
    page.numbers(
        "Events",
        "",
        "read",
        "trained",
        "of these late",
        "rejected",
        "dropped as late",
        "lost, not read");
    page.row(
        totals.complete() ? "all" : "so far",
        Format.count(totals.read()),
        Format.count(totals.trained()),
        Format.count(totals.lateTrained()),
        Format.count(totals.rejected()),
        Format.count(totals.droppedLate()),
        Format.count(totals.lost()));
    page.endTable();
    rejects(page, files, totals);
    page.endSection();
  }

  private static void rejects(Html page, RunData files, Totals totals) {
    if (!totals.rejects().isEmpty()) {
      page.numbers("Rejected events by reason", "reason", "events");
      totals.rejects().forEach((why, n) -> page.row(words(why), Format.count(n)));
      page.endTable();
    }
    if (!files.rejects().isEmpty()) {
      page.raw("<details><summary>First rejected events</summary>");
      page.texts("First rejected events", "where", "reason", "message");
      for (JsonNode reject : files.rejects()) {
        page.row(
            place(reject),
            words(RejectColumns.REASON.textIn(reject)),
            RejectColumns.MESSAGE.textIn(reject));
      }
      page.endTable().raw("</details>");
    }
  }

  /** A row of a file, or a place in the events topic. */
  private static String place(JsonNode reject) {
    if (RejectColumns.ROW.in(reject).isNumber()) {
      String row = "row " + Format.count(RejectColumns.ROW.numberIn(reject));
      String file = RejectColumns.FILE.textIn(reject);
      return file.isEmpty() ? row : row + " of " + file;
    }
    return "partition %s, offset %s"
        .formatted(
            Format.count(RejectColumns.PARTITION.numberIn(reject)),
            Format.count(RejectColumns.OFFSET.numberIn(reject)));
  }

  static void seconds(Html page, RunData files, Totals totals) {
    if (totals == null || totals.seconds().isEmpty()) {
      return;
    }
    Map<String, Double> stages = totals.seconds();
    double sum = stages.values().stream().mapToDouble(v -> v).sum();
    JsonNode seeds = files.run().path("seeds");
    String seed = seeds.size() > 1 ? ", seed " + seeds.get(0).asText() + " alone" : "";
    page.section("Time spent per stage");
    page.element(
        "p",
        "CPU seconds of each stage%s: without time spent waiting, and without threads of Kafka, Flink or an engine. Stages may have run in parallel."
            .formatted(seed));
    page.numbers("CPU seconds by stage", "stage", "seconds", "share");
    stages.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(
            stage ->
                page.row(
                    words(stage.getKey()),
                    Format.seconds(stage.getValue()),
                    Format.percent(stage.getValue() / sum)));
    page.row("sum", Format.seconds(sum), Format.percent(1));
    page.endTable().endSection();
  }

  static void facts(Html page, JsonNode run) {
    if (run.isEmpty()) {
      return;
    }
    page.section("The run");
    page.texts("Facts of the run", "what", "value");
    for (Map.Entry<String, JsonNode> fact : run.properties()) {
      if (!fact.getKey().equals("config")) {
        fact(page, words(fact.getKey()), fact.getValue());
      }
    }
    page.endTable()
        .raw("<details><summary>The job file with every default</summary>")
        .element("pre tabindex=\"0\"", run.path("config").toPrettyString())
        .raw("</details>")
        .endSection();
  }

  /** A row, or one for each member of an object. */
  private static void fact(Html page, String name, JsonNode value) {
    if (value.isObject()) {
      value.properties().forEach(e -> fact(page, name + ": " + words(e.getKey()), e.getValue()));
    } else {
      page.row(name, value.isArray() ? value.toString() : value.asText());
    }
  }

  private static String words(String key) {
    return key.replace('_', ' ');
  }
}
