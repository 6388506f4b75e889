package io.millrace.values;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.DenseColumn;
import io.millrace.event.DidYouMean;
import io.millrace.event.IdEncoder;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Warning;
import io.millrace.format.ValueListener;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Compares the first records of a stream with the schema, and warns of what is legal but hardly
 * meant: columns without a value in any event, labels of one class, the time as a feature, and
 * records of which none is an event.
 *
 * <p>It is the listener of a decoder, from which it learns the keys of the records and the texts of
 * the labels, and passes all values on. Its user adds what the decoder returns. Once it has seen
 * its number of records, it costs one comparison a key. Not thread-safe.
 */
public final class FirstRecords implements ValueListener {

  /** Records that are compared in a stream. */
  public static final int MOST = 10_000;

  /** Records after which it is a warning that none of them is an event: a stream may be slow. */
  private static final int EARLY = 100;

  /** Most keys, and most label texts, that are kept. */
  private static final int MOST_NAMES = 64;

  /** Most names and texts in a message. */
  private static final int SHOWN = 12;

  private final Schema schema;
  private final long most;
  private final ValueListener next;
  private final IdEncoder encoder;
  private final Set<String> keys = new LinkedHashSet<>();
  private final Map<String, Long> texts = new TreeMap<>();
  private final boolean[] denseSeen;
  private final boolean[] fieldSeen;
  private final Map<Integer, LongOpenHashSet> timeIds = new TreeMap<>();
  private final Map<Reject.Reason, Long> rejects = new EnumMap<>(Reject.Reason.class);
  private String firstReject;
  private long records;
  private long events;
  private long labels;
  private long labelled;
  private long positives;
  private long newest;
  private boolean early;
  private boolean ended;

  /**
   * Nothing seen yet.
   *
   * @param most records to compare, at least 1
   * @param next receives all values too
   */
  public FirstRecords(Schema schema, long most, ValueListener next) {
    this.schema = schema;
    this.most = most;
    this.next = next;
    this.encoder = new IdEncoder(schema.fields());
    this.denseSeen = new boolean[schema.dense().size()];
    this.fieldSeen = new boolean[schema.fields().size()];
    for (int f = 0; f < fieldSeen.length; f++) {
      if (isTime(schema.fields().get(f).column())) {
        timeIds.put(f, new LongOpenHashSet());
      }
    }
  }

  private boolean isTime(String column) {
    return !(schema.time() instanceof TimeColumn.MadeUp) && column.equals(schema.time().column());
  }

  @Override
  public void value(int field, long id, byte[] bytes, int from, int length) {
    next.value(field, id, bytes, from, length);
  }

  @Override
  public void key(String name) {
    if (!ended && keys.size() < MOST_NAMES) {
      keys.add(name);
    }
  }

  @Override
  public void label(String text) {
    if (!ended && labels++ < most && (texts.size() < MOST_NAMES || texts.containsKey(text))) {
      texts.merge(text, 1L, Long::sum);
    }
  }

  /**
   * Adds what a record was decoded to; records after the first ones are ignored.
   *
   * @return the warnings, with the last of the first records, or earlier if none is an event; else
   *     none
   */
  public List<Warning> add(Decoded decoded) {
    if (ended) {
      return List.of();
    }
    records++;
    if (decoded instanceof ClickEvent event) {
      add(event);
    } else if (decoded instanceof Reject reject) {
      rejects.merge(reject.reason(), 1L, Long::sum);
      firstReject = firstReject == null ? reject.message() : firstReject;
    }
    if (events == 0 && records == EARLY && most == MOST) {
      early = true;
      return List.of(noEvents());
    }
    return records < most ? List.of() : end();
  }

  private void add(ClickEvent event) {
    events++;
    labelled += event.labelled() ? 1 : 0;
    positives += event.clicked() ? 1 : 0;
    newest = Math.max(newest, event.eventTime());
    for (int d = 0; d < denseSeen.length; d++) {
      denseSeen[d] |= !event.missing(d);
    }
    for (int f = 0; f < fieldSeen.length; f++) {
      int from = event.offsets()[f];
      boolean one = event.offsets()[f + 1] - from == 1;
      fieldSeen[f] |= !(one && event.ids()[from] == encoder.missing(f));
    }
    timeIds.forEach((f, ids) -> ids.add(event.ids()[event.offsets()[f]]));
  }

  /**
   * Ends the first records, as there are no more.
   *
   * @return the warnings; none if there was no record, or if {@link #add} has returned them
   */
  public List<Warning> end() {
    List<Warning> warnings = new ArrayList<>();
    if (!ended && events == 0 && records > 0 && !early) {
      warnings.add(noEvents());
    } else if (!ended && events > 0) {
      warnUnseen(warnings);
      warnOneClass(warnings);
      warnTime(warnings);
    }
    ended = true;
    return warnings;
  }

