package io.millrace.jobfile;

import io.millrace.event.DidYouMean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of the job file, read by the definitions of its keys.
 *
 * <p>Reading a key checks its type and range and notes its resolved value, default or not, so that
 * the notes together are the resolved job file.
 */
final class ConfigSection {

  /** Characters of a value in a message. */
  private static final int SHOWN = 300;

  private final String file;
  private final String definition;
  private final String path;
  private final int line;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, ConfigSection> sections = new HashMap<>();
  private final Map<String, Object> resolved;

  /** Where keys that are not set take their values from, before their defaults; usually null. */
  private final ConfigSection overridden;

  private final UnsetKeys unset;

  /** Name of the arm that it belongs to; null for none. */
  private String arm;

  /**
   * The whole file.
   *
   * @param resolved takes the resolved values
   * @param unset says what unset keys take, and takes the settings in force
   */
  ConfigSection(String file, Node node, Map<String, Object> resolved, UnsetKeys unset) {
    this(file, "", "", node, 1, resolved, null, unset);
  }

  /**
   * A section.
   *
   * @param file name of the job file, for messages
   * @param definition path of the section in the definitions, such as {@code schema.dense[]}
   * @param path path of the section in the file, such as {@code schema.dense[2]}
   * @param node the mapping, or null if absent
   * @param line of the section above
   * @param resolved takes the resolved values
   * @param overridden section whose values are the defaults; null for none
   * @param unset as for the whole file
   */
  private ConfigSection(
      String file,
      String definition,
      String path,
      Node node,
      int line,
      Map<String, Object> resolved,
      ConfigSection overridden,
      UnsetKeys unset) {
    this.file = file;
    this.definition = definition;
    this.path = path;
    this.resolved = resolved;
    this.overridden = overridden;
    this.unset = unset;
    this.line = node == null ? line : line(node);
    if (isSet(node)) {
      if (!(node instanceof MappingNode mapping)) {
        String name = path.isEmpty() ? "the job file" : path;
        throw error(name, "must be a section of keys", show(node), line(node));
      }
      read(mapping);
    }
  }

  private void read(MappingNode mapping) {
    List<String> known = ConfigKeys.namesIn(definition);
    for (NodeTuple tuple : mapping.getValue()) {
      String name = show(tuple.getKeyNode());
      String key = join(path, brief(name));
      int at = line(tuple.getKeyNode());
      if (!known.contains(name)) {
        throw error(key + " is not a key" + DidYouMean.among(name, known), at);
      }
      if (values.put(name, tuple.getValueNode()) != null) {
        throw error(key + " must be there once but was there twice", at);
      }
    }
  }

  /** A section below, which may be absent. */
  ConfigSection section(Keys keys) {
    return section(keys, overridden == null ? null : overridden.sections.get(keys.name()));
  }

  /** A section below whose keys, where they are not set, have the values of another section. */
  ConfigSection section(Keys keys, ConfigSection other) {
    Map<String, Object> notes = new LinkedHashMap<>();
    resolved.put(keys.name(), notes);
    ConfigSection section = below(keys, keys.name(), values.get(keys.name()), notes, other);
    sections.put(keys.name(), section);
    return section;
  }

  /** Says whose keys these are, and those of the sections below that are made from now on. */
  void belongsTo(String name) {
    arm = name;
  }

  /** Whether this very section determines a key: sets it, or has it from a savepoint. */
  boolean isOwn(ConfigKey<?> key) {
    return isSet(values.get(key.name())) || (!isSet(node(key.name())) && unset.holds(key, arm));
  }

  private Node node(String name) {
    Node own = values.get(name);
    return isSet(own) || overridden == null ? own : overridden.node(name);
  }

