package io.millrace.file.parquet;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/** The footer of a Parquet file: the tree of its columns, and where its row groups lie. */
final class Footer {

  private static final String MAGIC = "PAR1";
  private static final int TAIL = 8;
  private static final int MAX_DEPTH = 100;

  /** A node of the tree: a column, or a group of nodes. */
  record Node(SchemaElement element, List<Node> children) {
    String name() {
      return element.getName();
    }

    boolean isRepeated() {
      return element.getRepetition_type() == FieldRepetitionType.REPEATED;
    }
  }

  private final FileMetaData meta;
  private final Node root;

  private Footer(FileMetaData meta) throws IOException {
    this.meta = meta;
    Iterator<SchemaElement> elements = meta.getSchema().iterator();
    this.root = node(elements, 0);
  }

  static Footer read(FileChannel file) throws IOException {
    long size = file.size();
    ByteBuffer tail = bytes(file, Math.max(0, size - TAIL), (int) Math.min(size, TAIL));
    int length = tail.remaining() < TAIL ? -1 : tail.getInt();
    byte[] magic = new byte[tail.remaining()];
    tail.get(magic);
    if (!new String(magic, StandardCharsets.US_ASCII).equals(MAGIC)) {
      throw new IOException("it must be a whole Parquet file but does not end with PAR1");
    }
    if (length <= 0 || length > size - TAIL - MAGIC.length()) {
      throw new IOException("its footer must lie within the file but has " + length + " bytes");
    }
    ByteBuffer footer = bytes(file, size - TAIL - length, length);
    return new Footer(Util.readFileMetaData(new ByteArrayInputStream(footer.array())));
  }

  /** Reads {@code length} bytes at {@code at}, little-endian, all of them. */
  static ByteBuffer bytes(FileChannel file, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("it ends in the middle");
      }
    }
    return bytes.flip();
  }

  private static Node node(Iterator<SchemaElement> elements, int depth) throws IOException {
    if (!elements.hasNext() || depth > MAX_DEPTH) {
      throw new IOException("its footer describes no tree of columns");
    }
    SchemaElement element = elements.next();
    List<Node> children = new ArrayList<>();
    for (int c = 0; c < element.getNum_children(); c++) {
      children.add(node(elements, depth + 1));
    }
    return new Node(element, children);
  }

  FileMetaData meta() {
    return meta;
  }

  /** The columns and groups at the top. */
  List<Node> fields() {
    return root.children();
  }

  /** The whole tree in the words of Parquet's library. */
  MessageType schema() {
    return new MessageType(root.name(), root.children().stream().map(Footer::type).toList());
  }

  private static Type type(Node node) {
    SchemaElement element = node.element();
    Type.Repetition repetition = Type.Repetition.valueOf(element.getRepetition_type().name());
    if (element.getNum_children() > 0) {
      return new GroupType(
          repetition, node.name(), node.children().stream().map(Footer::type).toList());
    }
    PrimitiveType.PrimitiveTypeName type =
        switch (element.getType()) {
          case BOOLEAN -> PrimitiveType.PrimitiveTypeName.BOOLEAN;
          case INT32 -> PrimitiveType.PrimitiveTypeName.INT32;
          case INT64 -> PrimitiveType.PrimitiveTypeName.INT64;
          case INT96 -> PrimitiveType.PrimitiveTypeName.INT96;
          case FLOAT -> PrimitiveType.PrimitiveTypeName.FLOAT;
          case DOUBLE -> PrimitiveType.PrimitiveTypeName.DOUBLE;
          case BYTE_ARRAY -> PrimitiveType.PrimitiveTypeName.BINARY;
          case FIXED_LEN_BYTE_ARRAY -> PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
        };
    return new PrimitiveType(repetition, type, element.getType_length(), node.name());
  }
}
