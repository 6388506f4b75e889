package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearSlots;
import io.millrace.linear.LinearWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinTest {

  @TempDir Path arm;

  /** Law: the pinned version outlives all that are published after it, until it is unpinned. */
  @Test
  void aPinnedVersionIsKept() throws IOException {
    publish(1);
    publish(2);
    assertThat(ModelFolder.pinned(arm)).isEmpty();
    ModelFolder.pin(arm, 1);
    for (long version = 3; version < 8; version++) {
      publish(version);
    }
    assertThat(ModelFolder.pinned(arm)).contains(arm.resolve("v000001"));
    assertThat(versions()).containsExactly(1L, 6L, 7L);
    assertThat(ModelFolder.open(arm).version()).isEqualTo(7);
    ModelFolder.unpin(arm);
    publish(8);
    assertThat(versions()).containsExactly(7L, 8L);
  }

  /** Law: only a version that exists is pinned; while the pointer is damaged nothing is deleted. */
  @Test
  void pointersAreChecked() throws IOException {
    publish(1);
    assertThatThrownBy(() -> ModelFolder.pin(arm, 5))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("v000005");
    assertThat(arm.resolve(ModelFolder.PINNED)).doesNotExist();
    Files.writeString(arm.resolve(ModelFolder.PINNED), "../v000001\n");
    assertThatThrownBy(() -> ModelFolder.pinned(arm))
        .hasMessageContaining("PINNED: must name a version such as v000001 but holds '../v000001'");
    for (long version = 2; version < 6; version++) {
      publish(version);
    }
    assertThat(versions()).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  private void publish(long version) throws IOException {
    Schema schema =
        new Schema(
            List.of(),
            List.of(new CategoricalField("a", "a", "", 10)),
            LabelColumn.of("click"),
            new TimeColumn.Epoch("time", TimeColumn.Unit.MS));
    LinearWeights weights =
        new LinearWeights(
            new LinearSlots(1, 1, 0, 1), LinearOptions.Precision.FLOAT32, new float[] {version, 1});
    Origin origin = new Origin("arm", 0, version, 0, 0, 1, null, List.of(), null);
    PublishedModel model = new PublishedModel(schema, Optional.empty(), Optional.of(weights));
    ModelFolder.publish(arm, model, origin, 2);
  }

  private List<Long> versions() throws IOException {
    return ModelFolder.versions(arm).stream().map(ModelFolder::number).toList();
  }
}
