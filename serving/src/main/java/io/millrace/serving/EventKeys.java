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

  private final Set<String> parents = new HashSet<>();

  /** A reader for events with such columns. */
  public EventKeys(Collection<String> columns) {
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

  /** The keys of the object that starts at the current token; moves to the object's end. */
  public Set<String> read(JsonParser parser) throws IOException {
    Set<String> keys = new LinkedHashSet<>();
    read(parser, "", keys);
    return keys;
  }

  private void read(JsonParser parser, String path, Set<String> keys) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = path + parser.currentName();
      keys.add(key);
      if (parser.nextToken() == JsonToken.START_OBJECT && parents.contains(key)) {
        read(parser, key + ".", keys);
      } else {
        parser.skipChildren();
      }
    }
  }
}