  /** The entries of a list of sections, whose definition ends in {@code []}. */
  List<ConfigSection> sections(Keys keys) {
    List<ConfigSection> entries = new ArrayList<>();
    List<Map<String, Object>> notes = new ArrayList<>();
    resolved.put(keys.name(), notes);
    Node node = values.get(keys.name());
    if (!isSet(node)) {
      return entries;
    }
    if (!(node instanceof SequenceNode list)) {
      throw error(join(path, keys.name()), "must be a list", show(node), line(node));
    }
    for (Node entry : list.getValue()) {
      notes.add(new LinkedHashMap<>());
      int i = entries.size();
      entries.add(below(keys, keys.name() + "[" + i + "]", entry, notes.get(i), null));
    }
    return entries;
  }

  private ConfigSection below(
      Keys keys, String name, Node node, Map<String, Object> notes, ConfigSection other) {
    ConfigSection section =
        new ConfigSection(file, keys.path(), join(path, name), node, line, notes, other, unset);
    section.belongsTo(arm);
    return section;
  }

  /**
   * The value of a key of this section; if it is unset, that of the savepoint, or its default.
   *
   * @throws ConfigException if the key is required but absent, or breaks its rule
   */
  <T> T get(ConfigKey<T> key) {
    String saved = isDetermined(key) ? null : unset.saved(key, arm);
    if (saved != null) {
      return getSaved(key, saved);
    }
    List<String> texts = texts(key);
    try {
      return take(key, texts);
    } catch (NumberFormatException e) {
      throw error(key, key.kind().type().rule);
    } catch (IllegalArgumentException e) {
      throw error(key, e.getMessage());
    }
  }

  private <T> T take(ConfigKey<T> key, List<String> texts) {
    T value = key.kind().parser().apply(texts);
    Object shown = key.resolved(texts, value);
    resolved.put(key.name(), shown);
    unset.took(key, arm, join(path, key.name()), isDetermined(key), shown);
    return value;
  }

  /** Whether the job file sets a key, or another one that stands in for it. */
  private boolean isDetermined(ConfigKey<?> key) {
    return isSet(node(key.name()))
        || SavedKeys.insteadOf(key).stream().anyMatch(name -> isSet(node(name)));
  }

  private <T> T getSaved(ConfigKey<T> key, String saved) {
    String rule = "must be one of " + key.kind().range();
    try {
      if (key.kind().choices().isEmpty() || key.kind().choices().contains(saved)) {
        return take(key, key.texts(saved));
      }
    } catch (NumberFormatException e) {
      rule = key.kind().type().rule;
    } catch (IllegalArgumentException e) {
      rule = e.getMessage();
    }
    String message = "%s is unset and %s, but the savepoint has '%s': set it";
    throw error(message.formatted(join(path, key.name()), rule, brief(saved)), line);
  }

  /** Notes another resolved value of a key, such as what is in the file that it names. */
  void note(ConfigKey<?> key, Object value) {
    resolved.put(key.name(), value);
    unset.put(key, arm, value);
  }

  private List<String> texts(ConfigKey<?> key) {
    Node node = node(key.name());
    if (!isSet(node)) {
      if (key.defaultText() == null) {
        throw missing(join(path, key.name()), line);
      }
      return key.defaultTexts();
    }
    if (key.kind().type().isList()) {
      List<Node> entries = node instanceof SequenceNode list ? list.getValue() : List.of(node);
      return entries.stream()
          .map(entry -> scalar(key, entry, isSet(entry) || isWordNull(entry)))
          .toList();
    }
    String text = scalar(key, node, true);
    if (!key.kind().choices().isEmpty() && !key.kind().choices().contains(text)) {
      String where = join(path, key.name());
      String rule = "must be one of " + key.kind().range();
      throw error(
          "%s %s but was '%s'%s"
              .formatted(where, rule, brief(text), DidYouMean.among(text, key.kind().choices())),
          line(node));
    }
    return List.of(text);
  }

  private String scalar(ConfigKey<?> key, Node node, boolean set) {
    if (!(node instanceof ScalarNode scalar) || !set) {
      throw error(key, key.kind().type().rule);
    }
    return scalar.getValue();
  }

