package io.millrace.tests.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@link ChangeFigures} measured. */
final class ChangePages {

  private static final int DAY_BLOCKS = 30_000 / Recovery.BLOCK;
  private static final int CHANGE = ChangeFigures.DAY * DAY_BLOCKS;

  /** Blocks over which the divergence is averaged: an eighth of a day. */
  static final int SMOOTH = DAY_BLOCKS / 8;

  private ChangePages() {}

  /** Divergence by block, mean over seeds, from the block on at which the results begin. */
  private static double[] curve(Results of) {
    String[] blocks = of.texts("block").toArray(String[]::new);
    double[] mean = new double[Integer.parseInt(blocks[blocks.length - 1]) + 1];
    double[] at = of.numbers("block");
    double[] values = of.numbers("divergence");
    int seeds = of.texts("seed").size();
    for (int i = 0; i < at.length; i++) {
      mean[(int) at[i]] += values[i] / seeds;
    }
    return mean;
  }

  private static double mean(double[] curve, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += curve[i] / (to - from);
    }
    return sum;
  }

  /** What a change costs an arm, and for how long. */
  record Recovered(double before, double rise, long half, long most, double end) {
    static Recovered of(Results of) {
      double[] curve = curve(of);
      double before = mean(curve, CHANGE - DAY_BLOCKS, CHANGE);
      double rise = mean(curve, CHANGE, CHANGE + SMOOTH) - before;
      return new Recovered(
          before,
          rise,
          until(curve, before + rise / 2),
          until(curve, before + rise / 10),
          mean(curve, curve.length - DAY_BLOCKS, curve.length) - before);
    }

    /**
     * Events from the change until the smoothed divergence is no more than a value; -1 if never.
     */
    private static long until(double[] curve, double value) {
      for (int b = CHANGE; b + SMOOTH <= curve.length; b++) {
        if (mean(curve, b, b + SMOOTH) <= value) {
          return (long) (b - CHANGE + SMOOTH / 2) * Recovery.BLOCK;
        }
      }
      return -1;
    }
  }

  /** A table of one world. */
  static void recovery(LabPage page, Results world) {
    List<List<String>> rows = new ArrayList<>();
    for (String arm : world.texts("arm")) {
      Recovered of = Recovered.of(world.where("arm", arm));
      rows.add(
          List.of(
              arm,
              Figures.of(of.before()),
              Figures.signed(of.rise()),
              events(of.half()),
              events(of.most()),
              Figures.signed(of.end())));
    }
    page.table(
        List.of(
            "arm",
            "day before",
            "first eighth of a day",
            "half of it gone after",
            "nine tenths gone after",
            "last day"),
        rows);
  }

  private static String events(long events) {
    return events < 0 ? "not within 4 days" : Figures.text("%,d events", events);
  }

  /** Smoothed divergence against thousands of events since the change, by arm. */
  static Map<String, List<double[]>> recoveryLines(Results world) {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (String arm : world.texts("arm")) {
      double[] curve = curve(world.where("arm", arm));
      List<double[]> line = new ArrayList<>();
      for (int b = CHANGE - DAY_BLOCKS; b + SMOOTH <= curve.length; b += SMOOTH) {
        double events = (b - CHANGE + SMOOTH / 2.) * Recovery.BLOCK / 1e3;
        line.add(new double[] {events, mean(curve, b, b + SMOOTH)});
      }
      lines.put(arm, line);
    }
    return lines;
  }

  /**
   * Loss over the first part of the days after a switch, less that of the copy that carries rows
   * and state, mean over the switches and deviation over seeds.
   *
   * @param perDay sub-windows in a day
   * @param spans how many sub-windows of each day
   */
  static void switches(LabPage page, Results log, int perDay, int perDayEvents, int... spans) {
    List<String> head = new ArrayList<>(List.of("arm", "what is kept"));
    for (int span : spans) {
      head.add(Figures.text("first %,d events", span * perDayEvents / perDay));
    }
    List<List<String>> rows = new ArrayList<>();
    for (String arm : log.texts("arm")) {
      for (MapSwitches.Loses loses : MapSwitches.Loses.values()) {
        List<String> row = new ArrayList<>(List.of(arm, loses.label));
        for (int span : spans) {
          double[] all =
              afterSwitches(
                  log.where("arm", arm, "loses", MapSwitches.Loses.NOTHING), perDay, span);
          double[] of = afterSwitches(log.where("arm", arm, "loses", loses), perDay, span);
          row.add(
              loses == MapSwitches.Loses.NOTHING
                  ? Figures.mean4(of)
                  : Figures.change(Figures.less(of, all)));
        }
        rows.add(row);
      }
    }
    page.table(head, rows);
  }

  /** Mean loss in the first sub-windows of all days but the first, of every seed. */
  private static double[] afterSwitches(Results of, int perDay, int span) {
    return of.bySeed(
        seed -> {
          double[] losses = seed.numbers("loss");
          double sum = 0;
          int n = 0;
          for (int part = perDay; part < losses.length; part++) {
            if (part % perDay < span) {
              sum += losses[part];
              n++;
            }
          }
          return sum / n;
        });
  }
}
