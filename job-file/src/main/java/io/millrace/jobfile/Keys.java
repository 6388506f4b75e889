package io.millrace.jobfile;

import java.util.ArrayList;
import java.util.List;

/**
 * The keys of one section of the job file.
 *
 * <p>A key is defined once, as a constant of the class of its section:
 *
 * <pre>{@code
 * static final ConfigKey<Integer> BATCH =
 *     KEYS.key("batch", "128", integer(1, 1 << 20, "examples")).doc("examples per training step");
 * }</pre>
 */
final class Keys {

  private final String path;
  private final List<ConfigKey<?>> all;
  private final String overridden;

  /** The last step of a definition. */
  @FunctionalInterface
  interface Doc<T> {
    /** Defines the key; {@code sentence} says what it means. */
    ConfigKey<T> doc(String sentence);
  }

  private Keys(String path, List<ConfigKey<?>> all, String overridden) {
    this.path = path;
    this.all = all;
    this.overridden = overridden;
  }

  /**
   * A section without keys.
   *
   * @param path its path, such as {@code hash.cluster}; {@code []} marks a list, an empty text the
   *     job file itself
   */
  Keys(String path) {
    this(path, new ArrayList<>(), null);
  }

  /** A section below; its keys are listed among those of this one. */
  Keys section(String name) {
    return new Keys(join(name), all, overridden == null ? null : overridden + "." + name);
  }

  /** This section, with keys whose defaults are the values of another section's keys. */
  Keys overriding(Keys other) {
    return new Keys(path, all, other.path);
  }

  /**
   * Begins the definition of a key.
   *
   * @param name its name in the section
   * @param defaultText the default, written as in YAML; null if the key is required
   * @param kind the values that it takes
   */
  <T> Doc<T> key(String name, String defaultText, Kind<T> kind) {
    return sentence -> {
      ConfigKey<T> key = new ConfigKey<>(join(name), defaultText, kind, sentence, over(name));
      all.add(key);
      return key;
    };
  }

  private String over(String name) {
    return overridden == null ? null : overridden + "." + name;
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** Path of the section, such as {@code schema.dense[]}. */
  String path() {
    return path;
  }

  /** Name of the section in the one above, without {@code []}. */
  String name() {
    return path.substring(path.lastIndexOf('.') + 1).replace("[]", "");
  }

  /** The keys of this section and of those below, in the order of their definitions. */
  List<ConfigKey<?>> all() {
    return all;
  }
}
