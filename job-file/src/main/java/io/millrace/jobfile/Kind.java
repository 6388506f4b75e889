package io.millrace.jobfile;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values that a key takes.
 *
 * @param type how a value is written
 * @param choices the texts allowed; empty for any
 * @param range the values allowed, for readers; empty for any
 * @param secret whether messages and the resolved file hide the value
 * @param parser makes the value from its text, or from the texts of a list; throws an {@link
 *     IllegalArgumentException} with the rule that a text breaks, such as {@code must be >= 1}
 */
record Kind<T>(
    Type type,
    List<String> choices,
    String range,
    boolean secret,
    Function<List<String>, T> parser) {

  private static final Pattern COLUMNS = Pattern.compile("(.*?)(\\d{1,6})\\.\\.(.*?)(\\d{1,6})");

  /** What the resolved file holds instead of a secret URL; a URL itself, so that it reads back. */
  static final String MASK = "https://****";

  /** How a value is written. */
  enum Type {
    TEXT("a text"),
    INTEGER("a whole number"),
    NUMBER("a number"),
    FLAG("true or false"),
    DURATION("a duration such as 30s, 10m, 12h or 1d"),
    INTEGERS("a list of whole numbers"),
    TEXTS("a list of texts"),
    MAP("a map of texts"),
    COUNTS("a whole number, or a map of whole numbers");

    final String rule;

    Type(String rule) {
      this.rule = "must be " + rule;
    }

    boolean isList() {
      return this == INTEGERS || this == TEXTS;
    }
  }

  static Kind<String> text() {
    return scalar(Type.TEXT, "", text -> text);
  }

  /** A text that may not be empty. */
  static Kind<String> name() {
    return scalar(Type.TEXT, "", text -> checked(text, !text.isBlank(), "must not be empty"));
  }

  /** A URL that may hold a secret, or an empty text. */
  static Kind<String> url() {
    Kind<String> url =
        scalar(
            Type.TEXT,
            "",
            text ->
                checked(text, text.isEmpty() || isUrl(text), "must be a URL with http or https"));
    return new Kind<>(url.type, url.choices, url.range, true, url.parser);
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = new URI(text);
      return List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getRawAuthority() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  static Kind<String> choice(String... texts) {
    return choice(List.of(texts), text -> text);
  }

  /** Constants of an enum; all of them, or those with the texts given. */
  static <E extends Enum<E>> Kind<E> choice(Class<E> type, String... texts) {
    return choice(texts.length == 0 ? texts(type) : List.of(texts), text -> constant(type, text));
  }

  private static <T> Kind<T> choice(List<String> texts, Function<String, T> parser) {
    return new Kind<>(
        Type.TEXT, texts, String.join(", ", texts), false, t -> parser.apply(t.get(0)));
  }

  /** How the constants of an enum are written. */
  static <E extends Enum<E>> List<String> texts(Class<E> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .toList();
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String text) {
    return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  static Kind<Boolean> flag() {
    return scalar(
        Type.FLAG,
        "",
        text -> {
          checked(text, List.of("true", "false").contains(text), Type.FLAG.rule);
          return text.equals("true");
        });
  }

  /** A flag or an empty text. */
  static Kind<Optional<Boolean>> optionalFlag() {
    Kind<Boolean> flag = flag();
    return scalar(
        Type.TEXT,
        "",
        text ->
            text.isEmpty() ? Optional.empty() : Optional.of(flag.parser().apply(List.of(text))));
  }

  static Kind<Integer> integer(int min, int max) {
    return integer(min, max, "");
  }

  static Kind<Integer> integer(int min, int max, String unit) {
    Range range = new Range(min, max, unit);
    return scalar(Type.INTEGER, range.page(), text -> (int) whole(text, range));
  }

  /** A whole number of 64 bits. */
  static Kind<Long> longInteger(double min, double max, String unit) {
    Range range = new Range(min, max, unit);
    return scalar(Type.INTEGER, range.page(), text -> whole(text, range));
  }

  private static long whole(String text, Range range) {
    long value = Long.parseLong(text.replace("_", ""));
    range.check((double) value);
    return value;
  }

  /** Any finite number. */
  static Kind<Double> number() {
    return number(-Range.NO_LIMIT, Range.NO_LIMIT);
  }

  /** A number greater than 0. */
  static Kind<Double> positive() {
    return number(Range.ABOVE_ZERO, Range.NO_LIMIT);
  }

  static Kind<Double> number(double min, double max) {
    Range range = new Range(min, max, "");
    return scalar(
        Type.NUMBER,
        range.page(),
        text -> {
          double value = Double.parseDouble(text);
          checked(text, Double.isFinite(value), "must be finite");
          range.check(value);
          return value;
        });
  }

  /** Any duration. */
  static Kind<Duration> duration() {
    return duration(-Range.NO_LIMIT);
  }

  /** A duration of at least {@code min} milliseconds. */
  static Kind<Duration> duration(double min) {
    Range range = new Range(min, Range.NO_LIMIT, "ms");
    return scalar(
        Type.DURATION,
        range.page(),
        text -> {
          Duration value = Times.duration(text);
          range.check((double) value.toMillis());
          return value;
        });
  }

  /** A duration or an empty text. */
  static Kind<Optional<Duration>> optionalDuration() {
    return scalar(
        Type.TEXT,
        "",
        text -> text.isEmpty() ? Optional.empty() : Optional.of(Times.duration(text)));
  }

  /** A time such as {@code 2024-01-01T00:00:00Z}, in milliseconds since 1970. */
  static Kind<Long> instant() {
    return scalar(Type.TEXT, "", Times::instant);
  }

  static Kind<List<Long>> integers() {
    return list(Type.INTEGERS, texts -> texts.stream().map(Long::valueOf).toList());
  }

  /** Widths of the layers of a network. */
  static Kind<List<Integer>> widths() {
    return list(Type.INTEGERS, texts -> texts.stream().map(Kind::width).toList());
  }

  private static int width(String text) {
    long width = Long.parseLong(text);
    checked(text, width >= 1 && width <= 1 << 16, "must be whole numbers in 1..65536");
    return (int) width;
  }

  static Kind<List<String>> texts() {
    return list(Type.TEXTS, texts -> texts);
  }

  /** Names of columns; ranges such as {@code I1..I13} are expanded. */
  static Kind<List<String>> columns() {
    return list(Type.TEXTS, Kind::expanded);
  }

  static Kind<List<Double>> numbers() {
    return list(
        Type.TEXTS,
        texts -> {
          try {
            return texts.stream().map(Double::valueOf).toList();
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a list of numbers", e);
          }
        });
  }

  /** A list of an enum's constants. */
  static <E extends Enum<E>> Kind<List<E>> anyOf(Class<E> type) {
    List<String> choices = texts(type);
    return list(
        Type.TEXTS,
        texts -> {
          checked("", choices.containsAll(texts), "must be any of " + String.join(", ", choices));
          return texts.stream().map(text -> constant(type, text)).toList();
        });
  }

  /** A map of texts, read by {@link ConfigSection#map}. */
  static Kind<Map<String, String>> map() {
    return list(Type.MAP, texts -> Map.of());
  }

  /** A whole number for each of some names, read by {@link ConfigSection#counts}. */
  static Kind<Map<String, Long>> counts() {
    return list(Type.COUNTS, texts -> Map.of());
  }

  private static String checked(String text, boolean valid, String rule) {
    if (!valid) {
      throw new IllegalArgumentException(rule);
    }
    return text;
  }

  private static <T> Kind<T> scalar(Type type, String range, Function<String, T> parser) {
    return new Kind<>(type, List.of(), range, false, texts -> parser.apply(texts.get(0)));
  }

  private static <T> Kind<T> list(Type type, Function<List<String>, T> parser) {
    return new Kind<>(type, List.of(), "", false, parser);
  }

  /** The names that texts stand for, in order: {@code I1..I13} is I1, I2, to I13. */
  private static List<String> expanded(List<String> texts) {
    List<String> names = new ArrayList<>();
    for (String text : texts) {
      Matcher range = COLUMNS.matcher(text);
      if (range.matches() && range.group(1).equals(range.group(3))) {
        int last = Integer.parseInt(range.group(4));
        for (int i = Integer.parseInt(range.group(2)); i <= last; i++) {
          names.add(range.group(1) + i);
        }
      } else {
        names.add(text);
      }
    }
    return names;
  }
}
