package io.millrace.jobfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the keys that a job file leaves unset take: their values in the savepoint that the job
 * continues from, or today's defaults. Collects the settings in force while the file is read.
 */
final class UnsetKeys {

  private final Settings saved;
  private final Set<String> arms = new LinkedHashSet<>();
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Set<String> unset = new LinkedHashSet<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * Nothing read yet.
   *
   * @param saved settings of the savepoint; null for a job that starts anew
   */
  UnsetKeys(Settings saved) {
    this.saved = saved;
  }

  /** The value that the savepoint has for an unset key; null if today's default holds. */
  String saved(ConfigKey<?> key, String arm) {
    return saved == null || !SavedKeys.include(key) ? null : saved.get(key, arm);
  }

  /** Whether the savepoint itself holds a key of an arm, which its job file may have set. */
  boolean holds(ConfigKey<?> key, String arm) {
    return saved != null && saved.has(key, arm);
  }

  /**
   * Takes a value in force, and makes a note where it is not what the job file seems to say.
   *
   * @param arm the arm that it is a key of; null for none
   * @param place the key as messages name it, such as {@code arms[0].hot}
   * @param set whether the job file sets it
   */
  void took(ConfigKey<?> key, String arm, String place, boolean set, Object value) {
    if (!SavedKeys.include(key)) {
      return;
    }
    put(key, arm, value);
    if (set) {
      return;
    }
    unset.add(Settings.name(key, arm));
    String text = ConfigKey.text(value);
    boolean inherits = key.overridden() != null;
    String expected = inherits ? values.get(key.overridden()) : key.defaultText();
    if (saved == null || key.sameValue(text, expected)) {
      return;
    }
    String otherwise = inherits ? key.overridden() : "the default";
    String reason =
        arm == null || saved.hasArm(arm)
            ? "as in the savepoint"
            : "the default, as the savepoint has no arm " + arm;
    notes.add(
        "%s is unset: %s, %s (%s is %s)"
            .formatted(place, show(text), reason, otherwise, show(expected)));
  }

  private static String show(String value) {
    return value.isEmpty() ? "empty" : value;
  }

  /** Takes another value in force. */
  void put(ConfigKey<?> key, String arm, Object value) {
    if (SavedKeys.include(key)) {
      values.put(Settings.name(key, arm), ConfigKey.text(value));
      if (arm != null) {
        arms.add(arm);
      }
    }
  }

  /** The settings in force. */
  Settings settings() {
    return new Settings(arms, values, unset);
  }

  /** A sentence for each unset key whose value is not the one that the job file alone gives it. */
  List<String> notes() {
    return List.copyOf(notes);
  }

  /**
   * A message, and after it the notes on keys that it names, as the job file does not show them.
   */
  String explain(String message) {
    StringBuilder all = new StringBuilder(message);
    for (String note : notes) {
      String place = note.substring(0, note.indexOf(' '));
      String name = place.substring(place.lastIndexOf('.') + 1);
      if (message.matches("(?s).*\\b" + Pattern.quote(name) + "\\b.*")) {
        all.append("; ").append(note);
      }
    }
    return all.toString();
  }
}
