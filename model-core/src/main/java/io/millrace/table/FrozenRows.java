package io.millrace.table;

import java.io.DataOutput;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Rows of an array as they were when they were frozen, though their owner goes on changing them:
 * what is about to change is preserved, row by row, until it is written.
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
 * writer, which puts it right. Rows before {@code written} need no more care. Copies lie in slots
 * that the writer hands back once their block is done; all of it is one array's: {@code float[rows
 * * width]}, row-major, which may be longer. Rows of tables are used at random, so that blocks as
 * units of copying would soon be a copy of everything.
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

  /** Whether a row is preserved, a bit each; the owner's. */
  private long[] marks;

  /** Replaced by the owner as it grows; what a head leads to is in it when the head is seen. */
  private Page[] pages = new Page[0];

  private int pageCount;

  /** Free slots: the owner's, and those that the writer has handed back. */
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

  /** True if the owner needs to preserve nothing any more. */
  boolean done() {
    return state.released() || (int) WRITTEN.getAcquire(this) == rows;
  }

  /** The owner is about to change rows. */
  void preserve(UniqueRows changing) {
    long start = state.start();
    for (int u = 0; u < changing.count(); u++) {
      keep(changing.row(u));
    }
    VarHandle.releaseFence();
    state.stop(start);
  }

  /** The owner is about to change a row. */
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

  /** A free slot; none if the row need not be preserved after all. */
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
   * Copies the next block as it was; the writer's.
   *
   * @param to {@code float[blockRows * width]}
   * @return its rows, 0 after the last
   * @throws IOException if the state has been given up
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
    state.checkHeld(); // else rows of the copy may have changed unseen
    WRITTEN.setRelease(this, first + n);
    if (last != NONE) {
      handBack(seen, head, last);
    }
    return n;
  }

  /** Writes all rows as big-endian floats; the writer's. */
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
