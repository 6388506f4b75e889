package io.millrace.state;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.state.MapState;

/**
 * An object's bytes in pieces of at most 1 MiB, each an entry of keyed state: no array holds all
 * bytes, and no value is larger than what a state backend can hold.
 */
public final class BytePieces extends OutputStream {

  private static final int PIECE = 1 << 20;

  private final List<byte[]> pieces = new ArrayList<>();
  private byte[] last = new byte[1 << 12];
  private int used;

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int n) {
    for (int done = 0; done < n; ) {
      if (used == last.length) {
        makeRoom();
      }
      int some = Math.min(n - done, last.length - used);
      System.arraycopy(bytes, from + done, last, used, some);
      used += some;
      done += some;
    }
  }

  private void makeRoom() {
    if (used < PIECE) {
      last = Arrays.copyOf(last, Math.min(PIECE, 2 * used));
    } else {
      pieces.add(last);
      last = new byte[PIECE];
      used = 0;
    }
  }

  /** Puts the pieces into state under their numbers, in place of earlier ones. */
  public void store(MapState<Integer, byte[]> state) throws Exception {
    int n = 0;
    for (byte[] piece : pieces) {
      state.put(n++, piece);
    }
    state.put(n++, Arrays.copyOf(last, used));
    while (state.contains(n)) {
      state.remove(n++);
    }
  }

  /** A stream that reads the pieces from state one after the other; null if there are none. */
  public static InputStream read(MapState<Integer, byte[]> state) throws Exception {
    byte[] first = state.get(0);
    return first == null ? null : new Reader(state, first);
  }

  private static final class Reader extends InputStream {
    private final MapState<Integer, byte[]> state;
    private byte[] piece;
    private int number;
    private int at;

    Reader(MapState<Integer, byte[]> state, byte[] first) {
      this.state = state;
      this.piece = first;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int from, int n) throws IOException {
      if (n == 0) {
        return 0;
      }
      while (piece != null && at == piece.length) {
        piece = get(++number);
        at = 0;
      }
      if (piece == null) {
        return -1;
      }
      int some = Math.min(n, piece.length - at);
      System.arraycopy(piece, at, to, from, some);
      at += some;
      return some;
    }

    private byte[] get(int wanted) throws IOException {
      try {
        return state.get(wanted);
      } catch (Exception e) {
        throw new IOException("piece " + wanted + " of an object cannot be read from state", e);
      }
    }
  }
}
