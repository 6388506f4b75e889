package io.millrace.runs.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineTailTest {

  @TempDir private Path dir;

  private Path file;

  @BeforeEach
  void start() {
    file = dir.resolve("metrics.jsonl");
  }

  /** Law: each line comes once, character for character, and only when it is whole. */
  @Test
  void grows() throws IOException {
    assertThat(LineTail.read(file, ""))
        .isEqualTo(new LineTail("", false, false, java.util.List.of()));
    append("{\"a\":1.50}\n{\"b\":");
    LineTail first = LineTail.read(file, "");
    assertThat(first.reset()).isTrue();
    assertThat(first.lines()).containsExactly("{\"a\":1.50}");
    append("2}\n");
    LineTail second = LineTail.read(file, first.cursor());
    assertThat(second.reset()).isFalse();
    assertThat(second.lines()).containsExactly("{\"b\":2}");
    LineTail third = LineTail.read(file, second.cursor());
    assertThat(third.cursor()).isEqualTo(second.cursor());
    assertThat(third.lines()).isEmpty();
  }

  /** Law: a file that was cut back, or that holds something else now, is read from its start. */
  @Test
  void cutBack() throws IOException {
    append("{\"a\":1}\n{\"a\":2}\n");
    LineTail all = LineTail.read(file, "");
    Files.writeString(file, "{\"a\":1}\n");
    LineTail cut = LineTail.read(file, all.cursor());
    assertThat(cut.reset()).isTrue();
    assertThat(cut.lines()).containsExactly("{\"a\":1}");
    append("{\"a\":3}\n");
    assertThat(LineTail.read(file, all.cursor()).lines()).containsExactly("{\"a\":1}", "{\"a\":3}");
    Files.delete(file);
    assertThat(LineTail.read(file, all.cursor()).reset()).isTrue();
  }

  /** Law: what is no JSON object does not spoil the answer, nor does a cursor that is none. */
  @Test
  void brokenLines() throws IOException {
    append("{\"a\":1}\nnothing\n[1]\n{\"a\":\n{\"a\":2} {}\n\n{\"a\":3}\n");
    for (String cursor : new String[] {"", "x", "-1-0", "99999999999999-0", "8-deadbeef"}) {
      LineTail tail = LineTail.read(file, cursor);
      assertThat(tail.reset()).isTrue();
      assertThat(tail.lines()).containsExactly("{\"a\":1}", "{\"a\":3}");
    }
  }

  /** Law: of a file that is too long the newest lines come, whole; what follows comes in parts. */
  @Test
  void longFiles() throws IOException {
    String line = "{\"a\":\"" + "x".repeat(1 << 20) + "\"}";
    for (int i = 0; i < 9; i++) {
      append(line + "\n");
    }
    LineTail end = LineTail.read(file, "");
    assertThat(end.lines()).hasSize(7).allMatch(line::equals);
    String early = LineTail.read(dir.resolve("early"), "").cursor();
    assertThat(early).isEmpty();
    Path grown = dir.resolve("grown");
    Files.writeString(grown, "{}\n");
    String cursor = LineTail.read(grown, "").cursor();
    Files.write(grown, Files.readAllBytes(file), StandardOpenOption.APPEND);
    LineTail part = LineTail.read(grown, cursor);
    assertThat(part.lines()).hasSize(7);
    assertThat(part.more()).isTrue();
    LineTail rest = LineTail.read(grown, part.cursor());
    assertThat(rest.lines()).hasSize(2);
    assertThat(rest.more()).isFalse();
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
