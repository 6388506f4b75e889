package io.millrace.dlrm;

import io.millrace.event.ClickEvent;
import io.millrace.hash.IdHash;
import io.millrace.hash.MapVersion;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.IdIndex;
import io.millrace.table.RowBags;
import io.millrace.table.RowFormat;
import io.millrace.table.RowRemap;
import io.millrace.table.StoredRows;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One categorical field of a model: the assignment of its ids to rows, and the rows.
 *
 * <p>Either every id owns a row of a table that grows with an {@link IdIndex}, or an {@link IdHash}
 * maps ids to the rows of a table of fixed height, with one row or several per id.
 */
public final class FieldTable {

  private final int field;
  private EmbeddingTable table;
  private IdIndex index;
  private IdHash hash;
  private RowFormat served = RowFormat.FLOAT32;
  private int[] rowsOfId = new int[1];
  private long[] idsOfBatch = new long[0];
  private int[] rowsOfBatch = new int[0];
  private final RowBags bags = new RowBags();

  private FieldTable(int field, EmbeddingTable table, IdIndex index, IdHash hash) {
    this.field = field;
    this.table = table;
    this.index = index;
    if (hash != null) {
      restoreHash(hash);
    }
  }

  /** A field whose ids own their rows; {@code table} starts empty. */
  public static FieldTable indexed(int field, EmbeddingTable table, IdIndex index) {
    return new FieldTable(field, table, index, null);
  }

  /** A field whose ids share {@code hash.rows()} rows. */
  public static FieldTable hashed(int field, EmbeddingTable table, IdHash hash) {
    return new FieldTable(field, table, null, hash);
  }

  /** This field, whose rows are served in a format; in FLOAT32 if this is not called. */
  public FieldTable servedIn(RowFormat format) {
    served = format;
    return this;
  }

  /** Position of the field in the schema. */
  public int field() {
    return field;
  }

  /** The rows. */
  public EmbeddingTable table() {
    return table;
  }

  /** The index of a field whose ids own their rows, else null. */
  public IdIndex index() {
    return index;
  }

  /** The hash of a field whose ids share rows, else null. */
  public IdHash hash() {
    return hash;
  }

  /** The rows of the last resolved batch. */
  RowBags bags() {
    return bags;
  }

  /** Finds the rows of a batch; new ids get rows. */
  void resolve(List<ClickEvent> batch) {
    bags.clear();
    if (index == null) {
      hash(batch);
      return;
    }
    makeRoom(batch);
    for (ClickEvent event : batch) {
      for (int i = event.offsets()[field]; i < event.offsets()[field + 1]; i++) {
        bags.add(rowOf(event.ids()[i]));
      }
      bags.endExample();
    }
  }

  /**
   * Finds the rows of a batch without adding ids: an id that the index does not know has no row.
   */
  void lookUp(List<ClickEvent> batch) {
    bags.clear();
    if (index == null) {
      hash(batch);
      return;
    }
    for (ClickEvent event : batch) {
      for (int i = event.offsets()[field]; i < event.offsets()[field + 1]; i++) {
        int row = index.find(event.ids()[i]);
        if (row >= 0) {
          bags.add(row);
        }
      }
      bags.endExample();
    }
  }

  private void hash(List<ClickEvent> batch) {
    if (rowsOfId.length == 1) {
      int n = gather(batch);
      hash.rows(idsOfBatch, n, rowsOfBatch);
    }
    int next = 0;
    for (ClickEvent event : batch) {
      for (int i = event.offsets()[field]; i < event.offsets()[field + 1]; i++) {
        if (rowsOfId.length == 1) {
          bags.add(rowsOfBatch[next++]);
        } else {
          addAll(event.ids()[i]);
        }
      }
      bags.endExample();
    }
  }

  private int gather(List<ClickEvent> batch) {
    int n = ids(batch);
    if (n > idsOfBatch.length) {
      idsOfBatch = new long[2 * n];
      rowsOfBatch = new int[2 * n];
    }
    int next = 0;
    for (ClickEvent event : batch) {
      for (int i = event.offsets()[field]; i < event.offsets()[field + 1]; i++) {
        idsOfBatch[next++] = event.ids()[i];
      }
    }
    return n;
  }

  /** Number of the field's ids in a batch. */
  private int ids(List<ClickEvent> batch) {
    int n = 0;
    for (ClickEvent event : batch) {
      n += event.offsets()[field + 1] - event.offsets()[field];
    }
    return n;
  }

