package io.millrace.flink.cli;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The files of {@code millrace cluster}: CSV with a header and the columns id, value and count in
 * any order. A cell with a comma or a quote is quoted; no cell has a line break. An id is any text
 * without line breaks, spaces at its ends included, and occurs once.
 */
final class ClusterTable {

  private static final List<String> COLUMNS = List.of("id", "value", "count");

  private final List<String> ids = new ArrayList<>();
  private final DoubleArrayList values = new DoubleArrayList();
  private final DoubleArrayList counts = new DoubleArrayList();

  private ClusterTable() {}

  /**
   * Reads a table.
   *
   * @throws IllegalArgumentException if a line is wrong; names column, value, rule and line
   */
  static ClusterTable read(Path file) throws IOException {
    ClusterTable table = new ClusterTable();
    try (BufferedReader in = open(file)) {
      int[] columns = columns(in.readLine(), file);
      Map<String, Integer> seen = new HashMap<>();
      int number = 2;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isEmpty()) {
          table.add(cells(line), columns, seen, file, number);
        }
        number++;
      }
    }
    return table;
  }

  int size() {
    return ids.size();
  }

  double[] values() {
    return values.toDoubleArray();
  }

  double[] counts() {
    return counts.toDoubleArray();
  }

  /** Writes the columns id and row, in the order of the input. */
  void writeRows(Path file, int[] rowOf) throws IOException {
    try (BufferedWriter out = create(file)) {
      out.write("id,row\n");
      for (int i = 0; i < rowOf.length; i++) {
        out.write(quoted(ids.get(i)));
        out.write(',');
        out.write(Integer.toString(rowOf[i]));
        out.write('\n');
      }
    }
  }

  private void add(
      List<String> cells, int[] columns, Map<String, Integer> seen, Path file, int number) {
    String place = " (" + file + ":" + number + ")";
    for (int c = 0; c < columns.length; c++) {
      if (columns[c] >= cells.size()) {
        throw new IllegalArgumentException(COLUMNS.get(c) + " is missing" + place);
      }
    }
    String id = cells.get(columns[0]);
    Integer before = seen.putIfAbsent(id, number);
    if (before != null) {
      throw new IllegalArgumentException(
          "id must occur once but '" + id + "' is also in line " + before + place);
    }
    ids.add(id);
    values.add(number("value", cells.get(columns[1]), Double.NEGATIVE_INFINITY, "", place));
    counts.add(number("count", cells.get(columns[2]), 0, " and >= 0", place));
  }

  private static double number(
      String column, String text, double least, String rule, String place) {
    double number = parse(text);
    if (!Double.isFinite(number) || number < least) {
      throw new IllegalArgumentException(
          column + " must be a finite number" + rule + " but was '" + text + "'" + place);
    }
    return number;
  }

  private static double parse(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static int[] columns(String header, Path file) {
    List<String> names = header == null ? List.of() : cells(header.replace("\uFEFF", ""));
    int[] columns = new int[COLUMNS.size()];
    for (int c = 0; c < columns.length; c++) {
      columns[c] = names.indexOf(COLUMNS.get(c));
      if (columns[c] < 0) {
        throw new IllegalArgumentException(
            "the header must be id,value,count but was '"
                + String.join(",", names)
                + "' ("
                + file
                + ":1)");
      }
    }
    return columns;
  }

  /** The cells of one line. */
  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>(COLUMNS.size());
    StringBuilder cell = new StringBuilder();
    boolean inQuotes = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        boolean escaped = inQuotes && i + 1 < line.length() && line.charAt(i + 1) == '"';
        if (escaped) {
          cell.append('"');
          i++;
        } else {
          inQuotes = !inQuotes;
        }
      } else if (c == ',' && !inQuotes) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }

  private static String quoted(String id) {
    return id.indexOf(',') < 0 && id.indexOf('"') < 0 ? id : '"' + id.replace("\"", "\"\"") + '"';
  }

  private static boolean zipped(Path file) {
    return file.toString().endsWith(".gz");
  }

  private static BufferedReader open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      InputStream plain = zipped(file) ? new GZIPInputStream(in, 1 << 16) : in;
      return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), 1 << 16);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static BufferedWriter create(Path file) throws IOException {
    OutputStream out = Files.newOutputStream(file);
    OutputStream bytes = zipped(file) ? new GZIPOutputStream(out, 1 << 16) : out;
    return new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8), 1 << 16);
  }
}
