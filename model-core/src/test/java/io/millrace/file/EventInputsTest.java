package io.millrace.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventInputsTest {

  @TempDir Path dir;

  @BeforeEach
  void writeFiles() throws IOException {
    for (String name :
        List.of(
            "b.csv",
            "a.csv",
            "a.tsv",
            ".hidden.csv",
            "_SUCCESS",
            "dt=2/x.csv",
            "dt=1/y.csv",
            "dt=1/_tmp/z.csv",
            "[odd].csv")) {
      Path file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
  }

  private List<String> find(String... given) throws IOException {
    String[] full = new String[given.length];
    for (int i = 0; i < given.length; i++) {
      full[i] = dir + "/" + given[i];
    }
    try (EventInputs inputs =
        EventInputs.find(List.of(full), InputStream.nullInputStream(), true)) {
      return inputs.all().stream().map(EventInput::name).map(this::shorten).toList();
    }
  }

  private String shorten(String name) {
    return dir.relativize(Path.of(name)).toString();
  }

  // Files in the order given; folders and patterns by name, without hidden files.
  @Test
  void filesFoldersAndPatterns() throws IOException {
    assertThat(find("b.csv", "a.csv")).containsExactly("b.csv", "a.csv");
    assertThat(find("")).containsExactly("[odd].csv", "a.csv", "a.tsv", "b.csv");
    assertThat(find("*.csv")).containsExactly("[odd].csv", "a.csv", "b.csv");
    assertThat(find("?.{csv,tsv}")).containsExactly("a.csv", "a.tsv", "b.csv");
    assertThat(find("[b-z].csv", "a.*")).containsExactly("b.csv", "a.csv", "a.tsv");
    assertThat(find("dt=*/*.csv")).containsExactly("dt=1/y.csv", "dt=2/x.csv");
    assertThat(find("dt=*")).containsExactly("dt=1/y.csv", "dt=2/x.csv");
    assertThat(find("**/*.csv"))
        .containsExactly("[odd].csv", "a.csv", "b.csv", "dt=1/y.csv", "dt=2/x.csv");
    assertThat(find("dt=1/**")).containsExactly("dt=1/y.csv");
  }

  // A hidden file can be named, and a file whose name looks like a pattern too.
  @Test
  void anyFileCanBeNamed() throws IOException {
    assertThat(find(".hidden.csv", "[odd].csv")).containsExactly(".hidden.csv", "[odd].csv");
    assertThat(find("_*")).containsExactly("_SUCCESS");
  }

  @Test
  void aFolderSaysWhatItLeavesOut() throws IOException {
    try (EventInputs inputs =
        EventInputs.find(List.of(dir.toString()), InputStream.nullInputStream(), true)) {
      assertThat(inputs.notes())
          .containsExactly(
              dir
                  + ": folders in it were not read; --events '"
                  + dir
                  + "/**' reads the files in its 2 folders");
    }
  }

  @Test
  void whatIsNotThereIsAnError() throws IOException {
    fails("no.csv", "--events must be a file but was '%s', which does not exist");
    fails("no*.csv", "--events must be a file but was '%s', which no file matches");
    Files.createDirectories(dir.resolve("empty"));
    fails("empty", "--events must hold files but was '%s', a folder without any");
    assertThatThrownBy(() -> find("b.csv", "*.csv"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--events must be different files but '" + dir + "/b.csv' is given twice");
    assertThatThrownBy(
            () -> EventInputs.find(List.of("-", "-"), InputStream.nullInputStream(), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--events must be standard input (-) once, not twice");
  }

  private void fails(String given, String message) {
    assertThatThrownBy(() -> find(given))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message.formatted(dir.resolve(given)));
  }

  // Standard input is copied where it is needed again, and the copy does not outlive its use.
  @Test
  void standardInputIsKeptAsLongAsNeeded() throws IOException {
    InputStream in = new ByteArrayInputStream("a,b\n".getBytes(UTF_8));
    Path copy;
    try (EventInputs inputs = EventInputs.find(List.of("-"), in, true)) {
      EventInput input = inputs.all().get(0);
      copy = input.path();
      for (int pass = 0; pass < 2; pass++) {
        try (InputStream again = input.open()) {
          assertThat(again.readAllBytes()).hasSize(4);
        }
      }
    }
    assertThat(copy).doesNotExist();
    try (EventInputs inputs = EventInputs.find(List.of("-"), in, false)) {
      assertThat(inputs.all().get(0).path()).isNull();
    }
  }
}
