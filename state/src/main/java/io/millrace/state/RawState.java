package io.millrace.state;

import static java.util.stream.Collectors.joining;

import io.millrace.table.FrozenState;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.state.AsyncSnapshotCallable;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.DefaultOperatorStateBackend;
import org.apache.flink.runtime.state.OperatorStateCheckpointOutputStream;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StatePartitionStreamProvider;
import org.apache.flink.runtime.state.StateSnapshotContext;

/**
 * Keeps an object that writes itself, such as a trainer, in a checkpoint: as a stream straight to
 * the checkpoint's storage, without a copy in memory.
 *
 * <pre>
 * i32 magic "MRRS" | i32 envelope version, 1 | name of the object | i32 its format | its bytes | i32 end mark
 * </pre>
 *
 * <p>For operators of parallelism 1, but for {@link #writeForAll}. Small objects are written in the
 * synchronous part of the checkpoint. A model is only frozen there, which takes milliseconds, and
 * written by the checkpoint's own thread while the operator continues, see {@link FrozenState}; the
 * bytes are the same.
 */
public final class RawState {

  private static final int MAGIC = 0x4D525253;
  private static final int ENVELOPE = 1;
  private static final int END = 0x454E4421;
  private static final int BUFFER = 1 << 16;

  private RawState() {}

  /** Writes an object. */
  @FunctionalInterface
  public interface Writer {
    /** Writes all bytes of the object. */
    void write(DataOutput out) throws IOException;
  }

  /** Reads what a {@link Writer} wrote. */
  @FunctionalInterface
  public interface Reader {
    /** Reads all bytes of the object. */
    void read(DataInput in) throws IOException;
  }

  /** Reads nothing: the state is dropped, and the object begins empty. */
  public static final Reader DROPPED = in -> {};

