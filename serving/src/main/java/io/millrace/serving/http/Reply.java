package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.EventKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to a request.
 *
 * @param status HTTP status
 * @param type content type; empty without a body
 * @param body the content
 * @param headers further headers
 */
@SuppressWarnings("ArrayRecordComponent") // written once, never compared
record Reply(int status, String type, byte[] body, Map<String, String> headers) {

  static final String JSON = "application/json";

  private static final String RETRY_AFTER = "Retry-After";

  /** Writes JSON. */
  @FunctionalInterface
  interface JsonWriter {
    void write(JsonGenerator json) throws IOException;
  }

  /** An answer without further headers. */
  static Reply of(int status, String type, byte[] body) {
    return new Reply(status, type, body, Map.of());
  }

  /** An answer in JSON. */
  static Reply json(int status, JsonWriter content) {
    return of(status, JSON, object(content));
  }

  /** {@code {"error": message}}; a client may try again where the server is busy or not ready. */
  static Reply error(int status, String message) {
    Reply reply = json(status, json -> json.writeStringField("error", message));
    return status == 503 ? reply.with(RETRY_AFTER, "1") : reply;
  }

  /** This answer with a further header. */
  Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, type, body, more);
  }

  /** A JSON object with some content. */
  static byte[] object(JsonWriter content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writeObject(content, bytes);
    } catch (IOException e) {
      throw new AssertionError("memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /** Writes a JSON object with some content. */
  static void writeObject(JsonWriter content, OutputStream to) throws IOException {
    try (JsonGenerator json = EventKeys.JSON.createGenerator(to)) {
      json.writeStartObject();
      content.write(json);
      json.writeEndObject();
    }
  }
}
