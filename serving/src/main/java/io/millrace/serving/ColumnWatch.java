package io.millrace.serving;

import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.DidYouMean;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.format.EventFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Compares the keys of events with the columns of a model, and warns once of each fault: a column
 * that none of the first {@link #FIRST} events has, and a key that resembles a column which its
 * event lacks. Label and time are known, but not missed. Thread-safe.
 */
public final class ColumnWatch {

  /** Events after which columns without any value are named. */
  static final int FIRST = 10_000;

  /** The kind of fault of an event without a column of the model, as rejects name theirs. */
  public static final String NO_COLUMN = "no_column";

  /** Most names that are remembered, so that clients cannot fill the memory. */
  private static final int MOST_NAMES = 1_000;

  /** Most names in a message. */
  private static final int SHOWN = 12;

  /** Characters that are left of a name of more than twice as many. */
  private static final int LONGEST = 64;

  private final Schema schema;
  private final String source;
  private final Consumer<String> warnings;
  private final Set<String> columns = new LinkedHashSet<>();
  private final Set<String> known;
  private final EventKeys keys;
  private final Map<String, String> nearest = new ConcurrentHashMap<>();
  private final Set<String> warned = ConcurrentHashMap.newKeySet();
  private final Map<String, LongAdder> lacking = new ConcurrentHashMap<>();
  private final LongAdder misspelt = new LongAdder();
  private final Set<String> seen = new HashSet<>();
  private final Set<String> unread = new LinkedHashSet<>();
  private volatile Known last;
  private volatile boolean open = true;
  private volatile boolean matched;
  private int events;

  /**
   * Starts to watch.
   *
   * @param schema the model's
   * @param source where events come from, at the end of a sentence, such as {@code " of a.jsonl"}
   * @param warnings receives each warning, one line
   */
  public ColumnWatch(Schema schema, String source, Consumer<String> warnings) {
    this.schema = schema;
    this.source = source;
    this.warnings = warnings;
    schema.fields().stream().map(CategoricalField::column).forEach(columns::add);
    schema.dense().stream().map(DenseColumn::column).forEach(columns::add);
    known = new HashSet<>(columns);
    known.addAll(List.of(schema.label().column(), schema.time().column()));
    known.add(TimeColumn.MADE_UP_KEY);
    keys = new EventKeys(columns);
    columns.forEach(column -> lacking.put(column, new LongAdder()));
  }

  /** The model's schema. */
  public Schema schema() {
    return schema;
  }

  /** The columns that the model reads: fields, then dense columns. */
  public Set<String> columns() {
    return Collections.unmodifiableSet(columns);
  }

  /** Whether a key is a column, holds columns below it, or is the label or time. */
  public boolean isKnown(String key) {
    return known.contains(key) || keys.isParent(key);
  }

  /** Reads the keys of events for this watch. */
  public EventKeys keys() {
    return keys;
  }

  /**
   * Notes the keys of an event.
   *
   * @return whether the event has a column of the model
   */
  public boolean note(Set<String> present) {
    Known same = last;
    if (same == null || same.present != present) {
      List<LongAdder> absent =
          columns.stream().filter(c -> !present.contains(c)).map(lacking::get).toList();
      same = new Known(present, absent, known.containsAll(present));
      last = same;
    }
    same.absent.forEach(LongAdder::increment);
    boolean any = same.absent.size() < columns.size();
    if (any) {
      matched = true;
    }
    if (any && !same.whole) {
      misspelt(present);
    }
    if (open) {
      first(present);
    }
    return any;
  }

  /**
   * What follows from a set of keys; most events have those of the one before.
   *
   * @param present the keys, compared by identity
   * @param absent the counts of the columns that are not there
   * @param whole whether all keys are known
   */
  private record Known(Set<String> present, List<LongAdder> absent, boolean whole) {}

  private void misspelt(Set<String> present) {
    boolean found = false;
    for (String key : present) {
      String column = known.contains(key) ? "" : nearest(key);
      if (!column.isEmpty() && !present.contains(column)) {
        found = true;
        if (warned.add(key)) {
          warnings.accept(
              "the key '"
                  + printable(key)
                  + "' is no column of the model; did you mean '"
                  + column
                  + "'?");
        }
      }
    }
    if (found) {
      misspelt.increment();
    }
  }

  /** The column that an unknown key resembles, or the empty text. */
  public String nearest(String key) {
    String column = nearest.get(key);
    if (column == null && nearest.size() < MOST_NAMES && key.length() <= 2 * LONGEST) {
      String near = DidYouMean.nearest(key, columns);
      column = near == null ? "" : near;
      nearest.put(key, column);
    }
    return column == null ? "" : column;
  }

  private synchronized void first(Set<String> present) {
    events++;
    for (String key : present) {
      if (columns.contains(key)) {
        seen.add(key);
      } else if (!known.contains(key) && unread.size() < MOST_NAMES) {
        unread.add(key);
      }
    }
    if (open && events >= FIRST) {
      report("in none of the first " + FIRST + " events" + source);
    }
  }

  /** Names the columns that no event had, if that has not been done. */
  public synchronized void end() {
    if (open && events > 0) {
      report("in none of the " + events + " events" + source);
    }
  }

  /**
   * Takes the header of a file for the keys of all its events, and names the columns it lacks.
   *
   * @throws EventFileException if it has no column of the model
   */
  synchronized void header(String file, List<String> header) throws EventFileException {
    columns.stream().filter(header::contains).forEach(seen::add);
    header.stream().filter(key -> !known.contains(key)).forEach(unread::add);
    matched = !seen.isEmpty();
    events = 1;
    checkMatched(file);
    report("not in the header" + source);
  }

  /**
   * Checks that an event of a file had a column of the model; a file without events passes.
   *
   * @throws EventFileException if none had one
   */
  synchronized void checkMatched(String file) throws EventFileException {
    if (events > 0 && !matched) {
      throw new EventFileException(
          file
              + " must have a column of the model ("
              + shorten(columns)
              + ") but has none; "
              + others(unread)
              + suggestions(List.copyOf(columns)));
    }
  }

  private void report(String where) {
    open = false;
    List<String> absent = columns.stream().filter(column -> !seen.contains(column)).toList();
    if (!absent.isEmpty()) {
      warnings.accept(
          (absent.size() == 1 ? "the column " : "the columns ")
              + shorten(absent)
              + " of the model "
              + (absent.size() == 1 ? "is " : "are ")
              + where
              + " and "
              + (absent.size() == 1 ? "counts" : "count")
              + " as missing; "
              + others(unread)
              + suggestions(absent));
    }
  }

  private String suggestions(List<String> absent) {
    List<String> pairs = new ArrayList<>();
    for (String column : absent) {
      String near = DidYouMean.nearest(column, unread);
      if (near != null) {
        pairs.add("'" + near + "' for '" + column + "'");
      }
    }
    return pairs.isEmpty() ? "" : "; did you mean " + shorten(pairs) + "?";
  }

  private static String others(Set<String> unread) {
    return unread.isEmpty()
        ? "there are no other keys"
        : "keys that the model does not read: " + shorten(unread);
  }

  /** Why an event without a column of the model cannot be scored. */
  public String noColumn(Set<String> present) {
    String keys = present.isEmpty() ? "it has no keys" : "its keys are " + shorten(present);
    List<String> near = present.stream().map(this::nearest).filter(c -> !c.isEmpty()).toList();
    String hint = near.isEmpty() ? "" : "; did you mean '" + near.get(0) + "'?";
    return "no column of the model (" + shorten(columns) + ") is in the event; " + keys + hint;
  }

  /** Events without {@code column}, by column. */
  public Map<String, LongAdder> lacking() {
    return lacking;
  }

  /** Events that had a key which resembles a column they lacked. */
  public long misspelt() {
    return misspelt.sum();
  }

  /** A name for a message: a client may send any. */
  public static String printable(String name) {
    String shown = name.length() <= 2 * LONGEST ? name : name.substring(0, LONGEST) + "...";
    return shown.replaceAll("\\p{Cntrl}", "?");
  }

  /** Names for a message: all, or the first and how many more. */
  public static String shorten(Collection<String> names) {
    String shown =
        String.join(", ", names.stream().limit(SHOWN).map(ColumnWatch::printable).toList());
    return names.size() <= SHOWN ? shown : shown + " and " + (names.size() - SHOWN) + " more";
  }
}
