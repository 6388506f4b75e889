package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * A chart as the JSON that the page's script draws: a {@code kind}, and the figures. Figures have
 * seven significant digits, as no screen shows more; one that is unknown is null.
 */
abstract class Chart {

  /** How figures are written: the names of functions of the shared script {@code format.js}. */
  enum Unit {
    SCORE("score"),
    SHARE("share"),
    PERCENT("percent"),
    COUNT("count");

    private final String function;

    Unit(String function) {
      this.function = function;
    }
  }

  private static final MathContext DIGITS = new MathContext(7);

  private final String label;
  private final Unit unit;

  /**
   * @param label what the chart shows, for those who do not see it
   * @param unit of its figures
   */
  Chart(String label, Unit unit) {
    this.label = label;
    this.unit = unit;
  }

  /** True if there is no figure to show. */
  abstract boolean isEmpty();

  /** Puts the kind and the figures into the JSON. */
  abstract void fill(ObjectNode json);

  final JsonNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("unit", unit.function);
    fill(json);
    return json;
  }

  final String label() {
    return label;
  }

  /** A figure, or null. */
  static JsonNode figure(double value) {
    return Double.isFinite(value)
        ? JsonNodeFactory.instance.numberNode(new BigDecimal(value).round(DIGITS))
        : JsonNodeFactory.instance.nullNode();
  }

  static void figures(ArrayNode into, double[] values) {
    for (double value : values) {
      into.add(figure(value));
    }
  }
}
