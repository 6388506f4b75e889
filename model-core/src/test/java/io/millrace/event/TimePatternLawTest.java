package io.millrace.event;

import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Laws of times in patterns, on generated patterns; a failure names its seed. */
class TimePatternLawTest {

  private static final long SEED = 2311;

  private static final List<String> ZONES = List.of("UTC", "Asia/Kathmandu", "America/New_York");

  private static final String[] SIGNS = {"-", "/", ".", " ", ":", "'T'", " 'o''clock' ", ""};

  private final SplittableRandom random = new SplittableRandom(SEED);

  private String one(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String joined(List<String> parts) {
    Collections.shuffle(parts, new Random(random.nextLong()));
    StringBuilder pattern = new StringBuilder();
    for (String part : parts) {
      pattern.append(pattern.isEmpty() ? "" : one(SIGNS)).append(part);
    }
    return pattern.toString();
  }

  private List<String> date() {
    List<String> parts = new ArrayList<>();
    parts.add(one("uuuu", "yyyy", "yy", "uu", "u", "y", "yyyy G"));
    if (random.nextInt(8) == 0) {
      parts.add("DDD");
    } else {
      parts.add(one("M", "MM", "MMM", "MMMM", "LL"));
      parts.add(one("d", "dd", "ppd"));
    }
    if (random.nextInt(4) == 0) {
      parts.add(one("E", "EEE", "EEEE"));
    }
    return parts;
  }

  private List<String> timeOfDay() {
    List<String> parts = new ArrayList<>();
    int depth = random.nextInt(4);
    if (depth > 0) {
      boolean half = random.nextInt(3) == 0;
      parts.add(half ? one("h", "hh", "K", "KK") : one("H", "HH", "k", "kk"));
      parts.add(one("m", "mm"));
      if (half) {
        parts.add("a");
      }
    }
    if (depth > 1) {
      parts.add(one("s", "ss"));
    }
    if (depth > 2) {
      parts.add("S".repeat(1 + random.nextInt(9)));
    }
    return parts;
  }

  private List<String> parts() {
    List<String> parts = date();
    parts.addAll(timeOfDay());
    if (random.nextInt(3) == 0) {
      parts.add(one("X", "XX", "XXX", "x", "xxx", "Z", "ZZZZZ", "VV"));
    }
    return parts;
  }

  private String sound() {
    String pattern;
    do {
      pattern = joined(parts());
    } while (!isAccepted(pattern));
    return pattern;
  }

  private static boolean isAccepted(String pattern) {
    try {
      TimeColumn.Pattern column = new TimeColumn.Pattern("t", pattern, 0, "UTC");
      return new TimePattern(column.pattern()).brokenRule(false).isEmpty();
    } catch (IllegalArgumentException e) {
      return false; // no pattern of java.time
    }
  }

  private Instant instant() {
    return Instant.ofEpochMilli(946_684_800_000L + random.nextLong(3_124_224_000_000L));
  }

  private static DateTimeFormatter formatter(String pattern, String zone) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneId.of(zone));
  }

  private static long parse(String pattern, String zone, String text) {
    TimeParser parser = new TimeParser(new TimeColumn.Pattern("t", pattern, 0, zone));
    return parser.parse(utf8(text), 0, utf8(text).length);
  }

  private static Instant floor(Instant time, String pattern, String zone) {
    ZonedDateTime at = time.atZone(ZoneId.of(zone));
    String letters = pattern.replaceAll("'[^']*'", "");
    int decimals = letters.replaceAll("[^S]", "").length();
    if (decimals > 0) {
      int step = decimals > 2 ? 1_000_000 : decimals == 2 ? 10_000_000 : 100_000_000;
      return at.withNano(at.getNano() / step * step).toInstant();
    }
    return at.truncatedTo(
            letters.contains("s")
                ? ChronoUnit.SECONDS
                : letters.contains("m") ? ChronoUnit.MINUTES : ChronoUnit.DAYS)
        .toInstant();
  }

  // Law: a sound pattern reads the text that it writes for a time as that time, down to the
  // pattern's
  // finest letter; so formatting the parsed time gives the text back.
  @Test
  void theTextComesBack() {
    for (int i = 0; i < 2_000; i++) {
      String pattern = sound();
      // A day may begin with another offset than its text names, where clocks change within it.
      String zone = ZONES.get(random.nextInt(new TimePattern(pattern).namesZone() ? 2 : 3));
      Instant time = instant();
      String text = formatter(pattern, zone).format(time);
      long parsed = parse(pattern, zone, text);
      String as = "seed %d: %s in %s, %s at %s".formatted(SEED, pattern, zone, text, time);
      assertThat(parsed).as(as).isNotIn(TimeParser.BAD, TimeParser.NO_OFFSET);
      Instant back = Instant.ofEpochMilli(parsed);
      assertThat(formatter(pattern, zone).format(back)).as(as).isEqualTo(text);
      if (zone.equals("UTC")) {
        assertThat(back).as(as).isEqualTo(floor(time, pattern, zone));
      }
    }
  }

  // Law: also a text that was changed by hand, such as to February 30, is bad or comes back, but
  // for
  // zeros and blanks before a number, digits after milliseconds, and forms of a zero offset.
  @Test
  void aChangedTextIsBadOrComesBack() {
    int bad = 0;
    int good = 0;
    for (int i = 0; i < 6_000; i++) {
      String pattern = sound().replaceAll("S{4,}", "SSS").replaceAll("[XxZ]+|VV", "'at'");
      if (pattern.replaceAll("'[^']*'", " ").matches(".*([a-zA-Z])(?!\\1)[a-zA-Z].*")) {
        continue; // digits that follow each other
      }
      String text = changed(formatter(pattern, "UTC").format(instant()));
      long parsed = parse(pattern, "UTC", text);
      if (parsed == TimeParser.BAD) {
        bad++;
      } else {
        good++;
        String back = formatter(pattern, "UTC").format(Instant.ofEpochMilli(parsed));
        assertThat(withoutZeros(back))
            .as("seed %d: %s", SEED, pattern)
            .isEqualTo(withoutZeros(text));
      }
    }
    assertThat(List.of(bad, good)).allMatch(n -> n > 300);
  }

  private static String withoutZeros(String text) {
    return text.replaceAll("(?<![0-9])[ 0]+(?=[0-9])", "");
  }

  private String changed(String text) {
    char[] chars = text.toCharArray();
    int at = random.nextInt(chars.length);
    while (chars[at] < '0' || chars[at] > '9') {
      at = (at + 1) % chars.length;
    }
    chars[at] = (char) ('0' + random.nextInt(10));
    return new String(chars);
  }

  // Law: a pattern without one of the parts that it needs is refused.
  @Test
  void everyPartIsNeeded() {
    for (int i = 0; i < 4_000; i++) {
      List<String> parts = parts();
      String needed = one("[uy].*", "[MLD]+", "(pp)?d+|D+", "[HkhK]+", "m+", "a", "s+");
      boolean last = needed.equals("s+") && parts.stream().noneMatch(p -> p.startsWith("S"));
      boolean twice = parts.stream().anyMatch(p -> p.startsWith("E"));
      if (!last && !twice && parts.removeIf(part -> part.matches(needed))) {
        String pattern = joined(parts);
        assertThat(new TimePattern(pattern).brokenRule(false))
            .as("seed %d: %s without %s", SEED, pattern, needed)
            .isPresent();
      }
    }
  }

  // Law: whatever letters a pattern has, it is no pattern at all, refused, or gives its text back.
  @Test
  void letterSoupIsRefusedOrComesBack() {
    String letters = "GuyYMLQqwWdDFEecahBHkKmsSAnNVzvOXxZp";
    int sound = 0;
    for (int i = 0; i < 20_000; i++) {
      List<String> parts = random.nextInt(2) == 0 ? parts() : new ArrayList<>(List.of("uuuu-MM"));
      for (int n = random.nextInt(3); n >= 0; n--) {
        char letter = letters.charAt(random.nextInt(letters.length()));
        parts.add(String.valueOf(letter).repeat(1 + random.nextInt(5)));
      }
      sound += isSound(joined(parts)) ? 1 : 0;
    }
    assertThat(sound).isGreaterThan(300);
  }

  private boolean isSound(String pattern) {
    if (!isAccepted(pattern)) {
      return false;
    }
    String text;
    try {
      text = formatter(pattern, "UTC").format(instant());
    } catch (DateTimeException e) {
      return false; // a number that its width cannot hold
    }
    long parsed = parse(pattern, "UTC", text);
    String as = "seed %d: '%s' of '%s'".formatted(SEED, text, pattern);
    assertThat(parsed).as(as).isNotEqualTo(TimeParser.BAD);
    assertThat(formatter(pattern, "UTC").format(Instant.ofEpochMilli(parsed)))
        .as(as)
        .isEqualTo(text);
    return true;
  }
}
