package io.millrace.tests.lab;

import io.millrace.tests.lab.loop.MapSwitches;
import io.millrace.tests.lab.loop.Recovery;
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

  /** Events of a sub-window in which losses at switches are measured. */
  private static final int PART = 250;

  /**
   * Loss over the first sub-windows after a switch: of the copy that carries rows and state, and of
   * the others less that, mean over the switches and deviation over seeds.
   *
   * @param day events in a day
   * @param spans how many sub-windows of each day
   */
  static void switches(LabPage page, Results log, int day, int... spans) {
    List<String> head = new ArrayList<>(List.of("arm and what it keeps"));
    for (int span : spans) {
      head.add(Figures.text("%,d events", span * PART));
    }
    List<List<String>> rows = new ArrayList<>();
    for (String arm : log.texts("arm")) {
      for (MapSwitches.Loses loses : MapSwitches.Loses.values()) {
        List<String> row = new ArrayList<>(List.of(arm + ", " + loses.label));
        for (int span : spans) {
          row.add(
              loses == MapSwitches.Loses.NOTHING
                  ? Figures.mean4(
                      afterSwitches(log.where("arm", arm, "loses", loses), day, 0, span))
                  : Figures.change(lost(log.where("arm", arm), loses, day, 0, span)));
        }
        rows.add(row);
      }
    }
    page.table(head, rows);
  }

  /** Loss of a copy less that of the one that loses nothing, of every seed. */
  private static double[] lost(Results arm, MapSwitches.Loses loses, int day, int from, int to) {
    return Figures.less(
        afterSwitches(arm.where("loses", loses), day, from, to),
        afterSwitches(arm.where("loses", MapSwitches.Loses.NOTHING), day, from, to));
  }

  /** Mean over the seeds of what a copy has lost in the first sub-windows after switches, nats. */
  static double lost(Results arm, MapSwitches.Loses loses, int day, int span) {
    return Figures.mean(lost(arm, loses, day, 0, span));
  }

  /** What copies have lost by events since the switch. */
  static Map<String, List<double[]>> switchLines(Results arm, int day) {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (MapSwitches.Loses loses : MapSwitches.Loses.values()) {
      if (loses != MapSwitches.Loses.NOTHING) {
        List<double[]> line = new ArrayList<>();
        for (int from = 0, to = 2; to <= day / PART; from = to, to *= 2) {
          double middle = (from + to) / 2. * PART;
          line.add(new double[] {middle, Figures.mean(lost(arm, loses, day, from, to))});
        }
        lines.put(loses.label, line);
      }
    }
    return lines;
  }

  /** Mean loss in some sub-windows of all days but the first, of every seed. */
  private static double[] afterSwitches(Results of, int day, int from, int to) {
    int parts = day / PART;
    return of.bySeed(
        seed -> {
          double[] losses = seed.numbers("loss");
          double sum = 0;
          int n = 0;
          for (int part = parts; part < losses.length; part++) {
            if (part % parts >= from && part % parts < to) {
              sum += losses[part];
              n++;
            }
          }
          return sum / n;
        });
  }
}
