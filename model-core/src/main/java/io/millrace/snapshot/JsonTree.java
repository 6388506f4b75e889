package io.millrace.snapshot;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A small JSON document in memory; what is missing or of the wrong kind is reported with file and
 * key. Duplicate keys and text after the end are refused.
 */
final class JsonTree {

  private static final JsonFactory JSON =
      new JsonFactoryBuilder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** Characters of a value in a message. */
  private static final int SHOWN = 200;

  private final Object value;
  private final String place;

  private JsonTree(Object value, String place) {
    this.value = value;
    this.place = place;
  }

  /** Parses a whole document; {@code name} is the file, for messages. */
  static JsonTree parse(byte[] json, String name) throws IOException {
    Object value;
    boolean ended;
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      value = value(parser);
      ended = parser.nextToken() == null;
    } catch (JsonProcessingException e) {
      throw new IOException(name + ": not valid JSON, " + shown(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new IOException(name + ": not valid JSON, " + shown(e.getMessage()), e);
    }
    if (!ended) {
      throw new IOException(name + ": there must be nothing after the JSON document");
    }
    return new JsonTree(value, name + ":");
  }

  /** What a document holds, for a message: on one line, and not at length. */
  static String shown(Object value) {
    String text = String.valueOf(value);
    String line = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    return line.replaceAll("\\p{Cntrl}", "?");
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("empty JSON document");
    }
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      object.put(key, value(parser));
    }
    return object;
  }

  private static List<Object> array(JsonParser parser) throws IOException {
    List<Object> array = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser));
    }
    return array;
  }

  Set<String> keys() throws IOException {
    Set<String> keys = new LinkedHashSet<>();
    for (Object key : require(Map.class, "an object").keySet()) {
      keys.add((String) key);
    }
    return keys;
  }

  boolean has(String key) throws IOException {
    return require(Map.class, "an object").get(key) != null;
  }

  JsonTree at(String key) throws IOException {
    Object child = require(Map.class, "an object").get(key);
    if (child == null) {
      throw new IOException(place + " '" + key + "' is missing");
    }
    return new JsonTree(child, place + (place.endsWith(":") ? " " : ".") + key);
  }

  List<JsonTree> list(String key) throws IOException {
    JsonTree list = at(key);
    List<JsonTree> items = new ArrayList<>();
    for (Object item : list.require(List.class, "a list")) {
      items.add(new JsonTree(item, list.place + "[" + items.size() + "]"));
    }
    return items;
  }

  List<String> texts(String key) throws IOException {
    List<String> texts = new ArrayList<>();
    for (JsonTree item : list(key)) {
      texts.add(item.asText());
    }
    return texts;
  }

  String text(String key) throws IOException {
    return at(key).asText();
  }

  /** A name of one of {@code type}'s values, in lower case. */
  <E extends Enum<E>> E choice(String key, Class<E> type) throws IOException {
    String text = text(key);
    for (E each : type.getEnumConstants()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
        return each;
      }
    }
    String names =
        Arrays.toString(type.getEnumConstants())
            .toLowerCase(Locale.ROOT)
            .replaceAll("[\\[\\]]", "");
    throw new IOException(at(key).place + " must be one of " + names + " but was " + shown(text));
  }

  /** A checksum as 16 hex digits. */
  long checksum(String key) throws IOException {
    String text = text(key);
    if (!text.matches("[0-9a-f]{16}")) {
      throw new IOException(at(key).place + " must be 16 hex digits but was " + shown(text));
    }
    return HexFormat.fromHexDigitsToLong(text);
  }

  long integer(String key) throws IOException {
    return at(key).asLong();
  }

  int int32(String key) throws IOException {
    long wide = integer(key);
    if (wide != (int) wide) {
      throw new IOException(at(key).place + " must fit 32 bits but was " + wide);
    }
    return (int) wide;
  }

  /** The same, of at least {@code least}. */
  int int32(String key, int least) throws IOException {
    int number = int32(key);
    if (number < least) {
      throw new IOException(at(key).place + " must be at least " + least + " but was " + number);
    }
    return number;
  }

  boolean flag(String key) throws IOException {
    return at(key).require(Boolean.class, "true or false");
  }

  /** A number; NaN where it is null or missing, which is how JSON lines hold NaN. */
  double number(String key) throws IOException {
    return has(key) ? at(key).asDouble() : Double.NaN;
  }

  String asText() throws IOException {
    return require(String.class, "a text");
  }

  long asLong() throws IOException {
    return require(Long.class, "a whole number");
  }

  double asDouble() throws IOException {
    return require(Number.class, "a number").doubleValue();
  }

  private <T> T require(Class<T> type, String what) throws IOException {
    if (!type.isInstance(value)) {
      throw new IOException(place + " must be " + what + " but was " + shown(value));
    }
    return type.cast(value);
  }
}
