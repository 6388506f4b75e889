package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares answers with the document that describes them, and notes what of it was seen. */
final class OpenApi {

  private static final JsonFactory JSON = new JsonFactory();

  private final Map<String, Object> document;
  private final Set<String> seen = new TreeSet<>();

  OpenApi(byte[] document) throws IOException {
    this.document = map(tree(document));
  }

  private static Object tree(byte[] json) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return tree(parser);
    }
  }

  private static Object tree(JsonParser json) throws IOException {
    switch (json.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String key = json.currentName();
          json.nextToken();
          object.put(key, tree(json));
        }
        return object;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          list.add(tree(json));
        }
        return list;
      }
      case VALUE_NULL -> {
        return null;
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        return json.getBooleanValue();
      }
      case VALUE_STRING -> {
        return json.getText();
      }
      default -> {
        return json.getDoubleValue();
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Map<String, Object> under(Map<String, Object> object, String... keys) {
    Object at = object;
    for (String key : keys) {
      at = at == null ? null : map(at).get(key);
    }
    return map(at);
  }

  /** The paths with their methods, such as {@code GET /version}. */
  Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    under(document, "paths")
        .forEach(
            (path, methods) ->
                map(methods)
                    .keySet()
                    .forEach(m -> operations.add(m.toUpperCase(Locale.ROOT) + " " + path)));
    return operations;
  }

  /**
   * Compares an answer.
   *
   * @param type its content type
   * @return what the document does not say; empty if all is there
   */
  List<String> compare(String operation, int status, String type, byte[] body) throws IOException {
    String[] parts = operation.split(" ");
    String place = operation + " " + status;
    Map<String, Object> answer =
        under(
            document,
            "paths",
            parts[1],
            parts[0].toLowerCase(Locale.ROOT),
            "responses",
            String.valueOf(status));
    if (answer == null) {
      return List.of(place + " is not in the document");
    }
    Map<String, Object> content = under(answer, "content", type);
    if (content == null) {
      return List.of(place + " has the type " + type);
    }
    seen.add(place + " " + type);
    List<String> faults = new ArrayList<>();
    if (type.equals("application/json")) {
      compare(map(content.get("schema")), tree(body), place, place, faults);
    }
    return faults;
  }

  private void compare(
      Map<String, Object> schema, Object value, String name, String place, List<String> faults) {
    if (schema.get("$ref") instanceof String ref) {
      String target = ref.substring(ref.lastIndexOf('/') + 1);
      compare(under(document, "components", "schemas", target), value, target, place, faults);
    } else if (schema.get("oneOf") instanceof List<?> choices) {
      compare(map(choices.get(value instanceof List ? 1 : 0)), value, name, place, faults);
    } else if (!matches(types(schema), type(value))) {
      faults.add(place + ": " + name + " must be " + types(schema) + " but is " + value);
    } else if (value instanceof List<?> list) {
      list.forEach(v -> compare(map(schema.get("items")), v, name, place, faults));
    } else if (value instanceof Map<?, ?>
        && !Boolean.TRUE.equals(schema.get("additionalProperties"))) {
      compareMembers(schema, map(value), name, place, faults);
    }
  }

  private void compareMembers(
      Map<String, Object> schema,
      Map<String, Object> value,
      String name,
      String place,
      List<String> faults) {
    Map<String, Object> properties = under(schema, "properties");
    value.forEach(
        (key, member) -> {
          seen.add(name + "." + key);
          if (properties.containsKey(key)) {
            compare(map(properties.get(key)), member, name + "." + key, place, faults);
          } else {
            faults.add(place + ": " + name + " has the key " + key);
          }
        });
    if (schema.get("required") instanceof List<?> required) {
      required.stream()
          .filter(key -> !value.containsKey(key))
          .forEach(key -> faults.add(place + ": " + name + " lacks the key " + key));
    }
  }

  private static boolean matches(List<?> types, String type) {
    return types.contains(type) || (type.equals("integer") && types.contains("number"));
  }

  private static List<?> types(Map<String, Object> schema) {
    return schema.get("type") instanceof List<?> types ? types : List.of(schema.get("type"));
  }

  private static String type(Object value) {
    if (value == null) {
      return "null";
    } else if (value instanceof Map) {
      return "object";
    } else if (value instanceof List) {
      return "array";
    } else if (value instanceof Boolean) {
      return "boolean";
    }
    return value instanceof Number n
        ? n.doubleValue() == Math.rint(n.doubleValue()) ? "integer" : "number"
        : "string";
  }

  /** Notes keys as seen that were seen elsewhere. */
  void seen(String... keys) {
    seen.addAll(List.of(keys));
  }

  /** What the document promises of answers, and no answer had. */
  Set<String> unseen() {
    Set<String> promised = new TreeSet<>();
    for (String operation : operations()) {
      String[] parts = operation.split(" ");
      under(document, "paths", parts[1], parts[0].toLowerCase(Locale.ROOT), "responses")
          .forEach(
              (status, answer) ->
                  under(map(answer), "content")
                      .forEach(
                          (type, content) -> {
                            String place = operation + " " + status;
                            promised.add(place + " " + type);
                            promise(map(map(content).get("schema")), place, promised);
                          }));
    }
    promised.removeAll(seen);
    return promised;
  }

  private void promise(Map<String, Object> schema, String name, Set<String> promised) {
    if (schema.get("$ref") instanceof String ref) {
      String target = ref.substring(ref.lastIndexOf('/') + 1);
      promise(under(document, "components", "schemas", target), target, promised);
    } else if (schema.get("oneOf") instanceof List<?> choices) {
      choices.forEach(choice -> promise(map(choice), name, promised));
    } else if (schema.containsKey("items")) {
      promise(map(schema.get("items")), name, promised);
    } else if (schema.get("properties") instanceof Map<?, ?> properties) {
      map(properties)
          .forEach(
              (key, member) -> {
                promised.add(name + "." + key);
                promise(map(member), name + "." + key, promised);
              });
    }
  }
}
