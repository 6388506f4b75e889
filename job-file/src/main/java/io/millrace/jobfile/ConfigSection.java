package io.millrace.jobfile;

import io.millrace.format.DidYouMean;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of the job file, read by the definitions of {@link ConfigKeys}.
 *
 * <p>Reading a key checks its type and range and notes its resolved value, default or not, so that
 * the notes together are the resolved job file.
 */
final class ConfigSection {

  /** Characters of a value in a message. */
  private static final int SHOWN = 300;

  private static final Pattern DURATION = Pattern.compile("(-?\\d{1,12})(ms|s|m|h|d)");

  /** Some 270 years; fits a long in nanoseconds, and leaves room to add event times. */
  private static final long MAX_DURATION_DAYS = 100_000;

  private static final Map<String, Long> UNITS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

  private final String file;
  private final String definition;
  private final String path;
  private final int line;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Object> resolved;

  /**
   * A section.
   *
   * @param file name of the job file, for messages
   * @param definition path of the section in the definitions, such as {@code schema.dense[]}
   * @param path path of the section in the file, such as {@code schema.dense[2]}
   * @param node the mapping, or null if absent
   * @param resolved where resolved values are noted
   */
  ConfigSection(
      String file,
      String definition,
      String path,
      Node node,
      int line,
      Map<String, Object> resolved) {
    this.file = file;
    this.definition = definition;
    this.path = path;
    this.resolved = resolved;
    this.line = node == null ? line : line(node);
    if (node != null && !isNull(node)) {
      if (!(node instanceof MappingNode mapping)) {
        throw error(name(), "must be a section of keys", show(node), line(node));
      }
      read(mapping);
    }
  }

  private void read(MappingNode mapping) {
    List<String> known = ConfigKeys.namesIn(definition);
    for (NodeTuple tuple : mapping.getValue()) {
      String key = show(tuple.getKeyNode());
      int at = line(tuple.getKeyNode());
      if (!known.contains(key)) {
        throw new ConfigException(
            join(path, brief(key)) + " is not a key" + DidYouMean.among(key, known) + place(at));
      }
      if (values.put(key, tuple.getValueNode()) != null) {
        throw new ConfigException(
            join(path, brief(key)) + " must be there once but was there twice" + place(at));
      }
    }
  }

  private String name() {
    return path.isEmpty() ? "the job file" : path;
  }

  private static String join(String section, String key) {
    return section.isEmpty() ? key : section + "." + key;
  }

  private String place(int at) {
    return " (" + file + ":" + at + ")";
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  private static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar && scalar.getTag().getValue().endsWith(":null");
  }

  private static String show(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    return node instanceof MappingNode ? "a map" : "a list";
  }

  private ConfigException error(String key, String rule, String was, int at) {
    return new ConfigException(key + " " + rule + " but was '" + brief(was) + "'" + place(at));
  }

  /** A value for a message, which the file may hold at any length. */
  private static String brief(String text) {
    return text == null || text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }

  /** An error of this section's key, with its line. */
  ConfigException error(String key, String rule) {
    Node node = values.get(key);
    String was = node == null ? ConfigKeys.get(join(definition, key)).defaultText() : show(node);
    return error(join(path, key), rule, was, node == null ? line : line(node));
  }

  /** The message of a checking constructor, with this section's name and place. */
  ConfigException error(IllegalArgumentException e) {
    return new ConfigException(
        (path.isEmpty() ? "" : path + ".") + brief(e.getMessage()) + place(lineOf(e.getMessage())));
  }

  /** The line of the key of a section below that a message begins with, or else of this section. */
  private int lineOf(String message) {
    String[] keys = message.split(" ", 2)[0].split("\\.");
    if (keys.length == 2 && values.get(keys[0]) instanceof MappingNode below) {
      for (NodeTuple tuple : below.getValue()) {
        if (show(tuple.getKeyNode()).equals(keys[1])) {
          return line(tuple.getValueNode());
        }
      }
    }
    return line;
  }

  /** Whether the file sets the key. */
  boolean has(String key) {
    return values.containsKey(key) && !isNull(values.get(key));
  }

  /** A section below. */
  ConfigSection section(String key) {
    Map<String, Object> below = new LinkedHashMap<>();
    resolved.put(key, below);
    return new ConfigSection(
        file, join(definition, key), join(path, key), values.get(key), line, below);
  }

