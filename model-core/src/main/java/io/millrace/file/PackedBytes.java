package io.millrace.file;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.millrace.event.Schema;
import io.millrace.file.parquet.ParquetLines;
import io.millrace.format.EventFileException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.zip.ZipException;

/**
 * The unpacked bytes of an input: of text that is plain, gzip or zstd, as its first bytes say
 * (several gzip members or zstd frames are read as one), or of Parquet as lines of JSON.
 */
final class PackedBytes implements Closeable {

  private static final int BUFFER = 1 << 16;

  /** The bytes; those of text can be marked. */
  final InputStream in;

  /** Names of a Parquet file's columns; empty for text. */
  final List<String> columns;

  private final String name;
  private final DoubleSupplier part;
  private final GzipStream gzip;

  private PackedBytes(
      String name, DoubleSupplier part, InputStream in, List<String> columns, GzipStream gzip) {
    this.name = name;
    this.part = part;
    this.in = in;
    this.columns = columns;
    this.gzip = gzip;
  }

  private static PackedBytes text(String name, Counted raw, InputStream in, GzipStream gzip) {
    return new PackedBytes(name, raw::part, in, List.of(), gzip);
  }

  /** Opens a Parquet file as lines of JSON with the columns that the schema reads. */
  static PackedBytes parquet(EventInput input, Schema schema) throws IOException {
    if (input.path() == null) {
      throw new EventFileException(
          input.name() + " must be a file, as Parquet is read from its end; write it to one first");
    }
    try (InputStream in = input.open()) {
      if (!Packing.isParquet(in.readNBytes(4))) {
        throw new EventFileException(
            input.name() + " must be a Parquet file, as format.type says, but is not");
      }
    }
    Set<String> wanted = new HashSet<>(schema.columns());
    ParquetLines lines =
        ParquetLines.open(
            input.path(), wanted, schema.time().column(), TimeWriter.of(schema.time()));
    return new PackedBytes(input.name(), lines::part, lines, lines.columns(), null);
  }

  /** Opens an input. */
  static PackedBytes open(EventInput input) throws IOException {
    String name = input.name();
    Counted raw = new Counted(input);
    try {
      InputStream stored = new BufferedInputStream(raw, BUFFER);
      stored.mark(4);
      byte[] magic = stored.readNBytes(4);
      stored.reset();
      if (magic.length == 0) {
        throw new EventFileException(name + " must hold events but is empty");
      }
      if (Packing.isGzip(magic)) {
        return unzip(name, raw, stored);
      }
      return Packing.isZstd(magic)
          ? text(name, raw, whole(name, "zstd", zstd(name, stored)), null)
          : text(name, raw, stored, null);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  private static PackedBytes unzip(String name, Counted raw, InputStream stored)
      throws IOException {
    try {
      GzipStream gzip = new GzipStream(stored);
      return text(name, raw, whole(name, "gzip", gzip), gzip);
    } catch (EOFException | ZipException e) {
      throw broken(name, "gzip", e);
    }
  }

  private static InputStream whole(String name, String packing, InputStream unpacked) {
    return new BufferedInputStream(new Whole(name, packing, unpacked), BUFFER);
  }

  private static InputStream zstd(String name, InputStream stored) throws IOException {
    try {
      return new ZstdInputStreamNoFinalizer(stored);
    } catch (LinkageError e) {
      throw new EventFileException(
          name
              + " is a zstd file, and the library that unpacks it cannot be loaded ("
              + e.getMessage()
              + "); unpack it with 'zstd -dc' and pipe it to this command with --events -",
          e);
    }
  }

  private static EventFileException broken(String name, String packing, IOException e) {
    if (e instanceof ZstdIOException zstd
        && zstd.getErrorCode() == Zstd.errFrameParameterWindowTooLarge()) {
      return new EventFileException(
          name
              + " must be a zstd file with a window of at most 128 MB; unpack it with 'zstd -dc"
              + " --long=31' and pipe it to this command with --events -",
          e);
    }
    return new EventFileException(
        "%s must be a whole %s file but ends or breaks in the middle: %s"
            .formatted(name, packing, e.getMessage()),
        e);
  }

  /** Share of the stored bytes that has been read, 0 to 1; buffers make it run ahead of rows. */
  double part() {
    return part.getAsDouble();
  }

  /** Sentences on the input that a user must read; complete once the bytes are at their end. */
  List<String> notes() {
    if (gzip == null || gzip.trailing() == 0) {
      return List.of();
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "%s: the last %,d bytes (from byte %,d on) follow the end of its gzip data and were"
                + " not read; check that the file is complete and was joined from gzip files only",
            name,
            gzip.trailing(),
            gzip.trailingAt()));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Bytes as stored; counts those that were read. */
  private static final class Counted extends FilterInputStream {
    private final long size;
    private long read;

    Counted(EventInput input) throws IOException {
      super(input.open());
      size = input.bytes();
    }

    double part() {
      return size <= 0 ? 0 : Math.min(1, (double) read / size);
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      read += next < 0 ? 0 : 1;
      return next;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int n = super.read(bytes, from, length);
      read += Math.max(0, n);
      return n;
    }
  }

  /** Turns the errors of an unpacker into one that names the file. */
  private static final class Whole extends FilterInputStream {
    private final String name;
    private final String packing;

    Whole(String name, String packing, InputStream in) {
      super(in);
      this.name = name;
      this.packing = packing;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      try {
        return super.read(bytes, from, length);
      } catch (EOFException | ZipException | ZstdIOException e) {
        throw broken(name, packing, e);
      }
    }
  }
}
