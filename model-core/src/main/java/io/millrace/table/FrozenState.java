package io.millrace.table;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * A snapshot of state at one moment, written by another thread while its owner continues to change
 * the state.
 *
 * <p>The code that writes state does not change. Small state is copied at once; {@link RowStore
 * rows} and the counts of an {@link IdIndex} are only marked, and the rows that their owner changes
 * before they are written are preserved one by one ({@link FrozenRows}). So the bytes are those
 * that would have been written at that moment, and the extra memory is that of the rows changed
 * meanwhile, not that of the model.
 *
 * <p>Three threads may be involved: the owner's, which freezes and changes; one that {@linkplain
 * #writeTo writes}; and any that {@linkplain #release releases}. Preserved rows take at most a
 * given number of bytes; when that is used up, the owner waits until rows are written. The wait is
 * bounded: if no row is written for {@value #PATIENCE_SECONDS} s, or the owner's thread is
 * interrupted, the frozen state is released and {@link #writeTo} fails.
 */
public final class FrozenState {

  private static final int BUFFER = 1 << 16;
  private static final int BLOCK_FLOATS = 1 << 14;
  private static final long PATIENCE_SECONDS = 60;
  private static final long WAIT_NANOS = 50_000;

  /** Writes state, or a section of it. */
  @FunctionalInterface
  public interface Writer {
    void write(DataOutput out) throws IOException;
  }

  private final long mostBytes;
  private final int blockFloats;
  private final LongSupplier nanos;
  private volatile List<Writer> parts = new ArrayList<>();
  private final AtomicLong preserved = new AtomicLong();
  private final AtomicLong mostPreserved = new AtomicLong();
  private long copied;
  private volatile boolean released;
  private volatile long lastProgress;
  private volatile long ownersNanos;
  private volatile long written;

  private FrozenState(long mostBytes, int blockFloats, LongSupplier nanos) {
    this.mostBytes = mostBytes;
    this.blockFloats = blockFloats;
    this.nanos = nanos;
    this.lastProgress = nanos.getAsLong();
  }

  /**
   * Freezes the state that a writer writes.
   *
   * @param writer called once, now; the state may be of many objects, all changed by the calling
   *     thread only
   * @param mostBytes most bytes that preserved rows may take
   * @param nanos the clock, ns, for the time that the owner spends and waits
   */
  public static FrozenState of(Writer writer, long mostBytes, LongSupplier nanos)
      throws IOException {
    return of(writer, mostBytes, BLOCK_FLOATS, nanos);
  }

  /** The same with blocks of {@code blockFloats} floats. */
  static FrozenState of(Writer writer, long mostBytes, int blockFloats, LongSupplier nanos)
      throws IOException {
    FrozenState state = new FrozenState(mostBytes, blockFloats, nanos);
    try (Recorder recorder = new Recorder(state)) {
      writer.write(recorder);
      recorder.cut();
    } catch (IOException | RuntimeException e) {
      state.release();
      throw e;
    }
    return state;
  }

  /** Records small state as bytes, and the rest as sections to be written later. */
  private static final class Recorder extends DataOutputStream {
    private final FrozenState state;
    private final ByteArrayOutputStream bytes;

    Recorder(FrozenState state) {
      this(state, new ByteArrayOutputStream(BUFFER));
    }

    private Recorder(FrozenState state, ByteArrayOutputStream bytes) {
      super(bytes);
      this.state = state;
      this.bytes = bytes;
    }

    void add(Writer part) {
      cut();
      state.parts.add(part);
    }

    void cut() {
      if (bytes.size() > 0) {
        byte[] taken = bytes.toByteArray();
        bytes.reset();
        state.copied += taken.length;
        state.parts.add(out -> out.write(taken));
      }
    }
  }

  /**
   * Writes state that will never change: at once, or later if {@code out} belongs to a frozen
   * state.
   */
  public static void writeLater(DataOutput out, Writer unchanging) throws IOException {
    if (out instanceof Recorder recorder) {
      recorder.add(unchanging);
    } else {
      unchanging.write(out);
    }
  }

  /** Marks rows that will be written later; null if {@code out} belongs to no frozen state. */
  static FrozenRows freeze(DataOutput out, float[] values, int width, int rows) {
    return out instanceof Recorder recorder
        ? new FrozenRows(recorder.state, values, width, rows, recorder.state.blockFloats)
        : null;
  }

  /**
   * Writes the state, once, and releases it. Called by one thread, the owner's or another.
   *
   * @param out left open
   * @throws IOException if it was released before, or {@code out} throws it
   */
  public void writeTo(OutputStream out) throws IOException {
    DataOutputStream data =
        new DataOutputStream(new BufferedOutputStream(new Counted(out), BUFFER));
    try {
      checkHeld();
      List<Writer> all = parts;
      for (int i = 0; i < all.size(); i++) {
        checkHeld();
        all.get(i).write(data);
        all.set(i, null);
      }
      data.flush();
      checkHeld();
    } finally {
      release();
    }
  }

  /** Counts the bytes that are written. */
  private final class Counted extends FilterOutputStream {
    Counted(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      written += length;
    }
  }

  void checkHeld() throws IOException {
    if (released) {
      throw new IOException("the frozen state was given up before it was written");
    }
    lastProgress = nanos.getAsLong();
  }

  /** Lets the owner change everything without a copy. Any thread may call it, also repeatedly. */
  public void release() {
    released = true;
    parts = List.of();
  }

  /** True if the state has been written or released. */
  public boolean released() {
    return released;
  }

  /** Bytes written so far. */
  public long writtenBytes() {
    return written;
  }

  /** Bytes copied when the state was frozen. */
  public long copiedBytes() {
    return copied;
  }

  /** Largest number of bytes that preserved rows have taken so far. */
  public long mostPreservedBytes() {
    return mostPreserved.get();
  }

  /** Time that the owner has spent so far on preserving rows and on waiting for memory, ns. */
  public long ownersNanos() {
    return ownersNanos;
  }

  /** Starts timing the owner's work; {@link #stop} ends it with the returned time. */
  long start() {
    return nanos.getAsLong() - ownersNanos;
  }

  void stop(long start) {
    ownersNanos = nanos.getAsLong() - start;
  }

  /** Reserves memory for preserved rows; false if too little is left. */
  boolean reserve(long bytes) {
    long sum = preserved.addAndGet(bytes);
    if (sum > mostBytes) {
      preserved.addAndGet(-bytes);
      return false;
    }
    mostPreserved.accumulateAndGet(sum, Math::max);
    return true;
  }

  /** Returns reserved memory. */
  void giveBack(long bytes) {
    preserved.addAndGet(-bytes);
  }

  /**
   * Waits a moment for rows to be written.
   *
   * @return false if the state has been released
   */
  boolean pause() {
    if (released) {
      return false;
    }
    long start = start();
    LockSupport.parkNanos(WAIT_NANOS);
    stop(start);
    if (Thread.currentThread().isInterrupted()
        || nanos.getAsLong() - lastProgress > PATIENCE_SECONDS * 1_000_000_000) {
      release();
    }
    return !released;
  }
}
