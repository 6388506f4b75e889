package io.millrace.tests.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Lines of measured values, as a csv file keeps them. */
final class Results {

  private final List<String> columns;
  private final List<List<String>> lines = new ArrayList<>();

  Results(String... columns) {
    this.columns = List.of(columns);
  }

  static Results read(Path file) throws IOException {
    List<String> text = Files.readAllLines(file);
    Results results = new Results(text.get(0).split(","));
    text.subList(1, text.size()).forEach(line -> results.lines.add(List.of(line.split(","))));
    return results;
  }

  void write(Path file) throws IOException {
    List<String> text = new ArrayList<>();
    text.add(String.join(",", columns));
    lines.forEach(line -> text.add(String.join(",", line)));
    Files.createDirectories(file.getParent());
    Files.write(file, text);
  }

  /** Adds a line; numbers that are no integers have seven significant digits. */
  void add(Object... cells) {
    List<String> line = new ArrayList<>();
    for (Object cell : cells) {
      boolean real = cell instanceof Double || cell instanceof Float;
      line.add(real ? Figures.text("%.7g", ((Number) cell).doubleValue()) : cell.toString());
    }
    if (line.size() != columns.size()) {
      throw new IllegalArgumentException(columns + " must have a value each but had " + line);
    }
    lines.add(line);
  }

  /** The lines that have these texts in these columns: column, text, column, text, ... */
  Results where(Object... columnsAndTexts) {
    Results some = new Results(columns.toArray(String[]::new));
    for (List<String> line : lines) {
      boolean all = true;
      for (int i = 0; i < columnsAndTexts.length; i += 2) {
        String text = line.get(columns.indexOf((String) columnsAndTexts[i]));
        all &= text.equals(columnsAndTexts[i + 1].toString());
      }
      if (all) {
        some.lines.add(line);
      }
    }
    return some;
  }

  /** The different texts of a column, in the order of the lines. */
  Collection<String> texts(String column) {
    Collection<String> texts = new LinkedHashSet<>();
    lines.forEach(line -> texts.add(line.get(columns.indexOf(column))));
    return texts;
  }

  /** The numbers of a column. */
  double[] numbers(String column) {
    int at = columns.indexOf(column);
    return lines.stream().mapToDouble(line -> Double.parseDouble(line.get(at))).toArray();
  }

  double mean(String column) {
    return Arrays.stream(numbers(column)).average().orElse(Double.NaN);
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  /** A value for each seed, such as a mean over days. */
  double[] bySeed(ToDoubleFunction<Results> value) {
    return texts("seed").stream()
        .mapToDouble(seed -> value.applyAsDouble(where("seed", seed)))
        .toArray();
  }
}