  /** A map of texts; {@code masked} says which values are noted as {@code ****}. */
  Map<String, String> map(ConfigKey<Map<String, String>> key, Predicate<String> masked) {
    Map<String, String> map = pairs(key);
    Map<String, String> notes = new LinkedHashMap<>(map);
    notes.replaceAll((name, value) -> masked.test(name) ? "****" : value);
    resolved.put(key.name(), notes);
    return map;
  }

  private Map<String, String> pairs(ConfigKey<?> key) {
    Map<String, String> pairs = new LinkedHashMap<>();
    Node node = values.get(key.name());
    if (isSet(node)) {
      if (!(node instanceof MappingNode mapping)) {
        throw error(key, Kind.Type.MAP.rule);
      }
      for (NodeTuple tuple : mapping.getValue()) {
        if (!(tuple.getValueNode() instanceof ScalarNode scalar)) {
          throw error(key, Kind.Type.MAP.rule);
        }
        pairs.put(show(tuple.getKeyNode()), scalar.getValue());
      }
    }
    return pairs;
  }

  /** For each of {@code names} a whole number of at least 1: one for all, or a map. */
  Map<String, Long> counts(ConfigKey<Map<String, Long>> key, List<String> names) {
    String where = join(path, key.name());
    Node node = values.get(key.name());
    if (!isSet(node)) {
      throw missing(where, line);
    }
    Map<String, String> texts = new LinkedHashMap<>();
    if (node instanceof ScalarNode scalar) {
      names.forEach(name -> texts.put(name, scalar.getValue()));
    } else {
      texts.putAll(pairs(key));
    }
    for (String name : texts.keySet()) {
      if (!names.contains(name)) {
        String hint = DidYouMean.among(name, names);
        throw error(where + "." + name + " is not one of the columns" + hint, line(node));
      }
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    names.forEach(name -> counts.put(name, count(where + "." + name, texts.get(name), line(node))));
    resolved.put(key.name(), counts);
    return counts;
  }

  private long count(String where, String text, int at) {
    if (text == null) {
      throw missing(where, at);
    }
    if (!text.matches("[1-9][0-9_]{0,17}")) {
      throw error(where, "must be a whole number >= 1", text, at);
    }
    return Long.parseLong(text.replace("_", ""));
  }

  /** What {@code make} makes; an error of a checking constructor gets this section's place. */
  <T> T checked(Supplier<T> make) {
    try {
      return make.get();
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      String message = e.getMessage();
      throw error(join(path, brief(message)), lineOf(message));
    }
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

  /** An error of a key of this section, with its value and line. */
  ConfigException error(ConfigKey<?> key, String rule) {
    Node node = values.get(key.name());
    boolean hidden = key.kind().secret() && node instanceof ScalarNode;
    String was = node == null ? key.defaultText() : hidden ? "****" : show(node);
    return error(join(path, key.name()), rule, was, node == null ? line : line(node));
  }

  /** An error in an entry of a key of this section, which the message names; with its line. */
  ConfigException errorIn(ConfigKey<?> key, String message) {
    Node node = values.get(key.name());
    return error(join(path, key.name()) + " " + message, node == null ? line : line(node));
  }

  private ConfigException missing(String key, int at) {
    return error(key + " must be set but was missing", at);
  }

  private ConfigException error(String key, String rule, String was, int at) {
    return error(key + " " + rule + " but was '" + brief(was) + "'", at);
  }

  private ConfigException error(String message, int at) {
    return new ConfigException(message + " (" + file + ":" + at + ")");
  }

  private static String join(String section, String key) {
    return section.isEmpty() ? key : section + "." + key;
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  /** Whether an entry of a list is the word null without quotes; it means that text. */
  private static boolean isWordNull(Node entry) {
    return entry instanceof ScalarNode scalar && scalar.getValue().equalsIgnoreCase("null");
  }

  private static boolean isSet(Node node) {
    return node != null && !node.getTag().equals(Tag.NULL);
  }

  private static String show(Node node) {
    return node instanceof ScalarNode scalar
        ? scalar.getValue()
        : node instanceof MappingNode ? "a map" : "a list";
  }

  /** A value for a message; the value may have any length. */
  private static String brief(String text) {
    return text == null || text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
