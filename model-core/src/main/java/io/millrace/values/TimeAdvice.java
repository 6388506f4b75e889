package io.millrace.values;

import io.millrace.event.EventLimits;
import io.millrace.event.IsoTime;
import io.millrace.event.Reject;
import io.millrace.event.TimeColumn;
import io.millrace.event.TimeParser;
import io.millrace.event.TimePattern;
import io.millrace.format.ValueListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Proposes how a log's times are read, where most of them were rejected: the unit, the zone or a
 * common pattern.
 *
 * <p>It keeps the texts of the first {@value #TRIED} rejected times, and tries every unit, ISO 8601
 * and a list of patterns on them. It proposes the one that reads the most of them as times within
 * the limits, if that is more than half. The units are told apart by magnitude alone: within the
 * years 1990 to 2099 no number is a time in two of them.
 */
public final class TimeAdvice implements ValueListener {

  private static final int TRIED = 1_000;

  /** Longer texts are no times. */
  private static final int LONGEST = 80;

  /** Where two read the same texts, the first is proposed. */
  private static final List<String> PATTERNS =
      List.of(
          "dd/MM/uuuu HH:mm[:ss][.SSS]",
          "MM/dd/uuuu HH:mm[:ss][.SSS]",
          "dd/MM/uuuu hh:mm[:ss] a",
          "MM/dd/uuuu hh:mm[:ss] a",
          "d/M/uuuu H:mm[:ss]",
          "M/d/uuuu H:mm[:ss]",
          "d/M/uuuu h:mm[:ss] a",
          "M/d/uuuu h:mm[:ss] a",
          "dd/MM/uuuu",
          "MM/dd/uuuu",
          "d/M/uuuu",
          "M/d/uuuu",
          "dd.MM.uuuu HH:mm[:ss]",
          "dd.MM.uuuu",
          "dd-MM-uuuu HH:mm[:ss]",
          "MM-dd-uuuu HH:mm[:ss]",
          "dd-MM-uuuu",
          "MM-dd-uuuu",
          "uuuu/MM/dd HH:mm[:ss][.SSS]",
          "uuuu/MM/dd",
          "uuuu-MM-dd",
          "uuuu-MM-dd HH:mm:ss[.SSSSSS][.SSS] 'UTC'",
          "uuuu-MM-dd hh:mm:ss a",
          "uuuu-M-d H:mm[:ss]",
          "uuuuMMddHHmmssSSS",
          "uuuuMMddHHmmss",
          "uuuuMMddHHmm",
          "uuuuMMddHH[mm]",
          "uuuuMMdd",
          "yyMMddHH[mm]",
          "uuuuMMdd HH:mm:ss",
          "uuuuMMdd'T'HHmmssX",
          "dd/MMM/uuuu:HH:mm:ss Z",
          "'['dd/MMM/uuuu:HH:mm:ss Z']'",
          "EEE, d MMM uuuu HH:mm:ss 'GMT'",
          "EEE, d MMM uuuu HH:mm:ss Z",
          "EEE MMM ppd HH:mm:ss uuuu",
          "EEE MMM dd HH:mm:ss Z uuuu",
          "EEE MMM dd HH:mm:ss 'UTC' uuuu",
          "d MMM uuuu HH:mm[:ss]",
          "d MMM uuuu");

  /** A way to read times; without a pattern it is meant for ISO texts, or for numbers. */
  private record Proposal(TimeColumn column, boolean iso, String advice) {}

  private final TimeColumn column;
  private final EventLimits limits;
  private final ValueListener next;
  private final List<byte[]> texts = new ArrayList<>();
  private long rejected;

  /**
   * Listens to the rejected times of one file.
   *
   * @param column how the times were read
   * @param limits of the times
   * @param next receives the values of accepted events
   */
  public TimeAdvice(TimeColumn column, EventLimits limits, ValueListener next) {
    this.column = column;
    this.limits = limits;
    this.next = next;
  }

  @Override
  public void value(int field, long id, byte[] bytes, int from, int length) {
    next.value(field, id, bytes, from, length);
  }

  @Override
  public void rejectedTime(byte[] bytes, int from, int length) {
    rejected++;
    if (texts.size() < TRIED) {
      String text = new String(bytes, from, Math.min(length, LONGEST), StandardCharsets.UTF_8);
      texts.add(text.strip().getBytes(StandardCharsets.UTF_8));
    }
    next.rejectedTime(bytes, from, length);
  }

  @Override
  public void key(String name) {
    next.key(name);
  }

  @Override
  public void label(String text) {
    next.label(text);
  }

  /** How many times were rejected. */
  public long rejected() {
    return rejected;
  }

  /**
   * The advice in one line; empty unless more than half of the rows had a time that was rejected,
   * and a proposal would read more than half of those.
   *
   * @param rows how many rows were read
   */
  public Optional<String> line(long rows) {
    if (column instanceof TimeColumn.MadeUp || 2 * rejected <= rows) {
      return Optional.empty();
    }
    Proposal best = null;
    int most = texts.size() / 2;
    for (Proposal proposal : proposals()) {
      int fits = fits(proposal);
      if (fits > most) {
        best = proposal;
        most = fits;
      }
    }
    return best == null ? Optional.empty() : Optional.of(line(rows, best, most));
  }

  private String line(long rows, Proposal best, int fits) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d rows were rejected for their time in column %s, the first was %s; %s, which"
            + " reads %,d of the first %,d of them%s",
        rejected,
        rows,
        column.column(),
        Reject.show(new String(texts.get(0), StandardCharsets.UTF_8)),
        best.advice(),
        fits,
        texts.size(),
        twin(best, fits));
  }

  /** A warning where days and months can be exchanged. */
  private String twin(Proposal best, int fits) {
    if (!(best.column() instanceof TimeColumn.Pattern pattern)) {
      return "";
    }
    String swapped = swapped(pattern.pattern());
    return !swapped.equals(pattern.pattern()) && fits(pattern(swapped)) == fits
        ? "; \"" + swapped + "\" reads as many, so look up which of both the log means"
        : "";
  }

  private static String swapped(String pattern) {
    return pattern.replaceFirst("^([dM]+)([/-])([dM]+)", "$3$2$1");
  }

  private List<Proposal> proposals() {
    List<Proposal> all = new ArrayList<>();
    boolean hasPattern = column instanceof TimeColumn.Pattern;
    String emptied = hasPattern ? "remove schema.time.pattern" : "";
    for (TimeColumn.Unit unit : TimeColumn.Unit.values()) {
      String set = "set schema.time.unit: " + unit.name().toLowerCase(Locale.ROOT);
      TimeColumn numbers = new TimeColumn.Epoch(column.column(), unit);
      all.add(new Proposal(numbers, false, hasPattern ? emptied + " and " + set : set));
    }
    TimeColumn.Unit any = TimeColumn.Unit.MS;
    all.add(
        new Proposal(
            new TimeColumn.Epoch(column.column(), any),
            true,
            "remove schema.time.pattern, as ISO 8601 needs none"));
    String zone = "set schema.time.zone: UTC, or the zone of the log";
    all.add(
        new Proposal(
            new TimeColumn.Epoch(column.column(), any, "UTC"),
            true,
            hasPattern ? emptied + " and " + zone : zone));
    PATTERNS.forEach(pattern -> all.add(pattern(pattern)));
    return all;
  }

  private Proposal pattern(String pattern) {
    boolean named = new TimePattern(pattern).namesZone() || pattern.matches(".*'(UTC|GMT)'.*");
    String zone = named ? "" : ", and schema.time.zone unless the log is in UTC";
    return new Proposal(
        new TimeColumn.Pattern(column.column(), pattern, 0, "UTC"),
        false,
        "set schema.time.pattern: \"" + pattern + "\"" + zone);
  }

  private int fits(Proposal proposal) {
    TimeParser parser = new TimeParser(proposal.column());
    int fits = 0;
    for (byte[] text : texts) {
      boolean asked =
          proposal.column() instanceof TimeColumn.Pattern
              || proposal.iso() == IsoTime.looksLike(text, 0, text.length);
      long time = asked ? parser.parse(text, 0, text.length) : TimeParser.BAD;
      fits += time >= limits.minTime() && time < limits.maxTime() ? 1 : 0;
    }
    return fits;
  }
}
