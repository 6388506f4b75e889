package io.millrace.jobfile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys whose values a job keeps in its state: those that determine what is learned.
 *
 * <p>A job that continues from a savepoint takes them from it where its job file leaves them unset.
 * All other keys have today's defaults: they say how records are read ({@code format}, {@code
 * schema}, {@code limits}, {@code kafka}) or how a process runs, and belong to the place where the
 * job runs now.
 */
final class SavedKeys {

  private static final List<String> SECTIONS =
      List.of("windows", "counts", "teacher", "student", "hash", "arms[]", "drift", "seeds");

  /** A key of another section: it counts where a budget is in bytes. */
  private static final String ROWS = "publish.rows";

  /** Keys of these sections that belong to a process: memory, libraries, files and addresses. */
  private static final Set<String> OF_A_PROCESS =
      Set.of(
          "counts.memory_mb",
          "teacher.gpu",
          "teacher.engine",
          "student.engine",
          "arms[].student.engine",
          "hash.dump_inputs",
          "drift.webhook");

  /** Keys of one section of which one stands in for the others. */
  private static final List<Set<String>> ALTERNATIVES =
      List.of(
          Set.of("arms[].ratio", "arms[].rows", "arms[].bytes"),
          Set.of("arms[].mixed.d0", "arms[].mixed.share"),
          Set.of("student.linear.share", "student.linear.slots"),
          Set.of("arms[].student.linear.share", "arms[].student.linear.slots"));

  private static final Map<String, String> FORMER = readFormer();

  private SavedKeys() {}

  /** The sections whose keys are saved, as the reference page lists them. */
  static String sections() {
    return "`" + String.join("`, `", SECTIONS).replace("[]", "") + "`, and `" + ROWS + "`";
  }

  /** Whether a key is saved; the name of an arm is not, as it is what its settings are found by. */
  static boolean include(ConfigKey<?> key) {
    return (SECTIONS.contains(key.path().split("\\.")[0]) || key.path().equals(ROWS))
        && key.defaultText() != null
        && !OF_A_PROCESS.contains(key.path());
  }

  /**
   * Names of the keys that stand in for a key: where one of them is set, the key is not taken from
   * the savepoint.
   */
  static List<String> insteadOf(ConfigKey<?> key) {
    return ALTERNATIVES.stream()
        .filter(paths -> paths.contains(key.path()))
        .flatMap(Set::stream)
        .map(path -> path.substring(path.lastIndexOf('.') + 1))
        .toList();
  }

  /**
   * What a key was in savepoints that do not hold it: its default before savepoints held settings,
   * or, for a key that came later, the value with which a job learns as it did without it. They are
   * the lines {@code KEY = VALUE} of {@code former-defaults.txt}. A value there never changes; a
   * new key adds a line. UPGRADING.md lists those that are not today's defaults.
   *
   * @return the value, written as in YAML; null if the key is not saved
   */
  static String former(ConfigKey<?> key) {
    return FORMER.get(key.overridden() == null ? key.path() : key.overridden());
  }

  /** Former values by key, in no order. */
  static Map<String, String> former() {
    return FORMER;
  }

  private static Map<String, String> readFormer() {
    try (InputStream in = SavedKeys.class.getResourceAsStream("former-defaults.txt")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .map(line -> line.split(" = ?", 2))
          .collect(Collectors.toUnmodifiableMap(parts -> parts[0], parts -> parts[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
