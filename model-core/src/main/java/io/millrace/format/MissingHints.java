package io.millrace.format;

import io.millrace.event.Decoded;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds texts that usually mean a missing value but are not in the schema's list: in rejected rows,
 * and among the ids of accepted ones. It proposes {@code format.missing}. Not thread-safe.
 */
public final class MissingHints implements ValueListener {

  private static final Set<String> USUAL =
      Set.of("na", "n/a", "#n/a", "<na>", "\\n", "null", "nil", "none", "nan", "-nan", "-", "?");

  /** Bytes of the longest usual text. */
  private static final int LONGEST = 4;

  private final Schema schema;
  private final Map<String, Long> rejected = new TreeMap<>();
  private final List<Map<String, Long>> ids = new ArrayList<>();

  /** Nothing has been seen yet. */
  public MissingHints(Schema schema) {
    this.schema = schema;
    schema.fields().forEach(field -> ids.add(new TreeMap<>()));
  }

  /** Whether a text usually means a missing value, in upper or lower case. */
  static boolean isUsual(String text) {
    return text.length() <= LONGEST && USUAL.contains(text.toLowerCase(Locale.ROOT));
  }

  /** What to do about a value that is a usual text, for the message that rejects it. */
  static String advice(String value) {
    return "; if it means missing, set " + setting(List.of(value));
  }

  /** The setting that makes {@code texts} missing, as YAML. */
  private static String setting(Iterable<String> texts) {
    return "format.missing: ['" + String.join("', '", texts) + "']";
  }

  /** Looks at what became of a row. */
  public void add(Decoded row) {
    if (row instanceof Reject reject
        && reject.reason() != Reject.Reason.BAD_TIME
        && isUsual(reject.value())) {
      rejected.merge(reject.value(), 1L, Long::sum);
    }
  }

  @Override
  public void value(int field, long id, byte[] bytes, int from, int length) {
    if (length <= LONGEST) {
      String text = new String(bytes, from, length, StandardCharsets.UTF_8);
      if (isUsual(text)) {
        ids.get(field).merge(text, 1L, Long::sum);
      }
    }
  }

  /** What was found, each sentence with the setting that it proposes; usually empty. */
  public List<String> found() {
    List<String> found = new ArrayList<>();
    if (!rejected.isEmpty()) {
      found.add(
          "rows are rejected because of %s; if these texts mean a missing value, set %s"
              .formatted(counts(rejected), setting(all(rejected))));
    }
    for (int f = 0; f < ids.size(); f++) {
      if (!ids.get(f).isEmpty()) {
        found.add(
            "%s has the ids %s; if these texts mean a missing value, set %s"
                .formatted(
                    schema.fields().get(f).name(), counts(ids.get(f)), setting(all(ids.get(f)))));
      }
    }
    return found;
  }

  /** The texts found and those of the schema, as setting the key replaces its list. */
  private Iterable<String> all(Map<String, Long> found) {
    List<String> texts = new ArrayList<>(schema.missing());
    texts.addAll(found.keySet());
    return texts;
  }

  private static String counts(Map<String, Long> texts) {
    List<String> counts = new ArrayList<>();
    texts.forEach((text, n) -> counts.add("'%s' (%,d)".formatted(text, n)));
    return String.join(", ", counts);
  }
}
