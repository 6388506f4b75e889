package io.millrace.event;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The letters of a pattern of {@link java.time.format.DateTimeFormatter}, and whether they
 * determine a time.
 *
 * <p>A formatter reads as much as its pattern says, and leaves a time open where a letter is
 * absent: {@code hh} without am/pm is one of two hours. A pattern is sound if it determines a time
 * down to its finest letter: a day, a minute, a second or a fraction of a second. A sound pattern
 * without the time of day means midnight.
 */
public final class TimePattern {

  private static final String SOUND_LETTERS = "GuyMLdDEahKHkmsSXxZVp";
  private static final String OF_ZONES = "XxZV";

  /**
   * A run of one letter.
   *
   * @param optional whether it stands between [ and ]
   * @param glued whether it follows another run with nothing between; p is no run in between
   * @param padded whether p before it pads it
   * @param after the pattern after it, without a quote
   */
  private record Run(
      char letter, int length, boolean optional, boolean glued, boolean padded, String after) {

    String text() {
      return String.valueOf(letter).repeat(length);
    }

    boolean isNumber() {
      return "uydDhKHkmsS".indexOf(letter) >= 0 || ("ML".indexOf(letter) >= 0 && length < 3);
    }

    boolean anyWidth() {
      return padded || (isNumber() && (isYear() ? length != 2 : length == 1 && letter != 'S'));
    }

    /** Whether what follows is no part of an offset, or of a zone's id. */
    boolean endsZone() {
      return !after.matches("(?s)[a-zA-Z0-9+:/_~-].*");
    }

    boolean isYear() {
      return letter == 'u' || letter == 'y';
    }
  }

  private final String pattern;
  private final List<Run> runs = new ArrayList<>();
  private final List<String> quoted = new ArrayList<>();
  private final StringBuilder plainYears = new StringBuilder();

  /** The letters of a pattern that DateTimeFormatter accepts. */
  public TimePattern(String pattern) {
    this.pattern = pattern;
    int depth = 0;
    for (int i = 0; i < pattern.length(); ) {
      char c = pattern.charAt(i);
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      int end = c == '\'' ? quote(i) : isLetter(c) ? run(i, depth > 0) : i + 1;
      i = end;
    }
    boolean era = has("G");
    appendPlainYears(era);
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /** Adds the quoted text that starts at {@code from}; returns its end. */
  private int quote(int from) {
    int close = pattern.indexOf('\'', from + 1);
    int end = close < 0 ? pattern.length() : close;
    quoted.add(pattern.substring(from + 1, end));
    return end + 1;
  }

  /** Adds the run of letters that starts at {@code from}; returns its end. */
  private int run(int from, boolean optional) {
    int end = from;
    while (end < pattern.length() && pattern.charAt(end) == pattern.charAt(from)) {
      end++;
    }
    boolean glued = from > 0 && isLetter(pattern.charAt(from - 1));
    Run before = glued ? runs.get(runs.size() - 1) : null;
    boolean padded = glued && before.letter() == 'p';
    boolean joined = padded ? before.glued() : glued;
    String after = pattern.substring(end).replaceFirst("^'", "");
    runs.add(new Run(pattern.charAt(from), end - from, optional, joined, padded, after));
    return end;
  }

  private void appendPlainYears(boolean era) {
    boolean inQuotes = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      inQuotes ^= c == '\'';
      plainYears.append(c == 'y' && !inQuotes && !era ? 'u' : c);
    }
  }

  /**
   * The pattern with {@code u}, the year, for {@code y}, the year of an era, unless it names the
   * era (G). A strict parser does not take a year of an unknown era for a year.
   */
  public String withPlainYears() {
    return plainYears.toString();
  }

  /** Whether the pattern has a year. */
  public boolean hasYear() {
    return has("uy");
  }

  /** Whether the pattern has a letter of the time of day. */
  public boolean hasTimeOfDay() {
    return has("ahKHkmsS");
  }

  /** Whether every time in the pattern names its zone or offset. */
  public boolean namesZone() {
    return runs.stream().anyMatch(run -> isOneOf(run, OF_ZONES) && !run.optional());
  }

  private boolean has(String letters) {
    return runs.stream().anyMatch(run -> isOneOf(run, letters));
  }

  private static boolean isOneOf(Run run, String letters) {
    return letters.indexOf(run.letter()) >= 0;
  }

  /**
   * The rule that the pattern breaks, such as {@code must have a day (dd)}, or empty if it
   * determines a time.
   *
   * @param yearGiven whether the year is known from elsewhere
   */
  public Optional<String> brokenRule(boolean yearGiven) {
    return Stream.of(letters(), halfDay(), dayOfYear(), date(yearGiven), timeOfDay(), widths())
        .flatMap(Optional::stream)
        .findFirst()
        .map(rule -> "must have " + rule + ",");
  }