  private void addAll(long id) {
    int n = hash.lookUp(id, rowsOfId);
    for (int h = 0; h < n; h++) {
      bags.add(rowsOfId[h]);
    }
  }

  private int rowOf(long id) {
    return rowOf(id, 1);
  }

  /**
   * The row of an id that owns one; a new id gets a row with its initial value.
   *
   * @param accesses by which the id's count rises, at least 0
   */
  public int rowOf(long id, float accesses) {
    int row = index.access(id, accesses);
    if (row == table.rows()) {
      table.grow(row + 1, id);
    }
    return row;
  }

  /** Evicts before a batch, never within it: rows found for the batch must not move. */
  private void makeRoom(List<ClickEvent> batch) {
    makeRoom(ids(batch));
  }

  /** Evicts the least used ids of an index, until a number of new ones fits; their rows move. */
  public void makeRoom(int wanted) {
    while (index.size() > 0 && !index.fits(wanted)) {
      int[] kept = index.evict();
      table.keep(kept, kept.length);
    }
  }

  /** Switches to the hash of a map; rows and optimiser state are moved, see {@link RowRemap}. */
  public void switchTo(MapVersion next) {
    if (index != null) {
      throw new IllegalStateException("field " + field + " has a row for each id, no hash");
    }
    table.remap(moves(next));
    restoreHash(next.toHash());
  }

  private RowRemap moves(MapVersion next) {
    int[] to = new int[next.lookups()];
    RowRemap.Builder plan =
        new RowRemap.Builder(next.rows(), next.tableStarts(), next.size() * next.lookups());
    for (int i = 0; i < next.size(); i++) {
      int m = hash.lookUp(next.id(i), rowsOfId);
      int k = next.rows(i, to);
      plan.move(rowsOfId, m, to, k, next.count(i));
    }
    return plan.build();
  }

  /**
   * Takes the rows of the same field of another model, with their optimiser, and what finds them.
   *
   * @param former must not be used any more
   */
  void take(FieldTable former) {
    if ((index == null) != (former.index == null) || table.dim() != former.table.dim()) {
      throw new IllegalArgumentException(
          "field %d must keep %s and rows of %d but had %s and rows of %d"
              .formatted(
                  field, finds(index), table.dim(), finds(former.index), former.table.dim()));
    }
    table = former.table;
    index = former.index;
    if (former.hash != null) {
      restoreHash(former.hash);
    }
  }

  private static String finds(IdIndex index) {
    return index == null ? "a hash" : "a row for each id";
  }

  /** Sets the hash that belongs to the state that is read next. */
  public void restoreHash(IdHash saved) {
    hash = saved;
    rowsOfId = new int[saved.lookups()];
  }

  /**
   * The rows that a server needs: with a hash all rows, with an index those that are not pruned as
   * a whole, by ascending id.
   */
  public int[] servedRows() {
    IntStream rows = IntStream.range(0, table.rows());
    if (index == null) {
      return rows.toArray();
    }
    int[] kept = rows.filter(row -> !table.pruned(row)).toArray();
    IntArrays.quickSort(kept, (a, b) -> Long.compare(index.id(a), index.id(b)));
    return kept;
  }

  /**
   * Copies rows as a server stores them.
   *
   * @param order the rows to copy, such as {@link #servedRows}
   */
  public StoredRows store(int[] order) {
    return table.store(order, served);
  }

  /** Bytes of the rows at a server. */
  public long servingBytes() {
    return table.servingBytes(index == null ? table.rows() : unpruned(), served);
  }

  /**
   * Bytes of the map from ids to rows at a server: the serialised hash, or 8 per id of an index.
   */
  public long mapBytes() {
    return index == null ? hash.serializedBytes() : unpruned() * Long.BYTES;
  }

  private long unpruned() {
    return IntStream.range(0, table.rows()).filter(row -> !table.pruned(row)).count();
  }

  /** Bytes while training: rows, optimiser state and index. */
  public long trainingBytes() {
    return table.trainingBytes() + (index == null ? 0 : index.trainingBytes());
  }

  /** Writes index and rows; the owner stores the hash. */
  public void writeState(DataOutput out) throws IOException {
    if (index != null) {
      index.writeState(out);
    }
    table.writeState(out);
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in) throws IOException {
    if (index != null) {
      index.readState(in);
    }
    table.readState(in);
  }
}
