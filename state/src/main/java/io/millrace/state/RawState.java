package io.millrace.state;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.runtime.state.OperatorStateCheckpointOutputStream;
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
 * <p>For operators of parallelism 1. The stream is written while the operator stands still, which
 * takes as long as its storage takes the bytes.
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
    void write(DataOutput out) throws IOException;
  }

  /** Reads what a {@link Writer} wrote. */
  @FunctionalInterface
  public interface Reader {
    void read(DataInput in) throws IOException;
  }

  /**
   * Writes an object into the checkpoint.
   *
   * @param name of the object; a restore under another name is refused
   * @param format of its bytes; a restore of another format is refused
   */
  public static void write(StateSnapshotContext context, String name, int format, Writer writer)
      throws Exception {
    OperatorStateCheckpointOutputStream stream = context.getRawOperatorStateOutput();
    stream.startNewPartition();
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream, BUFFER));
    out.writeInt(MAGIC);
    out.writeInt(ENVELOPE);
    out.writeUTF(name);
    out.writeInt(format);
    writer.write(out);
    out.writeInt(END);
    out.flush();
  }

  /**
   * Reads an object back, if the operator is being restored.
   *
   * @return false if there is nothing to restore
   * @throws IOException if the state is of another object or format, or damaged
   */
  public static boolean read(
      StateInitializationContext context, String name, int format, Reader reader)
      throws IOException {
    if (!context.isRestored()) {
      return false;
    }
    boolean found = false;
    for (StatePartitionStreamProvider part : context.getRawOperatorStateInputs()) {
      if (found) {
        throw new IOException(name + ": state of more than one subtask; its parallelism must be 1");
      }
      DataInputStream in = new DataInputStream(new BufferedInputStream(part.getStream(), BUFFER));
      expect(name, "magic", MAGIC, in.readInt());
      expect(name, "version of the state's envelope", ENVELOPE, in.readInt());
      String written = in.readUTF();
      if (!written.equals(name)) {
        throw new IOException(name + ": the state belongs to " + written);
      }
      expect(name, "format of the state", format, in.readInt());
      reader.read(in);
      expect(name, "end mark", END, in.readInt());
      found = true;
    }
    return found;
  }

  private static void expect(String name, String what, int wanted, int was) throws IOException {
    if (was != wanted) {
      throw new IOException(name + ": " + what + " must be " + wanted + " but was " + was);
    }
  }
}
