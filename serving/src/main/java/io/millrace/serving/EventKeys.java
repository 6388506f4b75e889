package io.millrace.serving;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Reads the keys of events in JSON. A key within a nested object is a path, such as {@code
 * user.id}, where a column's name starts with {@code user.}; other nested objects are skipped.
 */
public final class EventKeys {

  /** Reads what the decoder of events reads: long numbers, and NaN as Python writes it. */
  public static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /** Most keys of an event that are no columns and yet remembered. */
  private static final int MOST_OTHERS = 256;

  private final Set<String> columns;
  private final Set<String> parents = new HashSet<>();

  /** How many keys that are no columns a request may have in memory; of each event one more. */
  public static final class Room {

    private int left = 50_000;
  }

  /** Takes room for the keys of an event that are no columns; returns whether there was enough. */
  public boolean fits(Set<String> keys, Room room) {
    int others = 0;
    for (String key : keys) {
      others += columns.contains(key) || parents.contains(key) ? 0 : 1;
    }
    boolean enough = others <= room.left;
    room.left -= enough ? others : 0;
    return enough;
  }

  /** A reader for events with such columns. */
  public EventKeys(Collection<String> columns) {
    this.columns = Set.copyOf(columns);
    for (String column : columns) {
      for (int dot = column.indexOf('.'); dot >= 0; dot = column.indexOf('.', dot + 1)) {
        parents.add(column.substring(0, dot));
      }
    }
  }

  /** Whether columns are read from the object under a key. */
  boolean isParent(String key) {
    return parents.contains(key);
  }

  /** The keys of a line that the decoder has accepted. */
  Set<String> of(byte[] line) throws IOException {
    try (JsonParser parser = JSON.createParser(line)) {
      parser.nextToken();
      return read(parser);
    }
  }

  /**
   * The keys of the object that starts at the current token; moves to the object's end. Beyond the
   * first 256 keys that are no columns, and those for which there is room, only columns are kept.
   *
   * @param room that of the request
   */
  public Set<String> read(JsonParser parser, Room room) throws IOException {
    Set<String> keys = new LinkedHashSet<>();
    int others = read(parser, "", keys, Math.max(1, Math.min(MOST_OTHERS, room.left)));
    room.left -= others;
    return keys;
  }

  /** The same with the room of one event. */
  public Set<String> read(JsonParser parser) throws IOException {
    return read(parser, new Room());
  }

  /** Returns how many keys that are no columns were added, at most {@code most}. */
  private int read(JsonParser parser, String path, Set<String> keys, int most) throws IOException {
    int others = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = path + parser.currentName();
      boolean parent = parents.contains(key);
      if (parent || columns.contains(key)) {
        keys.add(key);
      } else if (others < most && keys.add(key)) {
        others++;
      }
      if (parser.nextToken() == JsonToken.START_OBJECT && parent) {
        others += read(parser, key + ".", keys, most - others);
      } else {
        parser.skipChildren();
      }
    }
    return others;
  }
}
