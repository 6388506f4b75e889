package io.millrace.runs.verdict;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Formats figures as text; an unknown figure is a dash. */
public final class Format {

  public static final String NONE = "–";

  private static final DateTimeFormatter DAY = formatter("d MMM");
  private static final DateTimeFormatter MINUTE = formatter("d MMM HH:mm");
  private static final DateTimeFormatter FULL = formatter("yyyy-MM-dd HH:mm");
  private static final long DAY_MS = 86_400_000;

  private Format() {}

  /** Four decimals. */
  public static String score(double value) {
    return format("%.4f", value);
  }

  /** Three decimals. */
  public static String share(double value) {
    return format("%.3f", value);
  }

  /** Four decimals with sign, and the spread if there is one. */
  public static String signed(Comparison.Figure figure) {
    if (!figure.known()) {
      return NONE;
    }
    String mean = signed(figure.mean());
    return Double.isNaN(figure.deviation())
        ? mean
        : mean + String.format(Locale.ROOT, " ± %.4f", figure.deviation());
  }

  /** Four decimals with sign; without one where they are zeros. */
  public static String signed(double value) {
    String text = format("%+.4f", value);
    return text.equals("+0.0000") ? text.substring(1) : text.replace('-', '−');
  }

  /** The text in ASCII, for all terminals. */
  public static String ascii(String text) {
    return text.replace('−', '-').replace('–', '-').replace(" ± ", " +-");
  }

  /** A whole number with thousands separators. */
  public static String count(double value) {
    return format("%,.0f", value);
  }

  /** A share in per cent, with up to one decimal below ten. */
  public static String percent(double share) {
    double percent = share * 100;
    boolean whole = Math.abs(percent) >= 9.95 || Math.abs(percent - Math.rint(percent)) < .05;
    return format(whole ? "%.0f %%" : "%.1f %%", percent).replace('-', '−');
  }

  /** Decimal units: 1 kB is 1,000 bytes. */
  public static String bytes(double bytes) {
    if (!Double.isFinite(bytes)) {
      return NONE;
    }
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    String pattern =
        unit == 0 || value >= 99.95 ? "%.0f %s" : value >= 9.995 ? "%.1f %s" : "%.2f %s";
    return String.format(Locale.ROOT, pattern, value, units[unit]);
  }

  public static String seconds(double seconds) {
    return format(seconds < 10 ? "%.2f s" : "%,.0f s", seconds);
  }

  /** UTC time to the minute. */
  public static String time(long ms) {
    return FULL.format(Instant.ofEpochMilli(ms));
  }

  /** Without a minus where only zeros follow. */
  private static String format(String pattern, double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, pattern, value).replaceFirst("^-(?=[0.]+(\\D*)$)", "")
        : NONE;
  }

  /** Labels of windows in UTC: days where all start at midnight, else days and minutes. */
  public static List<String> windows(List<Long> starts) {
    boolean days = starts.stream().allMatch(s -> Math.floorMod(s, DAY_MS) == 0);
    DateTimeFormatter format = days ? DAY : MINUTE;
    return starts.stream().map(s -> format.format(Instant.ofEpochMilli(s))).toList();
  }

  private static DateTimeFormatter formatter(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
  }
}
