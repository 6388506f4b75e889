package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.verdict.ArmFigures;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The arms of a run as a table for a terminal; the figures are those of the report. */
public final class ArmTable {

  /** Index of the column of linear parts, which is shown if any arm has one. */
  private static final int LINEAR = 3;

  /** Index of the column of pruned weights, which is shown if any arm prunes. */
  private static final int PRUNED = 5;

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
            "linear",
            "total",
            "pruned",
            "AUC",
            "NE",
            "d AUC",
            "d NE",
            "against modulo"));
    comparison.arms().forEach(arm -> lines.add(line(comparison, arm)));
    boolean pruned =
        any(comparison, arm -> !Double.isNaN(comparison.newest(arm, ArmFigures::pruned)));
    boolean linear = any(comparison, arm -> comparison.newest(arm, MetricColumns.LINEAR_BYTES) > 0);
    Set<Integer> without = new HashSet<>();
    if (!pruned) {
      without.add(PRUNED);
    }
    if (!linear) {
      without.add(LINEAR);
    }
    String leftOut =
        comparison.leftOut().stream().map(line -> line + "\n").collect(Collectors.joining());
    return layOut(lines, without) + note(comparison, pruned, linear) + leftOut;
  }

  private static boolean any(Comparison comparison, Predicate<String> holds) {
    return comparison.arms().stream().anyMatch(holds);
  }

  private static List<String> line(Comparison comparison, String arm) {
    Comparison.Base base = comparison.baseOf(arm);
    return List.of(
        arm,
        Format.bytes(comparison.newest(arm, MetricColumns.EMBEDDING_BYTES)),
        Format.bytes(comparison.newest(arm, MetricColumns.MAP_BYTES)),
        Format.bytes(comparison.newest(arm, MetricColumns.LINEAR_BYTES)),
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
   * All columns except some, as wide as their widest cell: names to the left, figures to the right.
   */
  private static String layOut(List<List<String>> lines, Set<Integer> without) {
    StringBuilder out = new StringBuilder();
    int last = lines.get(0).size() - 1;
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int c = 0; c <= last; c++) {
        if (without.contains(c)) {
          continue;
        }
        int column = c;
        int width = lines.stream().mapToInt(l -> l.get(column).length()).max().orElse(0);
        String cell = line.get(c);
        String space = " ".repeat(width - cell.length());
        text.append(c == 0 || c == last ? cell + space : space + cell).append("  ");
      }
      out.append(Format.ascii(text.toString().stripTrailing())).append('\n');
    }
    return out.toString();
  }

  private static String note(Comparison comparison, boolean pruned, boolean linear) {
    return String.format(
        Locale.ROOT,
        "AUC and NE: predictions made before learning, mean over the last %d of %d windows"
            + " by their events, %d seed%s;%n"
            + "d: same seeds and events, +- spread over seeds. Bytes: %s as served%s%n",
        comparison.lateWindows().size(),
        comparison.windows().size(),
        comparison.seeds(),
        comparison.seeds() == 1 ? "" : "s",
        linear ? "rows, map and linear part" : "rows and map",
        pruned
            ? ";\npruned: share of all weights that are 0; served as a bit each, or not at all in ids without others"
            : "");
  }
}