  /**
   * Writes an object into the checkpoint, in its synchronous part.
   *
   * @param name of the object; a restore under another name is refused
   * @param format of its bytes; a restore of another format is refused
   */
  public static void write(StateSnapshotContext context, String name, int format, Writer writer)
      throws Exception {
    OperatorStateCheckpointOutputStream stream = context.getRawOperatorStateOutput();
    stream.startNewPartition();
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream, BUFFER));
    write(out, name, format, writer);
    out.flush();
  }

  private static void write(DataOutput out, String name, int format, Writer writer)
      throws IOException {
    out.writeInt(MAGIC);
    out.writeInt(ENVELOPE);
    out.writeUTF(name);
    out.writeInt(format);
    writer.write(out);
    out.writeInt(END);
  }

  /**
   * Writes several objects, which {@link #readOwn} finds in whatever subtask it is called.
   *
   * @param objects by their names
   * @param format of their bytes
   * @param storage of the checkpoint
   * @return the raw state of the operator's subtask
   */
  public static OperatorStateHandle writeForAll(
      Map<String, Writer> objects, int format, CheckpointStreamFactory storage) throws IOException {
    try (CheckpointStateOutputStream stream =
        storage.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
      long[] starts = new long[objects.size()];
      int n = 0;
      for (Map.Entry<String, Writer> object : objects.entrySet()) {
        starts[n++] = stream.getPos();
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream, BUFFER));
        write(out, object.getKey(), format, object.getValue());
        out.flush();
      }
      return handle(starts, OperatorStateHandle.Mode.UNION, stream);
    }
  }

  private static OperatorStateHandle handle(
      long[] starts, OperatorStateHandle.Mode mode, CheckpointStateOutputStream stream)
      throws IOException {
    Map<String, OperatorStateHandle.StateMetaInfo> objects = new HashMap<>(); // Flink changes it
    objects.put(
        DefaultOperatorStateBackend.DEFAULT_OPERATOR_STATE_NAME,
        new OperatorStateHandle.StateMetaInfo(starts, mode));
    return new OperatorStreamStateHandle(objects, stream.closeAndGetHandle());
  }

  /**
   * Freezes an object that is to be {@linkplain #later written later}; arguments as for {@link
   * #write}.
   *
   * @param mostBytes upper bound on the memory for what changes before it is written
   */
  public static FrozenState freeze(String name, int format, Writer writer, long mostBytes)
      throws IOException {
    return FrozenState.of(out -> write(out, name, format, writer), mostBytes, System::nanoTime);
  }

  /**
   * The asynchronous part of a checkpoint: writes what was frozen, as the operator's raw state, see
   * {@link
   * org.apache.flink.streaming.api.operators.OperatorSnapshotFutures#setOperatorStateRawFuture}. A
   * checkpoint that is cancelled, before or while this runs, releases the frozen state.
   *
   * @param storage of the checkpoint
   * @param cancelables what ends with the task
   */
  public static RunnableFuture<SnapshotResult<OperatorStateHandle>> later(
      FrozenState frozen, CheckpointStreamFactory storage, CloseableRegistry cancelables)
      throws IOException {
    return new FrozenWriter(frozen, storage).toAsyncSnapshotFutureTask(cancelables);
  }

  /** Writes a frozen state as the one partition of an operator's raw state. */
  private static final class FrozenWriter
      extends AsyncSnapshotCallable<SnapshotResult<OperatorStateHandle>> {
    private final FrozenState frozen;
    private final CheckpointStreamFactory storage;

    FrozenWriter(FrozenState frozen, CheckpointStreamFactory storage) {
      this.frozen = frozen;
      this.storage = storage;
    }

    @Override
    protected SnapshotResult<OperatorStateHandle> callInternal() throws Exception {
      CheckpointStateOutputStream stream =
          storage.createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE);
      snapshotCloseableRegistry.registerCloseable(stream);
      frozen.writeTo(stream);
      if (!snapshotCloseableRegistry.unregisterCloseable(stream)) {
        throw new IOException("the checkpoint was cancelled");
      }
      return SnapshotResult.of(
          handle(new long[] {0}, OperatorStateHandle.Mode.SPLIT_DISTRIBUTE, stream));
    }

    @Override
    protected void cleanupProvidedResources() {
      frozen.release();
    }
  }

  /**
   * Reads an object back, if the operator is being restored.
   *
   * @param readers by the formats that can be read
   * @return false if there is nothing to restore
   * @throws IOException if the state is of another object or format, or damaged
   */
  public static boolean read(
      StateInitializationContext context, String name, Map<Integer, Reader> readers)
      throws IOException {
    if (!context.isRestored()) {
      return false;
    }
    boolean found = false;
    for (StatePartitionStreamProvider partition : context.getRawOperatorStateInputs()) {
      if (found) {
        throw new IOException(name + ": state of more than one subtask; its parallelism must be 1");
      }
      Head head =
          head(partition.getStream()).orElseThrow(() -> new IOException(name + ": no state"));
      if (!head.name.equals(name)) {
        throw new IOException(name + ": the state belongs to " + head.name);
      }
      head.checkFormat(readers.keySet());
      head.read(readers.get(head.format));
      found = true;
    }
    return found;
  }

  /** Names of the objects of all subtasks, as far as this one gets them; none without a restore. */
  public static Set<String> names(StateInitializationContext context) throws IOException {
    Set<String> names = new TreeSet<>();
    if (context.isRestored()) {
      for (StatePartitionStreamProvider partition : context.getRawOperatorStateInputs()) {
        head(partition.getStream()).ifPresent(head -> names.add(head.name));
      }
    }
    return names;
  }

  /**
   * Reads objects of which each subtask has some, if the operator is being restored; those of other
   * subtasks are left.
   *
   * @param format of their bytes
   * @param readers of this subtask's objects, by their names
   * @throws IOException if the operator has state, but not of all these objects, or it is of
   *     another format, or damaged
   */
  public static void readOwn(
      StateInitializationContext context, int format, Map<String, Reader> readers)
      throws IOException {
    if (!context.isRestored()) {
      return;
    }
    Set<String> missing = new TreeSet<>(readers.keySet());
    boolean any = false;
    for (StatePartitionStreamProvider partition : context.getRawOperatorStateInputs()) {
      any = true;
      Head head = head(partition.getStream()).orElseThrow(() -> new IOException("no state"));
      if (missing.remove(head.name)) {
        head.checkFormat(Set.of(format));
        head.read(readers.get(head.name));
      }
    }
    if (any && !missing.isEmpty()) {
      throw new IOException("there is state of other objects but none of " + missing);
    }
  }

  /**
   * The beginning of an object in a checkpoint.
   *
   * @param name of the object
   * @param format of its bytes
   * @param object the stream, at the object's first byte
   */
  public record Head(String name, int format, DataInputStream object) {

    private void read(Reader reader) throws IOException {
      if (!reader.equals(DROPPED)) {
        reader.read(object);
        expect(name, "end mark", END, object.readInt());
      }
    }

    /**
     * Checks the format.
     *
     * @param readable formats, at least one
     * @throws IOException if it is another
     */
    public void checkFormat(Set<Integer> readable) throws IOException {
      if (!readable.contains(format)) {
        String wanted =
            new TreeSet<>(readable).stream().map(String::valueOf).collect(joining(" or "));
        throw new IOException(
            name + ": format of the state must be " + wanted + " but was " + format);
      }
    }
  }

  /** Reads the beginning of an object; empty if {@link #write} did not write it. */
  public static Optional<Head> head(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(stream, BUFFER));
    if (in.readInt() != MAGIC) {
      return Optional.empty();
    }
    int envelope = in.readInt();
    String name = envelope == ENVELOPE ? in.readUTF() : "state";
    expect(name, "version of the state's envelope", ENVELOPE, envelope);
    return Optional.of(new Head(name, in.readInt(), in));
  }

  private static void expect(String name, String what, int wanted, int was) throws IOException {
    if (was != wanted) {
      throw new IOException(name + ": " + what + " must be " + wanted + " but was " + was);
    }
  }
}
