package io.millrace.flink.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.LongSupplier;

/**
 * Shows the progress of long work: on a terminal a bar below the printed lines, elsewhere a plain
 * line every ten seconds.
 *
 * <pre>
 *  train  [###########.........]  52 %  832,000 events  41,203 / s  19 s left
 * </pre>
 *
 * <p>Rate and time left come from the last ten seconds or so, because the speed changes while maps
 * are built. All methods may be called from any thread; {@link #at} is cheap enough for every
 * event.
 */
final class Progress implements AutoCloseable {

  /** System property: width of the terminal behind standard error; the launcher sets it. */
  static final String COLUMNS = "millrace.columns";

  private static final String TERMINAL = "millrace.terminal";

  private static final long REDRAW_MS = 250;
  private static final long LINE_MS = 10_000;
  private static final double RATE_SECONDS = 10;
  private static final int MOST_CELLS = 30;
  private static final int LEAST_CELLS = 5;
  private static final String CLEAR = "\r\u001b[K";

  /** The progress at one time. */
  private record Sample(double seconds, double share, long count) {}

  private final String what;
  private final String unit;
  private final PrintWriter lines;
  private final PrintWriter terminal;
  private final int columns;
  private final LongSupplier nanos;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private final Timer timer = new Timer("millrace-progress", true);
  private volatile Sample now;

  /**
   * Progress that is drawn by {@link #show} only; {@link #start} also draws it periodically.
   *
   * @param what names the work, one word
   * @param unit names what is counted, plural
   * @param lines receives lines
   * @param terminal receives the bar
   * @param columns width of the terminal; 0 for no terminal
   * @param nanos the clock, ns
   */
  Progress(
      String what,
      String unit,
      PrintWriter lines,
      PrintWriter terminal,
      int columns,
      LongSupplier nanos) {
    this.what = what;
    this.unit = unit;
    this.lines = lines;
    this.terminal = terminal;
    this.columns = columns;
    this.nanos = nanos;
    at(0, 0);
    samples.add(now);
  }

  /** Whether the launcher was started at a terminal, which shows what the command prints. */
  static boolean onTerminal() {
    return Boolean.getBoolean(TERMINAL);
  }

  /** Shows the progress of work periodically, until it is closed. */
  static Progress start(String what, String unit, PrintWriter lines) {
    Progress progress =
        new Progress(
            what,
            unit,
            lines,
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            Integer.getInteger(COLUMNS, 0),
            System::nanoTime);
    long period = progress.columns > 0 ? REDRAW_MS : LINE_MS;
    progress.timer.scheduleAtFixedRate(
        new TimerTask() {
          @Override
          public void run() {
            progress.show();
          }
        },
        period,
        period);
    return progress;
  }

  /**
   * Sets the progress.
   *
   * @param share of the whole work, 0 to 1; NaN if it is unknown, and then not shown
   * @param count in units
   */
  void at(double share, long count) {
    now = new Sample(nanos.getAsLong() / 1e9, share, count);
  }

  /** Prints a line above the bar. */
  synchronized void println(String line) {
    clear();
    lines.println(line);
    if (columns > 0) {
      draw();
    }
  }

  /** Draws the bar, or prints a line. */
  synchronized void show() {
    double seconds = nanos.getAsLong() / 1e9;
    Sample last = now;
    samples.add(new Sample(seconds, last.share, last.count));
    while (samples.size() > 2 && seconds - samples.peek().seconds > RATE_SECONDS) {
      samples.remove();
    }
    if (columns > 0) {
      draw();
    } else {
      lines.println(what + ": " + figures());
    }
  }

  private void draw() {
    String head = " " + what + "  ";
    String tail = "  " + figures();
    int cells = Math.min(MOST_CELLS, columns - 3 - head.length() - tail.length());
    String bar = cells < LEAST_CELLS || Double.isNaN(now.share) ? "" : "[" + cells(cells) + "]";
    String all = head + bar + tail;
    terminal.print("\r" + all.substring(0, Math.min(all.length(), columns - 1)) + "\u001b[K");
    terminal.flush();
  }

  private String cells(int n) {
    int full = (int) (n * Math.min(1, now.share));
    return "#".repeat(full) + ".".repeat(n - full);
  }

  private String figures() {
    Sample first = samples.peekFirst();
    Sample last = samples.peekLast();
    double seconds = last.seconds - first.seconds;
    StringBuilder text = new StringBuilder();
    if (!Double.isNaN(now.share)) {
      text.append(String.format(Locale.ROOT, "%.0f %%  ", 100 * now.share));
    }
    text.append(String.format(Locale.ROOT, "%,d %s", now.count, unit));
    if (last.count > first.count) {
      text.append(String.format(Locale.ROOT, "  %,.0f / s", (last.count - first.count) / seconds));
    }
    if (last.share > first.share) {
      text.append("  ")
          .append(duration((1 - last.share) * seconds / (last.share - first.share)))
          .append(" left");
    }
    return text.toString();
  }

  /** Seconds as text: {@code 19 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
  static String duration(double seconds) {
    long s = Math.round(seconds);
    if (s < 60) {
      return s + " s";
    }
    return s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s % 3600 / 60 + " min";
  }

  private void clear() {
    if (columns > 0) {
      terminal.print(CLEAR);
      terminal.flush();
    }
  }

  /** Removes the bar. */
  @Override
  public void close() {
    timer.cancel();
    synchronized (this) {
      clear();
    }
  }
}
