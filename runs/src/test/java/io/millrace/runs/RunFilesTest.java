package io.millrace.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFilesTest {

  @TempDir Path folder;

  /**
   * Law: a run goes on in its directory, whatever it has written there, and starts in a new one.
   */
  @Test
  void aRunContinuesInItsOwnDirectory() throws IOException {
    Path dir = folder.resolve("clicks");
    RunFiles.createOrContinue(dir, "clicks").describe(described("clicks"));
    Files.writeString(dir.resolve(RunFiles.METRICS), "{}\n");

    assertThat(RunFiles.createOrContinue(dir, "clicks").dir()).isEqualTo(dir);
    assertThat(dir.resolve(RunFiles.METRICS)).hasContent("{}");
    assertThatThrownBy(() -> RunFiles.create(dir)).hasMessageContaining("must be new or empty");
  }

  // Law: the directory of another job, and one with results that no run describes, are refused.
  @Test
  void noJobContinuesInAnothersDirectory() throws IOException {
    RunFiles.create(folder.resolve("a")).describe(described("clicks"));
    assertThatThrownBy(() -> RunFiles.createOrContinue(folder.resolve("a"), "views"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--run-dir must be new, or of a run of job 'views', but '%s' is of job 'clicks'",
            folder.resolve("a"));
    Files.createDirectories(folder.resolve("b").resolve(RunFiles.MAPS));
    assertThatThrownBy(() -> RunFiles.createOrContinue(folder.resolve("b"), "clicks"))
        .hasMessageContaining("must be new or empty");
  }

  private static ObjectNode described(String job) {
    return new ObjectMapper().createObjectNode().put("name", job);
  }
}