  /**
   * The rule that a zone for times of this pattern breaks, or empty. UTC breaks none; {@code ""} is
   * no zone.
   */
  public Optional<String> brokenZoneRule(String zone) {
    if (zone.isEmpty() || ZoneId.of(zone).normalized().equals(ZoneOffset.UTC)) {
      return Optional.empty();
    }
    if (namesZone()) {
      return Optional.of(
          "must be empty, as the pattern '" + pattern + "' reads the zone of each time,");
    }
    return quoted.stream()
        .map(String::strip)
        .filter(List.of("Z", "UTC", "GMT")::contains)
        .findFirst()
        .map(text -> "must be UTC, as the pattern quotes '" + text + "', which means UTC,");
  }

  private Optional<String> letters() {
    return runs.stream()
        .filter(run -> !isOneOf(run, SOUND_LETTERS) || isNarrow(run))
        .findFirst()
        .map(TimePattern::instead);
  }

  /** Whether the run writes names as single letters, which several share, or offsets as GMT+8. */
  private static boolean isNarrow(Run run) {
    return (isOneOf(run, "MLE") && run.length() == 5) || run.text().equals("ZZZZ");
  }

  private static String instead(Run run) {
    String letters = run.text();
    return switch (run.letter()) {
      case 'M', 'L', 'E' ->
          letters.substring(2) + " instead of " + letters + ", as several names share a letter";
      case 'Y' -> "uuuu, the year, instead of " + letters + ", the year that a week belongs to";
      case 'O', 'Z' -> "XXX instead of " + letters + ", an offset of any width";
      case 'B' -> "am/pm (a) instead of " + letters + ", the part of the day";
      case 'w', 'W', 'e', 'c', 'F', 'g' ->
          "uuuu, MM and dd instead of " + letters + ", which does not determine a date";
      case 'q', 'Q' -> "MM, the month, instead of " + letters + ", the quarter";
      case 'z', 'v' ->
          "XXX for an offset, VV for an id such as Europe/Paris, or a quoted name such as 'UTC'"
              + " instead of "
              + letters
              + ", as several zones share names such as CST";
      default -> "HH, mm, ss and S instead of " + letters;
    };
  }

  private Optional<String> halfDay() {
    Optional<Run> hour = find(run -> isOneOf(run, "hK"));
    if (hour.isEmpty() || has("a")) {
      return Optional.empty();
    }
    String letters = hour.get().text();
    return Optional.of(
        "am/pm (a) beside " + letters + ", a 12-hour hour, or HH, an hour of 0 to 23, instead");
  }

  private Optional<Run> find(Predicate<Run> wanted) {
    return runs.stream().filter(wanted).findFirst();
  }

  private Optional<String> dayOfYear() {
    return find(run -> run.letter() == 'D')
        .filter(run -> has("MLd") || run.length() != 3)
        .map(
            run ->
                "dd, the day of the month, instead of "
                    + run.text()
                    + ", the day of the year, which is written DDD and without a month");
  }

  private Optional<String> date(boolean yearGiven) {
    if (!hasYear() && !yearGiven) {
      return Optional.of("a year (uuuu), or else schema.time.year must be set");
    }
    if (has("D")) {
      return Optional.empty();
    }
    if (!has("ML")) {
      return Optional.of("a month (MM)" + (has("m") ? "; mm is the minute" : ""));
    }
    return has("d") ? Optional.empty() : Optional.of("a day (dd)");
  }

  private Optional<String> timeOfDay() {
    boolean hour = has("hKHk");
    if (!hour && has("amsS")) {
      return Optional.of("an hour (HH)");
    }
    if (!has("m") && (hour || has("sS"))) {
      return Optional.of(
          has("sS")
              ? "a minute (mm)" + (has("M") ? "; MM is the month" : "")
              : "a minute (mm), or [mm] in a log of whole hours");
    }
    if (runs.stream().filter(run -> run.letter() == 'S' && !run.optional()).count() > 1) {
      return Optional.of("one fraction (S) at most");
    }
    return has("S") && !has("s") ? Optional.of("a second (ss)") : Optional.empty();
  }

  /** What has no fixed width must end before what follows begins. */
  private Optional<String> widths() {
    boolean open = false;
    Run before = null;
    for (Run run : runs) {
      if (run.letter() == 'p') {
        continue;
      }
      boolean follows = run.glued() && run.isNumber();
      if (isOneOf(run, OF_ZONES) && !run.endsZone()) {
        return Optional.of("a blank after " + run.text());
      }
      if (follows && ((open && run.anyWidth()) || (before.isYear() && run.isYear()))) {
        return Optional.of(
            "two letters, such as dd, or a sign before "
                + run.text()
                + ", as numbers of one or two digits follow each other");
      }
      open = run.anyWidth() || (follows && open);
      before = run;
    }
    return Optional.empty();
  }
}
