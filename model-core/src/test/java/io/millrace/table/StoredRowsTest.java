package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.table.StoredRows.Dense;
import io.millrace.table.StoredRows.Dense.Part;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredRowsTest {

  private static final int LENGTH = 5;

  /** Rows over several pages, the last one not full. */
  private static final int COUNT = 3 * Dense.PAGE + 7;

  private static float[] values(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[rows * LENGTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static Dense rows(RowFormat format, int count, long seed) {
    return new Dense(values(count, seed), LENGTH).in(format);
  }

  private static float[] row(StoredRows rows, int r) {
    float[] row = new float[LENGTH];
    rows.add(r, row, 0);
    return row;
  }

  // Law: rows with others in place of some are those rows, and all else is as it was before.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void changedRowsTakeThePlaceOfSome(RowFormat format) {
    Dense before = rows(format, COUNT, 1);
    float[] old = before.values();
    int[] changed = {0, 1, 63, 64, COUNT - 1, COUNT, COUNT + 200};
    Dense values = rows(format, changed.length, 2);
    Dense after = before.with(changed, values);
    assertThat(before.values()).containsExactly(old);
    assertThat(after.count()).isEqualTo(COUNT + 201);
    assertThat(after.format()).isEqualTo(format);
    for (int r = 0; r < after.count(); r++) {
      int i = Arrays.binarySearch(changed, r);
      float[] expected = i >= 0 ? row(values, i) : r < COUNT ? row(before, r) : new float[LENGTH];
      assertThat(row(after, r)).as("row %d", r).containsExactly(expected);
    }
  }

  // Law: rows that lie in several large arrays are changed as those of one.
  @Test
  void rowsOfSeveralArraysChange() {
    int inArray = Dense.CHUNK / (LENGTH * Float.BYTES);
    Dense before = rows(RowFormat.FLOAT32, 2 * inArray, 1);
    int[] changed = {0, inArray - Dense.PAGE, inArray, 2 * inArray - 1};
    Dense values = rows(RowFormat.FLOAT32, changed.length, 2);
    float[] expected = before.values();
    for (int i = 0; i < changed.length; i++) {
      System.arraycopy(row(values, i), 0, expected, changed[i] * LENGTH, LENGTH);
    }
    Dense after = before.with(new int[] {changed[0]}, values).with(changed, values);
    assertThat(Arrays.equals(after.values(), expected)).isTrue();
  }

  // Law: applying the same change twice is applying it once, and no change changes nothing.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void changesAreAbsolute(RowFormat format) {
    Dense before = rows(format, COUNT, 1);
    int[] changed = {2, 70, COUNT + 1};
    Dense values = rows(format, 3, 2);
    Dense once = before.with(changed, values);
    assertThat(once.with(changed, values).values()).containsExactly(once.values());
    Dense same = before.with(new int[0], rows(format, 0, 0));
    assertThat(same.values()).containsExactly(before.values());
    assertThat(same.count()).isEqualTo(COUNT);
  }

  // Law: changed rows in another format are rounded to that of the rows.
  @Test
  void changedRowsAreRounded() {
    Dense values = rows(RowFormat.FLOAT32, 1, 2);
    Dense after = rows(RowFormat.INT8, COUNT, 1).with(new int[] {9}, values);
    assertThat(row(after, 9)).containsExactly(row(values.in(RowFormat.INT8), 0));
  }

  @Test
  void factorsTakeTheNewProjection() {
    float[] one = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    float[] two = {-1, 0, 1, 0, -1, 2, 2, 2, 2, 2};
    Dense narrow = new Dense(new float[] {1, 0, 0, 1, 1, 1}, 2);
    StoredRows.Factors before = new StoredRows.Factors(narrow, one, LENGTH);
    Dense changed = new Dense(new float[] {3, 1}, 2);
    StoredRows.Factors after =
        before.with(new int[] {1}, new StoredRows.Factors(changed, two, LENGTH));
    assertThat(row(after, 0)).containsExactly(-1, 0, 1, 0, -1);
    assertThat(row(after, 1)).containsExactly(-1, 2, 5, 2, -1);
    assertThat(row(after, 2)).containsExactly(1, 2, 3, 2, 1);
    assertThat(row(before, 1)).containsExactly(6, 7, 8, 9, 10);
  }

  @Test
  void prunedRowsHaveNoUpdates() {
    SparseRows pruned = new SparseRows(new byte[] {1}, new float[] {2}, 1, 4);
    assertThatThrownBy(() -> pruned.with(new int[] {0}, pruned))
        .hasMessage("rows in this form cannot be updated");
  }

  // Law: rows come back from the bytes of their parts, taken in pieces of any size.
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void rowsComeBackFromTheirBytes(RowFormat format) {
    Dense rows = rows(format, COUNT, 3);
    assertThat(rows.bytes()).isEqualTo((long) COUNT * format.rowBytes(LENGTH));
    Dense.Builder whole = new Dense.Builder(format, COUNT, LENGTH);
    copy(rows, whole, Part.ROWS);
    assertThat(whole.build().values()).containsExactly(rows.values());
    Dense.Builder parts = new Dense.Builder(format, COUNT, LENGTH);
    copy(rows, parts, Part.VALUES);
    copy(rows, parts, Part.SCALES);
    assertThat(parts.build().values()).containsExactly(rows.values());
  }

  private static void copy(Dense rows, Dense.Builder to, Part part) {
    SplittableRandom random = new SplittableRandom(1);
    long bytes = (long) rows.count() * rows.width(part);
    byte[] block = new byte[1000];
    for (long at = 0; at < bytes; ) {
      int n = (int) Math.min(1 + random.nextInt(1000), bytes - at);
      rows.read(part, at, block, n);
      to.put(part, at, block, n);
      at += n;
    }
  }

  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void theFirstRowThatIsNotFiniteIsFound(RowFormat format) {
    assertThat(rows(format, COUNT, 1).firstNotFinite()).isEqualTo(-1);
    float[] values = values(COUNT, 1);
    values[70 * LENGTH + 2] = Float.NaN;
    values[90 * LENGTH] = Float.NEGATIVE_INFINITY;
    assertThat(new Dense(values, LENGTH).in(format).firstNotFinite()).isEqualTo(70);
  }
}