  private Warning warning(Warning.Kind kind, String place, long count, String message) {
    return new Warning(kind, newest, null, place, count, message);
  }

  private Warning noEvents() {
    List<String> absent =
        schema.columns().stream()
            .filter(c -> !keys.isEmpty() && keys.size() < MOST_NAMES)
            .filter(c -> !keys.contains(c) && !keys.contains(c.split("\\.", 2)[0]))
            .filter(
                c ->
                    !(schema.time() instanceof TimeColumn.MadeUp
                        && c.equals(schema.time().column())))
            .toList();
    String reasons =
        rejects.entrySet().stream()
            .map(e -> e.getKey().key() + " " + e.getValue())
            .collect(Collectors.joining(", "));
    String columns = absent.isEmpty() ? "" : "; columns that none of them has: " + shown(absent);
    return warning(
        Warning.Kind.NO_EVENTS,
        "schema",
        records,
        "none of the first %d records is an event: %s; the first: %s%s%s"
            .formatted(records, reasons, firstReject, columns, keysAndHint(absent)));
  }

  private void warnUnseen(List<Warning> warnings) {
    Set<String> unseen = new LinkedHashSet<>();
    if (labelled == 0) {
      unseen.add(schema.label().column());
    }
    for (int d = 0; d < denseSeen.length; d++) {
      if (!denseSeen[d]) {
        unseen.add(schema.dense().get(d).column());
      }
    }
    for (int f = 0; f < fieldSeen.length; f++) {
      if (!fieldSeen[f]) {
        unseen.add(schema.fields().get(f).column());
      }
    }
    if (!unseen.isEmpty()) {
      warnings.add(
          warning(
              Warning.Kind.UNSEEN_COLUMN,
              shown(unseen),
              unseen.size(),
              "columns of the schema without a value in any of the first %d events: %s%s"
                  .formatted(events, shown(unseen), keysAndHint(unseen))));
    }
  }

  /** The keys of the records, and which of them may have been meant by other names. */
  private String keysAndHint(Collection<String> wrong) {
    if (keys.isEmpty()) {
      return "";
    }
    List<String> meant = new ArrayList<>();
    for (String name : wrong) {
      String near = keys.contains(name) ? null : DidYouMean.nearest(name, keys);
      if (near != null) {
        meant.add(brief(near) + " instead of " + name);
      }
    }
    return "; keys of the events: "
        + shown(keys)
        + (meant.isEmpty() ? "" : "; did you mean " + shown(meant) + "?");
  }

  private static String shown(Collection<String> names) {
    int more = names.size() - SHOWN;
    String first =
        names.stream().limit(SHOWN).map(FirstRecords::brief).collect(Collectors.joining(", "));
    return more > 0 ? first + " and " + more + " more" : first;
  }

  /** A name from outside, cut and without control characters. */
  private static String brief(String name) {
    String quoted = Reject.show(name);
    return quoted.substring(1, quoted.length() - 1);
  }

  private void warnOneClass(List<Warning> warnings) {
    if (labelled == 0 || (positives > 0 && positives < labelled)) {
      return;
    }
    LabelColumn label = schema.label();
    String rule =
        label.positive().isEmpty()
            ? (positives == 0 ? "no number is" : "every number is")
                + " at least schema.label.threshold "
                + label.threshold()
            : (positives == 0 ? "no text is" : "every text is")
                + " in schema.label.positive "
                + label.positive();
    warnings.add(
        warning(
            Warning.Kind.ONE_CLASS,
            label.column(),
            labelled,
            "%s: %d of %d positive: %s%s"
                .formatted(label.column(), positives, labelled, rule, labelTexts())));
  }

  /**
   * The most frequent texts of labels with their counts, such as {@code ; texts are no (30), yes
   * (10)}; empty if {@code label.positive} is.
   */
  public String labelTexts() {
    if (texts.isEmpty()) {
      return "";
    }
    List<String> most =
        texts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .map(e -> brief(e.getKey()) + " (" + e.getValue() + ")")
            .toList();
    return "; texts are " + shown(most);
  }

  private void warnTime(List<Warning> warnings) {
    timeIds.forEach(
        (f, ids) -> {
          CategoricalField field = schema.fields().get(f);
          String found = "categorical column too (%d ids in %d rows)".formatted(ids.size(), events);
          warnings.add(timeIs(field.column(), found, "the ids of later events are all new"));
        });
    for (DenseColumn column : schema.dense()) {
      if (isTime(column.column())) {
        String why = "the values of later events are larger than all that were learned";
        warnings.add(timeIs(column.column(), "dense column too", why));
      }
    }
  }

  private Warning timeIs(String column, String what, String why) {
    String kind = what.substring(0, what.indexOf(' ')).toLowerCase(Locale.ROOT);
    return warning(
        Warning.Kind.TIME_AS_FEATURE,
        column,
        events,
        "the time column %s is a %s: %s; remove it from schema.%s"
            .formatted(column, what, why, kind));
  }
}
