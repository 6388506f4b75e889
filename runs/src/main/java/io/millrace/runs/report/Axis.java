package io.millrace.runs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A linear or logarithmic axis with round ticks, which spans the values of a chart. */
final class Axis {

  /** Share of a step by which a value may lie beyond the last tick. */
  private static final double SLACK = .05;

  private final double low;
  private final double high;
  private final boolean log;
  private final List<Double> ticks = new ArrayList<>();
  private final int decimals;

  private Axis(double low, double high, boolean log, List<Double> ticks, int decimals) {
    this.low = low;
    this.high = high;
    this.log = log;
    this.ticks.addAll(ticks);
    this.decimals = decimals;
  }

  /** An axis whose ends are ticks, in steps of 1, 2 or 5 times a power of ten. */
  static Axis linear(double least, double greatest, int wantedTicks) {
    double from = Double.isFinite(least) ? least : 0;
    double to = Double.isFinite(greatest) && greatest > from ? greatest : from + 1e-3;
    double raw = (to - from) / wantedTicks;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double step =
        raw / power <= 1
            ? power
            : raw / power <= 2 ? 2 * power : raw / power <= 5 ? 5 * power : 10 * power;
    long first = (long) Math.floor(from / step + SLACK);
    long last = (long) Math.ceil(to / step - SLACK);
    List<Double> ticks = new ArrayList<>();
    for (long i = first; i <= last; i++) {
      ticks.add(i * step);
    }
    int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    return new Axis(first * step, last * step, false, ticks, decimals);
  }

  /** A logarithmic axis for positive values, with ticks at round numbers, more of them if short. */
  static Axis logarithmic(double least, double greatest) {
    double low = least / 1.4;
    double high = greatest * 1.4;
    boolean wide = high / low > 10;
    double[] digits =
        wide ? new double[] {1, 2, 5} : new double[] {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7};
    List<Double> ticks = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (double digit : digits) {
        double tick = digit * Math.pow(10, power);
        if (tick >= low && tick <= high) {
          ticks.add(tick);
        }
      }
    }
    return new Axis(low, high, true, ticks, 0);
  }

  /** Position of a value, 0 at the low end and 1 at the high end. */
  double place(double value) {
    return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  }

  List<Double> ticks() {
    return ticks;
  }

  /** A tick's label with as many decimals as the steps need. */
  String label(double tick) {
    return String.format(Locale.ROOT, "%." + decimals + "f", tick == 0 ? 0.0 : tick);
  }
}
