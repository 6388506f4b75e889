package io.millrace.jobfile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a saved key was in savepoints that do not hold it: its default before savepoints held
 * settings, or, for a key that came later, the value with which a job learns as it did without it.
 *
 * <p>They are the lines {@code KEY = VALUE} of {@code former-defaults.txt}. A value there never
 * changes; a new key adds a line. UPGRADING.md lists those that are not today's defaults.
 */
final class FormerDefaults {

  private static final Map<String, String> ALL = read();

  private FormerDefaults() {}

  /** The value of a key, written as in YAML; null if the key is not saved. */
  static String of(ConfigKey<?> key) {
    return ALL.get(key.overridden() == null ? key.path() : key.overridden());
  }

  /** Values by key, in no order. */
  static Map<String, String> all() {
    return ALL;
  }

  private static Map<String, String> read() {
    try (InputStream in = FormerDefaults.class.getResourceAsStream("former-defaults.txt")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .map(line -> line.split(" = ?", 2))
          .collect(Collectors.toUnmodifiableMap(parts -> parts[0], parts -> parts[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
