package io.millrace.file.parquet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of a Parquet file as JSON objects, one on each line, with the columns that the reader
 * wants. A null is left out, as is an empty list. {@link ParquetColumn} says how values are
 * written.
 *
 * <p>Memory holds one page of each column. A file that is broken, encrypted, or packed in a way
 * that cannot be read is an {@link IOException}. Not thread-safe.
 */
public final class ParquetLines extends InputStream {

  private final FileChannel file;
  private final Footer footer;
  private final MessageType schema;
  private final List<ParquetColumn> columns = new ArrayList<>();
  private final long rows;
  private final JsonText line = new JsonText();
  private ColumnReader[] readers = {};
  private int groups;
  private long left;
  private long read;
  private int taken;

  private ParquetLines(FileChannel file) throws IOException {
    this.file = file;
    this.footer = Footer.read(file);
    this.schema = footer.schema();
    this.rows = footer.meta().getNum_rows();
  }

  /**
   * Opens a file and reads its footer.
   *
   * @param wanted names of the columns to read; names that the file lacks are passed over
   * @param timeColumn the column whose timestamps {@code times} writes
   * @param times the text of a time; its second argument is whether it is in UTC, or local to a
   *     zone that the file does not say
   */
  public static ParquetLines open(
      Path path, Set<String> wanted, String timeColumn, BiFunction<Instant, Boolean, String> times)
      throws IOException {
    FileChannel file = FileChannel.open(path);
    try {
      ParquetLines lines = new ParquetLines(file);
      for (Footer.Node field : lines.footer.fields()) {
        if (wanted.contains(field.name())) {
          boolean isTime = field.name().equals(timeColumn);
          lines.columns.add(ParquetColumn.of(field, isTime ? times : null));
        }
      }
      return lines;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw broken(e);
    }
  }

  /** What the library throws for files that are not as they should be, in one form. */
  private static IOException broken(Exception e) {
    if (e instanceof UncheckedIOException unchecked) {
      return unchecked.getCause();
    }
    return e instanceof IOException known
        ? known
        : new IOException("it is broken: " + (e.getMessage() == null ? e : e.getMessage()), e);
  }

  /** Names of all columns at the top, read or not, in the order of the file. */
  public List<String> columns() {
    return footer.fields().stream().map(Footer.Node::name).toList();
  }

  /** Share of the rows that has been read, 0 to 1. */
  public double part() {
    return rows <= 0 ? 1 : Math.min(1, (double) read / rows);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (taken == line.length && !nextLine()) {
      return -1;
    }
    int n = Math.min(length, line.length - taken);
    System.arraycopy(line.bytes, taken, bytes, from, n);
    taken += n;
    return n;
  }

  private boolean nextLine() throws IOException {
    try {
      while (left == 0) {
        if (groups == footer.meta().getRow_groupsSize()) {
          checkRows();
          return false;
        }
        open(footer.meta().getRow_groups().get(groups++));
      }
      taken = 0;
      line.length = 0;
      line.raw('{');
      for (int c = 0; c < readers.length; c++) {
        columns.get(c).write(readers[c], line);
      }
      line.raw('}').raw('\n');
      left--;
      read++;
      return true;
    } catch (IOException | RuntimeException e) {
      throw broken(e);
    }
  }

  private void checkRows() throws IOException {
    if (read != rows) {
      throw new IOException(
          "its footer says %s rows but its row groups hold %s".formatted(rows, read));
    }
  }

  private void open(RowGroup group) throws IOException {
    left = group.getNum_rows();
    if (left == 0) {
      return;
    }
    ColumnReadStoreImpl store =
        new ColumnReadStoreImpl(
            new Chunks(group), new Unused(), schema, footer.meta().getCreated_by());
    readers = new ColumnReader[columns.size()];
    for (int c = 0; c < readers.length; c++) {
      readers[c] = store.getColumnReader(schema.getColumnDescription(columns.get(c).path()));
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** The columns of a row group. */
  private final class Chunks implements PageReadStore {
    private final RowGroup group;

    Chunks(RowGroup group) {
      this.group = group;
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor column) {
      try {
        return new Pages(file, find(Arrays.asList(column.getPath())));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private ColumnMetaData find(List<String> path) throws IOException {
      for (ColumnChunk chunk : group.getColumns()) {
        if (!chunk.isSetMeta_data() || chunk.isSetCrypto_metadata()) {
          throw new IOException("its columns must not be encrypted");
        }
        ColumnMetaData meta = chunk.getMeta_data();
        if (meta.getPath_in_schema().equals(path)) {
          Codec.check(meta.getCodec(), String.join(".", path));
          return meta;
        }
      }
      throw new IOException("a row group lacks the column " + String.join(".", path));
    }

    @Override
    public long getRowCount() {
      return group.getNum_rows();
    }
  }

  /** The library asks for a receiver of whole records; values are read column by column. */
  private static final class Unused extends GroupConverter {
    @Override
    public Converter getConverter(int field) {
      return this;
    }

    @Override
    public PrimitiveConverter asPrimitiveConverter() {
      return new PrimitiveConverter() {};
    }

    @Override
    public void start() {
      // no records
    }

    @Override
    public void end() {
      // no records
    }
  }
}
