package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.parse;
import static io.millrace.jobfile.SmallFile.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.cluster.ClusterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Law: a key is defined once, and reading, defaults and the reference page follow from it. */
class ConfigKeysTest {

  /** Values by path, with {@code []} for every list position. */
  private static void flatten(String path, Object value, Map<String, Object> into) {
    if (value instanceof Map<?, ?> map && !path.matches(".*(properties|expected_ids)")) {
      map.forEach((k, v) -> flatten(path.isEmpty() ? "" + k : path + "." + k, v, into));
    } else if (value instanceof List<?> list && list.stream().anyMatch(e -> e instanceof Map)) {
      list.forEach(e -> flatten(path + "[]", e, into));
    } else {
      // of several arms the first that does not leave the default
      into.merge(path, String.valueOf(value), (a, b) -> isDefault(path, a) ? b : a);
    }
  }

  private static boolean isDefault(String path, Object value) {
    return ConfigKeys.all().stream()
        .anyMatch(key -> key.path().equals(path) && value.equals(key.defaultText()));
  }

  private static Map<String, Object> flat(JobConfig config) {
    Map<String, Object> into = new TreeMap<>();
    flatten("", config.resolved(), into);
    return into;
  }

  private static Set<String> paths() {
    Set<String> paths = new TreeSet<>();
    ConfigKeys.all().forEach(key -> paths.add(key.path()));
    return paths;
  }

  private static final List<String> ONLY_DEFAULT =
      List.of("schema.time.events_per_day", "parallelism.trainers", "hash.counts");

  // Law: no key is defined and not read, or read and not defined; each can leave its default, but
  // for
  // those that another one in the file holds to it.
  @Test
  void everyKeyCanBeSet() throws IOException {
    Map<String, Object> set = flat(parse(resource("every-key.yaml")));
    assertThat(set.keySet()).isEqualTo(paths());
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (!ONLY_DEFAULT.contains(key.path())) {
        assertThat(set.get(key.path())).as(key.path()).isNotEqualTo(key.defaultText());
      }
    }
  }

  // Law: a default is a value that its key accepts; the options of the clustering have theirs
  // twice, for
  // the command line too, and they agree.
  @Test
  void everyDefaultIsAccepted() {
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (key.defaultText() != null) {
        assertThatCode(() -> key.kind().parser().apply(key.defaultTexts()))
            .as(key.path())
            .doesNotThrowAnyException();
        assertThat(
                key.kind().choices().isEmpty() || key.kind().choices().contains(key.defaultText()))
            .as(key.path())
            .isTrue();
      }
    }
    assertThat(parse(SMALL).spec().hash().cluster()).isEqualTo(ClusterOptions.DEFAULT);
  }

  // Law: a key is defined once.
  @Test
  void pathsAreUnique() {
    assertThat(ConfigKeys.all()).extracting(ConfigKey::path).doesNotHaveDuplicates();
  }

  // Law: the reference page is printed from the definitions.
  @Test
  void theReferencePageIsUpToDate() throws IOException {
    Path page = Path.of("..", "docs", "configuration.md");
    if (Boolean.getBoolean("millrace.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, ConfigKeys.markdown());
    }
    assertThat(Files.readString(page))
        .as("run with -Dmillrace.docs.write=true to print it anew")
        .isEqualTo(ConfigKeys.markdown());
  }

  // Law: what a file leaves out is what the definitions say.
  @Test
  void defaultsAreThoseDefined() throws IOException {
    Map<String, Object> set = flat(parse(SMALL.replace(", hash: full", "")));
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (key.defaultText() != null
          && set.containsKey(key.path())
          && !key.path().startsWith("schema.time.column")) {
        assertThat(set.get(key.path()))
            .as(key.path())
            .isIn(key.defaultText(), key.defaultText() + ".0");
      }
    }
  }

  // Law: a default changes only together with the list of all defaults.
  @Test
  void everyDefaultIsPinned() throws IOException {
    StringBuilder pins = new StringBuilder();
    ConfigKeys.all()
        .forEach(k -> pins.append(k.path()).append(" = ").append(k.defaultText()).append('\n'));
    assertThat(pins.toString()).isEqualTo(resource("defaults.txt"));
  }
}
