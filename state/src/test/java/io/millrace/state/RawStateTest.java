package io.millrace.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.table.FrozenState;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.junit.jupiter.api.Test;

class RawStateTest {

  private final CloseableRegistry task = new CloseableRegistry();

  private static FrozenState frozen() throws IOException {
    return RawState.freeze("thing", 3, out -> out.writeLong(42), 0);
  }

  private static CheckpointStreamFactory storage(int mostBytes) {
    return new MemCheckpointStreamFactory(mostBytes);
  }

  // what the checkpoint's thread writes is found again under its name and format
  @Test
  void writtenLaterItIsReadAsIfWrittenAtOnce() throws Exception {
    FrozenState frozen = frozen();
    RunnableFuture<SnapshotResult<OperatorStateHandle>> later =
        RawState.later(frozen, storage(1000), task);
    assertThat(frozen.released()).isFalse();
    later.run();
    assertThat(frozen.released()).isTrue();
    try (InputStream in = later.get().getJobManagerOwnedSnapshot().openInputStream()) {
      RawState.Head head = RawState.head(in).orElseThrow();
      assertThat(head.name()).isEqualTo("thing");
      assertThat(head.format()).isEqualTo(3);
      head.checkFormat(Set.of(1, 3));
      DataInputStream object = head.object();
      assertThat(object.readLong()).isEqualTo(42);
      assertThat(object.readInt()).isEqualTo(0x454E4421);
      assertThat(object.read()).isEqualTo(-1);
      assertThatThrownBy(() -> head.checkFormat(Set.of(4, 2)))
          .isInstanceOf(IOException.class)
          .hasMessage("thing: format of the state must be 2 or 4 but was 3");
    }
    assertThat(task.getNumberOfRegisteredCloseables()).isZero();
  }

  // a checkpoint that is aborted before its thread has begun, a task that ends, storage that fails:
  // nobody has to preserve rows any longer
  @Test
  void isReleasedWhateverHappens() throws Exception {
    FrozenState aborted = frozen();
    assertThat(RawState.later(aborted, storage(1000), task).cancel(true)).isTrue();
    assertThat(aborted.released()).isTrue();

    FrozenState failing = frozen();
    var full = RawState.later(failing, storage(10), task);
    full.run();
    assertThatThrownBy(full::get).isInstanceOf(ExecutionException.class);
    assertThat(failing.released()).isTrue();

    FrozenState ended = frozen();
    var never = RawState.later(ended, storage(1000), task);
    task.close();
    assertThat(never.isCancelled()).isTrue();
    assertThat(ended.released()).isTrue();
  }

  // Law: each of several objects begins where its place says, and all subtasks can read it
  @Test
  void severalObjectsHaveAPlaceEach() throws Exception {
    Map<String, RawState.Writer> objects = new LinkedHashMap<>();
    objects.put("one", out -> out.writeLong(1));
    objects.put("two", out -> out.writeLong(2));
    OperatorStateHandle written = RawState.writeForAll(objects, 3, storage(1000));
    OperatorStateHandle.StateMetaInfo places =
        written.getStateNameToPartitionOffsets().values().iterator().next();
    assertThat(places.getDistributionMode()).isEqualTo(OperatorStateHandle.Mode.UNION);
    long number = 1;
    for (long start : places.getOffsets()) {
      try (FSDataInputStream in = written.openInputStream()) {
        in.seek(start);
        RawState.Head head = RawState.head(in).orElseThrow();
        assertThat(head.name()).isEqualTo(number == 1 ? "one" : "two");
        assertThat(head.object().readLong()).isEqualTo(number++);
      }
    }
    assertThat(number).isEqualTo(3);
  }
}
