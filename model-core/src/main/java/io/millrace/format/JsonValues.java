package io.millrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The values of one JSON object, as maps, lists, and the texts of all other values. */
final class JsonValues {

  private JsonValues() {}

  /** A factory of parsers that read what {@link JsonEventDecoder} reads. */
  static JsonFactory factory() {
    return JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
  }

  /** Reads the value at the parser's current token; null for JSON's null. */
  static Object read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      return object(parser);
    }
    if (token == JsonToken.START_ARRAY) {
      List<Object> list = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        list.add(read(parser));
      }
      return list;
    }
    return token == JsonToken.VALUE_NULL ? null : parser.getText();
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      map.put(key, read(parser));
    }
    return map;
  }

  /** The value of a column, as {@link ColumnTree} finds it; null if it is missing. */
  static Object find(Map<?, ?> object, String column) {
    if (object.containsKey(column)) {
      return object.get(column);
    }
    int dot = column.indexOf('.');
    return dot > 0 && object.get(column.substring(0, dot)) instanceof Map<?, ?> below
        ? find(below, column.substring(dot + 1))
        : null;
  }
}
