package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millrace.dlrm.ClickModel;
import io.millrace.kafka.ClientSettings;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.snapshot.UpdateRecord;
import io.millrace.store.LocalObjectStore;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /**
   * Law: what lies in a store is followed, pinned and refused as what lies in a folder; a version
   * is gone back to although its tensors were never served.
   */
  @Test
  void aStoreIsFollowed() throws IOException {
    ModelMirror mirror = new ModelMirror(new LocalObjectStore(arm()), folder.resolve("copy"));
    publish(1);
    publish(2);
    damage(2);
    try (ModelFollower follower = new ModelFollower(mirror, Optional.empty())) {
      assertThat(version(follower)).isEqualTo(1);
      publish(3);
      assertThat(follower.refresh()).isTrue();
      assertThat(version(follower)).isEqualTo(3);
      follower.pin(1);
      assertThat(version(follower)).isEqualTo(1);
      assertThat(ModelFolder.pinned(arm())).contains(arm().resolve("v000001"));
      assertThatThrownBy(() -> follower.pin(2)).hasMessageContaining("damaged, its checksum");
      assertThat(follower.pinned()).contains(1L);
      follower.unpin();
      assertThat(version(follower)).isEqualTo(3);
      assertThat(ModelFolder.pinned(arm())).isEmpty();
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

  /** Law: a damaged version is read again when its files change, not at each look. */
  @Test
  void aDamagedVersionIsNotReadAtEachLook() throws IOException {
    publish(1);
    try (ModelFollower follower = new ModelFollower(arm())) {
      publish(2);
      damage(2);
      Throwable first = catchThrowable(follower::refresh);
      assertThat(first).hasMessageContaining("damaged, its checksum");
      assertThat(catchThrowable(follower::refresh)).isSameAs(first);
      damage(2); // the same byte again: it is whole
      assertThat(follower.refresh()).isTrue();
      assertThat(version(follower)).isEqualTo(2);
    }
  }

  /** Law: a version that does not fit into the heap is refused, and the one before stays. */
  @Test
  void aVersionTooLargeForTheHeapIsRefused() throws IOException {
    publish(1);
    AtomicBoolean room = new AtomicBoolean(true);
    try (ModelFollower follower =
        new ModelFollower(arm(), Optional.empty(), bytes -> bytes < 1_000 || room.get())) {
      room.set(false);
      publish(2);
      assertThatThrownBy(follower::refresh)
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE))
          .hasMessageContaining("must fit into the heap of ")
          .hasMessageContaining(" beside what is in use but has 0 MiB; start the server");
      assertThat(version(follower)).isEqualTo(1);
      assertThat(follower.refused().versions()).isEqualTo(Map.of(Reason.TOO_LARGE, 1L));
    }
    assertThatThrownBy(() -> new ModelFollower(arm(), Optional.empty(), bytes -> false))
        .hasMessageContaining("must fit into the heap of ");
    long mib = 1 << 20;
    assertThat(HeapRoom.fits(100 * mib, 100 * mib, 300 * mib)).isTrue();
    assertThat(HeapRoom.fits(100 * mib, 160 * mib, 300 * mib)).isFalse();
    assertThat(HeapRoom.fits(Long.MAX_VALUE, 0, 300 * mib)).isFalse();
  }

  /**
   * Law: after a reset without a new version, the newest version at or before its interval is
   * served, but only after some time, and none if there is none. A version of the new epoch then
   * takes over.
   */
  @Test
  void theServerGoesBackWithTheStudent() throws IOException {
    publish(1, 7, 3);
    publish(2, 7, 6);
    try (ModelFollower follower =
        new ModelFollower(arm(), Optional.of(ClientSettings.of("localhost:1")))) {
      reset(follower, 8, 4);
      assertThat(follower.refresh()).isFalse();
      assertThat(follower.goBack(Duration.ofHours(1))).isFalse();
      assertThat(version(follower)).isEqualTo(2);
      assertThat(follower.goBack(Duration.ZERO)).isTrue();
      assertThat(version(follower)).isEqualTo(1);
      assertThat(follower.goBack(Duration.ZERO)).isFalse();
      assertThat(follower.waitsFor()).isPresent();
      publish(3, 8, 4);
      assertThat(follower.refresh()).isTrue();
      assertThat(version(follower)).isEqualTo(3);
      reset(follower, 9, 2);
      assertThat(follower.goBack(Duration.ZERO)).isFalse();
      assertThat(version(follower)).isEqualTo(3);
    }
  }

  private static void reset(ModelFollower follower, long epoch, long interval) {
    UpdateRecord reset = new UpdateRecord.Reset("learned", epoch, interval);
    follower.state().take(List.of(reset), follower.state().start());
  }

  private void publish(int version, long epoch, long interval) throws IOException {
    Origin origin =
        SmallModel.origin(version, new Origin.UpdatesAt("t.updates", 0, epoch, interval));
    ModelFolder.publish(arm(), trained(), origin, 3);
  }

  /** Law: whatever fails while updates are read, reading begins again, and failures are counted. */
  @Test
  void readingUpdatesBeginsAgainAfterAnyFailure() throws InterruptedException {
    ServedState missing = null; // a fault of the program, as any other
    try (UpdateReader reader = new UpdateReader(ClientSettings.of("localhost:1"), missing)) {
      for (int i = 0; i < 1_000 && reader.failures() < 2; i++) {
        Thread.sleep(10);
      }
      assertThat(reader.failures()).isGreaterThan(1);
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

  static PublishedModel withNan() {
    PublishedModel model = trained();
    model.network().orElseThrow().topParameters()[1][0] = Float.NaN;
    return model;
  }

  static PublishedModel withZeros() {
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
