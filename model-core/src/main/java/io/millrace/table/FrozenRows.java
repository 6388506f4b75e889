package io.millrace.table;

import java.io.DataOutput;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Rows of an array as they were when they were frozen, while their owner continues to change them:
 * it preserves each row that it is about to change, until the row is written.
 *
 * <pre>
 * owner, before it changes rows              writer, block by block
 *   for each row not written, not preserved    copy the block
 *     copy it, link the copy to its block      acquire fence
 *   release fence                              lay the block's preserved rows over the copy
 *   change the rows                            written = end of the block   (release)
 * </pre>
 *
 * <p>Neither waits for the other. If the writer's copy holds a changed row, the change came after
 * the fence of the owner, so the link to the preserved row is visible after the fence of the
 * writer, which then copies the preserved row. Rows before {@code written} need not be preserved.
 * Copies lie in slots that the writer returns once their block is written. One object belongs to
 * one array: {@code float[rows * width]}, row-major, which may be longer. Batches use rows of
 * tables at random, so that preserving whole blocks would soon copy everything.
 */
final class FrozenRows {

  private static final int NONE = -1;
  private static final int PAGE_BITS = 8;
  private static final int PAGE_SLOTS = 1 << PAGE_BITS;

  private static final VarHandle HEADS = MethodHandles.arrayElementVarHandle(int[].class);
  private static final VarHandle WRITTEN;

  static {
    try {
      WRITTEN = MethodHandles.lookup().findVarHandle(FrozenRows.class, "written", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Slots of preserved rows, each with the row's number and the next slot of its block. */
  private static final class Page {
    final float[] values;
    final int[] row = new int[PAGE_SLOTS];
    final int[] next = new int[PAGE_SLOTS];

    Page(int width) {
      values = new float[PAGE_SLOTS * width];
    }
  }

  private final FrozenState state;
  private final float[] values;
  private final int width;
  private final int rows;
  private final int blockShift;
  private final long pageBytes;

  /** Newest preserved row of each block. */
  private final int[] heads;

  /** Whether a row is preserved, one bit per row; used by the owner only. */
  private long[] marks;

  /**
   * The slots. The owner replaces the array as it grows; whoever sees a head sees the page it
   * points to.
   */
  private Page[] pages = new Page[0];

  private int pageCount;

  /** Free slots: those of the owner, then those that the writer has returned. */
  private int free = NONE;

  private final AtomicInteger freed = new AtomicInteger(NONE);
  private int written;

  FrozenRows(FrozenState state, float[] values, int width, int rows, int blockFloats) {
    this.state = state;
    this.values = values;
    this.width = width;
    this.rows = rows;
    this.blockShift = 31 - Integer.numberOfLeadingZeros(Math.max(1, blockFloats / width));
    this.pageBytes = (long) PAGE_SLOTS * (width + 2) * Integer.BYTES;
    this.heads = new int[(int) (((long) rows + blockRows() - 1) >> blockShift)];
    Arrays.fill(heads, NONE);
  }

  /** Most rows that {@link #next} copies. */
  int blockRows() {
    return 1 << blockShift;
  }

  /** Floats of a row. */
  int width() {
    return width;
  }

  /** True if the owner need not preserve rows any more. */
  boolean done() {
    return state.released() || (int) WRITTEN.getAcquire(this) == rows;
  }

  /** Called by the owner before it changes rows. */
  void preserve(UniqueRows changing) {
    long start = state.start();
    for (int u = 0; u < changing.count(); u++) {
      keep(changing.row(u));
    }
    VarHandle.releaseFence();
    state.stop(start);
  }

  /** Called by the owner before it changes a row. */
  void preserve(int row) {
    keep(row);
    VarHandle.releaseFence();
  }

  private void keep(int row) {
    if (row >= rows || row < (int) WRITTEN.getAcquire(this) || marked(row)) {
      return;
    }
    int slot = slot(row);
    if (slot == NONE) {
      return;
    }
    marks[row >> 6] |= 1L << row;
    Page page = pages[slot >> PAGE_BITS];
    int at = slot & (PAGE_SLOTS - 1);
    System.arraycopy(values, row * width, page.values, at * width, width);
    page.row[at] = row;
    page.next[at] = heads[row >> blockShift];
    HEADS.setRelease(heads, row >> blockShift, slot);
  }

  private boolean marked(int row) {
    if (marks == null) {
      marks = new long[(rows + 63) >> 6];
    }
    return (marks[row >> 6] >>> row & 1) != 0;
  }

  /** A free slot, or {@code NONE} if the row need not be preserved after all. */
  private int slot(int row) {
    do {
      if (free == NONE) {
        free = freed.getAndSet(NONE);
      }
      if (free == NONE && state.reserve(pageBytes)) {
        addPage();
      }
      if (free != NONE) {
        int slot = free;
        free = next(pages, slot);
        return slot;
      }
    } while (row >= (int) WRITTEN.getAcquire(this) && state.pause());
    return NONE;
  }

  private void addPage() {
    if (pageCount == pages.length) {
      pages = Arrays.copyOf(pages, Math.max(4, 2 * pageCount));
    }
    Page page = new Page(width);
    int first = pageCount << PAGE_BITS;
    for (int i = 0; i < PAGE_SLOTS; i++) {
      page.next[i] = i + 1 < PAGE_SLOTS ? first + i + 1 : NONE;
    }
    pages[pageCount++] = page;
    free = first;
  }

  private static int next(Page[] pages, int slot) {
    return pages[slot >> PAGE_BITS].next[slot & (PAGE_SLOTS - 1)];
  }

  /**
   * Copies the next block as it was when frozen; called by the writer.
   *
   * @param to {@code float[blockRows * width]}
   * @return its rows, 0 after the last
   * @throws IOException if the state has been released
   */
  int next(float[] to) throws IOException {
    int first = written;
    int n = Math.min(blockRows(), rows - first);
    if (n == 0) {
      state.giveBack(pageCount * pageBytes);
      return 0;
    }
    System.arraycopy(values, first * width, to, 0, n * width);
    VarHandle.acquireFence();
    int head = (int) HEADS.getAcquire(heads, first >> blockShift);
    Page[] seen = pages;
    int last = NONE;
    for (int slot = head; slot != NONE; slot = next(seen, slot)) {
      Page page = seen[slot >> PAGE_BITS];
      int at = slot & (PAGE_SLOTS - 1);
      System.arraycopy(page.values, at * width, to, (page.row[at] - first) * width, width);
      last = slot;
    }
    state.checkHeld(); // otherwise rows of the copy may have changed unnoticed
    WRITTEN.setRelease(this, first + n);
    if (last != NONE) {
      handBack(seen, head, last);
    }
    return n;
  }

  /** Writes all rows as big-endian floats; called by the writer. */
  void write(DataOutput out) throws IOException {
    float[] block = new float[blockRows() * width];
    byte[] bytes = new byte[block.length * Float.BYTES];
    for (int n = next(block); n > 0; n = next(block)) {
      ByteBuffer.wrap(bytes).asFloatBuffer().put(block, 0, n * width);
      out.write(bytes, 0, n * width * Float.BYTES);
    }
  }

  private void handBack(Page[] seen, int head, int last) {
    int others;
    do {
      others = freed.get();
      seen[last >> PAGE_BITS].next[last & (PAGE_SLOTS - 1)] = others;
    } while (!freed.compareAndSet(others, head));
  }
}
