package io.millrace.snapshot;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.math.Float16;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format: named arrays in one file that loads without running code.
 *
 * <pre>
 * offset  bytes  content
 *      0      8  n, length of the header, little-endian, a multiple of 8 here
 *      8      n  JSON {"name": {"dtype": "F32", "shape": [rows, dim], "data_offsets": [from, to]}, ...},
 *                padded with spaces
 *    8+n      -  the arrays, little-endian, row-major, one after the other without gaps; offsets count
 *                from here
 * </pre>
 *
 * <p>Arrays are stored by falling element size, then by name, as the reference implementation does,
 * so that each is aligned to its element size. Reading checks that header, shapes, offsets and the
 * file's size agree: no gap, no overlap, nothing after the end. Types: F32, F16, BF16, I64, I8 and
 * U8, and I32 in files of other programs; a tensor has at most 2^31 - 9 elements.
 */
final class Safetensors implements Closeable {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int BLOCK = 1 << 16;
  private static final long MAX_HEADER = 100_000_000;
  private static final String METADATA = "__metadata__";

  private final Path path;
  private final Pace pace;
  private final FileChannel file;
  private final long dataStart;
  private final Map<String, Entry> entries;

  /** Element types, with the bytes of an element. */
  enum DType {
    I64(8),
    F32(4),
    F16(2),
    BF16(2),
    I32(4),
    I8(1),
    U8(1);

    private final int bytes;

    DType(int bytes) {
      this.bytes = bytes;
    }
  }

  /** A tensor's place: type and byte range behind the header. */
  private record Entry(DType type, long from, long to) {

    int elements() {
      return (int) ((to - from) / type.bytes);
    }
  }

  private Safetensors(Path path, FileChannel file, Pace pace) throws IOException {
    this.path = path;
    this.file = file;
    this.pace = pace;
    long size = file.size();
    ByteBuffer length = read(0, 8, size);
    long header = length.getLong(0);
    if (header < 2 || header > MAX_HEADER || header > size - 8) {
      throw bad(
          "the header must have 2.." + Math.min(MAX_HEADER, size - 8) + " bytes but has " + header);
    }
    this.dataStart = 8 + header;
    byte[] json = read(8, (int) header, size).array();
    this.entries = entries(JsonTree.parse(json, path.toString()));
    checkCover(size - dataStart);
  }

  /**
   * Opens a file and checks its structure; arrays are read when they are asked for.
   *
   * @throws IOException naming the file and what is wrong with it
   */
  static Safetensors open(Path path) throws IOException {
    return open(path, Pace.full());
  }

  /** The same, whose arrays are read at a pace. */
  static Safetensors open(Path path, Pace pace) throws IOException {
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new Safetensors(path, file, pace);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private Map<String, Entry> entries(JsonTree header) throws IOException {
    Map<String, Entry> found = new LinkedHashMap<>();
    for (String name : header.keys()) {
      if (!name.equals(METADATA)) {
        found.put(name, entry(name, header.at(name)));
      }
    }
    return found;
  }

  private Entry entry(String name, JsonTree json) throws IOException {
    DType type = type(name, json.text("dtype"));
    long bytes = type.bytes;
    for (JsonTree size : json.list("shape")) {
      if (size.asLong() < 0) {
        throw bad("tensor '" + name + "' has a negative size in its shape");
      }
      try {
        bytes = Math.multiplyExact(bytes, size.asLong());
      } catch (ArithmeticException e) {
        throw bad("tensor '" + name + "' has a shape too large to address");
      }
    }
    List<JsonTree> offsets = json.list("data_offsets");
    if (offsets.size() != 2) {
      throw bad("tensor '" + name + "' must have 2 data_offsets but has " + offsets.size());
    }
    long from = offsets.get(0).asLong();
    long to = offsets.get(1).asLong();
    if (from < 0 || to < from || to - from != bytes) {
      throw bad(
          "tensor '"
              + name
              + "' must span "
              + bytes
              + " bytes but its data_offsets are ["
              + from
              + ", "
              + to
              + "]");
    }
    if (bytes / type.bytes > Integer.MAX_VALUE - 8) {
      throw bad("tensor '" + name + "' has more than 2^31 elements");
    }
    return new Entry(type, from, to);
  }

  private DType type(String name, String text) throws IOException {
    for (DType type : DType.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    throw bad("tensor '" + name + "' must be F32, F16, BF16, I32, I64, I8 or U8 but is " + text);
  }

  private void checkCover(long dataBytes) throws IOException {
    List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
    byPlace.sort(
        Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().from)
            .thenComparingLong(e -> e.getValue().to));
    long end = 0;
    for (Map.Entry<String, Entry> e : byPlace) {
      if (e.getValue().from != end) {
        throw bad(
            "tensor '"
                + e.getKey()
                + "' must begin at "
                + end
                + " but begins at "
                + e.getValue().from);
      }
      end = e.getValue().to;
    }
    if (end != dataBytes) {
      throw bad("the tensors must fill " + dataBytes + " bytes but fill " + end);
    }
  }

  /** What is wrong with the file. */
  IOException bad(String what) {
    return new IOException(path + ": " + what);
  }

  private ByteBuffer read(long from, int length, long size) throws IOException {
    if (from + length > size) {
      throw bad("the file must have at least " + (from + length) + " bytes but has " + size);
    }
    return read(from, ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN));
  }