  /** The entries of a list of sections. */
  List<ConfigSection> sections(String key) {
    List<ConfigSection> entries = new ArrayList<>();
    List<Map<String, Object>> notes = new ArrayList<>();
    resolved.put(key, notes);
    if (!has(key)) {
      return entries;
    }
    if (!(values.get(key) instanceof SequenceNode list)) {
      throw error(join(path, key), "must be a list", show(values.get(key)), line(values.get(key)));
    }
    for (Node entry : list.getValue()) {
      Map<String, Object> below = new LinkedHashMap<>();
      notes.add(below);
      String at = join(path, key) + "[" + entries.size() + "]";
      entries.add(new ConfigSection(file, join(definition, key) + "[]", at, entry, line, below));
    }
    return entries;
  }

  private <T> T note(String key, T value) {
    resolved.put(key, value);
    return value;
  }

  /** Text of a scalar or its default; checks presence and choices. */
  private String scalar(String key, ConfigKey.Type type) {
    ConfigKey spec = ConfigKeys.get(join(definition, key));
    if (spec.type() != type) {
      throw new IllegalStateException(spec.path() + " is a " + spec.type());
    }
    if (!has(key)) {
      if (spec.defaultText() == null) {
        throw new ConfigException(join(path, key) + " must be set but was missing" + place(line));
      }
      return spec.defaultText();
    }
    if (!(values.get(key) instanceof ScalarNode node)) {
      throw error(key, "must be " + type.rule);
    }
    if (!spec.choices().isEmpty() && !spec.choices().contains(node.getValue())) {
      throw new ConfigException(
          join(path, key)
              + " must be one of "
              + spec.range()
              + " but was '"
              + brief(node.getValue())
              + "'"
              + DidYouMean.among(node.getValue(), spec.choices())
              + place(line(node)));
    }
    return node.getValue();
  }

  String text(String key) {
    return note(key, scalar(key, ConfigKey.Type.TEXT));
  }

  /** A URL that alerts go to, or an empty text; noted without what may be a secret. */
  String webhook(String key) {
    String url = scalar(key, ConfigKey.Type.TEXT);
    note(key, url.isEmpty() ? "" : "https://****");
    if (!url.isEmpty() && !isUrl(url)) {
      throw new ConfigException(
          join(path, key)
              + " must be a URL with http or https but was '****'"
              + place(line(values.get(key))));
    }
    return url;
  }

