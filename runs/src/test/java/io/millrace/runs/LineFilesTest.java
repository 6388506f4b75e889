package io.millrace.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineFilesTest {

  private static final String LINES = RunFiles.METRICS;
  private static final String OTHERS = RunFiles.COUNTS;

  @TempDir Path dir;

  private LineFiles restored(long length, long others) throws IOException {
    LineFiles files = new LineFiles(dir);
    files.restore(Map.of(LINES, length, OTHERS, others), "");
    return files;
  }

  private void assertLines(String... lines) {
    assertThat(dir.resolve(LINES)).hasContent(String.join("\n", lines));
  }

  /** Law: a restart goes back to the saved length, and readers see what it writes from then on. */
  @Test
  void aRestartDropsWhatWasNotSaved() throws IOException {
    try (LineFiles first = restored(0, 0)) {
      first.append(LINES, "a");
      first.save();
      assertThat(first.length(LINES)).isEqualTo(2);
      first.append(LINES, "b");
      first.append(OTHERS, "c");
    }
    try (LineFiles second = restored(2, 0)) {
      assertThat(second.length(LINES)).isEqualTo(2);
      second.save();
      assertLines("a");
      assertThat(dir.resolve(OTHERS)).doesNotExist();
      second.append(LINES, "d");
      second.append(OTHERS, "e");
      second.save();
      assertLines("a", "d");
      assertThat(second.length(LINES)).isEqualTo(4);
      assertThat(second.length(OTHERS)).isEqualTo(2);
    }
  }

  /** Law: a writer that starts late, and writes nothing, takes no line from the one after it. */
  @Test
  void aLateStartDoesNoHarm() throws IOException {
    try (LineFiles first = restored(0, 0);
        LineFiles late = new LineFiles(dir)) {
      first.append(LINES, "a");
      first.save();
      late.restore(Map.of(LINES, 0L, OTHERS, 0L), "");
      first.append(LINES, "b");
      first.save();
      restored(first.length(LINES), 0).close();
      assertLines("a", "b");
    }
  }

  /** Law: what a writer writes after the next one has begun is not in the files of that one. */
  @Test
  void aWriterThatLivesOnDoesNoHarm() throws IOException {
    try (LineFiles first = restored(0, 0);
        LineFiles second = new LineFiles(dir)) {
      first.append(LINES, "a");
      first.save();
      long length = first.length(LINES);
      first.append(LINES, "dropped");
      second.restore(Map.of(LINES, length, OTHERS, 0L), "");
      first.append(LINES, "dropped too");
      second.append(LINES, "b");
      first.append(LINES, "of the dead");
      first.append(OTHERS, "1");
      second.save();
      assertLines("a", "b");
      assertThatThrownBy(first::save)
          .hasMessage(
              dir.resolve(LINES)
                  + " must have the 34 bytes that this job has written but has 4; only one job may"
                  + " write a run directory: stop the others, or give each a --run-dir of its own");
      assertThatThrownBy(() -> second.append(OTHERS, "1"))
          .hasMessageStartingWith(dir.resolve(OTHERS) + " was made by another writer; ");
    }
  }

  /**
   * Law: files that were deleted or cut are named, by those who continue them and who have them.
   */
  @Test
  void missingLinesAreNamed() throws IOException {
    Path file = dir.resolve(LINES);
    try (LineFiles lines = restored(0, 0)) {
      lines.append(LINES, "a");
      lines.append(LINES, "b");
      Files.writeString(file, "a\n");
      assertThatThrownBy(lines::save)
          .hasMessageStartingWith(
              file + " must have the 4 bytes that this job has written but has 2; ");
      assertThatThrownBy(() -> restored(4, 0))
          .hasMessage(
              file
                  + " must have at least the 4 bytes of the checkpoint but has 2; put its lines"
                  + " back, or go on from a checkpoint or savepoint before them");
      Files.delete(file);
      assertThatThrownBy(() -> restored(4, 0)).hasMessageContaining(" but is not there; ");
    }
  }
}
