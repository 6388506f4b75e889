package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dlrm.ClickModel;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a follower takes from a folder, and what it refuses. */
class FollowerTest {

  @TempDir Path folder;

  private Path arm() {
    return folder.resolve("arm");
  }

  /** Law: a pinned version is served whatever is published, also after a restart. */
  @Test
  void aPinHolds() throws IOException {
    publish(1);
    publish(2);
    try (ModelFollower follower = new ModelFollower(arm())) {
      follower.pin(1);
      assertThat(version(follower)).isEqualTo(1);
      for (int v = 3; v < 8; v++) {
        publish(v);
        assertThat(follower.refresh()).isFalse();
      }
      assertThat(version(follower)).isEqualTo(1);
      assertThat(follower.pinned()).contains(1L);
    }
    try (ModelFollower again = new ModelFollower(arm())) {
      assertThat(version(again)).isEqualTo(1);
      assertThat(again.versions().stream().filter(ModelFollower.Version::active))
          .extracting(ModelFollower.Version::number)
          .containsExactly(1L);
      ModelFolder.pin(arm(), 6); // as another program does
      assertThat(again.refresh()).isTrue();
      assertThat(version(again)).isEqualTo(6);
      again.unpin();
      assertThat(version(again)).isEqualTo(7);
      assertThat(again.pinned()).isEmpty();
    }
  }

  /** Law: what cannot be pinned leaves the pin as it was. */
  @Test
  void aPinNeedsAVersionThatCanBeServed() throws IOException {
    publish(1);
    publish(2);
    damage(1);
    try (ModelFollower follower = new ModelFollower(arm())) {
      assertThatThrownBy(() -> follower.pin(9))
          .isInstanceOf(NoSuchFileException.class)
          .hasMessageContaining("v000009");
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> follower.pin(1)).hasMessageContaining("damaged, its checksum");
        assertThat(follower.pinned()).isEmpty();
        assertThat(version(follower)).isEqualTo(2);
      }
      publish(3);
      assertThat(follower.refresh()).isTrue();
      assertThat(version(follower)).isEqualTo(3);
    }
    try (ModelFollower one = new ModelFollower(arm().resolve("v000003"))) {
      assertThatThrownBy(() -> one.pin(3)).hasMessageContaining("is one version");
      assertThat(one.versions()).hasSize(1);
    }
  }

  /** Law: NaN and rows of zeros never reach an answer; each version is counted once, by reason. */
  @Test
  void badParametersAreRefused() throws IOException {
    publish(1);
    try (ModelFollower follower = new ModelFollower(arm())) {
      publish(2, withNan());
      refused(follower, Reason.NOT_FINITE, "the top MLP must be finite but has NaN or infinity");
      publish(3, withZeros());
      refused(follower, Reason.ZERO_ROWS, "some row must have a weight besides 0 but all are 0");
      assertThat(version(follower)).isEqualTo(1);
      assertThat(follower.refused().versions())
          .isEqualTo(Map.of(Reason.NOT_FINITE, 1L, Reason.ZERO_ROWS, 1L));
      assertThat(follower.versions())
          .extracting(ModelFollower.Version::refused)
          .containsExactly(
              Optional.empty(), Optional.of(Reason.NOT_FINITE), Optional.of(Reason.ZERO_ROWS));
    }
    try (ModelFollower again = new ModelFollower(arm())) {
      assertThat(version(again)).isEqualTo(1);
    }
    Files.delete(arm().resolve("v000001").resolve(ModelFolder.TENSORS));
    assertThatThrownBy(() -> new ModelFollower(arm()))
        .hasMessageContaining("some row must have a weight besides 0");
  }

  private static void refused(ModelFollower follower, Reason reason, String message)
      throws IOException {
    assertThatThrownBy(follower::refresh)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(message);
    assertThat(follower.refresh()).isFalse();
  }

  /** Law: a pointer that goes back is not followed; a version that is damaged counts once. */
  @Test
  void olderAndDamagedVersionsAreRefused() throws IOException {
    publish(1);
    publish(2);
    try (ModelFollower follower = new ModelFollower(arm())) {
      Files.writeString(arm().resolve(ModelFolder.LATEST), "v000001\n");
      refused(follower, Reason.OLDER, "must not be older than the one that is served, version 2");
      publish(3);
      damage(3);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(follower::refresh).hasMessageContaining("damaged, its checksum");
      }
      assertThat(version(follower)).isEqualTo(2);
      assertThat(follower.refused().versions())
          .isEqualTo(Map.of(Reason.OLDER, 1L, Reason.DAMAGED, 1L));
      publish(3);
      assertThat(follower.refresh()).isTrue();
      assertThat(follower.versions().get(2).refused()).isEmpty();
    }
  }

  private void damage(int version) throws IOException {
    Path tensors = arm().resolve(ModelFolder.versionName(version)).resolve(ModelFolder.TENSORS);
    byte[] bytes = Files.readAllBytes(tensors);
    bytes[bytes.length - 1] ^= 1;
    Files.write(tensors, bytes);
  }

  private void publish(int version) throws IOException {
    SmallModel.publish(arm(), version, 10);
  }

  private void publish(int version, PublishedModel model) throws IOException {
    ModelFolder.publish(arm(), model, SmallModel.origin(version), 3);
  }

  private static PublishedModel trained() {
    try (ClickModel model = SmallModel.train(10)) {
      return PublishedModel.copyOf(SmallModel.SCHEMA, model);
    }
  }

  private static PublishedModel withNan() {
    PublishedModel model = trained();
    model.network().orElseThrow().topParameters()[1][0] = Float.NaN;
    return model;
  }

  private static PublishedModel withZeros() {
    PublishedModel model = trained();
    PublishedNetwork n = model.network().orElseThrow();
    List<FieldRows> zeros = n.fields().stream().map(FollowerTest::zeros).toList();
    PublishedNetwork changed =
        new PublishedNetwork(
            n.dim(), n.bottom(), n.bottomParameters(), n.top(), n.topParameters(), zeros);
    return new PublishedModel(model.schema(), Optional.of(changed), Optional.empty());
  }

  private static FieldRows zeros(FieldRows field) {
    StoredRows rows =
        new StoredRows.Dense(new float[field.count() * SmallModel.DIM], SmallModel.DIM);
    return field instanceof FieldRows.Indexed indexed
        ? new FieldRows.Indexed(indexed.ids(), rows)
        : new FieldRows.Hashed(((FieldRows.Hashed) field).hash(), field.combine(), rows);
  }

  private static long version(ModelFollower follower) {
    return follower.current().orElseThrow().model().version();
  }
}
