package io.millrace.jobfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Law: no default changes under a job that runs, and UPGRADING.md names those that have changed.
 */
class FormerDefaultsTest {

  /** Keys that a savepoint may lack. An arm's own settings lack what those of all arms lack. */
  private static List<ConfigKey<?>> saved() {
    return ConfigKeys.all().stream()
        .filter(key -> SavedKeys.include(key) && key.overridden() == null)
        .toList();
  }

  // Law: a key of what is learned, also a new one, says what jobs had before it was saved.
  @Test
  void everySavedKeyHasAFormerDefault() {
    assertThat(new TreeSet<>(SavedKeys.former().keySet()))
        .as("keys of former-defaults.txt; give a new key the value that jobs had without it")
        .isEqualTo(
            saved().stream().map(ConfigKey::path).collect(Collectors.toCollection(TreeSet::new)));
    for (ConfigKey<?> key : ConfigKeys.all()) {
      assertThat(SavedKeys.former(key) != null).as(key.path()).isEqualTo(SavedKeys.include(key));
    }
  }

  // Law: a former default is a value that its key still takes.
  @Test
  void everyFormerDefaultIsAccepted() {
    for (ConfigKey<?> key : saved()) {
      String former = SavedKeys.former(key);
      assertThat(key.kind().choices().isEmpty() || key.kind().choices().contains(former))
          .as(key.path())
          .isTrue();
      assertThatCode(() -> key.kind().parser().apply(key.texts(former)))
          .as(key.path())
          .doesNotThrowAnyException();
    }
  }

  // Law: UPGRADING.md has a row for each default that is not the former one, and for no other key.
  @Test
  void changedDefaultsAreListed() throws IOException {
    List<String> rows = new ArrayList<>();
    for (ConfigKey<?> key : saved()) {
      String former = SavedKeys.former(key);
      if (!key.sameValue(former, key.defaultText())) {
        rows.add("| `%s` | `%s` | `%s` |".formatted(key.path(), former, key.defaultText()));
      }
    }
    assertThat(rows).isNotEmpty();
    assertThat(listed()).containsExactlyInAnyOrderElementsOf(rows);
  }

  /** The first three cells of each row. */
  private static List<String> listed() throws IOException {
    return Files.readString(Path.of("..", "UPGRADING.md"))
        .split("### Defaults that have changed", 2)[1]
        .split("\n#", 2)[0]
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.replaceAll("^(\\|[^|]*\\|[^|]*\\|[^|]*\\|).*", "$1"))
        .toList();
  }
}
