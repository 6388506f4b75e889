package io.millrace.format;

import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Decodes flat events in JSON in one pass over their bytes, several times faster than {@link
 * EventDecoder#json} and with the same results: values are read where they lie, without texts or
 * copies of them.
 *
 * <p>It reads what clients usually write: an object of strings without escapes, numbers, {@code
 * true}, {@code false}, {@code null}, and arrays of these. Of everything else, faults included, it
 * says only that it does not read it; {@link EventDecoder#json} then does. Not thread-safe.
 */
public final class JsonEventScanner {

  /** Most names of columns that are not read and yet remembered. */
  private static final int MAX_UNREAD = 256;

  /**
   * Most members that no column is read from, so that one event does not grow the lists of keys.
   */
  private static final int MAX_MEMBERS = 4_096;

  /** Longest name; a parser refuses names that are much longer. */
  private static final int LONGEST_NAME = 1_024;

  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private static final byte[] NONE = {};

  /** What the methods below return for bytes that are not read here. */
  private static final int OTHER = -1;

  private final EventLimits limits;
  private final EventAssembler assembler;

  /** All keys by the hash of their names, at most half full. */
  private Key[] table;

  private int unread;

  /** The key before, whose {@link Key#next} is probably the one to come. */
  private Key last;

  private long record;
  private byte[] bytes = NONE;
  private int end;
  private boolean ascii;
  private Decoded decoded;
  private Key[] keys = new Key[64];
  private int count;
  private int others;

  /** The keys of an event before, and their names. */
  private Key[] named = {};

  private Set<String> names = Set.of();

  /** A key of events, with its name in UTF-8. */
  private static final class Key {
    final byte[] name;

    /** Slot of its column, or -1 if it is not read. */
    final int slot;

    /** The key that followed it the last time. */
    Key next;

    /** The record that had it last. */
    long seen;

    /** The name; null until it is asked for. */
    private String text;

    Key(byte[] name, int slot) {
      this.name = name;
      this.slot = slot;
    }

    String text() {
      if (text == null) {
        text = new String(name, StandardCharsets.UTF_8);
      }
      return text;
    }
  }

  /** A scanner for events of a schema. */
  public JsonEventScanner(Schema schema, EventLimits limits) {
    this.limits = limits;
    this.assembler = new EventAssembler(schema, limits, ValueListener.none());
    addColumns();
  }

  private void addColumns() {
    int most = assembler.columns().size() + MAX_UNREAD + 2;
    table = new Key[2 * Integer.highestOneBit(2 * most - 1)];
    unread = 0;
    last = new Key(new byte[0], -1);
    for (String column : assembler.columns()) {
      byte[] name = column.getBytes(StandardCharsets.UTF_8);
      put(new Key(name, assembler.slot(column)), hash(name, 0, name.length));
    }
  }

  /**
   * Decodes an event.
   *
   * @param body holds the event, and perhaps more behind it
   * @param from position of its opening brace
   * @param row see {@link EventDecoder#decode(byte[], int, int, long)}
   * @return the position behind its closing brace; or -1 if it is not read here
   */
  public int decode(byte[] body, int from, long row) {
    begin(body);
    int to = from < end && body[from] == '{' ? members(from + 1) : OTHER;
    boolean read = to >= 0 && to - from <= limits.maxRecordBytes();
    if (!read || (!ascii && !TextRow.isUtf8(body, from, to - from))) {
      return OTHER;
    }
    decoded = assembler.assemble(row);
    return to;
  }

  /** Lets the bytes of the last event go, so that they take no memory. */
  public void release() {
    bytes = NONE;
    assembler.bytes = NONE;
  }

  private void begin(byte[] body) {
    if (unread > MAX_UNREAD) {
      addColumns();
    }
    bytes = body;
    end = body.length;
    ascii = true;
    count = 0;
    others = 0;
    record++;
    assembler.begin();
    assembler.bytes = body;
  }

  /** The event that was decoded last, or why it is none. */
  public Decoded decoded() {
    return decoded;
  }

  /** The keys of the event that was decoded last; the same object while they are the same. */
  public Set<String> keys() {
    if (!Arrays.equals(keys, 0, count, named, 0, named.length)) {
      named = Arrays.copyOf(keys, count);
      Set<String> set = new LinkedHashSet<>();
      for (Key key : named) {
        set.add(key.text());
      }
      names = Collections.unmodifiableSet(set);
    }
    return names;
  }

  /** Reads the members of an object; returns the position behind it. */
  private int members(int from) {
    int at = skipBlanks(from);
    if (at < end && bytes[at] == '}') {
      return at + 1;
    }
    while (at >= 0) {
      at = member(at);
      if (at < 0 || at >= end || bytes[at] != ',') {
        return at >= 0 && at < end && bytes[at] == '}' ? at + 1 : OTHER;
      }
      at = skipBlanks(at + 1);
    }
    return OTHER;
  }

  /** Reads a member; returns the position of what is behind it and blanks. */
  private int member(int from) {
    int close = string(from);
    if (close < 0 || close - from - 2 > LONGEST_NAME) {
      return OTHER;
    }
    Key key = key(from + 1, close - 1);
    if (key == null || (key.slot >= 0 ? key.seen == record : ++others > MAX_MEMBERS)) {
      return OTHER; // a key that is read and there twice is a reject
    }
    key.seen = record;
    note(key);
    int at = skipBlanks(close);
    if (at >= end || bytes[at] != ':') {
      return OTHER;
    }
    return value(key.slot, skipBlanks(at + 1));
  }

  private void note(Key key) {
    if (count == keys.length) {
      keys = Arrays.copyOf(keys, 2 * count);
    }
    keys[count++] = key;
    last.next = key;
    last = key;
  }

  private int value(int slot, int from) {
    boolean list = from < end && bytes[from] == '[';
    if (slot >= 0) {
      assembler.open(slot, list);
    }
    return list ? elements(slot, from + 1) : single(slot, from);
  }

  private int elements(int slot, int from) {
    int at = skipBlanks(from);
    if (at < end && bytes[at] == ']') {
      return skipBlanks(at + 1);
    }
    while (at >= 0) {
      at = single(slot, at);
      if (at < 0 || at >= end || bytes[at] != ',') {
        return at >= 0 && at < end && bytes[at] == ']' ? skipBlanks(at + 1) : OTHER;
      }
      at = skipBlanks(at + 1);
    }
    return OTHER;
  }

  /** Reads a value that is no list; returns the position of what is behind it and blanks. */
  private int single(int slot, int from) {
    int first = from < end ? bytes[from] : 0;
    int to;
    if (first == '"') {
      to = string(from);
      if (to >= 0 && slot >= 0) {
        assembler.element(slot, from + 1, to - from - 2);
      }
    } else if (first == 'n') {
      to = word(from, NULL);
    } else {
      to = first == 't' ? word(from, TRUE) : first == 'f' ? word(from, FALSE) : number(from);
      if (to >= 0 && slot >= 0) {
        assembler.element(slot, from, to - from);
      }
    }
    return to < 0 ? OTHER : skipBlanks(to);
  }

  /** The position behind the closing quote of the string that opens at {@code from}. */
  private int string(int from) {
    if (from >= end || bytes[from] != '"') {
      return OTHER;
    }
    for (int i = from + 1; i < end; i++) {
      byte b = bytes[i];
      if (b == '"') {
        return i + 1;
      }
      if (b < ' ' || b == '\\') {
        if (b >= 0) {
          return OTHER;
        }
        ascii = false;
      }
    }
    return OTHER;
  }

  private int word(int from, byte[] word) {
    int to = from + word.length;
    return to <= end && Arrays.equals(bytes, from, to, word, 0, word.length) ? to : OTHER;
  }

  /** The position behind {@code -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?}. */
  private int number(int from) {
    int start = from < end && bytes[from] == '-' ? from + 1 : from;
    int at = digits(start);
    if (at < 0 || (bytes[start] == '0' && at > start + 1)) {
      return OTHER;
    }
    if (at < end && bytes[at] == '.') {
      at = digits(at + 1);
    }
    if (at >= 0 && at < end && (bytes[at] | 0x20) == 'e') {
      boolean sign = at + 1 < end && (bytes[at + 1] == '+' || bytes[at + 1] == '-');
      at = digits(at + (sign ? 2 : 1));
    }
    return at;
  }

  /** The position behind one or more digits. */
  private int digits(int from) {
    int i = from;
    while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
      i++;
    }
    return i > from ? i : OTHER;
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < end
        && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t')) {
      i++;
    }
    return i;
  }

  /** The key of a name; null if there are too many that are not read. */
  private Key key(int from, int to) {
    Key next = last.next;
    if (next != null && Arrays.equals(bytes, from, to, next.name, 0, next.name.length)) {
      return next;
    }
    int hash = hash(bytes, from, to);
    for (int i = hash & (table.length - 1); table[i] != null; i = (i + 1) & (table.length - 1)) {
      if (Arrays.equals(bytes, from, to, table[i].name, 0, table[i].name.length)) {
        return table[i];
      }
    }
    return unread++ > MAX_UNREAD
        ? null
        : put(new Key(Arrays.copyOfRange(bytes, from, to), -1), hash);
  }

  private static int hash(byte[] name, int from, int to) {
    int hash = to - from;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + name[i];
    }
    return hash * 0x9E3779B9 >>> 8;
  }

  private Key put(Key key, int hash) {
    int i = hash & (table.length - 1);
    while (table[i] != null) {
      i = (i + 1) & (table.length - 1);
    }
    table[i] = key;
    return key;
  }
}
