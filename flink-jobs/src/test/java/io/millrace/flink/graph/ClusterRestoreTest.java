package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterRestoreTest {

  private static final String MODE = "high-availability.type";
  private static final String PLACE = "execution.state-recovery.path";

  @TempDir Path folder;

  // Law: a job goes on only where Flink restores it.
  @Test
  void somethingMustRestoreTheJob() {
    assertThatThrownBy(() -> restore(Map.of()).check())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(MODE)
        .hasMessageContaining(PLACE)
        .hasMessageContaining("begin anew");
    assertThatThrownBy(() -> restore(Map.of(MODE, "none")).check()).hasMessageContaining(MODE);
    assertThatCode(() -> restore(Map.of(MODE, "kubernetes")).check()).doesNotThrowAnyException();
    assertThatCode(() -> restore(Map.of(PLACE, "s3://b/savepoint-1")).check())
        .doesNotThrowAnyException();
  }

  // Law: a savepoint counts where it can be read; a name without one is no savepoint.
  @Test
  void onlyASavepointThatIsThereIsRead() throws IOException {
    assertThat(restore(Map.of()).savepoint()).isEmpty();
    assertThat(restore(Map.of(PLACE, "KUBERNETES_OPERATOR_LAST_STATE")).savepoint()).isEmpty();
    String place = folder.toString();
    assertThat(restore(Map.of(PLACE, place)).savepoint()).isEmpty();
    Files.createFile(folder.resolve("_metadata"));
    assertThat(restore(Map.of(PLACE, place)).savepoint()).contains(new Savepoint(place));
  }

  private static ClusterRestore restore(Map<String, String> settings) {
    return new ClusterRestore(Configuration.fromMap(settings));
  }
}
