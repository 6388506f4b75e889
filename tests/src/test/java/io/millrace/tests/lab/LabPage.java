package io.millrace.tests.lab;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A page of {@code docs/lab}: {@code NAME.json} holds the run records and all that was measured,
 * {@code NAME.svg} (and {@code NAME-2.svg}, ...) the charts. {@code NAME.md} has a text written by
 * hand and, between two marks, the tables and charts, which follow from {@code NAME.json}.
 */
final class LabPage {

  static final String BEGIN = "<!-- generated from %s.json: begin -->";
  static final String END = "<!-- generated: end -->";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final TypeReference<Map<String, List<double[]>>> LINES = new TypeReference<>() {};

  private final String name;
  private final ObjectNode content;

  /**
   * An empty page.
   *
   * @param name of its files
   * @param figure the test that measures it
   * @param method its method
   */
  LabPage(String name, Class<?> figure, String method) {
    this.name = name;
    this.content = JSON.createObjectNode();
    content.put("figure", name);
    content.put(
        "command",
        "./mvnw test -Plong -pl tests -am -Dsurefire.failIfNoSpecifiedTests=false -Dtest=%s#%s"
            .formatted(figure.getSimpleName(), method));
    content.putArray("measured");
    content.putArray("blocks");
  }

  private LabPage(String name, ObjectNode content) {
    this.name = name;
    this.content = content;
  }

  /** The page whose content was written to {@code NAME.json}. */
  static LabPage read(Path json) throws IOException {
    String file = json.getFileName().toString();
    String name = file.substring(0, file.length() - ".json".length());
    return new LabPage(name, (ObjectNode) JSON.readTree(json.toFile()));
  }

  String name() {
    return name;
  }

  /** Adds the record of a run: commit, seeds, data, machine, seconds. */
  LabPage measured(JsonNode record) {
    ((ArrayNode) content.get("measured")).add(record);
    return this;
  }

  LabPage heading(String heading) {
    block().put("heading", heading);
    return this;
  }

  /** A paragraph, with values in it. */
  LabPage say(String format, Object... values) {
    block().put("text", Figures.text(format, values));
    return this;
  }

  /** A table; all columns but the first stand to the right. */
  LabPage table(List<String> head, List<List<String>> rows) {
    ObjectNode table = block();
    table.set("head", JSON.valueToTree(head));
    table.set("rows", JSON.valueToTree(rows));
    return this;
  }

  LabPage chart(Chart chart) {
    block().set("chart", JSON.valueToTree(chart));
    return this;
  }

  private ObjectNode block() {
    return ((ArrayNode) content.get("blocks")).addObject();
  }

  /** What stands between the marks of {@code NAME.md}. */
  String generated() {
    StringBuilder text = new StringBuilder();
    int charts = 0;
    for (JsonNode block : content.get("blocks")) {
      if (block.has("heading")) {
        text.append("## ").append(block.get("heading").asText()).append('\n');
      } else if (block.has("text")) {
        text.append(block.get("text").asText()).append('\n');
      } else if (block.has("head")) {
        text.append(row(block.get("head")));
        text.append("|---|").append("---:|".repeat(block.get("head").size() - 1)).append('\n');
        block.get("rows").forEach(row -> text.append(row(row)));
      } else {
        String title = block.get("chart").get("title").asText();
        text.append("![%s](%s)\n".formatted(title, svg(charts++)));
      }
      text.append('\n');
    }
    return text + "Measured by\n\n```\n" + content.get("command").asText() + "\n```\n";
  }

  private static String row(JsonNode cells) {
    List<String> texts = new ArrayList<>();
    cells.forEach(cell -> texts.add(cell.asText()));
    return "| " + String.join(" | ", texts) + " |\n";
  }

  private String svg(int chart) {
    return name + (chart == 0 ? "" : "-" + (chart + 1)) + ".svg";
  }

  /** File names of the charts. */
  List<String> charts() {
    List<String> names = new ArrayList<>();
    for (JsonNode block : content.get("blocks")) {
      if (block.has("chart")) {
        names.add(svg(names.size()));
      }
    }
    return names;
  }

  /** Writes all files of the page; the text written by hand stays. */
  void publish(Path folder) throws IOException {
    Files.createDirectories(folder);
    JSON.writeValue(folder.resolve(name + ".json").toFile(), content);
    Path page = folder.resolve(name + ".md");
    String text =
        Files.exists(page)
            ? Files.readString(page)
            : "# " + name + "\n\n" + BEGIN.formatted(name) + "\n" + END + "\n";
    Files.writeString(page, withGenerated(text));
    int charts = 0;
    for (JsonNode block : content.get("blocks")) {
      if (block.has("chart")) {
        String svg =
            SvgChart.shared().draw(chart(block.get("chart")).option(), Chart.WIDTH, Chart.HEIGHT);
        Files.writeString(folder.resolve(svg(charts++)), svg);
      }
    }
  }

  /** A page's text with what is generated between its marks. */
  String withGenerated(String text) {
    String begin = BEGIN.formatted(name);
    int from = text.indexOf(begin);
    int to = text.indexOf(END);
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          "%s.md must have the lines \"%s\" and \"%s\"".formatted(name, begin, END));
    }
    return text.substring(0, from + begin.length())
        + "\n\n"
        + generated()
        + "\n"
        + text.substring(to);
  }

  private static Chart chart(JsonNode node) {
    return new Chart(
        node.get("title").asText(),
        node.get("x").asText(),
        node.get("y").asText(),
        node.get("logarithmic").asBoolean(),
        JSON.convertValue(node.get("lines"), LINES));
  }
}
