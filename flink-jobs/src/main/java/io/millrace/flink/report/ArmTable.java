package io.millrace.flink.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The arms of a run as a table for a terminal; the figures are those of the report. */
public final class ArmTable {

  private ArmTable() {}

  /**
   * Reads a run and lays its arms out.
   *
   * @return lines with their ends; says so if there are no metrics yet
   */
  public static String of(Path runDir) throws IOException {
    Comparison comparison = new Comparison(RunFiles.read(runDir));
    if (comparison.isEmpty()) {
      return "no window has closed yet\n";
    }
    StringBuilder out = new StringBuilder();
    line(out, "arm", "rows", "serving", "AUC", "NE", "AUC to modulo of equal rows");
    for (String arm : comparison.arms()) {
      String base = comparison.baseOf(arm);
      line(
          out,
          arm,
          Format.count(comparison.newest(arm, WindowRow::rows)),
          Format.bytes(comparison.newest(arm, WindowRow::servingBytes)),
          Format.score(comparison.late(arm, WindowRow::auc).mean()),
          Format.score(comparison.late(arm, WindowRow::ne).mean()),
          base == null || base.equals(arm)
              ? ""
              : base + " " + Format.signed(comparison.difference(arm, base, WindowRow::auc)));
    }
    List<Long> late = comparison.lateWindows();
    out.append(
        String.format(
            Locale.ROOT,
            "AUC and NE: predictions made before learning, mean over the last %d of %d windows,"
                + " %d seed%s%n",
            late.size(),
            comparison.windows().size(),
            comparison.seeds(),
            comparison.seeds() == 1 ? "" : "s"));
    return out.toString();
  }

  private static void line(
      StringBuilder out,
      String arm,
      String rows,
      String serving,
      String auc,
      String ne,
      String difference) {
    String text =
        String.format(
            Locale.ROOT, "%-20s %10s %10s %8s %8s   %s", arm, rows, serving, auc, ne, difference);
    out.append(text.stripTrailing()).append('\n');
  }
}
