package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.MetricColumns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The arms of a run as a table for a terminal; the figures are those of the report. */
public final class ArmTable {

  /** Index of the column of pruned weights, which is shown if any arm prunes. */
  private static final int PRUNED = 4;

  private ArmTable() {}

  /**
   * Reads a run and makes the table of its arms.
   *
   * @return the lines in plain ASCII, with line breaks; a sentence if there are no metrics yet
   */
  public static String of(Path runDir) throws IOException {
    Comparison comparison = new Comparison(RunData.read(runDir));
    if (comparison.isEmpty()) {
      return "no window has closed yet\n";
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(
        List.of(
            "arm",
            "rows",
            "map",
            "total",
            "pruned",
            "AUC",
            "NE",
            "d AUC",
            "d NE",
            "against modulo"));
    comparison.arms().forEach(arm -> lines.add(line(comparison, arm)));
    boolean pruned =
        comparison.arms().stream()
            .anyMatch(arm -> !Double.isNaN(comparison.newest(arm, ArmFigures::pruned)));
    String leftOut =
        comparison.leftOut().stream().map(line -> line + "\n").collect(Collectors.joining());
    return layOut(lines, pruned ? -1 : PRUNED) + note(comparison, pruned) + leftOut;
  }

  private static List<String> line(Comparison comparison, String arm) {
    Comparison.Base base = comparison.baseOf(arm);
    return List.of(
        arm,
        Format.bytes(comparison.newest(arm, MetricColumns.EMBEDDING_BYTES)),
        Format.bytes(comparison.newest(arm, MetricColumns.MAP_BYTES)),
        Format.bytes(comparison.newest(arm, ArmFigures::totalBytes)),
        Format.percent(comparison.newest(arm, ArmFigures::pruned)),
        Format.score(comparison.late(arm, MetricColumns.AUC).mean()),
        Format.score(comparison.late(arm, MetricColumns.NE).mean()),
        difference(comparison, arm, base, MetricColumns.AUC),
        difference(comparison, arm, base, MetricColumns.NE),
        base == null ? "" : base.text());
  }

  private static String difference(
      Comparison comparison, String arm, Comparison.Base base, ToDoubleFunction<JsonNode> value) {
    return base == null ? "" : Format.signed(comparison.difference(arm, base.arm(), value));
  }

  /**
   * All columns except one, as wide as their widest cell: names to the left, figures to the right.
   */
  private static String layOut(List<List<String>> lines, int without) {
    StringBuilder out = new StringBuilder();
    int last = lines.get(0).size() - 1;
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int c = 0; c <= last; c++) {
        if (c == without) {
          continue;
        }
        int column = c;
        int width = lines.stream().mapToInt(l -> l.get(column).length()).max().orElse(0);
        String cell = line.get(c);
        String space = " ".repeat(width - cell.length());
        text.append(c == 0 || c == last ? cell + space : space + cell).append("  ");
      }
      out.append(ascii(text.toString().stripTrailing())).append('\n');
    }
    return out.toString();
  }

  /** The text in ASCII for all terminals, with the same width. */
  private static String ascii(String text) {
    return text.replace('−', '-').replace('–', '-').replace(" ± ", " +-");
  }

  private static String note(Comparison comparison, boolean pruned) {
    return String.format(
        Locale.ROOT,
        "AUC and NE: predictions made before learning, mean over the last %d of %d windows"
            + " by their events, %d seed%s;%n"
            + "d: same seeds and events, +- spread over seeds. Bytes: rows and map as served%s%n",
        comparison.lateWindows().size(),
        comparison.windows().size(),
        comparison.seeds(),
        comparison.seeds() == 1 ? "" : "s",
        pruned
            ? ";\npruned: share of all weights that are 0; served as a bit each, or not at all in ids without others"
            : "");
  }
}