  private ByteBuffer read(long from, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (file.read(buffer, from + buffer.position()) < 0) {
        throw bad("the file was cut while it was read");
      }
    }
    return buffer.flip();
  }

  /** Reads an F32 tensor that must have {@code elements} elements; -1 for any number. */
  float[] f32(String name, long elements) throws IOException {
    Entry entry = entry(name, DType.F32, elements);
    float[] values = new float[entry.elements()];
    blocks(entry, (b, at) -> b.asFloatBuffer().get(values, at, b.remaining() / 4));
    return values;
  }

  /**
   * Reads an F16 tensor that must have {@code elements} elements, as floats.
   *
   * @throws IOException also if an element is not finite
   */
  float[] f16(String name, int elements) throws IOException {
    Entry entry = entry(name, DType.F16, elements);
    float[] values = new float[elements];
    blocks(
        entry,
        (b, at) -> {
          for (int i = at; b.hasRemaining(); i++) {
            values[i] = Float16.fromBits(b.getShort());
          }
        });
    for (float value : values) {
      if (Math.abs(value) > Float16.MAX) {
        throw bad("tensor '" + name + "' must be finite but is not");
      }
    }
    return values;
  }

  /** Bytes of a tensor, in blocks. */
  @FunctionalInterface
  interface Bytes {
    /** Reads or writes the bytes {@code at .. at + n)} of the tensor at the begin of a block. */
    void move(long at, byte[] block, int n);
  }

  /** Reads the bytes of a tensor that must have {@code elements} elements, in blocks. */
  void raw(String name, DType type, long elements, Bytes bytes) throws IOException {
    Entry entry = entry(name, type, elements);
    blocks(entry, (b, at) -> bytes.move((long) at * type.bytes, b.array(), b.remaining()));
  }

  /** Reads an I64 tensor that must have {@code elements} elements; -1 for any number. */
  long[] i64(String name, long elements) throws IOException {
    Entry entry = entry(name, DType.I64, elements);
    long[] values = new long[entry.elements()];
    blocks(entry, (b, at) -> b.asLongBuffer().get(values, at, b.remaining() / 8));
    return values;
  }

  /** Reads a U8 tensor that must have {@code elements} elements; -1 for any number. */
  byte[] u8(String name, long elements) throws IOException {
    Entry entry = entry(name, DType.U8, elements);
    byte[] values = new byte[entry.elements()];
    blocks(entry, (b, at) -> b.get(values, at, b.remaining()));
    return values;
  }

  private Entry entry(String name, DType type, long elements) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw bad("tensor '" + name + "' is missing");
    }
    if (entry.type != type) {
      throw bad("tensor '" + name + "' must be " + type + " but is " + entry.type);
    }
    if (elements >= 0 && entry.elements() != elements) {
      throw bad(
          "tensor '" + name + "' must have " + elements + " elements but has " + entry.elements());
    }
    return entry;
  }

  /** Receives a block of bytes; {@code at} counts the elements before it. */
  @FunctionalInterface
  private interface Block {
    void take(ByteBuffer bytes, int at);
  }

  private void blocks(Entry entry, Block block) throws IOException {
    long length = entry.to - entry.from;
    ByteBuffer buffer =
        ByteBuffer.allocate((int) Math.min(BLOCK, length)).order(ByteOrder.LITTLE_ENDIAN);
    for (long done = 0; done < length; done += BLOCK) {
      buffer.clear().limit((int) Math.min(BLOCK, length - done));
      read(dataStart + entry.from + done, buffer);
      block.take(buffer, (int) (done / entry.type.bytes));
      pace.rest();
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** Collects arrays by reference and writes them as one stream, without a second copy. */
  static final class Writer {

    private record Tensor(String name, DType type, List<Long> shape, int elements, Filler filler) {}

    /** Puts {@code n} elements from element {@code at} into a buffer. */
    @FunctionalInterface
    private interface Filler {
      void fill(ByteBuffer into, int at, int n);
    }

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Adds a float array, row-major, not to be changed until it is written. */
    Writer f32(String name, float[] values, long... shape) {
      return add(
          name,
          DType.F32,
          shape,
          values.length,
          (b, at, n) -> b.asFloatBuffer().put(values, at, n));
    }

    /** Adds floats as halves; they must be rounded to halves. */
    Writer f16(String name, float[] values, long... shape) {
      return add(
          name,
          DType.F16,
          shape,
          values.length,
          (b, at, n) -> {
            for (int i = at; i < at + n; i++) {
              b.putShort(Float16.toBits(values[i]));
            }
          });
    }

    /** Adds the bytes of an array, little-endian, which are asked for when it is written. */
    Writer raw(String name, DType type, Bytes bytes, long... shape) {
      long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
      return add(
          name,
          type,
          shape,
          Math.toIntExact(elements),
          (b, at, n) -> bytes.move((long) at * type.bytes, b.array(), n * type.bytes));
    }

    /** Adds a long array. */
    Writer i64(String name, long[] values, long... shape) {
      return add(
          name, DType.I64, shape, values.length, (b, at, n) -> b.asLongBuffer().put(values, at, n));
    }

    /** Adds bytes. */
    Writer u8(String name, byte[] values, long... shape) {
      return add(name, DType.U8, shape, values.length, (b, at, n) -> b.put(values, at, n));
    }

    private Writer add(String name, DType type, long[] shape, int elements, Filler filler) {
      long product = Arrays.stream(shape).reduce(1, Math::multiplyExact);
      if (product != elements) {
        throw new IllegalArgumentException(
            "tensor '" + name + "' must have " + product + " elements but had " + elements);
      }
      Tensor tensor =
          new Tensor(name, type, Arrays.stream(shape).boxed().toList(), elements, filler);
      if (name.equals(METADATA) || tensors.putIfAbsent(name, tensor) != null) {
        throw new IllegalArgumentException("tensor name '" + name + "' is taken");
      }
      return this;
    }

    /** Writes the whole file. */
    void writeTo(OutputStream out) throws IOException {
      List<Tensor> order = new ArrayList<>(tensors.values());
      order.sort(Comparator.<Tensor>comparingInt(t -> -t.type.bytes).thenComparing(t -> t.name));
      byte[] header = header(order);
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      out.write(length.putLong(header.length).array());
      out.write(header);
      byte[] block = new byte[BLOCK];
      for (Tensor tensor : order) {
        write(tensor, block, out);
      }
    }

    private static void write(Tensor tensor, byte[] block, OutputStream out) throws IOException {
      int step = BLOCK / tensor.type.bytes;
      for (int at = 0; at < tensor.elements; at += step) {
        int n = Math.min(step, tensor.elements - at);
        ByteBuffer buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        tensor.filler.fill(buffer, at, n);
        out.write(block, 0, n * tensor.type.bytes);
      }
    }

    private static byte[] header(List<Tensor> order) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator json = JSON.createGenerator(bytes)) {
        json.writeStartObject();
        long offset = 0;
        for (Tensor tensor : order) {
          long end = offset + (long) tensor.elements * tensor.type.bytes;
          json.writeObjectFieldStart(tensor.name);
          json.writeStringField("dtype", tensor.type.name());
          json.writeFieldName("shape");
          json.writeArray(
              tensor.shape.stream().mapToLong(Long::longValue).toArray(), 0, tensor.shape.size());
          json.writeFieldName("data_offsets");
          json.writeArray(new long[] {offset, end}, 0, 2);
          json.writeEndObject();
          offset = end;
        }
        json.writeEndObject();
      }
      while (bytes.size() % 8 != 0) {
        bytes.write(" ".getBytes(StandardCharsets.US_ASCII));
      }
      return bytes.toByteArray();
    }
  }
}
