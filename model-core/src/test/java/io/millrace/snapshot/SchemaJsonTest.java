package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.event.CategoricalField;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: a schema is what it was after it has been JSON. */
class SchemaJsonTest {

  private static String json(TimeColumn time) throws IOException {
    return json(schema(time));
  }

  private static String json(Schema schema) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      SchemaJson.write(schema, json);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Schema schema(TimeColumn time) {
    return new Schema(
        List.of(), List.of(CategoricalField.of("a", 10)), LabelColumn.of("click"), time);
  }

  private static Schema read(String json) throws IOException {
    return SchemaJson.read(JsonTree.parse(json.getBytes(StandardCharsets.UTF_8), "test"));
  }

  @Test
  void timesComeBack() throws IOException {
    for (TimeColumn time :
        List.of(
            new TimeColumn.Epoch("t", TimeColumn.Unit.US),
            new TimeColumn.Epoch("t", TimeColumn.Unit.MS, "Asia/Tokyo"),
            new TimeColumn.Pattern("t", "M-d", 2014, "UTC"),
            new TimeColumn.MadeUp(7, 9))) {
      assertThat(read(json(time))).isEqualTo(schema(time));
    }
  }

  @Test
  void numbersComeBack() throws IOException {
    Schema plain = schema(new TimeColumn.MadeUp(7, 9));
    assertThat(json(plain)).doesNotContain("numbers");
    Schema numbered = plain.withNumbers(List.of(3));
    assertThat(read(json(numbered))).isEqualTo(numbered).isNotEqualTo(plain);
  }

  // Law: a time without a zone is written as older readers expect it; a model whose pattern a job
  // file may no longer have is still read.
  @Test
  void olderModelsAreRead() throws IOException {
    assertThat(json(new TimeColumn.Epoch("t", TimeColumn.Unit.S))).doesNotContain("zone");
    TimeColumn open = new TimeColumn.Pattern("t", "uuuu-MM-dd hh:mm", 1970, "UTC");
    assertThat(read(json(open))).isEqualTo(schema(open));
  }
}
