package io.millrace.snapshot;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** The manifest's key {@code updates}, see {@link ManifestJson}. */
final class UpdatesJson {

  private UpdatesJson() {}

  static void write(Origin.UpdatesAt updates, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("updates");
    json.writeStringField("topic", updates.topic());
    json.writeNumberField("partition", updates.partition());
    json.writeNumberField("epoch", updates.epoch());
    json.writeNumberField("interval", updates.interval());
    json.writeEndObject();
  }

  static Origin.UpdatesAt read(JsonTree json) throws IOException {
    return new Origin.UpdatesAt(
        json.text("topic"),
        json.int32("partition"),
        json.integer("epoch"),
        json.integer("interval"));
  }
}
