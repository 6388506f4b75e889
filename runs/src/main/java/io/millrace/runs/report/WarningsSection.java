package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.WarningColumns;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Warnings, by kind: the work went on, but its user must know. */
final class WarningsSection {

  /** Warnings of a kind that are shown; all are counted. */
  private static final int SHOWN = 5;

  private WarningsSection() {}

  static void write(Html page, RunData files) {
    if (files.warnings().isEmpty()) {
      return;
    }
    Map<String, List<JsonNode>> kinds = new LinkedHashMap<>();
    for (JsonNode line : files.warnings()) {
      kinds.computeIfAbsent(WarningColumns.KIND.textIn(line), k -> new ArrayList<>()).add(line);
    }
    page.section("Warnings", "%,d".formatted(files.warnings().size())).raw("<ul>");
    kinds.values().forEach(lines -> kind(page, lines));
    page.raw("</ul>").endSection();
  }

  private static void kind(Html page, List<JsonNode> lines) {
    for (JsonNode line : lines.subList(0, Math.min(SHOWN, lines.size()))) {
      page.element(
          "li",
          Format.time(WarningColumns.TIME.wholeIn(line))
              + ": "
              + WarningColumns.MESSAGE.textIn(line));
    }
    if (lines.size() > SHOWN) {
      String kind = WarningColumns.KIND.textIn(lines.get(0)).replace('_', ' ');
      page.element("li", "and " + (lines.size() - SHOWN) + " more of kind " + kind + ".");
    }
  }
}
