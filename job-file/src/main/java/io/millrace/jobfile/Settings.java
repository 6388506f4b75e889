package io.millrace.jobfile;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings in force that determine what a job learns, as its state keeps them. A job that
 * continues from the state takes those that its own job file leaves unset, so that a default which
 * has changed does not change a job that runs.
 *
 * <p>Bytes: {@code i32 n}, then n names of arms as UTF; {@code i32 n}, then n times key and value
 * as UTF. A key is that of the job file, with the name of an arm in place of its number: {@code
 * arms[full].hash}. A value is written as in YAML.
 */
public final class Settings implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Settings of nothing: what a job without a job file keeps. */
  public static final Settings NONE = new Settings(Set.of(), Map.of(), Set.of());

  private final LinkedHashSet<String> arms;
  private final LinkedHashMap<String, String> values;
  private final LinkedHashSet<String> unset;

  /**
   * Settings in force.
   *
   * @param arms names of all arms
   * @param values by key
   * @param unset keys among them that the job file does not set
   */
  Settings(Collection<String> arms, Map<String, String> values, Collection<String> unset) {
    this.arms = new LinkedHashSet<>(arms);
    this.values = new LinkedHashMap<>(values);
    this.unset = new LinkedHashSet<>(unset);
  }

  /**
   * The settings of state that holds none, as it was written before they were kept: the defaults of
   * that time.
   *
   * @param arms names of the arms in the state
   */
  public static Settings before(Collection<String> arms) {
    return new Settings(arms, Map.of(), Set.of());
  }

  /** A key by which a value is found; {@code arm} is null for one that is not an arm's. */
  static String name(ConfigKey<?> key, String arm) {
    return arm == null ? key.path() : key.path().replace("arms[]", "arms[" + arm + "]");
  }

  /** Whether there is state of an arm. */
  boolean hasArm(String arm) {
    return arms.contains(arm);
  }

  /** Whether a key is here by itself, not by its former default. */
  boolean has(ConfigKey<?> key, String arm) {
    return values.containsKey(name(key, arm));
  }

  /**
   * The value of a key, written as in YAML.
   *
   * @param arm the arm that it is a key of; null for none
   * @return null if the key is not saved, or the arm is not here
   */
  String get(ConfigKey<?> key, String arm) {
    if (arm != null && !hasArm(arm)) {
      return null;
    }
    String value = values.get(name(key, arm));
    return value == null ? SavedKeys.former(key) : value;
  }

  /**
   * Checks that keys which the job file leaves unset have the values of saved settings. They have
   * if the job file was read with them.
   *
   * @throws IllegalArgumentException naming all keys that have not
   */
  public void check(Settings saved) {
    List<String> keys = new ArrayList<>();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (key.path().startsWith(ArmKeys.KEYS.path())) {
        saved.arms.forEach(arm -> addChanged(key, arm, saved, keys));
      } else {
        addChanged(key, null, saved, keys);
      }
    }
    if (!keys.isEmpty()) {
      throw new IllegalArgumentException(
          "job: keys that the job file leaves unset must be as in the saved state but are not: set "
              + String.join(", ", keys)
              + ", or submit the job where --from can be read");
    }
  }

  private void addChanged(ConfigKey<?> key, String arm, Settings saved, List<String> keys) {
    String name = name(key, arm);
    String was = saved.get(key, arm);
    if (was != null && unset.contains(name) && !key.sameValue(was, values.get(name))) {
      keys.add(name + ": " + was + " (was " + values.get(name) + ")");
    }
  }

  /** Writes the settings. */
  public void write(DataOutput out) throws IOException {
    out.writeInt(arms.size());
    for (String arm : arms) {
      out.writeUTF(arm);
    }
    out.writeInt(values.size());
    for (Map.Entry<String, String> value : values.entrySet()) {
      out.writeUTF(value.getKey());
      out.writeUTF(value.getValue());
    }
  }

  /** Reads what {@link #write} wrote. */
  public static Settings read(DataInput in) throws IOException {
    List<String> arms = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      arms.add(in.readUTF());
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int n = in.readInt(); n > 0; n--) {
      values.put(in.readUTF(), in.readUTF());
    }
    return new Settings(arms, values, Set.of());
  }
}
