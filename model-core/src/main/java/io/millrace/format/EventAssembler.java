package io.millrace.format;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DecimalText;
import io.millrace.event.Decoded;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.LabelColumn;
import io.millrace.event.Numbers;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.TimeParser;
import it.unimi.dsi.fastutil.objects.Object2IntMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Collects the raw values of a record and makes an event of them. All decoders of raw rows share
 * this code, so that text, JSON and Avro give the same events.
 *
 * <p>Each column that the schema reads has a slot. A slot holds a list of <em>elements</em>, slices
 * of {@link #bytes}: none if missing, one for a single value, several for an array.
 */
final class EventAssembler {

  private static final int NO_VALUE = 0;
  private static final String TRUE = "true";
  private static final String FALSE = "false";

  /** UTF-8 bytes of the values. */
  byte[] bytes = new byte[1024];

  private final Schema schema;
  private final EventLimits limits;
  private final ValueListener listener;
  private final IdEncoder encoder;
  private final TimeParser times;
  private final Numbers numbers = new Numbers();
  private final Object2IntOpenHashMap<String> slots = new Object2IntOpenHashMap<>();
  private final int timeSlot;
  private final int labelSlot;
  private final int[] denseSlots;

  /** Marks of the event's dense columns without a value. */
  private long[] missing;

  private final int[] fieldSlots;
  private final Set<String> positive;
  private final MissingTexts missingTexts;

  /** For each field, what splits its cells; null if a cell holds one value. */
  private final CellParts[] parts;

  private final int[] first;
  private final int[] count;
  private final boolean[] array;
  private final boolean[] nested;
  private int[] from = new int[64];
  private int[] length = new int[64];
  private int elements;
  private Reject reject;

  /** The event's time if its record says it in milliseconds; else {@link TimeParser#BAD}. */
  private long knownTime;

  EventAssembler(Schema schema, EventLimits limits, ValueListener listener) {
    this.schema = schema;
    this.limits = limits;
    this.listener = listener;
    encoder = new IdEncoder(schema.fields());
    times = new TimeParser(schema.time());
    slots.defaultReturnValue(-1);
    timeSlot = slotFor(schema.time().column());
    labelSlot = slotFor(schema.label().column());
    denseSlots = schema.dense().stream().mapToInt(d -> slotFor(d.column())).toArray();
    fieldSlots = schema.fields().stream().mapToInt(f -> slotFor(f.column())).toArray();
    positive = new HashSet<>();
    schema.label().positive().forEach(text -> positive.add(truth(text)));
    missingTexts = new MissingTexts(schema.missing());
    parts =
        schema.fields().stream()
            .map(f -> f.multiHot() ? new CellParts(f, missingTexts) : null)
            .toArray(CellParts[]::new);
    first = new int[slots.size()];
    count = new int[slots.size()];
    array = new boolean[slots.size()];
    nested = new boolean[slots.size()];
  }

  private int slotFor(String column) {
    slots.putIfAbsent(column, slots.size());
    return slots.getInt(column);
  }

  /** The columns that the schema reads, in the order of their slots. */
  List<String> columns() {
    return slots.object2IntEntrySet().stream()
        .sorted(Comparator.comparingInt(Object2IntMap.Entry::getIntValue))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Slot of the column that holds the time. */
  int timeSlot() {
    return timeSlot;
  }

  /**
   * Notes the time, ms since 1970, of a record whose form defines its unit; after {@link #open}.
   */
  void knownTime(long ms) {
    knownTime = ms;
  }

  /** Slot of {@code column}, or -1 if the schema does not read it. */
  int slot(String column) {
    return slots.getInt(column);
  }

  /** Starts a new record. */
  void begin() {
    elements = 0;
    reject = null;
    knownTime = TimeParser.BAD;
    Arrays.fill(count, NO_VALUE);
    Arrays.fill(array, false);
    Arrays.fill(nested, false);
  }

  /** Opens the slot's list; {@link #element} adds to it. A second value replaces the first. */
  void open(int slot, boolean isArray) {
    first[slot] = elements;
    count[slot] = 0;
    array[slot] = isArray;
    nested[slot] = false;
    knownTime = slot == timeSlot ? TimeParser.BAD : knownTime;
  }

  /** Adds the slice of {@link #bytes} to the slot opened last, unless it means a missing value. */
  void element(int slot, int start, int size) {
    if (missingTexts.has(bytes, start, size)) {
      return;
    }
    if (elements == from.length) {
      from = Arrays.copyOf(from, 2 * elements);
      length = Arrays.copyOf(length, 2 * elements);
    }
    from[elements] = start;
    length[elements] = size;
    elements++;
    count[slot]++;
  }

  /** Notes that the slot holds an object or an array of arrays. */
  void nested(int slot) {
    nested[slot] = true;
  }

  /** The event of the collected values. */
  Decoded assemble(long row) {
    long time = time(row);
    float label = reject == null ? label() : 0;
    float[] dense = reject == null ? dense() : null;
    if (reject == null) {
      int[] offsets = offsets();
      if (reject == null) {
        return new ClickEvent(time, label, dense, ids(offsets), offsets, missing);
      }
    }
    return reject;
  }

  private long time(long row) {
    if (row >= 0 && schema.time() instanceof TimeColumn.MadeUp clock) {
      long time = clock.timeOf(row);
      return inRange(time, () -> time + " ms");
    }
    String column = schema.time().column();
    if (nested[timeSlot] || count[timeSlot] != 1) {
      String was = count[timeSlot] == 0 && !nested[timeSlot] ? "missing" : "not a single value";
      fail(Reject.Reason.BAD_TIME, column + " must " + times.rule() + " but was " + was);
      return 0;
    }
    int e = first[timeSlot];
    long time = knownTime == TimeParser.BAD ? times.parse(bytes, from[e], length[e]) : knownTime;
    String rule = times.brokenRule(time);
    if (rule != null) {
      fail(Reject.Reason.BAD_TIME, timeSlot, "must " + rule);
    } else {
      inRange(time, () -> show(timeSlot));
    }
    if (reject != null) {
      listener.rejectedTime(bytes, from[e], length[e]);
    }
    return time;
  }

  private long inRange(long time, Supplier<String> shown) {
    Reject outside = checkRange(limits, schema.time().column(), time, shown);
    if (outside != null) {
      reject = outside;
    }
    return time;
  }

  /**
   * The reject of a time outside the limits, or null. {@code shown}, the time for the message, is
   * computed only for a reject.
   */
  static Reject checkRange(EventLimits limits, String column, long time, Supplier<String> shown) {
    if (time >= limits.minTime() && time < limits.maxTime()) {
      return null;
    }
    return new Reject(
        Reject.Reason.TIME_OUT_OF_RANGE,
        column
            + " must be in ["
            + Instant.ofEpochMilli(limits.minTime())
            + ", "
            + Instant.ofEpochMilli(limits.maxTime())
            + ") but was "
            + shown.get());
  }

  private float label() {
    LabelColumn label = schema.label();
    if (!single(labelSlot, "be a single value")) {
      return 0;
    }
    if (count[labelSlot] == 0) {
      if (!label.optional()) {
        fail(Reject.Reason.MISSING_LABEL, label.column() + " must have a value but was missing");
      }
      return Float.NaN;
    }
    if (!positive.isEmpty()) {
      String text = text(first[labelSlot]);
      listener.label(text);
      return positive.contains(truth(text)) ? 1 : 0;
    }
    if (isText(labelSlot, TRUE) || isText(labelSlot, FALSE)) {
      return isText(labelSlot, TRUE) ? 1 : 0;
    }
    return number(labelSlot) && numbers.value() >= label.threshold() ? 1 : 0;
  }

  private boolean isText(int slot, String text) {
    int e = first[slot];
    return length[e] == text.length() && text(e).equalsIgnoreCase(text);
  }

  /** The text, but JSON's {@code true} and {@code false} for these words in any case. */
  private static String truth(String text) {
    return text.equalsIgnoreCase(TRUE) ? TRUE : text.equalsIgnoreCase(FALSE) ? FALSE : text;
  }

  private float[] dense() {
    float[] dense = new float[denseSlots.length];
    missing = ClickEvent.noneMissing();
    for (int d = 0; d < dense.length && reject == null; d++) {
      int slot = denseSlots[d];
      DenseColumn column = schema.dense().get(d);
      if (!single(slot, "be a number")) {
        return dense;
      }
      if (count[slot] == 0) {
        dense[d] = column.missing();
        missing = ClickEvent.mark(missing, d, dense.length);
      } else if (number(slot)) {
        dense[d] = column.transform().apply(numbers.value());
        if (!Float.isFinite(dense[d])) {
          fail(Reject.Reason.NOT_FINITE, slot, "must fit a float");
        }
      }
    }
    return dense;
  }

  /** True if the slot holds no array and no object; else the record is rejected. */
  private boolean single(int slot, String rule) {
    if (nested[slot] || count[slot] > 1) {
      fail(
          Reject.Reason.WRONG_TYPE,
          columnOf(slot) + " must " + rule + " but was " + (nested[slot] ? "nested" : "a list"));
      return false;
    }
    return true;
  }

  /** Reads the slot's only value into {@link #numbers}, or rejects the record. */
  private boolean number(int slot) {
    int e = first[slot];
    switch (numbers.read(bytes, from[e], length[e])) {
      case NOT_A_NUMBER -> fail(Reject.Reason.WRONG_TYPE, slot, "must be a number");
      case NOT_FINITE -> fail(Reject.Reason.NOT_FINITE, slot, "must be finite");
      default -> {
        return true;
      }
    }
    return false;
  }

  private int[] offsets() {
    int[] offsets = new int[fieldSlots.length + 1];
    for (int f = 0; f < fieldSlots.length && reject == null; f++) {
      offsets[f + 1] = offsets[f] + Math.max(1, values(f));
    }
    return offsets;
  }

  /** Number of values of field {@code f}, 0 if it is missing. */
  private int values(int f) {
    CategoricalField field = schema.fields().get(f);
    int slot = fieldSlots[f];
    if (nested[slot]) {
      single(slot, "be a value or a list of values");
      return 0;
    }
    int values = isSplit(f) ? split(f) : count[slot];
    if (values > limits.maxIdsPerField()) {
      fail(
          Reject.Reason.TOO_LARGE,
          field.column()
              + " must have at most "
              + limits.maxIdsPerField()
              + " values but had "
              + values);
    }
    return values;
  }

  /** Whether the field's value is a cell with separators; the elements of a list are not. */
  private boolean isSplit(int f) {
    return parts[f] != null && count[fieldSlots[f]] > 0 && !array[fieldSlots[f]];
  }

  private int split(int f) {
    int e = first[fieldSlots[f]];
    return parts[f].split(bytes, from[e], length[e]);
  }

  private long[] ids(int[] offsets) {
    long[] ids = new long[offsets[fieldSlots.length]];
    for (int f = 0; f < fieldSlots.length; f++) {
      int at = offsets[f];
      ids[at] = encoder.missing(f);
      if (isSplit(f)) {
        for (int p = 0; p < parts[f].count(); p++) {
          ids[at++] = id(f, parts[f].from(p), parts[f].length(p));
        }
      } else {
        for (int e = first[fieldSlots[f]], n = count[fieldSlots[f]]; n > 0; e++, n--) {
          ids[at++] = id(f, from[e], length[e]);
        }
      }
    }
    return ids;
  }

  private long id(int f, int start, int size) {
    byte[] canonical =
        schema.fields().get(f).number() ? DecimalText.canonical(bytes, start, size) : null;
    return canonical == null ? id(f, bytes, start, size) : id(f, canonical, 0, canonical.length);
  }

  private long id(int f, byte[] text, int start, int size) {
    long id = encoder.id(f, text, start, size);
    listener.value(f, id, text, start, size);
    return id;
  }

  private String text(int element) {
    return new String(bytes, from[element], length[element], StandardCharsets.UTF_8);
  }

  private String show(int slot) {
    return Reject.show(text(first[slot]));
  }

  private String columnOf(int slot) {
    List<String> columns = new ArrayList<>(slots.size());
    slots.object2IntEntrySet().stream()
        .filter(entry -> entry.getIntValue() == slot)
        .forEach(entry -> columns.add(entry.getKey()));
    return columns.get(0);
  }

  private void fail(Reject.Reason reason, int slot, String rule) {
    String value = text(first[slot]);
    String message = columnOf(slot) + " " + rule + " but was " + Reject.show(value);
    reject =
        MissingHints.isUsual(value) && slot != timeSlot
            ? new Reject(reason, message + MissingHints.advice(value), value)
            : new Reject(reason, message, value);
  }

  private void fail(Reject.Reason reason, String message) {
    reject = new Reject(reason, message);
  }
}
