package io.millrace.dlrm;

import io.millrace.table.FrozenState;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;

/**
 * Copies state in memory from the object that writes it to the one that reads it. The bytes are in
 * pieces; each piece is released as soon as it is read.
 */
public final class StateCopy {

  private static final int PIECE = 1 << 20;

  /** Reads state. */
  @FunctionalInterface
  public interface Reader {
    /** Reads what was written. */
    void read(DataInput in) throws IOException;
  }

  private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
  private int written = PIECE;
  private int read;

  private StateCopy() {}

  /** Copies, in memory. */
  public static void copy(FrozenState.Writer from, Reader to) throws IOException {
    StateCopy copy = new StateCopy();
    from.write(new DataOutputStream(copy.new Out()));
    to.read(new DataInputStream(copy.new In()));
  }

  /**
   * Copies a model into one of the same arm: its hashes, which are immutable and so shared, and its
   * parameters with the state of their optimisers.
   */
  public static void copy(ClickModel from, ClickModel to) {
    for (int f = 0; f < to.fields().size(); f++) {
      if (from.fields().get(f).index() == null) {
        to.fields().get(f).restoreHash(from.fields().get(f).hash());
      }
    }
    try {
      copy(from::writeState, to::readState);
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
  }

  private final class Out extends OutputStream {
    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      for (int done = 0; done < length; ) {
        if (written == PIECE) {
          pieces.add(new byte[PIECE]);
          written = 0;
        }
        int n = Math.min(length - done, PIECE - written);
        System.arraycopy(bytes, from + done, pieces.getLast(), written, n);
        written += n;
        done += n;
      }
    }
  }

  private final class In extends InputStream {
    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
      if (read == PIECE) {
        pieces.remove();
        read = 0;
      }
      int end = pieces.size() > 1 ? PIECE : written;
      if (pieces.isEmpty() || read == end) {
        return length == 0 ? 0 : -1;
      }
      int n = Math.min(length, end - read);
      System.arraycopy(pieces.element(), read, bytes, from, n);
      read += n;
      return n;
    }
  }
}
