package io.millrace.jobfile;

import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Every key of the job file, in the order of the reference page, which is printed from here. */
public final class ConfigKeys {

  private static final List<ConfigKey<?>> ALL =
      Stream.of(
              List.of(JobConfigReader.NAME),
              FormatKeys.KEYS.all(),
              SchemaKeys.KEYS.all(),
              LimitKeys.KEYS.all(),
              KafkaKeys.KEYS.all(),
              WindowKeys.KEYS.all(),
              CountKeys.KEYS.all(),
              TeacherKeys.KEYS.all(),
              StudentKeys.KEYS.all(),
              HashKeys.KEYS.all(),
              ClusterKeys.KEYS.all(),
              ArmKeys.KEYS.all(),
              PublishKeys.KEYS.all(),
              PublishKeys.GATE.all(),
              DriftKeys.KEYS.all(),
              RunKeys.CHECKPOINTS.all(),
              RunKeys.PARALLELISM.all(),
              List.of(JobConfigReader.SEEDS),
              RunKeys.TIME.all())
          .<ConfigKey<?>>flatMap(List::stream)
          .toList();

  private ConfigKeys() {}

  /** All keys. */
  static List<ConfigKey<?>> all() {
    return ALL;
  }

  /** Names that a section may hold, sorted: its keys and the sections below it. */
  static List<String> namesIn(String section) {
    String start = section.isEmpty() ? "" : section + ".";
    TreeSet<String> names = new TreeSet<>();
    for (ConfigKey<?> key : ALL) {
      if (key.path().startsWith(start)) {
        names.add(key.path().substring(start.length()).split("\\.")[0].replace("[]", ""));
      }
    }
    return List.copyOf(names);
  }

  /** The reference page, {@code docs/configuration.md}. */
  public static String markdown() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        # The job file

        Printed from the definitions of the keys (`ConfigKeys` lists them); a test fails when it is out
        of date. `[]` marks the entries of a list. Durations are written `500ms`, `30s`, `10m`, `12h`,
        `1d`.

        The defaults are those of a job that starts anew. Where `run --from` goes on with a savepoint, it takes
        keys that determine what is learned (sections %s)
        from the savepoint if the job file leaves them unset, and prints a note where that is not the default.
        [UPGRADING.md](../UPGRADING.md#defaults-that-have-changed) has the rules.
        """
            .formatted(SavedKeys.sections()));
    String open = "";
    for (ConfigKey<?> key : ALL) {
      String top = key.path().replaceAll("[.\\[].*", "");
      if (!top.equals(open)) {
        out.append("\n## ").append(top).append("\n\n");
        out.append("| key | type | default | range | what |\n|---|---|---|---|---|\n");
        open = top;
      }
      out.append(row(key));
    }
    return out.toString();
  }

  private static String row(ConfigKey<?> key) {
    String type = key.kind().type().name().toLowerCase(Locale.ROOT);
    String text = key.defaultText();
    String byDefault = text == null ? "required" : text.isEmpty() ? "empty" : "`" + text + "`";
    return key.overridden() == null
        ? "| `%s` | %s | %s | %s | %s |\n"
            .formatted(key.path(), type, byDefault, key.kind().range(), key.doc())
        : "| `%s` | %s | that of `%s` | %s | the same, for this arm |\n"
            .formatted(key.path(), type, key.overridden(), key.kind().range());
  }
}