  private static boolean isUrl(String url) {
    try {
      URI uri = new URI(url);
      return List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getRawAuthority() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** A text that may not be empty. */
  String name(String key) {
    String text = text(key);
    if (text.isBlank()) {
      throw error(key, "must not be empty");
    }
    return text;
  }

  boolean flag(String key) {
    String text = scalar(key, ConfigKey.Type.FLAG);
    if (!text.equals("true") && !text.equals("false")) {
      throw error(key, "must be true or false");
    }
    return note(key, text.equals("true"));
  }

  long integer(String key) {
    try {
      long value = Long.parseLong(scalar(key, ConfigKey.Type.INTEGER).replace("_", ""));
      checkRange(key, (double) value);
      return note(key, value);
    } catch (NumberFormatException e) {
      throw error(key, "must be a whole number");
    }
  }

  int smallInteger(String key) {
    long value = integer(key);
    if (value != (int) value) {
      throw error(key, "must be <= " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  double number(String key) {
    try {
      double value = Double.parseDouble(scalar(key, ConfigKey.Type.NUMBER));
      if (!Double.isFinite(value)) {
        throw error(key, "must be finite");
      }
      checkRange(key, value);
      return note(key, value);
    } catch (NumberFormatException e) {
      throw error(key, "must be a number");
    }
  }

  private void checkRange(String key, double value) {
    ConfigKey spec = ConfigKeys.get(join(definition, key));
    if (value < spec.min() || value > spec.max()) {
      throw error(key, "must be " + spec.rule());
    }
  }

  Duration duration(String key) {
    String text = scalar(key, ConfigKey.Type.DURATION);
    Duration duration = parseDuration(key, text);
    checkRange(key, (double) duration.toMillis());
    note(key, text);
    return duration;
  }

  /** A text key that may hold a duration. */
  Duration duration(String key, Duration ifEmpty) {
    String text = text(key);
    return text.isEmpty() ? ifEmpty : parseDuration(key, text);
  }

  private Duration parseDuration(String key, String text) {
    Matcher matcher = DURATION.matcher(text.equals("0") ? "0s" : text);
    if (!matcher.matches()) {
      throw error(key, "must be " + ConfigKey.Type.DURATION.rule);
    }
    long amount = Long.parseLong(matcher.group(1));
    long unit = UNITS.get(matcher.group(2));
    if (Math.abs(amount) > MAX_DURATION_DAYS * UNITS.get("d") / unit) {
      throw error(key, "must be at most " + MAX_DURATION_DAYS + "d");
    }
    return Duration.ofMillis(amount * unit);
  }

  /** The texts of a list, or of a single value. */
  List<String> texts(String key) {
    return note(key, list(key, ConfigKey.Type.TEXTS));
  }

  /** The whole numbers of a list, or a single one. */
  List<Long> integers(String key) {
    try {
      return note(key, list(key, ConfigKey.Type.INTEGERS).stream().map(Long::parseLong).toList());
    } catch (NumberFormatException e) {
      throw error(key, "must be " + ConfigKey.Type.INTEGERS.rule);
    }
  }

  private List<String> list(String key, ConfigKey.Type type) {
    ConfigKey spec = ConfigKeys.get(join(definition, key));
    if (!has(key)) {
      if (spec.defaultText() == null) {
        throw new ConfigException(join(path, key) + " must be set but was missing" + place(line));
      }
      String inner = spec.defaultText().replaceAll("[\\[\\] ]", "");
      return inner.isEmpty() ? List.of() : List.of(inner.split(",", -1));
    }
    Node node = values.get(key);
    List<Node> entries = node instanceof SequenceNode list ? list.getValue() : List.of(node);
    List<String> texts = new ArrayList<>();
    for (Node entry : entries) {
      if (!(entry instanceof ScalarNode scalar) || isNull(entry)) {
        throw error(key, "must be " + type.rule);
      }
      texts.add(scalar.getValue());
    }
    return texts;
  }

  /** A map of texts; {@code masked} says which values are noted as {@code ****}. */
  Map<String, String> map(String key, Predicate<String> masked) {
    Map<String, String> map = new LinkedHashMap<>();
    Map<String, String> notes = new LinkedHashMap<>();
    pairs(key)
        .forEach(
            (name, value) -> {
              map.put(name, value);
              notes.put(name, masked.test(name) ? "****" : value);
            });
    note(key, notes);
    return map;
  }

  private Map<String, String> pairs(String key) {
    Map<String, String> pairs = new LinkedHashMap<>();
    if (has(key)) {
      if (!(values.get(key) instanceof MappingNode mapping)) {
        throw error(key, "must be " + ConfigKey.Type.MAP.rule);
      }
      for (NodeTuple tuple : mapping.getValue()) {
        if (!(tuple.getValueNode() instanceof ScalarNode scalar)) {
          throw error(key, "must be " + ConfigKey.Type.MAP.rule);
        }
        pairs.put(show(tuple.getKeyNode()), scalar.getValue());
      }
    }
    return pairs;
  }

  /** For each of {@code names} a whole number of at least 1: one for all, or a map. */
  Map<String, Long> counts(String key, List<String> names) {
    if (!has(key)) {
      throw new ConfigException(join(path, key) + " must be set but was missing" + place(line));
    }
    Map<String, String> texts = new LinkedHashMap<>();
    if (values.get(key) instanceof ScalarNode scalar) {
      names.forEach(name -> texts.put(name, scalar.getValue()));
    } else {
      texts.putAll(pairs(key));
    }
    for (String name : texts.keySet()) {
      if (!names.contains(name)) {
        throw new ConfigException(
            join(path, key)
                + "."
                + name
                + " is not one of the columns"
                + DidYouMean.among(name, names)
                + place(line(values.get(key))));
      }
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    names.forEach(name -> counts.put(name, count(key, name, texts.get(name))));
    return note(key, counts);
  }

  private long count(String key, String name, String text) {
    String where = join(path, key) + "." + name;
    if (text == null) {
      throw new ConfigException(
          where + " must be set but was missing" + place(line(values.get(key))));
    }
    if (!text.matches("[1-9][0-9_]{0,17}")) {
      throw error(where, "must be a whole number >= 1", text, line(values.get(key)));
    }
    return Long.parseLong(text.replace("_", ""));
  }
}
