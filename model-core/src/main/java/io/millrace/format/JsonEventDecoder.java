package io.millrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import it.unimi.dsi.fastutil.objects.ObjectOpenHashSet;
import java.io.IOException;
import java.util.Arrays;

/**
 * Decodes JSON objects whose keys are columns, or whose nested objects hold them ({@link
 * ColumnTree}). Unknown keys are skipped and may repeat; a key that is read must be there once.
 * {@code null} is missing, and numbers keep their digits as written (so {@code 7} and {@code "7"}
 * are the same id, {@code 7.0} is another unless the field's values are numbers).
 */
final class JsonEventDecoder implements EventDecoder {
  /** Most characters of the parser's message in a reject. */
  private static final int SHOWN = 160;

  /** Most names of unread columns in a parser's table of names. */
  private static final int MAX_UNREAD = 256;

  private final EventLimits limits;
  private final EventAssembler assembler;
  private final ColumnTree tree;
  private final ValueListener listener;
  private JsonFactory json;
  private ObjectOpenHashSet<String> unread = new ObjectOpenHashSet<>();
  private int used;
  private int broken;

  JsonEventDecoder(Schema schema, EventLimits limits, ValueListener listener) {
    this.limits = limits;
    this.listener = listener;
    assembler = new EventAssembler(schema, limits, listener);
    tree = new ColumnTree(assembler.columns());
    json = factory();
  }

  private JsonFactory factory() {
    return JsonFactory.builder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // Python writes NaN
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxStringLength(limits.maxRecordBytes())
                .maxNumberLength(limits.maxRecordBytes())
                .build())
        .build();
  }

  @Override
  public Decoded decode(byte[] buffer, int from, int length, long row) {
    if (length > limits.maxRecordBytes()) {
      return TextEventDecoder.tooLarge(limits, length);
    }
    assembler.begin();
    tree.begin();
    used = 0;
    forgetNames();
    try (JsonParser parser = json.createParser(buffer, from, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return notParseable("a record must be a JSON object");
      }
      members(parser, tree.root());
      if (parser.nextToken() != null) {
        return notParseable("a record must be one JSON object but went on after its end");
      }
    } catch (BrokenRecord e) {
      return notParseable(e.getMessage());
    } catch (IOException | RuntimeException e) {
      broken++; // after a name, perhaps
      if (!TextRow.isUtf8(buffer, from, length)) {
        return notParseable("a record must be UTF-8; format.encoding names a file's encoding");
      }
      return notParseable("a record must be JSON but it is not: " + firstLine(e));
    }
    return assembler.assemble(row);
  }

  /**
   * Skips a value, and counts the names in it. A parser keeps all names it has seen and copies them
   * for each new one: records with new names each time would cost some 300 KB each.
   */
  private void skip(JsonParser parser) throws IOException {
    int depth = 0;
    for (JsonToken token = parser.currentToken(); token != null; token = parser.nextToken()) {
      if (token == JsonToken.FIELD_NAME) {
        unread.add(parser.currentName());
      }
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return;
      }
    }
  }

  /** Replaces the parsers' table of names once most of it must be names of unread columns. */
  private void forgetNames() {
    if (unread.size() + broken > MAX_UNREAD) {
      json = factory();
      unread = new ObjectOpenHashSet<>();
      broken = 0;
    }
  }

  private static Reject notParseable(String message) {
    return new Reject(Reject.Reason.NOT_PARSEABLE, message);
  }

  /** The parser's message, cut because it may quote a long part of the record. */
  private static String firstLine(Exception e) {
    String line = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    String shown = line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    return shown.replaceAll("\\p{Cntrl}", "?");
  }

  /** Reads the members of the current object, up to its end. */
  private void members(JsonParser parser, ColumnTree.Node node) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      if (node == tree.root()) {
        listener.key(parser.currentName());
      }
      member(parser, node);
    }
  }

  private void member(JsonParser parser, ColumnTree.Node node) throws IOException {
    ColumnTree.Entry entry = node.get(parser.currentName());
    if (entry == null) {
      unread.add(parser.currentName());
    }
    JsonToken token = parser.nextToken();
    int slot = tree.fill(entry);
    if (slot >= 0) {
      assembler.open(slot, token == JsonToken.START_ARRAY);
    }
    if (token == JsonToken.START_OBJECT && entry != null && entry.below() != null) {
      if (slot >= 0) {
        assembler.nested(slot);
      }
      tree.enter(entry);
      members(parser, entry.below());
    } else if (slot < 0) {
      skip(parser);
    } else {
      values(parser, slot, token);
    }
  }

  private void values(JsonParser parser, int slot, JsonToken token) throws IOException {
    if (token != JsonToken.START_ARRAY) {
      value(parser, slot, token);
      return;
    }
    for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
      value(parser, slot, t);
    }
  }

  private void value(JsonParser parser, int slot, JsonToken token) throws IOException {
    if (token == null) {
      throw new IOException("it ends early");
    }
    if (token.isStructStart()) {
      assembler.nested(slot);
      skip(parser);
    } else if (token != JsonToken.VALUE_NULL) {
      int start = used;
      append(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
      assembler.element(slot, start, used - start);
    }
  }

  /** Appends UTF-16 as UTF-8. */
  private void append(char[] chars, int from, int length) throws IOException {
    if (assembler.bytes.length - used < 3 * length) {
      assembler.bytes =
          Arrays.copyOf(assembler.bytes, Math.max(used + 3 * length, 2 * assembler.bytes.length));
    }
    byte[] out = assembler.bytes;
    int end = from + length;
    for (int i = from; i < end; i++) {
      int c = chars[i];
      if (c < 0x80) {
        out[used++] = (byte) c;
      } else if (c < 0x800) {
        out[used++] = (byte) (0xC0 | c >> 6);
        out[used++] = (byte) (0x80 | c & 0x3F);
      } else if (Character.isSurrogate((char) c)) {
        if (i + 1 == end || !Character.isSurrogatePair((char) c, chars[i + 1])) {
          throw new IOException("a lone surrogate is not a character");
        }
        int point = Character.toCodePoint((char) c, chars[++i]);
        out[used++] = (byte) (0xF0 | point >> 18);
        out[used++] = (byte) (0x80 | point >> 12 & 0x3F);
        out[used++] = (byte) (0x80 | point >> 6 & 0x3F);
        out[used++] = (byte) (0x80 | point & 0x3F);
      } else {
        out[used++] = (byte) (0xE0 | c >> 12);
        out[used++] = (byte) (0x80 | c >> 6 & 0x3F);
        out[used++] = (byte) (0x80 | c & 0x3F);
      }
    }
  }
}
