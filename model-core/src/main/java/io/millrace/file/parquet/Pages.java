package io.millrace.file.parquet;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;

/**
 * The pages of one column in one row group, read one by one: memory holds a page and a dictionary.
 */
final class Pages implements PageReader {

  /** Most bytes of a page: writers make pages of 1 MB, or of one value that is larger. */
  private static final int MAX_PAGE = 1 << 28;

  private final ColumnMetaData column;
  private final CompressionCodec codec;
  private final InputStream in;
  private long values;
  private DataPage first;

  Pages(FileChannel file, ColumnMetaData column) {
    this.column = column;
    this.codec = column.getCodec();
    long start = column.getData_page_offset();
    if (column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0) {
      start = Math.min(start, column.getDictionary_page_offset());
    }
    in = new BufferedInputStream(new Slice(file, start, column.getTotal_compressed_size()));
  }

  @Override
  public long getTotalValueCount() {
    return column.getNum_values();
  }

  /** The dictionary, which comes before the first page of data; null without one. */
  @Override
  public DictionaryPage readDictionaryPage() {
    try {
      PageHeader header = next();
      if (header == null) {
        return null;
      }
      if (header.getType() != PageType.DICTIONARY_PAGE) {
        first = data(header);
        return null;
      }
      byte[] bytes = unpacked(header.getCompressed_page_size(), header.getUncompressed_page_size());
      return new DictionaryPage(
          BytesInput.from(bytes),
          header.getDictionary_page_header().getNum_values(),
          encoding(header.getDictionary_page_header().getEncoding()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public DataPage readPage() {
    if (first != null) {
      DataPage page = first;
      first = null;
      return page;
    }
    try {
      PageHeader header = next();
      return header == null ? null : data(header);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next header, or null after the last value; pages of other types are skipped. */
  private PageHeader next() throws IOException {
    while (values < column.getNum_values()) {
      PageHeader header = Util.readPageHeader(in);
      checkSize(header.getCompressed_page_size());
      checkSize(header.getUncompressed_page_size());
      switch (header.getType()) {
        case DATA_PAGE, DATA_PAGE_V2, DICTIONARY_PAGE -> {
          return header;
        }
        default -> in.skipNBytes(header.getCompressed_page_size());
      }
    }
    return null;
  }

  private static void checkSize(int bytes) throws IOException {
    if (bytes < 0 || bytes > MAX_PAGE) {
      throw new IOException("a page must have at most " + MAX_PAGE + " bytes but has " + bytes);
    }
  }

  private DataPage data(PageHeader header) throws IOException {
    return switch (header.getType()) {
      case DATA_PAGE -> one(header, header.getData_page_header());
      case DATA_PAGE_V2 -> two(header, header.getData_page_header_v2());
      default -> throw new IOException("a column must have one dictionary but has two");
    };
  }

  private DataPage one(PageHeader header, DataPageHeader data) throws IOException {
    int size = header.getUncompressed_page_size();
    byte[] bytes = unpacked(header.getCompressed_page_size(), size);
    values += data.getNum_values();
    return new DataPageV1(
        BytesInput.from(bytes),
        data.getNum_values(),
        size,
        null,
        encoding(data.getRepetition_level_encoding()),
        encoding(data.getDefinition_level_encoding()),
        encoding(data.getEncoding()));
  }

  /** Levels are never packed, values may be. */
  private DataPage two(PageHeader header, DataPageHeaderV2 data) throws IOException {
    int repetitions = data.getRepetition_levels_byte_length();
    int definitions = data.getDefinition_levels_byte_length();
    checkSize(repetitions);
    checkSize(definitions);
    int levels = Math.addExact(repetitions, definitions);
    int packed = header.getCompressed_page_size() - levels;
    int size = header.getUncompressed_page_size() - levels;
    checkSize(packed);
    checkSize(size);
    BytesInput repetition = BytesInput.from(read(repetitions));
    BytesInput definition = BytesInput.from(read(definitions));
    byte[] bytes =
        data.isSetIs_compressed() && !data.isIs_compressed()
            ? read(packed)
            : packed == 0 ? new byte[0] : unpacked(packed, size);
    values += data.getNum_values();
    return DataPageV2.uncompressed(
        data.getNum_rows(),
        data.getNum_nulls(),
        data.getNum_values(),
        repetition,
        definition,
        encoding(data.getEncoding()),
        BytesInput.from(bytes),
        null);
  }

  private byte[] unpacked(int packed, int size) throws IOException {
    return Codec.unpack(codec, read(packed), size);
  }

  private byte[] read(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("a page ends early");
    }
    return bytes;
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding encoding) {
    return Encoding.valueOf(encoding.name());
  }

  /** A part of a file as a stream. */
  private static final class Slice extends InputStream {
    private final FileChannel file;
    private final long end;
    private long at;

    Slice(FileChannel file, long start, long length) {
      this.file = file;
      this.at = start;
      this.end = start + length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int most = (int) Math.min(length, end - at);
      int n = most <= 0 ? -1 : file.read(ByteBuffer.wrap(bytes, from, most), at);
      at += Math.max(0, n);
      return n;
    }
  }
}
